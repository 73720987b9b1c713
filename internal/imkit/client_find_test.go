package imkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// populate makes 250 clients, in an order that is not that of their ids.
func populate(s *sandbox.Server) {
	for _, id := range slices.Backward(numbered(250)) {
		s.PutClient(id, map[string]any{"nickname": "N", "isRobot": strings.HasSuffix(id, "0")})
	}
}

func idsOf(clients []*Client) []string {
	var ids []string
	for _, c := range clients {
		ids = append(ids, c.ID)
	}
	return ids
}

func lookUps(s *sandbox.Server) int { return s.Count(http.MethodGet, pathClients) }

func TestFindClients(t *testing.T) {
	every := func(keep func(i int) bool) []string {
		var ids []string
		for i, id := range numbered(250) {
			if keep(i) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	for name, tc := range map[string]struct {
		opts   sandbox.Options
		filter string
		most   int
		want   []string
		total  int64
		calls  int
	}{
		"all":                   {sandbox.Options{}, ``, 0, numbered(250), 250, 3},
		"empty filter":          {sandbox.Options{}, ` {} `, 0, numbered(250), 250, 3},
		"some":                  {sandbox.Options{}, `{"isRobot": true}`, 0, every(func(i int) bool { return i%10 == 0 }), 25, 1},
		"several fields":        {sandbox.Options{}, `{"_id":{"$gte":"client-100","$lt":"client-200"},"isRobot":false}`, 0, every(func(i int) bool { return i/100 == 1 && i%10 > 0 }), 90, 1},
		"exactly a page":        {sandbox.Options{}, `{"_id":{"$lt":"client-100"}}`, 0, numbered(100), 100, 1},
		"none":                  {sandbox.Options{}, `{"nickname":"nobody"}`, 0, nil, 0, 1},
		"the first ones":        {sandbox.Options{}, ``, 7, every(func(i int) bool { return i >= 243 }), 250, 1},
		"more than a page":      {sandbox.Options{}, ``, 120, every(func(i int) bool { return i >= 130 }), 250, 2},
		"more than there are":   {sandbox.Options{}, ``, 1000, numbered(250), 250, 3},
		"limit ignored":         {sandbox.Options{IgnoreLimit: true}, ``, 0, numbered(250), 250, 5},
		"limit ignored, few":    {sandbox.Options{IgnoreLimit: true}, ``, 60, every(func(i int) bool { return i >= 190 }), 250, 2},
		"limit ignored, fewer":  {sandbox.Options{IgnoreLimit: true}, ``, 7, every(func(i int) bool { return i >= 243 }), 250, 1},
		"skip ignored, one":     {sandbox.Options{IgnoreSkip: true}, `{"isRobot":true}`, 0, every(func(i int) bool { return i%10 == 0 }), 25, 1},
		"skip ignored, enough":  {sandbox.Options{IgnoreSkip: true}, ``, 100, every(func(i int) bool { return i >= 150 }), 250, 1},
		"both ignored, enough":  {sandbox.Options{IgnoreSkip: true, IgnoreLimit: true}, ``, 50, every(func(i int) bool { return i >= 200 }), 250, 1},
		"fields and formatting": {sandbox.Options{LookupFields: []string{"nickname"}}, "\n{ \"_id\" : { \"$in\" : [ \"client-001\" ] } }\n", 0, []string{"client-001"}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *API) {
				populate(s)
				var filter json.RawMessage
				if tc.filter != "" {
					filter = json.RawMessage(tc.filter)
				}
				clients, total, err := a.FindClients(t.Context(), filter, tc.most)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, idsOf(clients)); diff != "" || total != tc.total {
					t.Errorf("total %d, want %d: %s", total, tc.total, diff)
				}
				if n := lookUps(s); n != tc.calls {
					t.Errorf("%d calls, want %d", n, tc.calls)
				}
				query := s.Requests()[0].Query
				limit := 100
				if tc.most > 0 {
					limit = min(limit, tc.most)
				}
				if query.Get("limit") != strconv.Itoa(limit) || strings.ContainsAny(query.Get("q"), " \n") {
					t.Errorf("query %v", query)
				}
			})
		})
	}
}

