package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const batchRoute = "/admin/clients/list"

func records(n int) []imkit.ClientRecord {
	all := make([]imkit.ClientRecord, n)
	for i, id := range numbered(n) {
		all[i] = imkit.ClientRecord{ID: id, Nickname: new("N " + id)}
	}
	return all
}

func batchCalls(s *sandbox.Server) int { return s.Count(http.MethodPost, batchRoute) }

// What may become of a record.
const (
	notStored = "not stored"
	unknown   = "unknown"
	stored    = "stored"
)

// statuses lists the records by what became of them, ids only.
func statuses(r []imkit.RecordResult) map[string][]string {
	all := map[string][]string{}
	for _, record := range r {
		status := notStored
		switch {
		case record.Err == nil:
			status = stored
		case imkit.OutcomeUnknown(record.Err):
			status = unknown
		}
		all[status] = append(all[status], record.ID)
	}
	return all
}

// errorsOf is what went wrong, each failure once for all the records that it struck.
func errorsOf(r []imkit.RecordResult) []error {
	var errs []error
	said := map[string]bool{}
	for _, record := range r {
		if record.Err != nil && !said[record.Err.Error()] {
			said[record.Err.Error()] = true
			errs = append(errs, record.Err)
		}
	}
	return errs
}

func countStatuses(r []imkit.RecordResult) string {
	all := statuses(r)
	return fmt.Sprintf("stored %d, not stored %d, unknown %d", len(all[stored]), len(all[notStored]), len(all[unknown]))
}

// What is sent is what was given, and no more.
func TestUpsertClientsSends(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{"count":4}}`))
	result := s.api(t).UpsertClients(t.Context(), []imkit.ClientRecord{
		{ID: "a"}, {ID: `b"/<&>`, Nickname: new("")}, {ID: "c", AvatarURL: new("https://x/?a=1&b")}, {ID: "日", Nickname: new("n"), AvatarURL: new("")},
	}, nil)
	if len(errorsOf(result)) > 0 || countStatuses(result) != "stored 4, not stored 0, unknown 0" {
		t.Errorf("%s: %v", countStatuses(result), errorsOf(result))
	}
	r := s.seen()[0]
	if r.method != "POST" || r.uri != batchRoute {
		t.Errorf("%s %s", r.method, r.uri)
	}
	if diff := cmp.Diff(map[string]any{"data": []any{
		map[string]any{"_id": "a"},
		map[string]any{"_id": `b"/<&>`, "nickname": ""},
		map[string]any{"_id": "c", "avatarUrl": "https://x/?a=1&b"},
		map[string]any{"_id": "日", "nickname": "n", "avatarUrl": ""},
	}}, r.sent(t)); diff != "" {
		t.Error(diff)
	}
}

// Ten thousand records take a hundred calls, some of them at a time.
func TestUpsertManyClients(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{Latency: 20 * time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		var news []imkit.BatchProgress
		start := time.Now()
		result := a.UpsertClients(t.Context(), records(10_000), func(p imkit.BatchProgress) { news = append(news, p) })
		if took := time.Since(start); took > 37*20*time.Millisecond {
			t.Errorf("took %s", took)
		}
		if diff := cmp.Diff(numbered(10_000), statuses(result)[stored]); diff != "" || len(errorsOf(result)) > 0 {
			t.Errorf("%v: %s", errorsOf(result), diff)
		}
		if s.Count("", "") != 100 || batchCalls(s) != 100 || len(s.ClientIDs()) != 10_000 {
			t.Errorf("%d calls, %d clients", batchCalls(s), len(s.ClientIDs()))
		}
		if !slices.IsSortedFunc(news, func(a, b imkit.BatchProgress) int { return a.Done - b.Done }) ||
			news[len(news)-1] != (imkit.BatchProgress{Done: 10_000, Total: 10_000}) {
			t.Errorf("%d news, at last %+v", len(news), news[len(news)-1])
		}
	})
}

