package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// patient are settings as users have them, but for the waits between attempts.
func patient(retries int) func(*Config) {
	return func(c *Config) { c.MaxRetries, c.RequestTimeout = retries, DefaultRequestTimeout }
}

// silentFor is how long a crowd may take against a server that never answers: one
// call with all of its attempts, three with one each, and what merging takes.
func silentFor(retries int) time.Duration {
	return DefaultRequestTimeout*time.Duration(retries+1+3) + 4*crowdTime + time.Second
}

// A server that accepts connections and never answers holds up a crowd no longer
// than one call with all of its attempts and three with one.
func TestServerThatHangs(t *testing.T) {
	for name, crowd := range map[string]func(*testing.T, *API, chan<- error){
		"look-ups": func(t *testing.T, a *API, errs chan<- error) {
			each(10, numbered(100), func(id string) {
				_, err := a.LookUpClient(t.Context(), id)
				errs <- err
			})
		},
		"changes": func(t *testing.T, a *API, errs chan<- error) {
			each(10, numbered(100), func(id string) {
				_, err := a.UpsertClient(t.Context(), id, Profile{})
				errs <- err
			})
		},
		"changes at once": func(t *testing.T, a *API, errs chan<- error) {
			each(50, numbered(200), func(id string) {
				_, err := a.UpsertClient(t.Context(), id, Profile{})
				errs <- err
			})
		},
		"one after the other": func(t *testing.T, a *API, errs chan<- error) {
			for _, id := range numbered(100) {
				errs <- a.RevokeAllTokens(t.Context(), id)
			}
		},
		"a batch": func(t *testing.T, a *API, errs chan<- error) {
			for range 2 {
				for _, r := range a.UpsertClients(t.Context(), numberedRecords(1000), nil).Records {
					errs <- r.Err
				}
			}
		},
		"changes and look-ups": func(t *testing.T, a *API, errs chan<- error) {
			each(10, numbered(100), func(id string) {
				if _, err := a.LookUpClient(t.Context(), id); err == nil {
					t.Error("found")
				}
				_, err := a.UpsertClient(t.Context(), id, Profile{})
				errs <- err
			})
		},
	} {
		for _, retries := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s, %d retries", name, retries), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					_, a := inMemory(t, hang, patient(retries))
					errs := make(chan error, 2000)
					start := time.Now()
					crowd(t, a, errs)
					took := time.Since(start)
					if took > silentFor(retries) {
						t.Errorf("took %s, want at most %s", took, silentFor(retries))
					}
					close(errs)
					var notAsked int
					said := map[string]bool{}
					for err := range errs {
						switch {
						case IsNotAsked(err):
							notAsked++
							said[err.Error()] = true
						case !IsUnreachable(err):
							t.Error(err)
						}
					}
					if notAsked == 0 || len(said) != 1 {
						t.Errorf("%d not asked: %v", notAsked, said)
					}
				})
			})
		}
	}
}

// switchable is a server whose handler changes, and that counts requests.
type switchable struct {
	handler  atomic.Pointer[http.HandlerFunc]
	requests atomic.Int64
}

func (s *switchable) become(h http.HandlerFunc) {
	s.requests.Store(0)
	s.handler.Store(&h)
}

func (s *switchable) serve(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	(*s.handler.Load())(w, r)
}

// Each stage, and what each call says: until an answer comes, whatever it says.
func TestBreaker(t *testing.T) {
	for name, answer := range map[string]struct {
		handler  http.HandlerFunc
		attempts int64
	}{
		"success":      {sayJSON(200, okClient), 1},
		"refusal":      {sayJSON(400, `{"error":"INVALID_REQUEST"}`), 1},
		"out of order": {htmlPage(500), 4},
		"cut off":      {cutBody(200), 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switchable{}
				_, a := inMemory(t, s.serve, patient(3))
				call := func(want int64, is func(error) bool) error {
					t.Helper()
					s.requests.Store(0)
					err := upsert(t, a)
					if s.requests.Load() != want || !is(err) {
						t.Errorf("%d requests, want %d: %v", s.requests.Load(), want, err)
					}
					return err
				}
				for range 2 {
					s.become(cut)
					_ = call(4, IsUnreachable)
					for range 2 {
						_ = call(1, IsUnreachable)
					}
					s.become(answer.handler)
					_ = call(answer.attempts, func(err error) bool { return !IsUnreachable(err) })
				}
				s.become(cut)
				first := call(4, IsUnreachable)
				for range 3 {
					_ = call(1, func(err error) bool { return IsUnreachable(err) && OutcomeUnknown(err) && !IsNotAsked(err) })
				}
				s.become(answer.handler)
				err := call(0, IsNotAsked)
				want := "POST /admin/clients: not asked, because the server does not answer: " + first.Error()
				if err.Error() != want || !strings.HasSuffix(want, "POST /admin/clients: EOF (after 4 attempts)") {
					t.Errorf("got  %s\nwant %s", err, want)
				}
				if IsUnreachable(err) || OutcomeUnknown(err) || !IsTemporary(err) || !concernsEveryCall(err) || IsForeign(err) || IsUnsupported(err) {
					t.Errorf("unreachable %t, unknown %t, temporary %t, for every call %t", IsUnreachable(err), OutcomeUnknown(err), IsTemporary(err), concernsEveryCall(err))
				}
			})
		})
	}
}

