package imkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// lookUps is a server's part in look-ups of clients.
type lookUps struct {
	latency time.Duration
	// exists is nil when all clients do.
	exists func(id string) bool
	// item replaces what the reply lists for an id, unless it returns nil.
	item func(id string) any
	// refuses replaces the reply to a request for these ids, unless it returns nil.
	refuses func(ids []string) http.HandlerFunc
}

// answer answers a look-up.
func (l lookUps) answer(w http.ResponseWriter, r *http.Request) { l.list(idsIn(r.URL))(w, r) }

func (l lookUps) list(ids []string) http.HandlerFunc {
	data := []any{}
	for _, id := range ids {
		if l.exists != nil && !l.exists(id) {
			continue
		}
		var item any = map[string]any{"_id": id}
		if l.item != nil {
			if other := l.item(id); other != nil {
				item = other
			}
		}
		data = append(data, item)
	}
	body, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": len(data), "data": data}})
	if err != nil {
		panic(err)
	}
	handler := sayJSON(200, string(body))
	if l.refuses != nil {
		if refusal := l.refuses(ids); refusal != nil {
			handler = refusal
		}
	}
	return answerAfter(l.latency, handler)
}

// idsIn returns the ids that a look-up asks for.
func idsIn(u *url.URL) []string {
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(u.Query().Get("q")), &q); err != nil {
		panic(err)
	}
	return q["_id"]["$in"]
}

// lookedUp lists the ids of each look-up so far.
func (s *server) lookedUp(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for _, r := range s.seen() {
		if r.method != http.MethodGet {
			continue
		}
		u, err := url.Parse(r.uri)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, idsIn(u))
	}
	return all
}

// inParallel calls do for every id, n at a time.
func inParallel(n int, ids []string, do func(id string)) {
	work := make(chan string)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for id := range work {
				do(id)
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	all.Wait()
}

// lookUpAtOnce looks up ids at the same moment and returns what each look-up said.
func lookUpAtOnce(ctx context.Context, a *imkit.API, ids []string) (clients []*imkit.Client, errs []error) {
	clients, errs = make([]*imkit.Client, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { clients[i], errs[i] = a.LookUpClient(ctx, id) })
	}
	all.Wait()
	return clients, errs
}

// isStatus reports whether an error is of an answer with that HTTP status.
func isStatus(status int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*imkit.Error](err)
		return ok && e.Status == status
	}
}

// revokeAll is the call that tests make which only need one that changes something.
func revokeAll(ctx context.Context, a *imkit.API, id string) error {
	return a.RevokeAllTokens(ctx, id)
}
