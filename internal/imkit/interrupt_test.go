package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// interruptedAfter is when the callers of these tests cease to wait.
const interruptedAfter = 50 * time.Millisecond

// ends are the ways in which a context ends, and what is said of each.
var ends = map[error]string{context.Canceled: "interrupted", context.DeadlineExceeded: "no time left"}

// interrupted is a context that ends that way after a moment.
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

// The end of the context ends a call at once, wherever it waits or only reads. A
// change that was sent has some time for its answer.
func TestCancellation(t *testing.T) {
	hangInBody := func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, `{"RC":0,`)
		_ = http.NewResponseController(w).Flush()
		hang(w, r)
	}
	read := func(ctx context.Context, a *API) error {
		_, err := a.LookUpClients(ctx, []string{"a"})
		return err
	}
	change := func(ctx context.Context, a *API) error {
		_, err := a.UpsertClient(ctx, "a", Profile{})
		return err
	}
	for _, tc := range []struct {
		name    string
		call    func(context.Context, *API) error
		handler http.HandlerFunc
		change  func(*Config)
		grace   time.Duration
		unknown bool
	}{
		{"during a change", change, hang, nil, InterruptGrace, true},
		{"within the reply to a change", change, hangInBody, nil, InterruptGrace, true},
		{"during a read", read, hang, nil, 0, true},
		{"within the reply to a read", read, hangInBody, nil, 0, true},
		{"in the backoff", change, sayJSON(503, ""), func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = time.Hour, time.Hour }, 0, true},
		{"in the server's wait", change, withHeader("Retry-After", "100", sayJSON(429, "")), nil, 0, false},
		{"while waiting for the rate limit", change, sayJSON(503, ""), func(c *Config) { c.RequestsPerMinute = 1 }, 0, true},
	} {
		for end, words := range ends {
			t.Run(tc.name+", "+end.Error(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var requests atomic.Int64
					_, a := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
						requests.Add(1)
						tc.handler(w, r)
					}, func(c *Config) {
						if tc.change != nil {
							tc.change(c)
						}
					})
					start := time.Now()
					err := tc.call(interrupted(t, end), a)
					if took := time.Since(start); took != interruptedAfter+tc.grace &&
						// A turn that the deadline would come before is not waited for.
						(tc.change == nil || !errors.Is(end, context.DeadlineExceeded) || took > interruptedAfter) {
						t.Errorf("took %s", took)
					}
					if waiting := strings.Contains(err.Error(), "while waiting"); waiting != (tc.change != nil || !tc.unknown) {
						t.Errorf("the error says at the wrong time that it waited: %v", err)
					}
					if !strings.Contains(err.Error(), words) || IsUnreachable(err) || IsTemporary(err) {
						t.Errorf("the error does not say that the call was %s: %v", words, err)
					}
					if !errors.Is(err, end) || requests.Load() != 1 || OutcomeUnknown(err) != tc.unknown {
						t.Errorf("%d requests, unknown %t: %v", requests.Load(), OutcomeUnknown(err), err)
					}
				})
			})
		}
	}
}

// Nothing is sent for a caller whose context ended before, and the error says so. It
// takes no time, even where others would be waited for.
func TestCancellationBeforeAnything(t *testing.T) {
	for name, call := range map[string]func(context.Context, *API) error{
		"a change": func(ctx context.Context, a *API) error {
			_, err := a.UpsertClient(ctx, "a", Profile{})
			return err
		},
		"a read": func(ctx context.Context, a *API) error {
			_, err := a.LookUpClients(ctx, []string{"a"})
			return err
		},
		"a merged read": func(ctx context.Context, a *API) error {
			_, err := a.LookUpClient(ctx, "a")
			return err
		},
		"a gathered change": func(ctx context.Context, a *API) error { return a.LeaveRoom(ctx, "lobby", "a", false) },
		"a change in turn": func(ctx context.Context, a *API) error {
			_, err := a.SetConfig(ctx, "key", 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				_, a := inMemory(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				start := time.Now()
				err := call(ctx, a)
				if took := time.Since(start); took != 0 || requests.Load() != 0 {
					t.Errorf("%d requests, %s", requests.Load(), took)
				}
				if !errors.Is(err, context.Canceled) || OutcomeUnknown(err) || !strings.HasSuffix(err.Error(), "interrupted before it was sent") {
					t.Errorf("unknown %t: %v", OutcomeUnknown(err), err)
				}
			})
		})
	}
}

