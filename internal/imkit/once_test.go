package imkit

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// onlyOnce makes a call that must not be repeated.
func onlyOnce(ctx context.Context, a *API) error {
	return a.do(ctx, call{
		method: http.MethodPost,
		path:   "/messages",
		body:   map[string]any{"message": "m"},
		once:   true,
		decode: func(reply answer) error {
			o, err := reply.object()
			if err == nil && o["_id"] != "a" {
				err = errors.New("it has no _id")
			}
			return err
		},
	})
}

// What the server may have received is not sent again, and the error says so.
func TestOnce(t *testing.T) {
	refused := sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0.001}`)
	for _, tc := range []struct {
		name    string
		faults  []http.HandlerFunc // then it succeeds
		sent    int
		unknown bool
		fails   bool
	}{
		{"nothing", nil, 1, false, false},
		{"429", []http.HandlerFunc{refused, refused}, 3, false, false},
		{"429 with HTML", []http.HandlerFunc{say(429, "text/html", "<h1>slow down</h1>")}, 2, false, false},
		{"429 cut off", []http.HandlerFunc{cutBody(429)}, 2, false, false},
		{"RC 429 under 200", []http.HandlerFunc{sayJSON(200, `{"RC":429,"RM":"slow down"}`)}, 2, false, false},
		{"429 for ever", []http.HandlerFunc{refused, refused, refused, refused}, 4, false, true},
		{"429, then cut", []http.HandlerFunc{refused, cut}, 2, true, true},
		{"connection lost", []http.HandlerFunc{cut}, 1, true, true},
		{"time-out", []http.HandlerFunc{func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}, 1, true, true},
		{"reply cut off", []http.HandlerFunc{cutBody(200)}, 1, true, true},
		{"500", []http.HandlerFunc{sayJSON(500, `{"RC":500,"RM":"oops"}`)}, 1, true, true},
		{"502 with HTML", []http.HandlerFunc{say(502, "text/html", "<h1>Bad Gateway</h1>")}, 1, true, true},
		{"503", []http.HandlerFunc{sayJSON(503, "")}, 1, true, true},
		{"503 that names a wait", []http.HandlerFunc{withHeader("Retry-After", "1", sayJSON(503, ""))}, 1, true, true},
		{"504", []http.HandlerFunc{sayJSON(504, "")}, 1, true, true},
		{"RC 503 under 200", []http.HandlerFunc{sayJSON(200, `{"RC":503,"RM":"busy"}`)}, 1, true, true},
		{"not JSON", []http.HandlerFunc{say(200, "text/html", "<h1>Welcome</h1>")}, 1, true, true},
		{"JSON cut short", []http.HandlerFunc{sayJSON(200, `{"RC":0,"result":{"_id":"a"`)}, 1, true, true},
		{"empty", []http.HandlerFunc{sayJSON(200, "")}, 1, true, true},
		{"wrong shape", []http.HandlerFunc{sayJSON(200, `{"RC":0,"result":{"_id":7}}`)}, 1, true, true},
		{"400", []http.HandlerFunc{sayJSON(400, `{"error":"INVALID_REQUEST"}`)}, 1, false, true},
		{"404 with JSON cut short", []http.HandlerFunc{sayJSON(404, `{"error":"CLIENT_NOT_F`)}, 1, false, true},
		{"403", []http.HandlerFunc{sayJSON(403, `{"RC":403,"RM":"no"}`)}, 1, false, true},
		{"501", []http.HandlerFunc{sayJSON(501, "")}, 1, false, true},
		{"redirect", []http.HandlerFunc{withHeader("Location", "https://example.com/", say(307, "", ""))}, 1, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, inTurn(append(tc.faults, sayJSON(200, okClient))...))
			a := s.api(t, func(c *Config) {
				if tc.name == "time-out" {
					c.RequestTimeout = 50 * time.Millisecond
				}
			})
			err := onlyOnce(t.Context(), a)
			if n := len(s.seen()); n != tc.sent {
				t.Errorf("sent %d times, want %d", n, tc.sent)
			}
			if (err != nil) != tc.fails || OutcomeUnknown(err) != tc.unknown {
				t.Errorf("fails %t, unknown %t: %v", err != nil, OutcomeUnknown(err), err)
			}
			if tc.unknown && IsTemporary(err) {
				t.Errorf("the error asks for a second time: %v", err)
			}
		})
	}
}

// A connection that was never made has carried nothing.
func TestOnceConnects(t *testing.T) {
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	transport, ok := a.transport.(*http.Transport)
	if !ok {
		t.Fatalf("%T", a.transport)
	}
	dials := 0
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials++; dials < 3 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	if err := onlyOnce(t.Context(), a); err != nil || dials != 3 || len(s.seen()) != 1 {
		t.Errorf("%d connections tried, %d requests: %v", dials, len(s.seen()), err)
	}

	transport.CloseIdleConnections()
	s.Close()
	dials = 3
	err := onlyOnce(t.Context(), a)
	if e := failure(t, err); e.Attempts != 4 || OutcomeUnknown(err) || !IsTemporary(err) {
		t.Errorf("%d attempts, unknown %t: %v", e.Attempts, OutcomeUnknown(err), err)
	}
}

// An interrupt does not have it sent again either, and says what may have been.
func TestOnceInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		cut(w, r)
	})
	err := onlyOnce(ctx, s.api(t))
	if len(s.seen()) != 1 || !OutcomeUnknown(err) {
		t.Errorf("%d requests, unknown %t: %v", len(s.seen()), OutcomeUnknown(err), err)
	}
}

// It is a sign that the server has ceased to answer, as any other call is.
func TestOnceThatHangs(t *testing.T) {
	s := serve(t, hang)
	a := s.api(t, func(c *Config) { c.RequestTimeout = 50 * time.Millisecond })
	if err := onlyOnce(t.Context(), a); !OutcomeUnknown(err) {
		t.Error(err)
	}
	if err := upsert(t, a); err == nil || len(s.seen()) != 2 {
		t.Errorf("%d requests: %v", len(s.seen()), err)
	}
}
