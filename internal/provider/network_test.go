package provider_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// networkCLI is a working directory whose provider calls a server there, with
// nothing of this machine's network settings.
func networkCLI(t *testing.T, baseURL, id string, lines ...string) *acctest.CLI {
	t.Helper()
	c := acctest.BinaryCLI(t)
	c.Env = append(c.Env, "HTTP_PROXY=", "http_proxy=", "HTTPS_PROXY=", "https_proxy=", "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE=", "SSL_CERT_DIR=")
	c.Write(fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key = %q\n  max_retries = 0\n  %s\n}\n%s",
		baseURL, sandbox.DefaultAPIKey, strings.Join(lines, "\n  "), acctest.Client(id)))
	return c
}

func TestCertificateOfNobodyKnownIsRefused(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{})
	listener := httptest.NewUnstartedServer(server)
	listener.Config.ErrorLog = log.New(io.Discard, "", 0)
	listener.StartTLS()
	t.Cleanup(listener.Close)
	c := networkCLI(t, listener.URL, "robot")
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to look up client", "certificate signed by unknown authority",
		"This machine does not trust the server's certificate", "nothing was sent", "SSL_CERT_FILE")
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	if runtime.GOOS != "linux" { // others ask the system, whatever the environment says
		return
	}
	c.WriteFile("authority.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listener.Certificate().Raw})))
	c.Env = append(c.Env, "SSL_CERT_FILE="+filepath.Join(c.Dir, "authority.pem"))
	c.Apply()
	c.Empty()
	if _, there := server.Client("robot"); !there {
		t.Error("the client is not on the server")
	}
}

func TestRedirectIsRefused(t *testing.T) {
	t.Parallel()
	target := acctest.NewWorld(t, sandbox.Options{})
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Inject(sandbox.Fault{Status: http.StatusPermanentRedirect, Body: "{}", Header: http.Header{"Location": {target.URL + "/admin/clients?q=1"}}})
	c := w.CLI(t, acctest.Client("robot"))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "redirects to "+target.URL, "never followed", "check the base URL")
	if n := len(target.Requests()); n != 0 {
		t.Errorf("%d requests arrived at the target", n)
	}
}

// TestProxyThatFails has the one for https.
func TestProxyVariables(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{})
	plain := httptest.NewServer(server)
	t.Cleanup(plain.Close)
	// Go takes no proxy to 127.0.0.1 and localhost, but to 0.0.0.0, which is the same machine.
	local := strings.Replace(plain.URL, "127.0.0.1", "0.0.0.0", 1)
	for name, row := range map[string]struct {
		baseURL, noProxy string
		proxied          bool
	}{
		"HTTP_PROXY":               {"http://chat.example.com", "", true},
		"HTTP_PROXY for a machine": {local, "", true},
		"NO_PROXY":                 {local, ".example.com,0.0.0.0", false},
		"no proxy to this machine": {plain.URL, "", false},
		"LocalHost":                {strings.Replace(plain.URL, "127.0.0.1", "LocalHost", 1), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				server.ServeHTTP(w, r)
			}))
			t.Cleanup(proxy.Close)
			c := networkCLI(t, row.baseURL, name, "allow_http = true")
			c.Env = append(c.Env, "HTTP_PROXY="+proxy.URL, "NO_PROXY="+row.noProxy)
			c.Apply()
			if _, there := server.Client(name); !there || asked.Load() > 0 != row.proxied {
				t.Errorf("the client is on the server: %t; the proxy was asked %d times", there, asked.Load())
			}
		})
	}
}

// The password of a proxy shows in no error and no log.
func TestProxyThatFails(t *testing.T) {
	t.Parallel()
	const password = "proxy-password-3f9c"
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(refuses.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, row := range map[string]struct{ scheme, address, want string }{
		"refuses, TLS":   {"https", refuses.URL, "Proxy Authentication Required"},
		"refuses, plain": {"http", refuses.URL, "407"},
		"gone":           {"https", gone.URL, "proxyconnect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := networkCLI(t, row.scheme+"://chat.example.com", "robot", "allow_http = true")
			address := strings.Replace(row.address, "://", "://user:"+password+"@", 1)
			c.Env = append(c.Env, "HTTP_PROXY="+address, "HTTPS_PROXY="+address, "TF_LOG=TRACE")
			output := c.Fails("apply", "-auto-approve")
			if strings.Contains(output, password) {
				t.Errorf("the password was printed or logged: %s", output)
			}
			acctest.Says(t, output, row.want)
		})
	}
}

// A server that asks to be left alone for an hour is: the call fails at once, and says so.
func TestServerThatAsksToBeLeftAlone(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot"))
	w.Inject(sandbox.Fault{
		Method: http.MethodPost, Route: acctest.RouteClients, Status: http.StatusTooManyRequests, Body: `{"error":"RATE_LIMIT_EXCEEDED","message":"Slow down."}`,
		Header: http.Header{"Retry-After": {"3600"}},
	})
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Slow down.", "asks to wait for 1h0m0s", "requests_per_minute")
	if n := w.Count(http.MethodPost, acctest.RouteClients); n != 1 {
		t.Errorf("%d requests", n)
	}
}