// What a client is like: everything the server says, its own fields included.
func TestFoundClientsAreWhole(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.PutClient("a", map[string]any{"nickname": "A", "tier": "gold", "lastLoginTimeMS": 1588744338369})
		clients, _, err := a.FindClients(t.Context(), nil, 0)
		if err != nil || len(clients) != 1 {
			t.Fatal(clients, err)
		}
		if c := clients[0]; *c.Nickname.Value != "A" || c.Custom["tier"] != "gold" || c.Server["lastLoginTimeMS"] != json.Number("1588744338369") {
			t.Errorf("%+v", c)
		}
	})
}

// A server that does not turn the pages is an error, not a part of the clients
// and not a call without end.
func TestFindClientsWithoutSkip(t *testing.T) {
	for _, opts := range []sandbox.Options{{IgnoreSkip: true}, {IgnoreSkip: true, IgnoreLimit: true}} {
		withSandbox(t, opts, func(t *testing.T, s *sandbox.Server, a *API) {
			populate(s)
			for _, most := range []int{0, 101} {
				s.ResetRequests()
				clients, _, err := a.FindClients(t.Context(), nil, most)
				if err == nil || !strings.Contains(err.Error(), "of 250 clients") || clients != nil || lookUps(s) != 2 {
					t.Errorf("%d clients by %d calls: %v", len(clients), lookUps(s), err)
				}
			}
		})
	}
}

// Clients that come and go between the pages.
func TestFindClientsThatChange(t *testing.T) {
	after := func(s *sandbox.Server, skip string, once bool, change func()) {
		done := false
		s.SetHook(func(r *http.Request) {
			if r.URL.Query().Get("skip") == skip && (!done || !once) {
				done = true
				change()
			}
		})
	}
	for name, tc := range map[string]struct {
		change func(s *sandbox.Server)
		want   int
		calls  int
	}{
		"one more": {func(s *sandbox.Server) { s.PutClient("new", nil) }, 251, 3},
		// The client at the seam moves to the page that was read already.
		"one less":              {func(s *sandbox.Server) { s.RemoveClient("client-249") }, 249, 6},
		"one replaced":          {func(s *sandbox.Server) { s.RemoveClient("client-249"); s.PutClient("new", nil) }, 250, 3},
		"all but those we have": {func(s *sandbox.Server) { removeAll(s, numbered(150)) }, 100, 3},
		"all":                   {func(s *sandbox.Server) { removeAll(s, numbered(250)) }, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
				populate(s)
				after(s, "100", true, func() { tc.change(s) })
				clients, total, err := a.FindClients(t.Context(), nil, 0)
				if err != nil || len(clients) != tc.want || total != int64(tc.want) || lookUps(s) != tc.calls {
					t.Errorf("%d clients of %d by %d calls: %v", len(clients), total, lookUps(s), err)
				}
			})
		})
	}
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		populate(s)
		after(s, "100", false, func() { s.RemoveClient(s.ClientIDs()[0]) })
		clients, _, err := a.FindClients(t.Context(), nil, 0)
		if err == nil || clients != nil || lookUps(s) > 3*findPasses {
			t.Errorf("%d clients by %d calls: %v", len(clients), lookUps(s), err)
		}
	})
}

func removeAll(s *sandbox.Server, ids []string) {
	for _, id := range ids {
		s.RemoveClient(id)
	}
}

// Where the newest come first, those that are added shift the others.
func TestFindClientsNewestFirst(t *testing.T) {
	for most, want := range map[int]int{0: 150, 101: 101} {
		ids, calls := numbered(150), 0
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls == 2 {
				ids = slices.Insert(ids, 0, "new-1", "new-2")
			}
			skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			data := []string{}
			for _, id := range ids[min(skip, len(ids)):min(skip+limit, len(ids))] {
				data = append(data, fmt.Sprintf(`{"_id":%q}`, id))
			}
			sayJSON(200, fmt.Sprintf(`{"totalCount":%d,"data":[%s]}`, len(ids), strings.Join(data, ",")))(w, r)
		})
		clients, _, err := s.api(t).FindClients(t.Context(), nil, most)
		if diff := cmp.Diff(numbered(150)[:want], idsOf(clients)); diff != "" || err != nil || calls > 3 {
			t.Errorf("at most %d: %d calls, %v: %s", most, calls, err, diff)
		}
	}
}

