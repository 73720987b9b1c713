package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// ends are the ways in which a context ends.
var ends = []error{context.Canceled, context.DeadlineExceeded}

// inReply answers with the beginning of a reply only.
func inReply(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprint(w, `{"RC":0,`)
	_ = http.NewResponseController(w).Flush()
	hang(w, r)
}

// The end of the context ends a call at once, wherever it waits or only reads. A
// change that was sent has five seconds for its answer.
func TestCancellation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call    func(context.Context, *imkit.API) error
		handler http.HandlerFunc
		grace   time.Duration
		unknown bool // Of a change: a read changes nothing.
	}{
		"during a change":              {bind, hang, imkit.InterruptGrace, true},
		"within the reply to a change": {bind, inReply, imkit.InterruptGrace, true},
		"during a read":                {readClient, hang, 0, false},
		"within the reply to a read":   {readClient, inReply, 0, false},
		"in the backoff":               {bind, sayJSON(503, ""), 0, true},
		"in the server's wait":         {bind, withHeader("Retry-After", "100", sayJSON(429, "")), 0, false},
	} {
		for _, end := range ends {
			t.Run(name+", "+end.Error(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, tc.handler)
					start := time.Now()
					err := tc.call(interrupted(t, end), s.api(t, realWaits))
					if took := time.Since(start); took != interruptedAfter+tc.grace || s.count("") != 1 {
						t.Errorf("%d requests in %s", s.count(""), took)
					}
					if !errors.Is(err, end) || is(err, imkit.KindUnreachable) || imkit.IsTemporary(err) {
						t.Errorf("unreachable %t, temporary %t: %v", is(err, imkit.KindUnreachable), imkit.IsTemporary(err), err)
					}
					if s.count("GET") == 0 && imkit.OutcomeUnknown(err) != tc.unknown {
						t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
					}
				})
			})
		}
	}
}

// Nothing is sent for a caller whose context ended before. It takes no time, even
// where others would be waited for.
func TestCancellationBeforeAnything(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, *imkit.API) error{
		"a change": bind,
		"a read":   readClient,
		"a merged read": func(ctx context.Context, a *imkit.API) error {
			_, err := a.GetClient(ctx, "a")
			return err
		},
		"a merged change": func(ctx context.Context, a *imkit.API) error { return last(a.RemoveMember(ctx, "lobby", "a", false)) },
		"a change in turn": func(ctx context.Context, a *imkit.API) error {
			_, err := a.SetConfig(ctx, "key", 1, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, hang)
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				start := time.Now()
				err := call(ctx, s.api(t))
				if took := time.Since(start); took != 0 || s.count("") != 0 {
					t.Errorf("%d requests in %s", s.count(""), took)
				}
				if !errors.Is(err, context.Canceled) || imkit.OutcomeUnknown(err) {
					t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
				}
			})
		})
	}
}

// What has the time of grace is sent though its caller's context ended before, and
// all of it ends with that time.
func TestWithGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveInMemory(t, inTurn(answerAfter(imkit.InterruptGrace-time.Second, sayJSON(503, "")), hang))
		ended, end := context.WithCancel(t.Context())
		end()
		ctx, cancel := imkit.WithGrace(ended)
		defer cancel()
		start := time.Now()
		err := bind(ctx, s.api(t, realWaits))
		if took := time.Since(start); took != imkit.InterruptGrace || s.count("") != 2 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d requests in %s: %v", s.count(""), took, err)
		}
	})
}

// An answer within the grace counts in full, whatever it says, and is the last:
// nothing is repeated for a caller that is gone.
func TestAnswerAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	const late = interruptedAfter + imkit.InterruptGrace - 100*time.Millisecond
	for name, tc := range map[string]struct {
		handler        http.HandlerFunc
		fails, unknown bool
		says           string
	}{
		"success":      {sayJSON(200, okClient), false, false, ""},
		"refusal":      {sayJSON(409, `{"error":"USER_EXISTS"}`), true, false, "USER_EXISTS"},
		"try again":    {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), true, false, "HTTP 429"},
		"out of order": {sayJSON(503, ""), true, true, "HTTP 503"},
		"cut off":      {cutBody(200), true, true, ""},
		"lost":         {cut, true, true, ""},
	} {
		for _, end := range ends {
			t.Run(name+", "+end.Error(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, answerAfter(late, tc.handler))
					start := time.Now()
					err := bind(interrupted(t, end), s.api(t, realWaits))
					if took := time.Since(start); took != late || s.count("") != 1 {
						t.Errorf("%d requests in %s", s.count(""), took)
					}
					if (err != nil) != tc.fails || imkit.OutcomeUnknown(err) != tc.unknown || tc.fails && !strings.Contains(err.Error(), tc.says) {
						t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
					}
				})
			})
		}
	}
}

// What has no connection yet was not sent, and the error says so; whatever the interrupt,
// no attempt lasts longer than its own time-out.
func TestInterruptBoundaries(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dialling, timeout, least, most time.Duration
		unknown                        bool
	}{
		"no connection": {time.Minute, time.Hour, interruptedAfter, interruptedAfter + imkit.InterruptGrace, false},
		"connected":     {interruptedAfter - 1, time.Hour, interruptedAfter + imkit.InterruptGrace, interruptedAfter + imkit.InterruptGrace, true},
		"time-out":      {0, time.Second, time.Second, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, hang)
				transport, _ := s.Transport.(*http.Transport)
				dial := transport.DialContext
				transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					select {
					case <-time.After(tc.dialling):
						return dial(ctx, network, address)
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				}
				start := time.Now()
				err := bind(interrupted(t, context.Canceled), s.api(t, func(c *imkit.Config) { c.RequestTimeout = tc.timeout }))
				if took := time.Since(start); took < tc.least || took > tc.most || !errors.Is(err, context.Canceled) || imkit.OutcomeUnknown(err) != tc.unknown {
					t.Errorf("%s, unknown %t: %v", took, imkit.OutcomeUnknown(err), err)
				}
			})
		})
	}
}

// After an interrupt a batch begins no further call, and keeps what those under way
// came to.
func TestBatchInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const done = `{"RC":0,"result":{"count":100}}`
		stored, late := sayJSON(200, done), answerAfter(imkit.InterruptGrace-time.Second, sayJSON(200, done))
		s := serveInMemory(t, inTurn(stored, stored, stored, late, hang))
		records := records(2000)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		start := time.Now()
		result := s.api(t, realWaits).UpsertClients(ctx, records, nil)
		if took := time.Since(start); took != imkit.InterruptGrace {
			t.Errorf("took %s", took)
		}
		hung := s.count("") - 4
		want := fmt.Sprintf("stored 400, not stored %d, unknown %d", 1600-100*hung, 100*hung)
		if got := countStatuses(result); hung < 1 || got != want {
			t.Errorf("%d requests: %s; %v", s.count(""), got, errorsOf(result))
		}
	})
}

// A change that the server gets has time for its answer, also where the interrupt
// comes just before it gets a connection: Go's transport may send it even so.
func TestInterruptWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &server{URL: "http://imkit.test", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			cancel()
			synctest.Wait() // Until all that the end of the context brings about has been done.
			if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
				trace.GotConn(httptrace.GotConnInfo{})
			}
			select {
			case <-time.After(time.Second):
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okClient))}, nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})}
		if err := bind(ctx, s.api(t)); err != nil {
			t.Errorf("the answer to what was sent was not waited for: %v", err)
		}
	})
}
