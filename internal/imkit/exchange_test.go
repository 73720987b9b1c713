package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRequestHeaders(t *testing.T) {
	s := serve(t, sayJSON(200, okClient))
	if err := upsert(t, s.api(t)); err != nil {
		t.Fatal(err)
	}
	got := s.seen()[0].header
	for name, want := range map[string]string{
		"IM-API-KEY": testKey, "User-Agent": "imkit-test/1", "Accept": "application/json",
		"Content-Type": "application/json; charset=utf-8", "IM-CLIENT-KEY": "", "Referer": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}

	s = serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":0,"data":[]}}`))
	if _, err := s.api(t).LookUpClients(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if r := s.seen()[0]; r.header.Get("Content-Type") != "" || r.body != "" {
		t.Errorf("a look-up has no body: %+v", r)
	}
}

// A slow server, silent or trickling, costs no more than the time-out of each
// attempt.
func TestRequestTimeout(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"trickling": func(w http.ResponseWriter, r *http.Request) {
			for tick := time.Tick(5 * time.Millisecond); r.Context().Err() == nil; <-tick {
				_, _ = fmt.Fprint(w, " ")
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handler)
			start := time.Now()
			err := upsert(t, s.api(t, func(c *Config) {
				c.RequestTimeout = 50 * time.Millisecond
				c.MaxRetries = 1
			}))
			if took := time.Since(start); took < 100*time.Millisecond || took > 3*time.Second {
				t.Errorf("took %s", took)
			}
			if !strings.Contains(err.Error(), "no complete reply within 50ms (after 2 attempts)") || !OutcomeUnknown(err) {
				t.Errorf("unknown %t: %v", OutcomeUnknown(err), err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("the caller's context did not end")
			}
			if len(s.seen()) != 2 {
				t.Errorf("%d requests", len(s.seen()))
			}
		})
	}
}

func TestOversizedReply(t *testing.T) {
	padding := strings.Repeat(" ", maxReply-len(okClient))
	s := serve(t, sayJSON(200, okClient+padding))
	if err := upsert(t, s.api(t)); err != nil {
		t.Errorf("a reply of exactly the limit: %v", err)
	}
	s = serve(t, sayJSON(200, okClient+padding+" "))
	err := upsert(t, s.api(t))
	if err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") || !OutcomeUnknown(err) {
		t.Errorf("unknown %t: %v", OutcomeUnknown(err), err)
	}
	if len(s.seen()) != 1 {
		t.Errorf("%d requests, want 1: it will not be smaller the next time", len(s.seen()))
	}

	s = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for block := []byte(strings.Repeat(" ", 1<<20)); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	if err := upsert(t, s.api(t)); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Errorf("a reply without end: %v", err)
	}
}

func TestOnAttempt(t *testing.T) {
	s := serve(t, inTurn(cut, sayJSON(503, `{"RC":503,"RM":"busy with `+testKey+`"}`), sayJSON(200, okClient)))
	var got []Attempt
	a := s.api(t, func(c *Config) { c.OnAttempt = func(_ context.Context, at Attempt) { got = append(got, at) } })
	if err := upsert(t, a); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, at := range got {
		if at.Duration <= 0 || at.Duration > time.Minute {
			t.Errorf("duration %s", at.Duration)
		}
		lines = append(lines, fmt.Sprint(at.Method, " ", at.Path, " ", at.Number, " ", at.Status, " ", at.Err))
	}
	want := []string{
		"POST /admin/clients 1 0 POST /admin/clients: EOF",
		"POST /admin/clients 2 503 POST /admin/clients: HTTP 503, RC 503: busy with (redacted) (after 2 attempts)",
		"POST /admin/clients 3 200 <nil>",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// A certificate that is not trusted is refused, and asking again is no use.
func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(sayJSON(200, okClient))
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	defer s.Close()
	err := upsert(t, newAPI(t, testConfig(t, s.URL)))
	if e := failure(t, err); e.Attempts != 1 || OutcomeUnknown(err) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%d attempts, unknown %t: %v", e.Attempts, OutcomeUnknown(err), err)
	}

	plain := httptest.NewServer(sayJSON(200, okClient))
	defer plain.Close()
	err = upsert(t, newAPI(t, testConfig(t, strings.Replace(plain.URL, "http:", "https:", 1))))
	if e := failure(t, err); e.Attempts != 1 || OutcomeUnknown(err) {
		t.Errorf("%d attempts, unknown %t: %v", e.Attempts, OutcomeUnknown(err), err)
	}
}

// Many calls at once share the connections and nothing else.
func TestConcurrentCalls(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sayJSON(200, `{"success":true,"revokedTokens":1}`)(w, r)
	})
	a := s.api(t)
	errs := make(chan error)
	for range 50 {
		go func() { errs <- a.RevokeAllTokens(context.WithoutCancel(t.Context()), "a") }()
	}
	for range 50 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
