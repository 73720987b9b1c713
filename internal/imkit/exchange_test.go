package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, okClient))
	if err := upsert(t.Context(), s.api(t)); err != nil {
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
				err := upsert(t.Context(), s.api(t, func(c *imkit.Config) { c.RequestTimeout, c.MaxRetries = timeout, 1 }))
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
	if err := upsert(t.Context(), s.api(t)); err != nil {
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
		err := upsert(t.Context(), s.api(t))
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
	if err := a.RevokeAllTokens(t.Context(), "ann"); err != nil {
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
		err := upsert(t.Context(), (&server{URL: url}).api(t))
		if failure(t, err).Attempts != 1 || imkit.OutcomeUnknown(err) || imkit.IsTemporary(err) || imkit.IsUntrusted(err) != isUntrusted {
			t.Errorf("unknown %t, temporary %t, untrusted %t: %v",
				imkit.OutcomeUnknown(err), imkit.IsTemporary(err), imkit.IsUntrusted(err), err)
		}
	}
}