// What is no sign of a server that does not answer.
func TestBreakerIsNotSuspicious(t *testing.T) {
	for name, fail := range map[string]func(*testing.T, *switchable, *API){
		"an interrupt": func(t *testing.T, s *switchable, a *API) {
			s.become(hang)
			if _, err := a.UpsertClient(interrupted(t, context.Canceled), "a", Profile{}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		"an interrupt in the back-off": func(t *testing.T, s *switchable, a *API) {
			a.cfg.RetryWaitMin, a.cfg.RetryWaitMax = time.Hour, time.Hour
			s.become(cut)
			if _, err := a.UpsertClient(interrupted(t, context.DeadlineExceeded), "a", Profile{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			a.cfg.RetryWaitMin, a.cfg.RetryWaitMax = 1, 1
		},
		"one answer among many attempts": func(t *testing.T, s *switchable, a *API) {
			s.become(inTurn(cut, htmlPage(503), cut))
			if err := upsert(t, a); !IsUnreachable(err) {
				t.Error(err)
			}
		},
		"no TLS": func(t *testing.T, _ *switchable, a *API) {
			transport := a.transport
			defer func() { a.transport = transport }()
			a.transport = refusesTLS{}
			if err := upsert(t, a); IsTemporary(err) || IsNotAsked(err) {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switchable{}
				_, a := inMemory(t, s.serve, patient(3))
				for range 5 {
					fail(t, s, a)
				}
				s.become(cut)
				if err := upsert(t, a); !IsUnreachable(err) || s.requests.Load() != 4 {
					t.Errorf("%d attempts: %v", s.requests.Load(), err)
				}
			})
		})
	}
}

// refusesTLS is a server that speaks no TLS.
type refusesTLS struct{}

func (refusesTLS) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return nil, http.ErrSchemeMismatch
}

// Calls under way see the doubt as well: the attempt that each is making is its last,
// but since it began before the doubt, it does not count against the server.
func TestBreakerShortensCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a := inMemory(t, hang, patient(9))
		var all sync.WaitGroup
		all.Go(func() { _ = upsert(t, a) })
		pass(5*DefaultRequestTimeout + 10*time.Second)
		start := time.Now()
		for range 20 {
			all.Go(func() {
				if err := upsert(t, a); !IsUnreachable(err) || failure(t, err).Attempts != 5 {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took > 5*DefaultRequestTimeout+time.Second {
			t.Errorf("took %s", took)
		}
		if err := upsert(t, a); !IsUnreachable(err) || failure(t, err).Attempts != 1 {
			t.Error(err)
		}
	})
}

// One that waits to try again does so once.
func TestBreakerShortensBackOffs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a := inMemory(t, cut, func(c *Config) { c.MaxRetries, c.RetryWaitMin, c.RetryWaitMax = 9, time.Hour, time.Hour })
		var waits sync.WaitGroup
		waits.Go(func() {
			if err := upsert(t, a); !IsUnreachable(err) || failure(t, err).Attempts != 2 {
				t.Error(err)
			}
		})
		synctest.Wait()
		a.cfg.MaxRetries = 0
		for range 3 { // with the other one, that is all
			if err := upsert(t, a); !IsUnreachable(err) {
				t.Error(err)
			}
		}
		waits.Wait()
		if err := upsert(t, a); !IsNotAsked(err) {
			t.Error(err)
		}
	})
}

// A late answer counts, though nothing was asked any more.
func TestLateAnswerClosesTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switchable{}
		_, a := inMemory(t, s.serve, func(c *Config) { c.MaxRetries = 0 })
		s.become(answerAfter(time.Second, sayJSON(200, okClient)))
		var late sync.WaitGroup
		late.Go(func() {
			if err := upsert(t, a); err != nil {
				t.Error(err)
			}
		})
		pass(time.Millisecond)
		s.become(cut)
		for range 4 {
			if err := upsert(t, a); !IsUnreachable(err) {
				t.Error(err)
			}
		}
		if err := upsert(t, a); !IsNotAsked(err) {
			t.Error(err)
		}
		late.Wait()
		if err := upsert(t, a); !IsUnreachable(err) {
			t.Error(err)
		}
	})
}

// What is not asked does not wait for its turn, nor take one from others; and who
// waited for one as the last hope went sees that when it comes.
func TestBreakerAndRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switchable{}
		s.become(cut)
		_, a := inMemory(t, s.serve, func(c *Config) { c.MaxRetries, c.RequestsPerMinute = 0, 1 })
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { _ = upsert(t, a) })
		}
		all.Wait()
		if s.requests.Load() != 4 {
			t.Errorf("%d requests, want 4", s.requests.Load())
		}
		start, tokens := time.Now(), a.limiter.Tokens()
		for range 5 {
			if err := upsert(t, a); !IsNotAsked(err) {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 0 || a.limiter.Tokens() != tokens {
			t.Errorf("took %s and %g turns", took, tokens-a.limiter.Tokens())
		}
	})
}
