package provider_test

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// overTLS serves a sandbox with a certificate that only its own authority
// trusts, for 127.0.0.1 and for every host of example.com. authority is the
// file with that.
func overTLS(t *testing.T, server *sandbox.Server) (listener *httptest.Server, authority string) {
	t.Helper()
	listener = httptest.NewUnstartedServer(server)
	listener.Config.ErrorLog = log.New(io.Discard, "", 0)
	listener.StartTLS()
	t.Cleanup(listener.Close)
	authority = filepath.Join(t.TempDir(), "authority.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listener.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return listener, authority
}

func TestCertificateOfNobodyKnownIsRefused(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{})
	listener, authority := overTLS(t, server)
	c := networkCLI(t, listener.URL, "robot")
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to look up client", "certificate signed by unknown authority",
		"not trusted on this machine", "nothing was sent", "SSL_CERT_FILE")
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	if runtime.GOOS != "linux" { // others ask the system, whatever the environment says
		return
	}
	c.Env = append(c.Env, "SSL_CERT_FILE="+authority)
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

// proxy is a proxy for one server, whatever host is asked for.
type proxy struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newProxy(t *testing.T, server http.Handler, tunnelTo string) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.Host)
		p.mu.Unlock()
		switch {
		case r.Method != http.MethodConnect:
			server.ServeHTTP(w, r)
		case r.Header.Get("IM-API-KEY") != "":
			t.Error("the key was shown to the proxy")
		default:
			tunnel(t, w, tunnelTo)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// hosts are what the proxy was asked for, each once.
func (p *proxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.seen)
	return slices.Compact(p.seen)
}

// tunnel connects a caller with a server until one of them ends it.
func tunnel(t *testing.T, w http.ResponseWriter, address string) {
	caller, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = caller.Close() }()
	server, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = server.Close() }()
	if _, err := io.WriteString(caller, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	forward := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from)
		done <- struct{}{}
	}
	go forward(server, bufio.NewReader(buffered))
	go forward(caller, server)
	<-done
}

func TestProxyVariables(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{})
	plain := httptest.NewServer(server)
	t.Cleanup(plain.Close)
	secure, authority := overTLS(t, server)
	// Go takes no proxy to 127.0.0.1 and localhost, but to 0.0.0.0, which is the same machine.
	local := strings.Replace(plain.URL, "127.0.0.1", "0.0.0.0", 1)
	for name, row := range map[string]struct {
		baseURL string
		env     func(proxy string) []string
		linux   bool // needs SSL_CERT_FILE
		want    []string
	}{
		"HTTPS_PROXY": {
			"https://chat.example.com", func(proxy string) []string { return []string{"HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + authority} },
			true, []string{"CONNECT chat.example.com:443"},
		},
		"HTTP_PROXY": {
			"http://chat.example.com", func(proxy string) []string { return []string{"HTTP_PROXY=" + proxy} },
			false, []string{"GET chat.example.com", "POST chat.example.com"},
		},
		"HTTP_PROXY for an address": {
			local, func(proxy string) []string { return []string{"HTTP_PROXY=" + proxy} },
			false, []string{"GET " + strings.TrimPrefix(local, "http://"), "POST " + strings.TrimPrefix(local, "http://")},
		},
		"NO_PROXY": {
			local, func(proxy string) []string { return []string{"HTTP_PROXY=" + proxy, "NO_PROXY=.example.com,0.0.0.0"} },
			false, nil,
		},
		"no proxy to this machine": {
			plain.URL, func(proxy string) []string { return []string{"HTTP_PROXY=" + proxy} },
			false, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if row.linux && runtime.GOOS != "linux" {
				return
			}
			p := newProxy(t, server, secure.Listener.Addr().String())
			c := networkCLI(t, row.baseURL, name, "allow_http = true")
			c.Env = append(c.Env, row.env(p.URL)...)
			c.Apply()
			if _, there := server.Client(name); !there {
				t.Error("the client is not on the server")
			}
			if diff := cmp.Diff(row.want, p.hosts()); diff != "" {
				t.Errorf("the proxy was asked for (-want +got):\n%s", diff)
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