// What has the time of grace is sent though its caller's context ended before, and
// all of it ends with that time.
func TestWithGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		_, a := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 1 {
				answerAfter(InterruptGrace-time.Second, sayJSON(503, ""))(w, r)
				return
			}
			hang(w, r)
		}, func(c *Config) { c.MaxRetries, c.RetryWaitMin, c.RetryWaitMax = 2, 1, 1 })
		ended, end := context.WithCancel(t.Context())
		end()
		ctx, cancel := WithGrace(ended)
		defer cancel()
		start := time.Now()
		err := a.RevokeAllTokens(ctx, "a")
		if took := time.Since(start); took != InterruptGrace || requests.Load() != 2 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d requests, %s: %v", requests.Load(), took, err)
		}
	})
}

// An answer within the grace counts in full, whatever it says, and is the last:
// nothing is repeated for a caller that is gone.
func TestAnswerAfterAnInterrupt(t *testing.T) {
	const late = interruptedAfter + InterruptGrace - 100*time.Millisecond
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		check   func(error) bool
	}{
		"success":     {sayJSON(200, okClient), func(err error) bool { return err == nil }},
		"refusal":     {sayJSON(409, `{"error":"USER_EXISTS"}`), func(err error) bool { return IsConflict(err) && !OutcomeUnknown(err) }},
		"try again":   {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), func(err error) bool { return interruptedBefore(err, "HTTP 429") && !OutcomeUnknown(err) }},
		"out of work": {sayJSON(503, ""), func(err error) bool { return interruptedBefore(err, "HTTP 503") && OutcomeUnknown(err) }},
		"cut off":     {cutBody(200), OutcomeUnknown},
		"lost":        {cut, OutcomeUnknown},
	} {
		for end := range ends {
			t.Run(name+", "+end.Error(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var requests atomic.Int64
					_, a := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
						requests.Add(1)
						answerAfter(late, tc.handler)(w, r)
					}, func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = 1, 1 })
					start := time.Now()
					_, err := a.UpsertClient(interrupted(t, end), "a", Profile{})
					if took := time.Since(start); !tc.check(err) || took != late || requests.Load() != 1 {
						t.Errorf("%d requests, %s: %v", requests.Load(), took, err)
					}
				})
			})
		}
	}
}

func interruptedBefore(err error, answer string) bool {
	return err != nil && strings.Contains(err.Error(), "while waiting to try again; before that, "+answer)
}

// What has no connection yet was not sent, and does not wait for one; whatever the
// interrupt, no attempt lasts longer than its own time-out.
func TestInterruptBoundaries(t *testing.T) {
	for name, tc := range map[string]struct {
		dialling time.Duration
		timeout  time.Duration
		want     time.Duration
		unknown  bool
	}{
		"no connection": {time.Minute, time.Hour, interruptedAfter, false},
		"connected":     {interruptedAfter - 1, time.Hour, interruptedAfter + InterruptGrace, true},
		"time-out":      {0, time.Second, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := inMemory(t, hang, func(c *Config) { c.RequestTimeout = tc.timeout })
				s.dialling = tc.dialling
				start := time.Now()
				err := a.RevokeAllTokens(interrupted(t, context.Canceled), "a")
				if took := time.Since(start); took != tc.want || !errors.Is(err, context.Canceled) || OutcomeUnknown(err) != tc.unknown {
					t.Errorf("%s, unknown %t: %v", took, OutcomeUnknown(err), err)
				}
			})
		})
	}
}

// After an interrupt a batch begins no further call, and keeps what those under way
// came to.
func TestBatchInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		_, a := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			switch requests.Add(1) {
			case 1, 2, 3:
				sayJSON(200, `{"RC":0,"result":{"count":100}}`)(w, r)
			case 4, 5:
				answerAfter(InterruptGrace-time.Second, sayJSON(200, `{"RC":0,"result":{"count":100}}`))(w, r)
			default:
				hang(w, r)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		start := time.Now()
		result := a.UpsertClients(ctx, numberedRecords(1000), nil)
		if took := time.Since(start); took != InterruptGrace || requests.Load() != 6 {
			t.Errorf("%d requests, %s", requests.Load(), took)
		}
		if got := countStatuses(result); got != "done 500, refused 0, unknown 100, not sent 400" {
			t.Errorf("%s: %v", got, result.Errors)
		}
	})
}
