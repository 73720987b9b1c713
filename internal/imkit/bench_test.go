package imkit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func manyRecords(n int) (records []imkit.ClientRecord, ids []string) {
	for i := range n {
		id, name := fmt.Sprintf("a/%d é?", i), fmt.Sprintf("Name %d", i)
		records, ids = append(records, imkit.ClientRecord{ID: id, Nickname: &name}), append(ids, id)
	}
	return records, ids
}

// lookUpAll looks clients up one by one, so many at a time.
func lookUpAll(tb testing.TB, a *imkit.API, ids []string, atATime int) {
	tb.Helper()
	workers(atATime, ids, func(id string) {
		if c, err := a.GetClient(tb.Context(), id); err != nil || c.ID != id {
			tb.Errorf("%s: %v, %v", id, c, err)
		}
	})
}

// bench serves a sandbox with n clients, and reports the requests per
// operation in the end.
func bench(b *testing.B, n int, latency time.Duration) (*imkit.API, []imkit.ClientRecord, []string) {
	b.Helper()
	s := sandbox.New(sandbox.Options{Latency: latency, LogLimit: 1})
	var requests int
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests++
		mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	base, err := imkit.ParseBaseURL(server.URL, false)
	if err != nil {
		b.Fatal(err)
	}
	a, err := imkit.New(imkit.Config{BaseURL: base, APIKey: imkit.NewSecret(sandbox.DefaultAPIKey)})
	if err != nil {
		b.Fatal(err)
	}
	records, ids := manyRecords(n)
	for _, id := range ids {
		s.PutClient(id, map[string]any{"nickname": "n"})
	}
	b.Cleanup(func() { b.ReportMetric(float64(requests)/float64(b.N), "requests/op") })
	return a, records, ids
}

func BenchmarkGetClient(b *testing.B) {
	for _, atATime := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("300 by %d at a time", atATime), func(b *testing.B) {
			a, _, ids := bench(b, 300, 20*time.Millisecond)
			for b.Loop() {
				lookUpAll(b, a, ids, atATime)
			}
		})
	}
}

func BenchmarkGetClients(b *testing.B) {
	a, _, ids := bench(b, 1000, 0)
	for b.Loop() {
		if found, err := a.GetClients(b.Context(), ids); err != nil || len(found) != len(ids) {
			b.Fatal(len(found), err)
		}
	}
}

func BenchmarkUpsertClients(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a, records, _ := bench(b, n, 0)
			for b.Loop() {
				if errs := errorsOf(a.UpsertClients(b.Context(), records, nil)); len(errs) > 0 {
					b.Fatal(errs)
				}
			}
		})
	}
}

func BenchmarkListClients(b *testing.B) {
	a, _, ids := bench(b, 1000, 0)
	for b.Loop() {
		if found, _, err := a.ListClients(b.Context(), nil, 0); err != nil || len(found) != len(ids) {
			b.Fatal(len(found), err)
		}
	}
}
