package imkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	testKey       = "k3y/with+signs=="
	testClientKey = "cl13nt&key"
)

// testConfig returns settings for a server, with waits too short to notice.
func testConfig(t *testing.T, server string) Config {
	t.Helper()
	base, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		BaseURL: base, APIKey: testKey, ClientKey: testClientKey, UserAgent: "imkit-test/1",
		MaxRetries: 3, RequestTimeout: 5 * time.Second,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
	}
}

// recorded is a request as a test server saw it.
type recorded struct {
	method, uri string
	header      http.Header
	body        string
}

// testServer answers with handler and remembers the requests.
type testServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
}

func serve(t *testing.T, handler http.HandlerFunc) *testServer {
	t.Helper()
	s := &testServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, recorded{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *testServer) seen() []recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]recorded(nil), s.requests...)
}

// upserts counts the requests that [upsert] made.
func (s *testServer) upserts() int {
	n := 0
	for _, r := range s.seen() {
		if r.method == http.MethodPost {
			n++
		}
	}
	return n
}

// api returns an API for the server; change may adapt its settings.
func (s *testServer) api(t *testing.T, change ...func(*Config)) *API {
	t.Helper()
	cfg := testConfig(t, s.URL)
	for _, c := range change {
		c(&cfg)
	}
	return newAPI(t, cfg)
}

func newAPI(t *testing.T, cfg Config) *API {
	t.Helper()
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// say answers every request alike.
func say(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func sayJSON(status int, body string) http.HandlerFunc {
	return say(status, "application/json; charset=utf-8", body)
}

// known has GET /me refused as a chat server of IMKIT does that knows no other call
// than those of h.
func known(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathMe {
			sayJSON(401, `{"error":"INVALID_TOKEN","message":"no token"}`)(w, r)
			return
		}
		h(w, r)
	}
}

// inTurn answers the first request with the first handler and so on; the last
// answers the rest.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		i := min(int(n.Add(1)), len(handlers)) - 1
		handlers[i](w, r)
	}
}

// cut closes the connection in place of a reply.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cutBody closes the connection within the reply.
func cutBody(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"RC":0,`)
	}
}

const okClient = `{"RC":0,"RM":"OK","result":{"_id":"a","nickname":"A"}}`

// upsert is the call that tests of what all calls share make.
func upsert(t *testing.T, a *API) error {
	t.Helper()
	_, err := a.UpsertClient(t.Context(), "a", Profile{})
	return err
}

// failure returns err as an *Error.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// everyFormat prints v in every way that may end up in a log.
func everyFormat(v any) string {
	s := fmt.Sprintf("%v|%+v|%#v|%s|%q|%x|%d", v, v, v, v, v, v, v)
	encoded, err := json.Marshal(v)
	return s + "|" + string(encoded) + "|" + fmt.Sprint(err)
}

// pass lets time go by in a bubble of testing/synctest, where nobody waits for it.
func pass(d time.Duration) {
	<-time.After(d)
}

func ptr[T any](v T) *T { return &v }

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// JoinRoomAnyRole is JoinRoom for tests of joins that do not mind the role.
func (a *API) JoinRoomAnyRole(ctx context.Context, room, id string, announce bool) error {
	_, err := a.JoinRoom(ctx, room, id, announce)
	return err
}
