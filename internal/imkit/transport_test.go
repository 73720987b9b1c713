package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, okClient))
	if err := bind(t.Context(), s.api(t)); err != nil {
		t.Fatal(err)
	}
	got := s.seen()[0].header
	for name, want := range map[string]string{
		"IM-API-KEY": apiKey, "User-Agent": "imkit-test/1", "Accept": "application/json",
		"Content-Type": "application/json; charset=utf-8", "IM-CLIENT-KEY": "", "Referer": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}

	s = serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":0,"data":[]}}`))
	if err := readClient(t.Context(), s.api(t)); err != nil {
		t.Fatal(err)
	}
	if r := s.seen()[0]; r.header.Get("Content-Type") != "" || r.body != "" {
		t.Errorf("a look-up has no body: %+v", r)
	}
}

// A slow server, silent or trickling, costs no more than the time-out of each
// attempt.
func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"silent": hang,
		"trickling": func(w http.ResponseWriter, r *http.Request) {
			for tick := time.Tick(time.Second); ; {
				_, _ = fmt.Fprint(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-tick:
				case <-r.Context().Done():
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const timeout = 10 * time.Second
				s := serveInMemory(t, handler)
				start := time.Now()
				err := bind(t.Context(), s.api(t, func(c *imkit.Config) { c.RequestTimeout, c.MaxRetries = timeout, 1 }))
				if took := time.Since(start); took < 2*timeout || took > 2*timeout+time.Second {
					t.Errorf("took %s", took)
				}
				if !imkit.OutcomeUnknown(err) || !strings.Contains(err.Error(), "10s") {
					t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
				}
				if errors.Is(err, context.DeadlineExceeded) {
					t.Error("the caller's context did not end")
				}
				if failure(t, err).Attempts != 2 || s.count("") != 2 {
					t.Errorf("%d requests: %v", s.count(""), err)
				}
			})
		})
	}
}

