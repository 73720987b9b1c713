package imkit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lookUpServer answers look-ups without a network, for tests whose clock
// stands still while anything runs.
type lookUpServer struct {
	latency time.Duration
	// exists is nil when all clients do.
	exists func(id string) bool
	// spoiled replaces the reply to a request for these ids, unless it is nil.
	spoiled func(ids []string) http.HandlerFunc
	// me answers GET /me.
	me http.HandlerFunc

	mu    sync.Mutex
	asked [][]string
	ended int // requests whose context ended
}

func (s *lookUpServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == pathMe {
		return respond(s.me, r), nil
	}
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(r.URL.Query().Get("q")), &q); err != nil {
		return nil, err
	}
	ids := q["_id"]["$in"]
	s.mu.Lock()
	s.asked = append(s.asked, ids)
	s.mu.Unlock()
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		s.mu.Lock()
		s.ended++
		s.mu.Unlock()
		return nil, r.Context().Err()
	}
	handler := s.list(ids)
	if s.spoiled != nil {
		if spoiled := s.spoiled(ids); spoiled != nil {
			handler = spoiled
		}
	}
	return respond(handler, r), nil
}

// respond is what a handler says.
func respond(handler http.HandlerFunc, r *http.Request) *http.Response {
	w := &replyWriter{header: http.Header{"Content-Type": {"application/json"}}, status: 200}
	handler(w, r)
	body := io.NopCloser(strings.NewReader(w.body.String()))
	return &http.Response{StatusCode: w.status, Header: w.header, Body: body, Request: r}
}

// seen lists the ids of each request so far.
func (s *lookUpServer) seen() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *lookUpServer) list(ids []string) http.HandlerFunc {
	data := []any{}
	for _, id := range ids {
		if s.exists == nil || s.exists(id) {
			data = append(data, map[string]any{"_id": id, "nickname": "N", "tags": []any{[]any{"t"}}, "mute": []string{"m"}})
		}
	}
	body, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": len(data), "data": data}})
	if err != nil {
		panic(err)
	}
	return sayJSON(200, string(body))
}

// replyWriter is a reply in memory.
type replyWriter struct {
	status int
	header http.Header
	body   strings.Builder
}

func (w *replyWriter) Header() http.Header               { return w.header }
func (w *replyWriter) WriteHeader(status int)            { w.status = status }
func (w *replyWriter) Write(b []byte) (int, error)       { return w.body.Write(b) }
func (w *replyWriter) WriteString(s string) (int, error) { return w.body.WriteString(s) }

func (s *lookUpServer) api(t *testing.T, change ...func(*Config)) *API {
	t.Helper()
	cfg := testConfig(t, "https://chat.example.com")
	for _, c := range change {
		c(&cfg)
	}
	a := newAPI(t, cfg)
	a.transport = s
	return a
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("client-%03d", i)
	}
	return ids
}

// atOnce looks up ids at the same moment and returns what each look-up said.
func atOnce(ctx context.Context, a *API, ids []string) (clients []*Client, errs []error) {
	clients, errs = make([]*Client, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { clients[i], errs[i] = a.LookUpClient(ctx, id) })
	}
	all.Wait()
	return clients, errs
}
