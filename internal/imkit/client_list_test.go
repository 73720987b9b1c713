package imkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// populate makes 250 clients, which the sandbox lists against the order of their ids.
func populate(s *sandbox.Server) {
	for _, id := range slices.Backward(numbered(250)) {
		s.PutClient(id, map[string]any{"nickname": "N", "isRobot": strings.HasSuffix(id, "0")})
	}
}

// found returns the ids that ListClients returns, and checks that it returns no
// clients beside an error.
func found(t *testing.T, a *imkit.API, filter string, most int) (ids []string, total int64, err error) {
	t.Helper()
	clients, total, err := a.ListClients(t.Context(), query(filter), most)
	if err != nil && clients != nil {
		t.Errorf("%d clients beside %v", len(clients), err)
	}
	for _, c := range clients {
		ids = append(ids, c.ID)
	}
	return ids, total, err
}

// listed goes through a whole list. The error is the one that it ended with.
func listed(t *testing.T, a *imkit.API, filter string, most int) (ids []string, failed error) {
	t.Helper()
	for c, err := range a.StreamClients(t.Context(), query(filter), most) {
		if failed != nil {
			t.Fatalf("the list goes on after %v", failed)
		}
		if failed = err; err == nil {
			ids = append(ids, c.ID)
		}
	}
	return ids, failed
}

func query(filter string) json.RawMessage {
	if filter == "" {
		return nil
	}
	return json.RawMessage(filter)
}

// pages returns the number of pages that were asked for since the last time.
func pages(s *sandbox.Server) int {
	defer s.ResetRequests()
	return s.Count(http.MethodGet, "/admin/clients")
}

func TestListAndStreamClients(t *testing.T) {
	t.Parallel()
	every := func(keep func(i int) bool) []string {
		var ids []string
		for i, id := range numbered(250) {
			if keep(i) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	from := func(first int) []string { return numbered(250)[first:] }
	robots := every(func(i int) bool { return i%10 == 0 })
	people := every(func(i int) bool { return i/100 == 1 && i%10 > 0 })
	noLimit, noSkip := sandbox.Options{IgnoreLimit: true}, sandbox.Options{IgnoreSkip: true}
	neither := sandbox.Options{IgnoreSkip: true, IgnoreLimit: true}
	for name, tc := range map[string]struct {
		opts   sandbox.Options
		filter string
		most   int
		want   []string
		total  int64
		pages  int // at most
	}{
		"all":                   {sandbox.Options{}, ``, 0, from(0), 250, 3},
		"empty filter":          {sandbox.Options{}, ` {} `, 0, from(0), 250, 3},
		"some":                  {sandbox.Options{}, `{"isRobot": true}`, 0, robots, 25, 1},
		"several fields":        {sandbox.Options{}, `{"_id":{"$gte":"client-100","$lt":"client-200"},"isRobot":false}`, 0, people, 90, 1},
		"exactly a page":        {sandbox.Options{}, `{"_id":{"$lt":"client-100"}}`, 0, numbered(100), 100, 1},
		"none":                  {sandbox.Options{}, `{"nickname":"nobody"}`, 0, nil, 0, 1},
		"the first ones":        {sandbox.Options{}, ``, 7, from(243), 250, 1},
		"more than a page":      {sandbox.Options{}, ``, 120, from(130), 250, 2},
		"more than there are":   {sandbox.Options{}, ``, 1000, from(0), 250, 3},
		"limit ignored":         {noLimit, ``, 0, from(0), 250, 5},
		"limit ignored, few":    {noLimit, ``, 60, from(190), 250, 2},
		"limit ignored, fewer":  {noLimit, ``, 7, from(243), 250, 1},
		"skip ignored, one":     {noSkip, `{"isRobot":true}`, 0, robots, 25, 1},
		"skip ignored, enough":  {noSkip, ``, 100, from(150), 250, 1},
		"both ignored, enough":  {neither, ``, 50, from(200), 250, 1},
		"fields and formatting": {sandbox.Options{LookupFields: []string{"nickname"}}, "\n{ \"_id\" : { \"$in\" : [ \"client-001\" ] } }\n", 0, []string{"client-001"}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				populate(s)
				ids, total, err := found(t, a, tc.filter, tc.most)
				if diff := cmp.Diff(tc.want, ids); diff != "" || total != tc.total || err != nil {
					t.Errorf("total %d, want %d: %v: %s", total, tc.total, err, diff)
				}
				for _, r := range s.Requests() {
					limit, err := strconv.Atoi(r.Query.Get("limit"))
					if err != nil || limit < 1 || limit > 100 || tc.most > 0 && limit > tc.most || strings.ContainsAny(r.Query.Get("q"), " \n") {
						t.Errorf("query %v", r.Query)
					}
				}
				if n := pages(s); n > tc.pages {
					t.Errorf("%d pages, want at most %d", n, tc.pages)
				}
				ids, err = listed(t, a, tc.filter, tc.most)
				slices.Reverse(ids) // the list is in the server's own order
				if diff := cmp.Diff(tc.want, ids); diff != "" || err != nil {
					t.Errorf("listed: %v: %s", err, diff)
				}
				if n := pages(s); n > tc.pages {
					t.Errorf("listed by %d pages, want at most %d", n, tc.pages)
				}
			})
		})
	}
}