// Pages that the server finds too large are asked for in halves.
func TestFindClientsInSmallerPages(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		populate(s)
		s.Inject(sandbox.Fault{Status: 413, Body: `{"error":"RESULT_TOO_LARGE"}`, Match: func(r *http.Request, _ []byte) bool {
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			return limit > 30
		}})
		clients, _, err := a.FindClients(t.Context(), nil, 0)
		if diff := cmp.Diff(numbered(250), idsOf(clients)); diff != "" || err != nil || lookUps(s) != 2+10 {
			t.Errorf("%d calls, %v: %s", lookUps(s), err, diff)
		}
		s.ClearFaults()
		s.ResetRequests()
		s.Inject(sandbox.Fault{Status: 413, Body: `{"error":"RESULT_TOO_LARGE"}`})
		if _, _, err := a.FindClients(t.Context(), nil, 0); err == nil || lookUps(s) != 7 {
			t.Errorf("%d calls: %v", lookUps(s), err)
		}
	})
}

// A reply that makes no sense, or an error, is never "there are none".
func TestFindClientsFails(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"404 with a code":   sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`),
		"refused":           sayJSON(400, `{"error":"INVALID_QUERY"}`),
		"no data":           sayJSON(200, `{"RC":0,"result":{"totalCount":0}}`),
		"no count":          sayJSON(200, `{"RC":0,"result":{"data":[]}}`),
		"fewer than listed": sayJSON(200, `{"totalCount":0,"data":[{"_id":"a"}]}`),
		"a wrong type":      sayJSON(200, `{"totalCount":1,"data":[{"_id":"a","nickname":7}]}`),
		"not an object":     sayJSON(200, `{"totalCount":1,"data":["a"]}`),
		"nothing of some":   sayJSON(200, `{"totalCount":1,"data":[]}`),
	} {
		s := serve(t, handler)
		a := s.api(t, func(c *Config) { c.MaxRetries = 0 })
		clients, _, err := a.FindClients(t.Context(), nil, 0)
		if err == nil || clients != nil || IsNotFound(err) || len(s.seen()) > findPasses {
			t.Errorf("%s: %v, %v", name, clients, err)
		}
	}
}

// A filter that cannot be right is an error before anything is sent.
func TestBadFilters(t *testing.T) {
	s := serve(t, sayJSON(200, `{"totalCount":0,"data":[]}`))
	a := s.api(t)
	for filter, want := range map[string]string{
		``:                 "it is empty",
		`[]`:               "it is an array, not an object",
		`null`:             "it is null, not an object",
		`{"a":}`:           "it is not JSON",
		`{"a":1`:           "it is JSON cut short",
		`{} {}`:            "something follows the JSON",
		"{\"a\":\"\xff\"}": "not valid UTF-8",
		`{"a":"` + strings.Repeat("ä", 1200) + `"}`: "too long",
	} {
		_, _, err := a.FindClients(t.Context(), json.RawMessage(filter), 0)
		for _, err := range []error{err, CheckFilter(json.RawMessage(filter))} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%.20q: %v", filter, err)
			}
		}
	}
	if _, _, err := a.FindClients(t.Context(), nil, -1); err == nil || len(s.seen()) > 0 {
		t.Errorf("%d requests: %v", len(s.seen()), err)
	}
	for _, filter := range []json.RawMessage{nil, json.RawMessage(`{"a":"` + strings.Repeat("ä", 1100) + `"}`)} {
		if err := CheckFilter(filter); err != nil {
			t.Errorf("%.20q: %v", filter, err)
		}
		if _, _, err := a.FindClients(t.Context(), filter, 0); err != nil {
			t.Errorf("%.20q: %v", filter, err)
		}
		if r := s.seen()[len(s.seen())-1]; len(r.uri)+maxBaseURL >= 8<<10 || strings.Contains(r.uri, "q=") != (filter != nil) {
			t.Errorf("%.40s of %d bytes", r.uri, len(r.uri))
		}
	}
}
