package imkit

import (
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// listed goes through a whole list. The error is the one it ended with.
func listed(t *testing.T, a *API, filter string, most int) (ids []string, failed error) {
	t.Helper()
	var query json.RawMessage
	if filter != "" {
		query = json.RawMessage(filter)
	}
	for c, err := range a.ListClients(t.Context(), query, most) {
		if failed != nil {
			t.Fatalf("the list goes on after %v", failed)
		}
		if failed = err; err == nil {
			ids = append(ids, c.ID)
		}
	}
	return ids, failed
}

func TestListClients(t *testing.T) {
	backwards := slices.Collect(func(yield func(string) bool) {
		for _, id := range slices.Backward(numbered(250)) {
			yield(id)
		}
	})
	for name, tc := range map[string]struct {
		opts   sandbox.Options
		filter string
		most   int
		want   []string
		calls  int
	}{
		"all":                    {sandbox.Options{}, ``, 0, backwards, 3},
		"five":                   {sandbox.Options{}, ``, 5, backwards[:5], 1},
		"more than a page":       {sandbox.Options{}, ``, 101, backwards[:101], 2},
		"more than there are":    {sandbox.Options{}, ``, 1000, backwards, 3},
		"some":                   {sandbox.Options{}, `{"_id":{"$lt":"client-003"}}`, 0, backwards[247:], 1},
		"none":                   {sandbox.Options{}, `{"nickname":"nobody"}`, 0, nil, 1},
		"no groups":              {sandbox.Options{Groups: sandbox.GroupOptions{InLookup: true}}, ``, 0, backwards, 3},
		"no groups among a few":  {sandbox.Options{Groups: sandbox.GroupOptions{InLookup: true}}, ``, 250, backwards, 3},
		"limit ignored, and few": {sandbox.Options{IgnoreLimit: true}, ``, 5, backwards[:5], 1},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *API) {
				populate(s)
				s.PutGroup("team", map[string]any{"nickname": "Team"})
				ids, err := listed(t, a, tc.filter, tc.most)
				if diff := cmp.Diff(tc.want, ids); diff != "" || err != nil {
					t.Errorf("%v: %s", err, diff)
				}
				if n := lookUps(s); n != tc.calls {
					t.Errorf("%d calls, want %d", n, tc.calls)
				}
			})
		})
	}
}

// Of ten thousand the first comes after the first page, whoever has seen enough
// asks for no further page, and pages that are past are forgotten.
func TestListClientsPageByPage(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		for _, id := range numbered(10000) {
			s.PutClient(id, map[string]any{"nickname": "N"})
		}
		var early []weak.Pointer[Client]
		n := 0
		for c, err := range a.ListClients(t.Context(), nil, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if want := n/MaxLookUp + 1; lookUps(s) != want {
				t.Fatalf("client %d came after %d pages, want %d", n+1, lookUps(s), want)
			}
			if n++; n <= MaxLookUp {
				early = append(early, weak.Make(c))
			}
			if n == 3*MaxLookUp+1 {
				runtime.GC()
				if kept := slices.ContainsFunc(early, func(p weak.Pointer[Client]) bool { return p.Value() != nil }); kept {
					t.Error("clients of the first page are kept")
				}
			}
		}
		if n != 10000 || lookUps(s) != 100 {
			t.Errorf("%d clients by %d calls", n, lookUps(s))
		}
		s.ResetRequests()
		for _, err := range a.ListClients(t.Context(), nil, 0) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if lookUps(s) != 1 {
			t.Errorf("%d calls for one client", lookUps(s))
		}
	})
}

// Clients that come and go between two pages are handed on once, and the list says
// so when it cannot tell whether it has them all.
func TestListClientsThatChange(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(s *sandbox.Server)
		always bool
		want   int
		calls  int
		fails  bool
	}{
		"one more": {func(s *sandbox.Server) { s.PutClient("new", nil) }, false, 251, 3, false},
		// The client at the seam moves to the page that is past, and is found in another pass.
		"one less":          {func(s *sandbox.Server) { s.RemoveClient("client-249") }, false, 250, 6, false},
		"one less each way": {func(s *sandbox.Server) { s.RemoveClient(s.ClientIDs()[0]) }, true, 250, 9, true},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
				populate(s)
				done := false
				s.SetHook(func(r *http.Request) {
					if r.URL.Query().Get("skip") == "100" && (!done || tc.always) {
						done = true
						tc.change(s)
					}
				})
				ids, err := listed(t, a, "", 0)
				slices.Sort(ids)
				if n := len(slices.Compact(ids)); n != tc.want || n != len(ids) || lookUps(s) != tc.calls {
					t.Errorf("%d clients, %d of them once, by %d calls", len(ids), n, lookUps(s))
				}
				if IsListChanging(err) != tc.fails || (err != nil) != tc.fails {
					t.Errorf("ends with %v", err)
				}
			})
		})
	}
}

// An error between two pages ends the list, after what came before it.
func TestListClientsFails(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		populate(s)
		s.Inject(sandbox.Fault{Status: 404, Body: `{"error":"CLIENT_NOT_FOUND"}`, Skip: 1})
		ids, err := listed(t, a, "", 0)
		if len(ids) != 100 || err == nil || IsNotFound(err) || IsListChanging(err) {
			t.Errorf("%d clients, then %v", len(ids), err)
		}
	})
	s := serve(t, sayJSON(200, `{"totalCount":0,"data":[]}`))
	if _, err := listed(t, s.api(t), `[]`, 0); err == nil || !strings.Contains(err.Error(), "not an object") || len(s.seen()) > 0 {
		t.Errorf("%d requests: %v", len(s.seen()), err)
	}
}