// User groups, which some servers list among the clients, are in no list.
func TestStreamClientsWithoutGroups(t *testing.T) {
	t.Parallel()
	for _, most := range []int{0, 250} {
		withSandbox(t, sandbox.Options{Groups: sandbox.GroupOptions{InLookup: true}}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
			s.PutGroup("team", map[string]any{"nickname": "Team"})
			populate(s)
			ids, err := listed(t, a, "", most)
			slices.Sort(ids)
			if diff := cmp.Diff(numbered(250), ids); diff != "" || err != nil {
				t.Errorf("at most %d: %v: %s", most, err, diff)
			}
		})
	}
}

// Of a thousand, the first comes after the first page, and whoever has seen enough
// asks for no further page.
func TestStreamClientsPageByPage(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		for _, id := range numbered(1000) {
			s.PutClient(id, nil)
		}
		n := 0
		for _, err := range a.StreamClients(t.Context(), nil, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if got, want := s.Count("", ""), n/imkit.MaxLookUp+1; got > want {
				t.Fatalf("client %d came after %d pages, want %d", n+1, got, want)
			}
			if n++; n == 350 {
				break
			}
		}
		if got := pages(s); n != 350 || got != 4 {
			t.Errorf("%d clients by %d pages", n, got)
		}
	})
}

// A server that does not turn the pages is an error, not a part of the clients and
// not a call without end.
func TestListClientsWithoutSkip(t *testing.T) {
	t.Parallel()
	for _, opts := range []sandbox.Options{{IgnoreSkip: true}, {IgnoreSkip: true, IgnoreLimit: true}} {
		withSandbox(t, opts, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
			populate(s)
			for _, most := range []int{0, 101} {
				_, _, err := found(t, a, "", most)
				if n := pages(s); err == nil || !strings.Contains(err.Error(), "250 clients") || n > 2 {
					t.Errorf("by %d pages: %v", n, err)
				}
				if _, err := listed(t, a, "", most); err == nil || pages(s) > 2 {
					t.Errorf("listed: %v", err)
				}
			}
		})
	}
}