func TestOversizedReply(t *testing.T) {
	t.Parallel()
	const most = 16 << 20
	padding := strings.Repeat(" ", most-len(okClient))
	s := serve(t, sayJSON(200, okClient+padding))
	if err := bind(t.Context(), s.api(t)); err != nil {
		t.Errorf("a reply of exactly the limit: %v", err)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"a byte more": sayJSON(200, okClient+padding+" "),
		"no end": func(w http.ResponseWriter, _ *http.Request) {
			for block := []byte(strings.Repeat(" ", 1<<20)); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
	} {
		s = serve(t, handler)
		err := bind(t.Context(), s.api(t))
		if err == nil || !strings.Contains(err.Error(), "16 MiB") || !imkit.OutcomeUnknown(err) {
			t.Errorf("%s: unknown %t: %v", name, imkit.OutcomeUnknown(err), err)
		}
		if s.count("") != 1 {
			t.Errorf("%s: %d requests, want 1: it will not be smaller the next time", name, s.count(""))
		}
	}
}

func TestOnAttempt(t *testing.T) {
	t.Parallel()
	s := serve(t, inTurn(cut, sayJSON(503, `{"RC":503,"RM":"busy"}`), sayJSON(200, `{"success":true}`)))
	var lines []string
	a := s.api(t, func(c *imkit.Config) {
		c.OnAttempt = func(_ context.Context, at imkit.Attempt) {
			if at.Duration <= 0 || at.Duration > time.Minute {
				t.Errorf("duration %s", at.Duration)
			}
			lines = append(lines, fmt.Sprint(at.Method, " ", at.Path, " ", at.Number, " ", at.Status, " ", at.Err != nil))
		}
	})
	if err := last(a.RevokeAllTokens(t.Context(), "ann")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"DELETE /admin/clients/{id}/token 1 0 true",
		"DELETE /admin/clients/{id}/token 2 503 true",
		"DELETE /admin/clients/{id}/token 3 200 false",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// A certificate that is not trusted is refused, and asking again is no use. Nor is
// it where the server speaks no TLS.
func TestNoTLS(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(sayJSON(200, okClient))
	untrusted.Config.ErrorLog = quiet()
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	plain := serve(t, sayJSON(200, okClient))
	for url, isUntrusted := range map[string]bool{
		untrusted.URL: true,
		strings.Replace(plain.URL, "http:", "https:", 1): false,
	} {
		err := bind(t.Context(), (&server{URL: url}).api(t))
		if failure(t, err).Attempts != 1 || imkit.OutcomeUnknown(err) || imkit.IsTemporary(err) || is(err, imkit.KindUntrusted) != isUntrusted {
			t.Errorf("unknown %t, temporary %t, untrusted %t: %v",
				imkit.OutcomeUnknown(err), imkit.IsTemporary(err), is(err, imkit.KindUntrusted), err)
		}
	}
}

// Each id is one segment, whatever it contains, and no id is taken for a place in the
// path; the base URL's own path stays in front.
func TestIDsInAPath(t *testing.T) {
	t.Parallel()
	ids := []string{
		"a", "a/b", "a%2Fb", "...", "{client}", "{id}", "}{", "a b", "+", "?q=1", "#x", `"`, "$", ";", "日本語", "e\u0301", "😀", "\x00", "%",
	}
	for _, base := range []string{"", "/chat", "/a%2Fb"} {
		for pattern, call := range map[string]func(a *imkit.API, first, second string) error{
			"PUT " + base + "/rooms/{first}/member/{second}": func(a *imkit.API, first, second string) error {
				return last(a.SetMemberProperty(t.Context(), first, second, "role", "member"))
			},
			"POST " + base + "/admin/clients/{first}/mute/{second}": func(a *imkit.API, first, second string) error {
				return last(a.MuteRoom(t.Context(), first, second))
			},
			"DELETE " + base + "/admin/clients/{first}/token": func(a *imkit.API, first, _ string) error {
				return last(a.RevokeAllTokens(t.Context(), first))
			},
		} {
			var first, second, raw string
			mux := http.NewServeMux()
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				first, second, raw = r.PathValue("first"), r.PathValue("second"), r.URL.EscapedPath()
				sayJSON(200, `{"RC":0}`)(w, r)
			})
			s := serve(t, mux.ServeHTTP)
			s.URL += base
			a := s.api(t)
			for i, id := range ids {
				other := ids[len(ids)-1-i]
				err := call(a, id, other)
				if err != nil || first != id || second != other && second != "" {
					t.Errorf("%s: %q and %q arrived as %q and %q (%s): %v", pattern, id, other, first, second, raw, err)
				}
			}
		}
	}
}

// A redirect is an error that names the target's host and nothing else, and
// nothing arrives there: no header, no body, not even a connection. Go would send
// the API key along.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	token := imkit.NewSecret("token-0f31")
	var connections atomic.Int32
	target := httptest.NewUnstartedServer(sayJSON(200, okClient))
	target.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	target.Start()
	t.Cleanup(target.Close)

	for name, call := range map[string]func(context.Context, *imkit.API) error{
		"GET": readClient,
		"GET with a token": func(ctx context.Context, a *imkit.API) error {
			_, err := a.TokenIsAlive(ctx, "a", token)
			return err
		},
		"POST": bind,
		"POST of a batch": func(ctx context.Context, a *imkit.API) error {
			return a.UpsertClients(ctx, []imkit.ClientRecord{{ID: "a"}}, nil)[0].Err
		},
		"POST of a token": func(ctx context.Context, a *imkit.API) error {
			_, err := a.BindToken(ctx, "a", token, time.Time{})
			return err
		},
		"DELETE": func(ctx context.Context, a *imkit.API) error { return a.RevokeToken(ctx, "a", token) },
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, host := range []string{"127.0.0.1", "localhost"} { // The server's own, and another.
				url := strings.Replace(target.URL, "127.0.0.1", host, 1)
				location := strings.Replace(url, "://", "://user:pass@", 1) + "/admin/clients?q=secret"
				s := serve(t, withHeader("Location", location, say(status, "", "")))
				err := call(t.Context(), s.api(t))
				what := fmt.Sprint(name, " ", status, " to ", host)
				if failure(t, err).Status != status || !strings.Contains(err.Error(), "redirects to "+url) ||
					strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "pass") {
					t.Errorf("%s: the error is %v", what, err)
				}
				if s.count("") != 1 || imkit.OutcomeUnknown(err) || connections.Load() != 0 {
					t.Errorf("%s: %d requests, unknown %t, %d connections to the target",
						what, s.count(""), imkit.OutcomeUnknown(err), connections.Load())
				}
			}
		}
	}
}

func TestRedirectsToNowhere(t *testing.T) {
	t.Parallel()
	for name, location := range map[string]string{"none": "", "nonsense": "http://%zz", "relative": "/elsewhere"} {
		s := serve(t, withHeader("Location", location, say(302, "", "")))
		err := bind(t.Context(), s.api(t))
		if failure(t, err).Status != 302 || s.count("") != 1 || !strings.Contains(err.Error(), "redirects") {
			t.Errorf("%s: %d requests: %v", name, s.count(""), err)
		}
	}
}