// Failures that concern every call alike are not looked into, and a refused key ends the run.
func TestUpsertClientsStops(t *testing.T) {
	t.Parallel()
	page := sandbox.Fault{Status: 404, Body: "<h1>", ContentType: "text/html"}
	for name, tc := range map[string]struct {
		known bool // the server has answered before
		fault sandbox.Fault
		check func(error) bool
	}{
		"wrong key":     {false, sandbox.Fault{Status: 401, Body: `{"error":"INVALID_API_KEY"}`}, isKind(imkit.KindUnauthorized, imkit.KindForbidden)},
		"no permission": {false, sandbox.Fault{Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS"}`}, isKind(imkit.KindUnauthorized, imkit.KindForbidden)},
		"unsupported":   {true, sandbox.Fault{Route: batchRoute, Status: page.Status, Body: page.Body, ContentType: page.ContentType}, imkit.IsUnsupported},
		"foreign":       {false, page, isKind(imkit.KindForeign)},
		"redirect":      {false, sandbox.Fault{Status: 307, Header: http.Header{"Location": {"https://elsewhere/"}}}, isStatus(307)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				s.Inject(tc.fault)
				if tc.known {
					if _, err := a.GetClients(t.Context(), []string{"a"}); err != nil {
						t.Error(err)
					}
				}
				result := a.UpsertClients(t.Context(), records(1000), nil)
				all := statuses(result)
				most := 10 // one for each hundred
				if name == "wrong key" {
					most = 3
				}
				if n := batchCalls(s); n > most || len(all[notStored]) != 1000 {
					t.Errorf("%d calls: %s", n, countStatuses(result))
				}
				for _, err := range errorsOf(result) {
					if !tc.check(err) && !is(err, imkit.KindNotSent) {
						t.Error(err)
					}
				}
			})
		})
	}
}

// To a server that is not there nothing is sent.
func TestUpsertClientsUnreachable(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	a := (&server{URL: "http://imkit.test", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})}).api(t, func(c *imkit.Config) {
		c.MaxRetries = 0
		c.OnAttempt = func(context.Context, imkit.Attempt) { attempts.Add(1) }
	})
	result := a.UpsertClients(t.Context(), records(1000), nil)
	if countStatuses(result) != "stored 0, not stored 1000, unknown 0" || len(errorsOf(result)) == 0 || attempts.Load() > 3 {
		t.Errorf("%d attempts, %s: %v", attempts.Load(), countStatuses(result), errorsOf(result))
	}
}

// A call that fails by itself keeps no other from being made.
func TestUpsertClientsGoesOn(t *testing.T) {
	t.Parallel()
	const unknown = "stored 1900, not stored 0, unknown 100"
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		calls int // at most, of the one that fails; 0: no matter how many
		want  string
	}{
		"500":       {sandbox.Fault{Status: 500}, 4, unknown},
		"time-out":  {sandbox.Fault{Delay: time.Minute}, 4, unknown},
		"no count":  {sandbox.Fault{Body: `{"RC":0,"result":{}}`}, 0, unknown},
		"no result": {sandbox.Fault{Body: `{"RC":0}`}, 0, unknown},
		"RC":        {sandbox.Fault{Body: `{"RC":500,"RM":"no"}`}, 4, unknown},
		"429":       {sandbox.Fault{Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED"}`}, 9, "stored 1900, not stored 100, unknown 0"},
		"once":      {sandbox.Fault{Status: 503, Times: 1}, 2, "stored 2000, not stored 0, unknown 0"},
		"twice":     {sandbox.Fault{Status: 502, Times: 2, After: true}, 3, "stored 2000, not stored 0, unknown 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{Latency: 4 * time.Second}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				tc.fault.Match = func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), `"client-150"`) }
				s.Inject(tc.fault)
				bad, failed := 0, 0
				result := a.UpsertClients(t.Context(), records(2000), func(p imkit.BatchProgress) {
					if p.Failed > failed {
						bad++
					}
					failed = p.Failed
				})
				if n := batchCalls(s) - 19; countStatuses(result) != tc.want || tc.calls > 0 && n > tc.calls {
					t.Errorf("%d calls for the second hundred: %s", n, countStatuses(result))
				}
				for i, r := range result {
					if second := i/100 == 1 && tc.fault.Times == 0; second != (r.Err != nil) {
						t.Fatalf("%s: %v", r.ID, r.Err)
					}
				}
				if want := min(1, 2000-len(statuses(result)[stored])); len(errorsOf(result)) != want || bad != want {
					t.Errorf("%d with bad news, errors %v", bad, errorsOf(result))
				}
			})
		})
	}
}

