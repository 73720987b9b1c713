package imkit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	apiKey    = "k3y/with+signs=="
	clientKey = "cl13nt&key"
)

// request is a request as a test server saw it.
type request struct {
	method, uri string
	header      http.Header
	body        string
	at          time.Time
}

// server answers with a handler and remembers the requests.
type server struct {
	URL string
	// Transport reaches the server; nil stands for a real connection.
	Transport http.RoundTripper

	mu       sync.Mutex
	requests []request
}

// serve starts a server on a loopback address.
func serve(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	listener := httptest.NewServer(s.recording(handler))
	t.Cleanup(listener.Close)
	s.URL = listener.URL
	return s
}

// serveInMemory starts a server without a network, so that a bubble of
// testing/synctest can tell when everybody waits.
func serveInMemory(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{URL: "http://imkit.test"}
	listener := &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: s.recording(handler), ErrorLog: quiet(), ReadHeaderTimeout: time.Hour}
	go func() { _ = srv.Serve(listener) }()
	transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
	})
	s.Transport = transport
	return s
}

func (s *server) recording(handler http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, request{r.Method, r.RequestURI, r.Header.Clone(), string(body), time.Now()})
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler(w, r)
	})
}

// seen returns the requests so far.
func (s *server) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

// count returns the number of requests with a method, or of all for "".
func (s *server) count(method string) int {
	n := 0
	for _, r := range s.seen() {
		if method == "" || r.method == method {
			n++
		}
	}
	return n
}

// api returns an API for the server, with waits too short to notice; change may
// adapt its settings.
func (s *server) api(t *testing.T, change ...func(*imkit.Config)) *imkit.API {
	t.Helper()
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := imkit.Config{
		BaseURL: base, APIKey: apiKey, ClientKey: clientKey, UserAgent: "imkit-test/1",
		MaxRetries: 3, RequestTimeout: 5 * time.Second,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
		Transport: s.Transport,
	}
	for _, c := range change {
		c(&cfg)
	}
	a, err := imkit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// realWaits gives an API the waits between attempts that users have.
func realWaits(c *imkit.Config) {
	c.MaxRetries, c.RequestTimeout = 4, imkit.DefaultRequestTimeout
	c.RetryWaitMin, c.RetryWaitMax = imkit.DefaultRetryWaitMin, imkit.DefaultRetryWaitMax
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

// okClient is a reply about the client "a".
const okClient = `{"RC":0,"RM":"OK","result":{"_id":"a","nickname":"A"}}`

// upsert is the call that tests of what all calls share make.
func upsert(ctx context.Context, a *imkit.API) error {
	_, err := a.UpsertClient(ctx, "a", imkit.Profile{})
	return err
}

// failure returns err as an *imkit.Error.
func failure(t *testing.T, err error) *imkit.Error {
	t.Helper()
	e, ok := errors.AsType[*imkit.Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *imkit.Error", err, err)
	}
	return e
}

// everyFormat prints v in every way that may end up in a log.
func everyFormat(v any) string {
	s := fmt.Sprintf("%v|%+v|%#v|%s|%q|%x|%d", v, v, v, v, v, v, v)
	encoded, err := json.Marshal(v)
	return s + "|" + string(encoded) + "|" + fmt.Sprint(err)
}

// answerAfter answers once that much time has passed, if anybody still waits.
func answerAfter(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(w, r)
		case <-r.Context().Done():
		}
	}
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
