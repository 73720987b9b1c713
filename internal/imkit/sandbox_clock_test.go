package imkit_test

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// withSandbox runs a test against a sandbox, without a network and on a clock of
// its own.
func withSandbox(t *testing.T, opts sandbox.Options, test func(t *testing.T, s *sandbox.Server, a *imkit.API)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.APIKey = apiKey
		s := sandbox.New(opts)
		listener := &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
		srv := &http.Server{Handler: s, ErrorLog: quiet(), ReadHeaderTimeout: time.Hour}
		go func() { _ = srv.Serve(listener) }()
		t.Cleanup(func() { _ = srv.Close() })
		transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
		test(t, s, (&server{URL: "http://imkit.test", Transport: transport}).api(t))
	})
}