// Failures now and then are no reason to give up.
func TestUpsertClientsDoesNotGiveUp(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		s.Inject(sandbox.Fault{Status: 500, Match: func(_ *http.Request, body []byte) bool {
			return strings.Contains(string(body), `"bad"`)
		}})
		all := records(10_000)
		for i := range all {
			if i/100%10 == 0 { // every tenth call
				all[i].Nickname = new("bad")
			}
		}
		result := a.UpsertClients(t.Context(), all, nil)
		if countStatuses(result) != "stored 9000, not stored 0, unknown 1000" {
			t.Error(countStatuses(result))
		}
	})
}

// When the caller's context ends, no further call is begun. What those under way came
// to counts, and what was not sent is known.
func TestUpsertClientsCancelled(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{Latency: 20 * time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		start := time.Now()
		result := a.UpsertClients(ctx, records(1000), nil)
		if took := time.Since(start); took > 50*time.Millisecond {
			t.Errorf("took %s", took)
		}
		all := statuses(result)
		done := len(all[stored])
		if done != len(s.ClientIDs()) || done == 0 || done > 800 || done+len(all[notStored]) != 1000 || batchCalls(s)*100 != done {
			t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
		}
		for _, r := range result {
			if (r.Err != nil) != errors.Is(r.Err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", r.ID, r.Err)
			}
		}
	})
}

// Records that cannot be right are an error before anything is sent.
func TestBadRecords(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		for want, bad := range map[string]string{"is empty": "", "UTF-8": "a\xff", `"client-000"`: "client-000"} {
			result := a.UpsertClients(t.Context(), append(records(150), imkit.ClientRecord{ID: bad}), func(imkit.BatchProgress) { t.Error("news") })
			if len(statuses(result)[notStored]) != 151 || len(errorsOf(result)) != 1 || !strings.Contains(errorsOf(result)[0].Error(), want) {
				t.Errorf("%q: %s: %v", bad, countStatuses(result), errorsOf(result))
			}
		}
		if result := a.UpsertClients(t.Context(), nil, nil); len(result)+s.Count("", "") > 0 {
			t.Errorf("none: %+v", result)
		}
	})
}

// A record that the server alone refuses keeps no other from being stored.
func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	amid := append(numbered(100), "client-9910", "client-9960")
	for name, tc := range map[string]struct {
		records int
		refused []string
		most    int // calls
	}{
		"the first":               {250, []string{"client-000"}, 3 + 14},
		"the last of a call":      {250, []string{"client-249"}, 3 + 14},
		"two neighbours":          {250, []string{"client-042", "client-043"}, 3 + 2*14},
		"some":                    {250, []string{"client-003", "client-042", "client-123", "client-177", "client-201"}, 3 + 5*14},
		"a call of them":          {250, numbered(100), 3 + 14},
		"half a call":             {250, numbered(49), 3 + 2*49 + 2},
		"nothing stored before":   {101, []string{"client-010", "client-060", "client-100"}, 2 + 4*14},
		"a call of them and some": {10_000, amid, 100 + 14 + 2*14},
		// A server that refuses everything is not asked about each record.
		"all": {10_000, numbered(10_000), 100 + 3*(14+7)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				s.RefuseIDs(tc.refused...)
				var last imkit.BatchProgress
				result := a.UpsertClients(t.Context(), records(tc.records), func(p imkit.BatchProgress) { last = p })
				stored := tc.records - len(tc.refused)
				if diff := cmp.Diff(tc.refused, statuses(result)[notStored]); diff != "" || len(s.ClientIDs()) != stored {
					t.Errorf("%s: %s", countStatuses(result), diff)
				}
				if n := batchCalls(s); n > tc.most {
					t.Errorf("%d calls, want at most %d", n, tc.most)
				}
				if len(errorsOf(result)) != 1 || failure(t, errorsOf(result)[0]).Code != "INVALID_REQUEST" {
					t.Errorf("errors %v", errorsOf(result))
				}
				if last != (imkit.BatchProgress{Done: stored, Failed: len(tc.refused), Total: tc.records}) {
					t.Errorf("at last %+v", last)
				}
			})
		})
	}
}

