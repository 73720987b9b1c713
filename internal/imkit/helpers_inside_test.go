package imkit

// Helpers of tests that still stand inside of the package.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
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
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
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

// sandboxTransport calls a sandbox without a network, for tests whose clock
// stands still while anything runs.
type sandboxTransport struct{ *sandbox.Server }

func (s sandboxTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	s.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// withSandbox runs a test against a sandbox, on a clock of its own.
func withSandbox(t *testing.T, opts sandbox.Options, test func(t *testing.T, s *sandbox.Server, a *API)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.APIKey = testKey
		s := sandbox.New(opts)
		a := newAPI(t, testConfig(t, "https://chat.example.com"))
		a.transport = sandboxTransport{s}
		test(t, s, a)
	})
}

func numberedRecords(n int) []ClientRecord {
	records := make([]ClientRecord, n)
	for i, id := range numbered(n) {
		records[i] = ClientRecord{ID: id, Nickname: ptr("N " + id)}
	}
	return records
}

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
