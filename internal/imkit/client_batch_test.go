package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func numberedRecords(n int) []ClientRecord {
	records := make([]ClientRecord, n)
	for i, id := range numbered(n) {
		records[i] = ClientRecord{ID: id, Nickname: ptr("N " + id)}
	}
	return records
}

func batchCalls(s *sandbox.Server) int { return s.Count(http.MethodPost, pathBatch) }

// statuses lists the records with each status, ids only.
func statuses(r BatchResult) map[RecordStatus][]string {
	all := map[RecordStatus][]string{}
	for _, record := range r.Records {
		all[record.Status] = append(all[record.Status], record.ID)
	}
	return all
}

func countStatuses(r BatchResult) string {
	all := statuses(r)
	return fmt.Sprintf("done %d, refused %d, unknown %d, not sent %d",
		len(all[RecordDone]), len(all[RecordRefused]), len(all[RecordUnknown]), len(all[RecordNotSent]))
}

// What is sent is what was given, and no more.
func TestUpsertClientsSends(t *testing.T) {
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{"count":4}}`))
	result := s.api(t).UpsertClients(t.Context(), []ClientRecord{
		{ID: "a"}, {ID: `b"/<&>`, Nickname: ptr("")}, {ID: "c", AvatarURL: ptr("https://x/?a=1&b")}, {ID: "日", Nickname: ptr("n"), AvatarURL: ptr("")},
	}, nil)
	if len(result.Errors) > 0 || countStatuses(result) != "done 4, refused 0, unknown 0, not sent 0" {
		t.Errorf("%s: %v", countStatuses(result), result.Errors)
	}
	r := s.seen()[0]
	if r.method != "POST" || r.uri != "/admin/clients/list" {
		t.Errorf("%s %s", r.method, r.uri)
	}
	sent, err := decodeObject([]byte(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"data": []any{
		map[string]any{"_id": "a"},
		map[string]any{"_id": `b"/<&>`, "nickname": ""},
		map[string]any{"_id": "c", "avatarUrl": "https://x/?a=1&b"},
		map[string]any{"_id": "日", "nickname": "n", "avatarUrl": ""},
	}}, sent); diff != "" {
		t.Error(diff)
	}
}

// Ten thousand records take a hundred calls, three at a time.
func TestUpsertManyClients(t *testing.T) {
	withSandbox(t, sandbox.Options{Latency: 20 * time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
		var news []BatchProgress
		start := time.Now()
		result := a.UpsertClients(t.Context(), numberedRecords(10_000), func(p BatchProgress) { news = append(news, p) })
		if took := time.Since(start); took != 34*20*time.Millisecond {
			t.Errorf("took %s", took)
		}
		if len(result.Errors) > 0 || countStatuses(result) != "done 10000, refused 0, unknown 0, not sent 0" {
			t.Errorf("%s: %v", countStatuses(result), result.Errors)
		}
		if s.Count("", "") != 100 || batchCalls(s) != 100 || len(s.ClientIDs()) != 10_000 {
			t.Errorf("%d calls, %d clients", batchCalls(s), len(s.ClientIDs()))
		}
		if diff := cmp.Diff(numbered(10_000), statuses(result)[RecordDone]); diff != "" {
			t.Error(diff)
		}
		if !slices.IsSortedFunc(news, func(a, b BatchProgress) int { return a.Done - b.Done }) || len(news) != 100 ||
			news[99] != (BatchProgress{Done: 10_000, Total: 10_000}) {
			t.Errorf("%d news, at last %+v", len(news), news[len(news)-1])
		}
	})
}

// Failures that concern every call alike end the run, and are not looked into.
func TestUpsertClientsStops(t *testing.T) {
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		calls int
		check func(error) bool
	}{
		"wrong key":     {sandbox.Fault{Status: 401, Body: `{"error":"INVALID_API_KEY"}`}, 3, IsUnauthorized},
		"no permission": {sandbox.Fault{Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS"}`}, 3, IsUnauthorized},
		"unsupported":   {sandbox.Fault{Route: pathBatch, Status: 404, Body: "<h1>", ContentType: "text/html"}, 3, IsUnsupported},
		"foreign":       {sandbox.Fault{Status: 404, Body: "<h1>", ContentType: "text/html"}, 3, IsForeign},
		"redirect":      {sandbox.Fault{Status: 307, Header: http.Header{"Location": {"https://elsewhere/"}}}, 3, isStatus(307)},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
				s.Inject(tc.fault)
				result := a.UpsertClients(t.Context(), numberedRecords(1000), nil)
				if countStatuses(result) != "done 0, refused 300, unknown 0, not sent 700" || batchCalls(s) != tc.calls {
					t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
				}
				if len(result.Errors) != 1 || !tc.check(result.Errors[0]) || !tc.check(result.Records[999].Err) {
					t.Errorf("errors %v", result.Errors)
				}
			})
		})
	}
}

// Nothing is sent to a server that is not there.
func TestUpsertClientsUnreachable(t *testing.T) {
	s := serve(t, http.NotFound)
	var attempts atomic.Int64
	a := s.api(t, func(c *Config) {
		c.MaxRetries = 0
		c.OnAttempt = func(context.Context, Attempt) { attempts.Add(1) }
	})
	s.Close()
	result := a.UpsertClients(t.Context(), numberedRecords(1000), nil)
	if countStatuses(result) != "done 0, refused 0, unknown 0, not sent 1000" || len(result.Errors) == 0 || attempts.Load() > 3 {
		t.Errorf("%d attempts, %s: %v", attempts.Load(), countStatuses(result), result.Errors)
	}
}