// So it is whatever way the server puts it.
func TestRefusalsAreDivided(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"HTML":      {Status: 400, Body: "<h1>Bad Request</h1>", ContentType: "text/html"},
		"not found": {Status: 404, Body: `{"error":"CLIENT_NOT_FOUND"}`},
		"exists":    {Status: 409, Body: `{"error":"USER_EXISTS"}`},
		"too large": {Status: 413, Body: "", ContentType: "text/plain"},
		"422":       {Status: 422, Body: `{"message":"no"}`},
		"under 200": {Status: 200, Body: `{"RC":400,"RM":"no"}`},
		"a code":    {Status: 200, Body: `{"error":"INVALID_REQUEST"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				fault.Match = func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), "client-010") }
				s.Inject(fault)
				result := a.UpsertClients(t.Context(), records(100), nil)
				if bad := statuses(result)[notStored]; !slices.Equal(bad, []string{"client-010"}) || len(s.ClientIDs()) != 99 || batchCalls(s) > 15 {
					t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
				}
			})
		})
	}
}

// Where the server counts other than it was sent, what it has is what counts.
func TestCountOtherThanSent(t *testing.T) {
	t.Parallel()
	sent := []imkit.ClientRecord{
		{ID: "new", Nickname: new("N")},
		{ID: "skipped, new", Nickname: new("N")},
		{ID: "skipped, the same", Nickname: new("N"), AvatarURL: new("https://a/")},
		{ID: "skipped, cleared", Nickname: new("")},
		{ID: "skipped, old name", Nickname: new("N")},
		{ID: "skipped, old avatar", Nickname: new("N"), AvatarURL: new("https://new/")},
		{ID: "skipped, null", Nickname: new("N")},
		{ID: "skipped, nothing sent"},
	}
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		var skipped []string
		for _, r := range sent[1:] {
			skipped = append(skipped, r.ID)
		}
		s.SkipIDs(skipped...)
		s.PutClient("skipped, the same", map[string]any{"nickname": "N", "avatarUrl": "https://a/"})
		s.PutClient("skipped, cleared", map[string]any{"nickname": nil})
		s.PutClient("skipped, old name", map[string]any{"nickname": "O"})
		s.PutClient("skipped, old avatar", map[string]any{"nickname": "N", "avatarUrl": "https://old/"})
		s.PutClient("skipped, null", map[string]any{"nickname": nil})
		s.PutClient("skipped, nothing sent", nil)
		result := a.UpsertClients(t.Context(), sent, nil)
		if diff := cmp.Diff(map[string][]string{
			stored:    {"new", "skipped, the same", "skipped, cleared", "skipped, nothing sent"},
			notStored: {"skipped, new", "skipped, old name", "skipped, old avatar", "skipped, null"},
		}, statuses(result)); diff != "" {
			t.Error(diff)
		}
		if n := s.Count("", ""); n > 3 || len(errorsOf(result)) != 1 { // two looks
			t.Errorf("%d calls, errors %v", n, errorsOf(result))
		}
	})
}

// A count that is wrong is no error when everything is there, and hides nothing when
// something is missing.
func TestWrongCount(t *testing.T) {
	t.Parallel()
	for count, skipped := range map[string][]string{"0": nil, "99": nil, "101": {"client-042"}, "102": nil, "-1": nil} {
		withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
			s.SkipIDs(skipped...)
			s.Inject(sandbox.Fault{Route: batchRoute, After: true, Body: `{"RC":0,"result":{"count":` + count + `}}`})
			result := a.UpsertClients(t.Context(), records(100), nil)
			if all := statuses(result); !slices.Equal(all[notStored], skipped) || len(all[stored]) != 100-len(skipped) {
				t.Errorf("%s: %s: %v", count, countStatuses(result), errorsOf(result))
			}
		})
	}
}

// Where it cannot be seen what the server has, that is what the result says.
func TestCountThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts  sandbox.Options
		fault sandbox.Fault
		want  string
	}{
		"few fields": {sandbox.Options{LookupFields: []string{"avatarUrl"}}, sandbox.Fault{Status: 500, Times: 1}, "stored 0, not stored 2, unknown 1"},
		"no route":   {sandbox.Options{NoLookupRoute: true}, sandbox.Fault{Status: 500, Times: 1}, "stored 0, not stored 0, unknown 3"},
		"failure":    {sandbox.Options{}, sandbox.Fault{Status: 500, Method: http.MethodGet}, "stored 0, not stored 0, unknown 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				s.SkipIDs("b", "c")
				s.PutClient("c", map[string]any{"nickname": "C", "avatarUrl": "https://old/"})
				s.Inject(tc.fault)
				result := a.UpsertClients(t.Context(), []imkit.ClientRecord{
					{ID: "a", Nickname: new("A")}, {ID: "b"}, {ID: "c", Nickname: new("C"), AvatarURL: new("https://new/")},
				}, nil)
				if got := countStatuses(result); got != tc.want || result[0].Err == nil {
					t.Errorf("%s, want %s: %v", got, tc.want, errorsOf(result))
				}
			})
		})
	}
}

// A batch may be refused for one record and leave out another.
func TestRefusedAndSkipped(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		s.RefuseIDs("client-007")
		s.SkipIDs("client-006", "client-090")
		result := a.UpsertClients(t.Context(), records(100), nil)
		if diff := cmp.Diff([]string{"client-006", "client-007", "client-090"}, statuses(result)[notStored]); diff != "" {
			t.Error(diff)
		}
		if len(s.ClientIDs()) != 97 || len(errorsOf(result)) < 2 {
			t.Errorf("%d clients, errors %v", len(s.ClientIDs()), errorsOf(result))
		}
	})
}

// What is stored although the answer never came is found by a look-up.
func TestAnswerThatNeverCame(t *testing.T) {
	t.Parallel()
	lookUp := sandbox.Fault{Method: http.MethodGet, Status: 500}
	for name, tc := range map[string]struct {
		opts   sandbox.Options
		faults []sandbox.Fault
		done   int // the others are unknown
	}{
		"done":          {sandbox.Options{}, nil, 200},
		"few fields":    {sandbox.Options{LookupFields: []string{"avatarUrl"}}, nil, 0},
		"no look-up":    {sandbox.Options{}, []sandbox.Fault{lookUp}, 0},
		"not done":      {sandbox.Options{}, []sandbox.Fault{{Method: http.MethodPost, Status: 500}}, 0},
		"done in parts": {sandbox.Options{}, []sandbox.Fault{{Method: http.MethodPost, Status: 500, Skip: 1}}, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				for _, f := range append(tc.faults, sandbox.Fault{Route: batchRoute, After: true, Status: 500}) {
					s.Inject(f)
				}
				var last imkit.BatchProgress
				result := a.UpsertClients(t.Context(), records(200), func(p imkit.BatchProgress) { last = p })
				if got, want := countStatuses(result), fmt.Sprintf("stored %d, not stored 0, unknown %d", tc.done, 200-tc.done); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				if last.Done != tc.done || last.Failed != 200-tc.done || (len(errorsOf(result)) > 0) != (tc.done < 200) {
					t.Errorf("progress %+v, errors %v", last, errorsOf(result))
				}
			})
		})
	}
}
