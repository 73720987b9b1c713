package imkit

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"testing/synctest"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

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
