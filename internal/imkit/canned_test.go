package imkit_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

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
	_, err := a.LookUpClients(ctx, []string{"a"})
	return err
}