// Clients may come and go between two pages. Everybody who was there all the time is
// found; and what cannot be told for certain is an error.
func TestListClientsThatChange(t *testing.T) {
	t.Parallel()
	remove := func(ids ...string) func(*sandbox.Server) {
		return func(s *sandbox.Server) {
			for _, id := range ids {
				s.RemoveClient(id)
			}
		}
	}
	for name, tc := range map[string]struct {
		change        func(s *sandbox.Server)
		always        bool // in every pass
		found, listed int
		pages         int // at most
		fails         bool
	}{
		"one more": {func(s *sandbox.Server) { s.PutClient("new", nil) }, false, 251, 251, 3, false},
		// The client at the seam moves to the page that was read already. Another pass finds it.
		"one less":              {remove("client-249"), false, 249, 250, 6, false},
		"one replaced":          {func(s *sandbox.Server) { remove("client-249")(s); s.PutClient("new", nil) }, false, 250, 250, 3, false},
		"all but those we have": {remove(numbered(150)...), false, 100, 100, 3, false},
		"one less in each pass": {func(s *sandbox.Server) { s.RemoveClient(s.ClientIDs()[0]) }, true, 0, 250, 9, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changing := func(t *testing.T, test func(t *testing.T, s *sandbox.Server, a *imkit.API)) {
				t.Helper()
				withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
					populate(s)
					done := false
					s.SetHook(func(r *http.Request) {
						if r.URL.Query().Get("skip") == "100" && (!done || tc.always) {
							done = true
							tc.change(s)
						}
					})
					test(t, s, a)
					if n := pages(s); n > tc.pages {
						t.Errorf("%d pages, want at most %d", n, tc.pages)
					}
				})
			}
			changing(t, func(t *testing.T, _ *sandbox.Server, a *imkit.API) {
				ids, total, err := found(t, a, "", 0)
				if len(ids) != tc.found || (err != nil) != tc.fails || err == nil && total != int64(tc.found) {
					t.Errorf("%d clients of %d: %v", len(ids), total, err)
				}
			})
			changing(t, func(t *testing.T, _ *sandbox.Server, a *imkit.API) {
				ids, err := listed(t, a, "", 0)
				slices.Sort(ids)
				if n := len(slices.Compact(slices.Clone(ids))); n != tc.listed || n != len(ids) {
					t.Errorf("%d listed, %d of them once", len(ids), n)
				}
				if errors.Is(err, imkit.ErrListChanging) != tc.fails || (err != nil) != tc.fails {
					t.Errorf("ends with %v", err)
				}
			})
		})
	}
}

// listing answers look-ups as a server does that lists in the order of the ids given.
// change is called before each page, and returns them.
func listing(change func(page int) (ids []string, total int64)) http.HandlerFunc {
	page := 0
	return func(w http.ResponseWriter, r *http.Request) {
		page++
		ids, total := change(page)
		skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		data := []string{}
		for _, id := range ids[min(skip, len(ids)):min(skip+limit, len(ids))] {
			data = append(data, fmt.Sprintf(`{"_id":%q}`, id))
		}
		sayJSON(200, fmt.Sprintf(`{"totalCount":%d,"data":[%s]}`, total, strings.Join(data, ",")))(w, r)
	}
}

// Where the newest come first, those that are added shift the others, by whole pages if
// they are many.
func TestListClientsNewestFirst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ added, most, want, pages int }{
		{2, 0, 150, 3}, {2, 101, 101, 3}, {100, 0, 150, 4}, {100, 101, 101, 3}, {250, 0, 150, 5},
	} {
		ids := numbered(150)
		s := serve(t, listing(func(page int) ([]string, int64) {
			if page == 2 {
				for i := range tc.added {
					ids = slices.Insert(ids, 0, fmt.Sprintf("new-%d", i))
				}
			}
			return ids, int64(len(ids))
		}))
		got, _, err := found(t, s.api(t), "", tc.most)
		old := slices.DeleteFunc(got, func(id string) bool { return strings.HasPrefix(id, "new-") })
		if diff := cmp.Diff(numbered(150)[:tc.want], old); diff != "" || err != nil || len(s.seen()) > tc.pages {
			t.Errorf("%+v: %d pages, %v: %s", tc, len(s.seen()), err, diff)
		}
	}
}

// A list of which the end moves away is an error, not a call without end.
func TestListClientsWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		total  func(page int) int64 // of a server that always has another client
		noSkip bool
		most   int
		pages  int // at most
	}{
		"more than anybody has":    {func(int) int64 { return 1e15 }, false, 0, 1},
		"more than a number holds": {func(int) int64 { return math.MaxInt64 }, false, 0, 1},
		"ever more":                {func(page int) int64 { return int64(page) * 101 }, false, 0, 15},
		"suddenly very many":       {func(page int) int64 { return map[bool]int64{true: 101, false: 1e15}[page == 1] }, false, 0, 15},
		"ever more, limited":       {func(page int) int64 { return int64(page) * 101 }, false, 1e6, 15},
		"ever more, the same page": {func(page int) int64 { return int64(page) * 101 }, true, 0, 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := numbered(5000)
			serving := func() *server {
				return serve(t, listing(func(page int) ([]string, int64) {
					if tc.noSkip { // the part that is asked for is always the first
						return slices.Repeat(all[:100], 50), tc.total(page)
					}
					return all, tc.total(page)
				}))
			}
			s := serving()
			_, _, err := found(t, s.api(t), "", tc.most)
			if err == nil || !strings.Contains(err.Error(), "clients") || len(s.seen()) > tc.pages {
				t.Errorf("by %d pages: %v", len(s.seen()), err)
			}
			s = serving()
			if _, err := listed(t, s.api(t), "", tc.most); err == nil || len(s.seen()) > tc.pages {
				t.Errorf("listed by %d pages: %v", len(s.seen()), err)
			}
		})
	}
}