// A call that fails by itself keeps no other from being made.
func TestUpsertClientsGoesOn(t *testing.T) {
	second := func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), `"client-150"`) }
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		calls int // of the one that fails
		want  string
	}{
		"500":       {sandbox.Fault{Status: 500}, 4, "done 1900, refused 0, unknown 100, not sent 0"},
		"time-out":  {sandbox.Fault{Delay: time.Minute}, 4, "done 1900, refused 0, unknown 100, not sent 0"},
		"no count":  {sandbox.Fault{Body: `{"RC":0,"result":{}}`}, 4, "done 1900, refused 0, unknown 100, not sent 0"},
		"no result": {sandbox.Fault{Body: `{"RC":0}`}, 4, "done 1900, refused 0, unknown 100, not sent 0"},
		"RC":        {sandbox.Fault{Body: `{"RC":7,"RM":"no"}`}, 1, "done 1900, refused 0, unknown 100, not sent 0"},
		"429":       {sandbox.Fault{Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED"}`}, 4, "done 1900, refused 100, unknown 0, not sent 0"},
		"once":      {sandbox.Fault{Status: 503, Times: 1}, 2, "done 2000, refused 0, unknown 0, not sent 0"},
		"twice":     {sandbox.Fault{Status: 502, Times: 2, After: true}, 3, "done 2000, refused 0, unknown 0, not sent 0"},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, sandbox.Options{Latency: 4 * time.Second}, func(t *testing.T, s *sandbox.Server, a *API) {
				tc.fault.Match = second
				s.Inject(tc.fault)
				bad := 0
				result := a.UpsertClients(t.Context(), numberedRecords(2000), func(p BatchProgress) {
					if p.Err != nil {
						bad++
					}
				})
				if countStatuses(result) != tc.want || batchCalls(s) != 19+tc.calls {
					t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
				}
				for i, r := range result.Records {
					if second := i/100 == 1 && tc.fault.Times == 0; second != (r.Err != nil) {
						t.Fatalf("%s: %v", r.ID, r.Err)
					}
				}
				if want := min(1, 2000-len(statuses(result)[RecordDone])); len(result.Errors) != want || bad != want {
					t.Errorf("%d with bad news, errors %v", bad, result.Errors)
				}
			})
		})
	}
}

// Failures now and then are no reason to give up.
func TestUpsertClientsDoesNotGiveUp(t *testing.T) {
	withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.Inject(sandbox.Fault{Status: 500, Match: func(_ *http.Request, body []byte) bool {
			return strings.Contains(string(body), `"bad"`)
		}})
		records := numberedRecords(10_000)
		for i := range records {
			if i/100%10 == 0 { // every tenth call
				records[i].Nickname = ptr("bad")
			}
		}
		result := a.UpsertClients(t.Context(), records, nil)
		if countStatuses(result) != "done 9000, refused 0, unknown 1000, not sent 0" {
			t.Error(countStatuses(result))
		}
	})
}

// A server that is out of order is not sent ten thousand records.
func TestUpsertClientsGivesUp(t *testing.T) {
	withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.Inject(sandbox.Fault{Status: 500})
		result := a.UpsertClients(t.Context(), numberedRecords(10_000), nil)
		if n := batchCalls(s); n > (6+2)*4 {
			t.Errorf("%d calls", n)
		}
		all := statuses(result)
		if len(all[RecordUnknown]) < 600 || len(all[RecordUnknown])+len(all[RecordNotSent]) != 10_000 || len(result.Errors) != 1 {
			t.Errorf("%s: %v", countStatuses(result), result.Errors)
		}
	})
}

// When the caller's context ends, no further call is begun. What those under way came
// to counts, and what was not sent is known.
func TestUpsertClientsCancelled(t *testing.T) {
	withSandbox(t, sandbox.Options{Latency: 20 * time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		start := time.Now()
		result := a.UpsertClients(ctx, numberedRecords(1000), nil)
		if took := time.Since(start); took != 40*time.Millisecond {
			t.Errorf("took %s", took)
		}
		all := statuses(result)
		if len(all[RecordDone]) != 600 || len(s.ClientIDs()) != 600 || len(all[RecordNotSent]) != 400 || batchCalls(s) != 6 {
			t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
		}
		for _, r := range result.Records[600:] {
			if !errors.Is(r.Err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", r.ID, r.Err)
			}
		}
	})
}

// A server whose limit is lower than ours slows down, and fails nothing.
func TestUpsertClientsWithinTheServersLimit(t *testing.T) {
	withSandbox(t, sandbox.Options{RequestsPerMinute: 4}, func(t *testing.T, s *sandbox.Server, a *API) {
		start := time.Now()
		result := a.UpsertClients(t.Context(), numberedRecords(1000), nil)
		if len(result.Errors) > 0 || len(s.ClientIDs()) != 1000 {
			t.Errorf("%s: %v", countStatuses(result), result.Errors)
		}
		if took := time.Since(start); took < 2*time.Minute || took > 4*time.Minute {
			t.Errorf("took %s", took)
		}
	})
}

// Records that cannot be right are an error before anything is sent.
func TestBadRecords(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		for want, bad := range map[string]string{
			"the client id is empty":                    "",
			"the client id is not valid UTF-8":          "a\xff",
			`one record has the client id "client-000"`: "client-000",
		} {
			result := a.UpsertClients(t.Context(), append(numberedRecords(150), ClientRecord{ID: bad}), func(BatchProgress) { t.Error("news") })
			if len(statuses(result)[RecordNotSent]) != 151 || len(result.Errors) != 1 || !strings.Contains(result.Errors[0].Error(), want) {
				t.Errorf("%q: %s: %v", bad, countStatuses(result), result.Errors)
			}
		}
		if result := a.UpsertClients(t.Context(), nil, nil); len(result.Records)+len(result.Errors)+s.Count("", "") > 0 {
			t.Errorf("none: %+v", result)
		}
	})
}
