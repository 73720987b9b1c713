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
func lookUpAll(tb testing.TB, a *imkit.API, ids []string, workers int) {
	tb.Helper()
	inParallel(workers, ids, func(id string) {
		if c, err := a.LookUpClient(tb.Context(), id); err != nil || c.ID != id {
			tb.Errorf("%s: %v, %v", id, c, err)
		}
	})
}

// The calls for many clients, over a network, against every kind of server.
func TestManyClientsOfEveryKind(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{
		"as documented":    {},
		"below a prefix":   {BasePath: "/chat/a"},
		"flat":             {FlatReplies: true, ErrorShape: sandbox.ErrorFlat},
		"codes, under 200": {ErrorsUnder200: true, ErrorShape: sandbox.ErrorCodeOnly},
		"ignores limit":    {IgnoreLimit: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := start(t, opts)
			records, ids := manyRecords(250)
			s.RefuseIDs(ids[42])
			result := a.UpsertClients(t.Context(), records, nil)
			if r := result.Records[42]; r.Status != imkit.RecordRefused || len(result.Errors) != 1 || len(s.ClientIDs()) != 249 {
				t.Fatalf("%d clients: %v", len(s.ClientIDs()), result.Errors)
			}
			s.RefuseIDs()
			if result = a.UpsertClients(t.Context(), records, nil); len(result.Errors) > 0 {
				t.Fatal(result.Errors)
			}
			found, total, err := a.FindClients(t.Context(), []byte(`{"nickname":{"$regex":"^Name"}}`), 0)
			if err != nil || len(found) != 250 || total != 250 {
				t.Errorf("found %d of %d: %v", len(found), total, err)
			}
			lookUpAll(t, a, ids[:40], 40)
			byID, err := a.LookUpClients(t.Context(), ids[:40])
			if err != nil || len(byID) != 40 {
				t.Errorf("looked up %d: %v", len(byID), err)
			}
		})
	}
}

// Faults that pass are not noticed by the calls for many clients.
func TestFaultsAmidManyClients(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"500 after": {Status: 500, After: true},
		"502 HTML":  {Status: 502, Body: "<h1>", ContentType: "text/html"},
		"cut after": {Cut: true, After: true},
		"cut body":  {CutBody: true},
		"not JSON":  {Body: "<h1>", ContentType: "text/html"},
		"429":       {Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0.001}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := start(t, sandbox.Options{}, func(c *imkit.Config) { c.MaxRetries = 5 })
			records, ids := manyRecords(250)
			fault.Times = 2
			s.Inject(fault)
			if result := a.UpsertClients(t.Context(), records, nil); len(result.Errors) > 0 || len(s.ClientIDs()) != 250 {
				t.Errorf("%d clients: %v", len(s.ClientIDs()), result.Errors)
			}
			s.Inject(fault)
			lookUpAll(t, a, ids[:40], 20)
			s.ClearFaults()
			s.Inject(fault)
			if found, _, err := a.FindClients(t.Context(), nil, 0); err != nil || len(found) != 250 {
				t.Errorf("found %d: %v", len(found), err)
			}
		})
	}
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
	a, err := imkit.New(imkit.Config{BaseURL: base, APIKey: sandbox.DefaultAPIKey})
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

func BenchmarkLookUpClient(b *testing.B) {
	for _, workers := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("300 by %d at a time", workers), func(b *testing.B) {
			a, _, ids := bench(b, 300, 20*time.Millisecond)
			for b.Loop() {
				lookUpAll(b, a, ids, workers)
			}
		})
	}
}

func BenchmarkLookUpClients(b *testing.B) {
	a, _, ids := bench(b, 1000, 0)
	for b.Loop() {
		if found, err := a.LookUpClients(b.Context(), ids); err != nil || len(found) != len(ids) {
			b.Fatal(len(found), err)
		}
	}
}

func BenchmarkUpsertClients(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a, records, _ := bench(b, n, 0)
			for b.Loop() {
				if result := a.UpsertClients(b.Context(), records, nil); len(result.Errors) > 0 {
					b.Fatal(result.Errors)
				}
			}
		})
	}
}

func BenchmarkFindClients(b *testing.B) {
	a, _, ids := bench(b, 1000, 0)
	for b.Loop() {
		if found, _, err := a.FindClients(b.Context(), nil, 0); err != nil || len(found) != len(ids) {
			b.Fatal(len(found), err)
		}
	}
}