// Pages that the server finds too large are asked for in smaller ones.
func TestListClientsInSmallerPages(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		populate(s)
		s.Inject(sandbox.Fault{Status: 413, Body: `{"error":"RESULT_TOO_LARGE"}`, Match: func(r *http.Request, _ []byte) bool {
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			return limit > 30
		}})
		ids, _, err := found(t, a, "", 0)
		if diff := cmp.Diff(numbered(250), ids); diff != "" || err != nil || pages(s) > 2+10 {
			t.Errorf("%v: %s", err, diff)
		}
		s.ClearFaults()
		s.Inject(sandbox.Fault{Status: 413, Body: `{"error":"RESULT_TOO_LARGE"}`})
		if _, _, err := found(t, a, "", 0); err == nil || pages(s) > 7 {
			t.Errorf("whatever the size: %v", err)
		}
	})
}

// An error, or a reply that makes no sense, is never "there are none".
func TestListClientsFails(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"404 with a code":   sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`),
		"refused":           sayJSON(400, `{"error":"INVALID_QUERY"}`),
		"no data":           sayJSON(200, `{"RC":0,"result":{"totalCount":0}}`),
		"no count":          sayJSON(200, `{"RC":0,"result":{"data":[]}}`),
		"fewer than listed": sayJSON(200, `{"totalCount":0,"data":[{"_id":"a"}]}`),
		"not an object":     sayJSON(200, `{"totalCount":1,"data":["a"]}`),
		"nothing of some":   sayJSON(200, `{"totalCount":1,"data":[]}`),
	} {
		a := serve(t, handler).api(t, retries(0))
		if _, _, err := found(t, a, "", 0); err == nil || imkit.IsNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := listed(t, a, "", 0); err == nil || imkit.IsNotFound(err) {
			t.Errorf("%s, listed: %v", name, err)
		}
	}
	// An error between two pages ends a list, after what came before it.
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		populate(s)
		s.Inject(sandbox.Fault{Status: 404, Body: `{"error":"CLIENT_NOT_FOUND"}`, Skip: 1})
		ids, err := listed(t, a, "", 0)
		if len(ids) != 100 || err == nil || imkit.IsNotFound(err) || errors.Is(err, imkit.ErrListChanging) {
			t.Errorf("%d clients, then %v", len(ids), err)
		}
	})
}

// A filter that cannot be right is an error before anything is sent.
func TestBadFilters(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"totalCount":0,"data":[]}`))
	a := s.api(t)
	for _, filter := range []string{`[]`, `null`, `{"a":}`, `{"a":1`, `{} {}`, "{\"a\":\"\xff\"}", ` `, `{"a":"` + strings.Repeat("ä", 1200) + `"}`} {
		_, _, finds := found(t, a, filter, 0)
		_, lists := listed(t, a, filter, 0)
		for _, err := range []error{finds, lists, imkit.CheckFilter(json.RawMessage(filter))} {
			if err == nil || !strings.Contains(err.Error(), "filter") {
				t.Errorf("%.20q: %v", filter, err)
			}
		}
	}
	if _, _, err := found(t, a, "", -1); err == nil || len(s.seen()) > 0 {
		t.Errorf("%d requests: %v", len(s.seen()), err)
	}
	for _, filter := range []string{"", `{"a":"` + strings.Repeat("ä", 1100) + `"}`} {
		if err := imkit.CheckFilter(query(filter)); err != nil {
			t.Errorf("%.20q: %v", filter, err)
		}
		if _, _, err := found(t, a, filter, 0); err != nil {
			t.Errorf("%.20q: %v", filter, err)
		}
		if r := s.seen()[len(s.seen())-1]; len(r.uri) > 7<<10+100 || strings.Contains(r.uri, "q=") != (filter != "") {
			t.Errorf("%.40s of %d bytes", r.uri, len(r.uri))
		}
	}
}
