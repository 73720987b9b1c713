package imkit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	apiKey    = "k3y/with+signs==" //nolint:gosec // opens nothing
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
	base, err := imkit.ParseBaseURL(s.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	cfg := imkit.Config{
		BaseURL: base, APIKey: imkit.NewSecret(apiKey), ClientKey: imkit.NewSecret(clientKey), UserAgent: "imkit-test/1",
		MaxRetries: 3, RequestTimeout: 5 * time.Second,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond, SecondLook: time.Millisecond,
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

// bind is the call that tests of what all calls share make: a change of one request,
// which looks at nothing when its answer is lost.
func bind(ctx context.Context, a *imkit.API) error {
	return last(a.BindToken(ctx, "a", imkit.NewSecret("0wn-t0ken"), time.Time{}))
}

// upsert is a change that looks whether it was done when its answer is lost.
func upsert(ctx context.Context, a *imkit.API) error {
	return last3(a.UpsertClient(ctx, "a", imkit.Profile{}))
}

// last is the error of a call that returns something before it.
func last[T any](_ T, err error) error { return err }

// last3 is the error of a change that returns what it came to.
func last3[T any](_ T, _, err error) error { return err }

// together are the errors of several members, in the order of their ids.
func together(failed map[string]error, _ error) error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		errs = append(errs, failed[id])
	}
	return errors.Join(errs...)
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

// is reports whether an error is of one of these kinds.
func is(err error, kinds ...imkit.Kind) bool {
	return err != nil && slices.Contains(kinds, imkit.KindOf(err))
}

// isKind is is as a predicate.
func isKind(kinds ...imkit.Kind) func(error) bool {
	return func(err error) bool { return is(err, kinds...) }
}

// isError is errors.Is as a predicate.
func isError(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// isProblem is imkit.HasProblem as a predicate.
func isProblem(problem imkit.MemberProblem) func(error) bool {
	return func(err error) bool { return imkit.HasProblem(err, problem) }
}

// memoryListener accepts connections that are pipes in memory.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Accept waits for the next connection.
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr names the listener.
func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// withHeader answers with one more header.
func withHeader(name, value string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		h(w, r)
	}
}

// htmlPage is how any web server says that it has nothing there.
func htmlPage(status int) http.HandlerFunc {
	return say(status, "text/html; charset=utf-8", "<h1>No</h1>")
}

// cutBody closes the connection within the reply.
func cutBody(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"RC":0,`)
	}
}

// roundTripper answers requests in place of a connection.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip reads the request's body, as a connection does.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return f(r)
}

// switchable is a handler that changes into another.
type switchable struct {
	handler atomic.Pointer[http.HandlerFunc]
}

func (s *switchable) become(h http.HandlerFunc) { s.handler.Store(&h) }

func (s *switchable) serve(w http.ResponseWriter, r *http.Request) { (*s.handler.Load())(w, r) }

// interruptedAfter is when the callers of these tests cease to wait.
const interruptedAfter = 50 * time.Millisecond

// interrupted is a context that ends after a moment, with that error.
func interrupted(t *testing.T, end error) context.Context {
	t.Helper()
	if errors.Is(end, context.DeadlineExceeded) {
		ctx, cancel := context.WithTimeout(t.Context(), interruptedAfter)
		t.Cleanup(cancel)
		return ctx
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(interruptedAfter, cancel)
	return ctx
}

// readClient is the call that tests of what all calls share read with.
func readClient(ctx context.Context, a *imkit.API) error {
	return last(a.GetClients(ctx, []string{"a"}))
}

// waits returns how long it took from each request to the next.
func (s *server) waits() []time.Duration {
	var waits []time.Duration
	seen := s.seen()
	for i := 1; i < len(seen); i++ {
		waits = append(waits, seen[i].at.Sub(seen[i-1].at))
	}
	return waits
}

// numbered returns n ids, sorted.
func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("client-%03d", i)
	}
	return ids
}

// isStatus reports whether an error is of an answer with that HTTP status.
func isStatus(status int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*imkit.Error](err)
		return ok && e.Status == status
	}
}

// inBubble runs a test with its own clock, against a server in memory.
func inBubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, serveInMemory(t, handler)) })
}

func reported[T any](v T) imkit.Field[T] { return imkit.Field[T]{Reported: true, Value: &v} }

func null[T any]() imkit.Field[T] { return imkit.Field[T]{Reported: true} }

// routes answers each "METHOD /path" that has a handler. To everything else it
// answers as a chat server does that has no such call. Clients can be looked up in any
// case, and one of them, "known", exists.
func routes(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		handler, known := handlers[r.Method+" "+path], people("known")
		switch {
		case path == "/admin/clients" && r.Method == http.MethodGet && (handler == nil || slices.Equal(idsIn(r.URL), []string{"known"})):
			known(w, r)
		case handler != nil:
			handler(w, r)
		default:
			http.NotFound(w, r)
		}
	}
}

// knownServer returns an API of which a call has succeeded: so the server is one of
// IMKIT, and the API key may make administrator's calls. Its request is forgotten.
func (s *server) knownServer(t *testing.T, change ...func(*imkit.Config)) *imkit.API {
	t.Helper()
	a := s.api(t, change...)
	if _, err := a.GetClient(t.Context(), "known"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	return a
}

func retries(n int) func(*imkit.Config) { return func(c *imkit.Config) { c.MaxRetries = n } }

// calls lists the requests as "METHOD /path".
func (s *server) calls() []string {
	var all []string
	for _, r := range s.seen() {
		path, _, _ := strings.Cut(r.uri, "?")
		all = append(all, r.method+" "+path)
	}
	return all
}

// sent decodes the body of a request.
func (r request) sent(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(r.body))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatalf("%s %s: %v", r.method, r.uri, err)
	}
	return o
}

// pass lets time go by in a bubble of testing/synctest, where nobody waits for it.
func pass(d time.Duration) { <-time.After(d) }

// workers calls do for each item, so many at a time, as Terraform does.
func workers(n int, items []string, do func(item string)) {
	var all sync.WaitGroup
	free := make(chan struct{}, n)
	for _, item := range items {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			do(item)
		})
	}
	all.Wait()
}

// atOnce calls do for each item at the same moment, and returns the errors in the
// order of the items.
func atOnce(items []string, do func(item string) error) []error {
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { errs[i] = do(item) })
	}
	all.Wait()
	return errs
}
