package imkit_test

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

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// A server that never answers holds up nobody for long, however many calls there are
// to make: no longer than a few calls with all of their attempts would, and then
// calls fail at once.
func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	upsertID := func(ctx context.Context, a *imkit.API, id string) error {
		_, _, err := a.UpsertClient(ctx, id, imkit.Profile{})
		return err
	}
	lookUpID := func(ctx context.Context, a *imkit.API, id string) error {
		_, err := a.GetClient(ctx, id)
		return err
	}
	for name, tc := range map[string]struct {
		workers, calls int
		call           func(context.Context, *imkit.API, string) error
	}{
		"look-ups":            {10, 100, lookUpID},
		"changes":             {10, 100, upsertID},
		"changes at once":     {50, 200, upsertID},
		"one after the other": {1, 100, upsertID},
		"batches": {2, 4, func(ctx context.Context, a *imkit.API, id string) error {
			records := make([]imkit.ClientRecord, 1000)
			for i := range records {
				records[i].ID = fmt.Sprint(id, ".", i)
			}
			result := a.UpsertClients(ctx, records, nil)
			for _, r := range result {
				if r.Err == nil {
					return nil
				}
			}
			errs := errorsOf(result)
			return errs[len(errs)-1]
		}},
		"look-ups and changes": {10, 100, func(ctx context.Context, a *imkit.API, id string) error {
			if err := lookUpID(ctx, a, id); err == nil {
				return nil
			}
			return upsertID(ctx, a, id)
		}},
	} {
		for _, retries := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s, %d retries", name, retries), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, hang)
					a := s.api(t, realWaits, func(c *imkit.Config) { c.MaxRetries = retries })
					var notAsked atomic.Int64
					start := time.Now()
					workers(tc.workers, numbered(tc.calls), func(id string) {
						switch err := tc.call(t.Context(), a, id); {
						case is(err, imkit.KindNotSent):
							notAsked.Add(1)
						case !is(err, imkit.KindUnreachable):
							t.Error(err)
						}
					})
					// A time-out and a wait for each attempt, and four calls.
					most := 4 * time.Duration(retries+1) * (imkit.DefaultRequestTimeout + 4*time.Second)
					if took := time.Since(start); took > most {
						t.Errorf("took %s, want at most %s", took, most)
					}
					if n := s.count(""); tc.calls > 4*tc.workers && n > 4*tc.workers*(retries+1) {
						t.Errorf("%d requests of %d callers", n, tc.workers)
					}
					if notAsked.Load() == 0 {
						t.Error("the server was asked by all")
					}
				})
			})
		}
	}
}

// unreachable answers nothing, and says each time how often that was.
func unreachable(attempts *int) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) {
		*attempts++
		return nil, fmt.Errorf("outage %d", *attempts)
	})
}

// Once the server is taken to be out of reach, calls fail at once: they send nothing,
// do not wait for their turn, look-ups for others hardly, and name the first failure.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		a := (&server{URL: "http://imkit.test", Transport: unreachable(&attempts)}).api(t, func(c *imkit.Config) {
			c.MaxRetries, c.RequestsPerMinute = 0, 1
		})
		for range 4 {
			if err := bind(t.Context(), a); !is(err, imkit.KindUnreachable) && !is(err, imkit.KindNotSent) {
				t.Error(err)
			}
		}
		before, start := attempts, time.Now()
		for _, call := range []func(context.Context, *imkit.API) error{bind, readClient, bind} {
			err := call(t.Context(), a)
			if !is(err, imkit.KindNotSent) || imkit.OutcomeUnknown(err) ||
				!strings.Contains(err.Error(), "outage 1") {
				t.Errorf("not asked %t, unknown %t: %v", is(err, imkit.KindNotSent), imkit.OutcomeUnknown(err), err)
			}
		}
		if took := time.Since(start); took > 20*time.Millisecond || attempts != before || before > 4 {
			t.Errorf("%d and %d requests, %s", before, attempts-before, took)
		}
	})
}

// What shows that the server answers, or is no sign that it does not: after that, it
// takes as many failures as ever until nothing is asked.
func TestBreakerIsNotSuspicious(t *testing.T) {
	t.Parallel()
	answered := func(h http.HandlerFunc) func(*testing.T, *switchable, *imkit.API) {
		return func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			for range 2 {
				s.become(cut)
				if err := bind(t.Context(), a); !is(err, imkit.KindUnreachable) {
					t.Error(err)
				}
			}
			s.become(h)
			if err := bind(t.Context(), a); is(err, imkit.KindUnreachable) || is(err, imkit.KindNotSent) {
				t.Error(err)
			}
		}
	}
	for name, happens := range map[string]func(*testing.T, *switchable, *imkit.API){
		"a success":       answered(sayJSON(200, okClient)),
		"a refusal":       answered(sayJSON(400, `{"error":"INVALID_REQUEST"}`)),
		"a page":          answered(htmlPage(500)),
		"a reply cut off": answered(cutBody(200)),
		"an interrupt": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(hang)
			if err := bind(interrupted(t, context.Canceled), a); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		"an interrupt in the backoff": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(cut)
			if err := bind(interrupted(t, context.DeadlineExceeded), a); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		},
		"one answer among many attempts": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(inTurn(cut, htmlPage(503), cut))
			if err := bind(t.Context(), a); !is(err, imkit.KindUnreachable) {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler := &switchable{}
				s := serveInMemory(t, handler.serve)
				a := s.api(t, realWaits)
				for range 5 {
					happens(t, handler, a)
				}
				handler.become(cut)
				before := s.count("")
				if err := bind(t.Context(), a); !is(err, imkit.KindUnreachable) || s.count("") != before+5 {
					t.Errorf("%d attempts: %v", s.count("")-before, err)
				}
			})
		})
	}
}

// outage has the API find out that the server is out of reach.
func outage(t *testing.T, handler *switchable, a *imkit.API) {
	t.Helper()
	handler.become(cut)
	for i := range 10 {
		if err := bind(t.Context(), a); is(err, imkit.KindNotSent) {
			if i < 3 {
				t.Errorf("given up after %d calls", i)
			}
			return
		}
	}
	t.Fatal("the server is asked by all")
}

// Half a minute after the server was given up, one call finds out whether it is back.
// Any answer, whatever it says, is a yes.
func TestBreakerCloses(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]http.HandlerFunc{
		"success": sayJSON(200, okClient), "refusal": sayJSON(400, `{"error":"INVALID_REQUEST"}`),
		"out of order": htmlPage(503), "a reply cut off": cutBody(200),
	} {
		for _, after := range []time.Duration{31 * time.Second, 6 * time.Hour} {
			t.Run(fmt.Sprint(name, " after ", after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					handler := &switchable{}
					s := serveInMemory(t, handler.serve)
					a := s.api(t, realWaits)
					for range 2 { // It may happen again.
						outage(t, handler, a)
						handler.become(back)
						pass(after)
						for range 3 {
							if err := bind(t.Context(), a); is(err, imkit.KindNotSent) || is(err, imkit.KindUnreachable) {
								t.Error(err)
							}
						}
					}
				})
			})
		}
	}
}

// While one call finds out, the others fail at once; and when it found nobody, so does
// everybody for half a minute more.
func TestBreakerAsksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := &switchable{}
		s := serveInMemory(t, handler.serve)
		a := s.api(t, realWaits)
		outage(t, handler, a)
		handler.become(hang)
		for range 3 {
			pass(31 * time.Second)
			before := s.count("")
			var notAsked atomic.Int64
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					start := time.Now()
					err := bind(t.Context(), a)
					switch {
					case is(err, imkit.KindNotSent):
						notAsked.Add(1)
						if took := time.Since(start); took != 0 {
							t.Errorf("took %s", took)
						}
					case !is(err, imkit.KindUnreachable):
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := s.count("") - before; notAsked.Load() != 19 || n < 1 || n > 5 {
				t.Errorf("%d not asked, %d requests", notAsked.Load(), n)
			}
			if err := bind(t.Context(), a); !is(err, imkit.KindNotSent) {
				t.Error(err)
			}
		}
	})
}

// An interrupt of the call that finds out tells nothing: the next one finds out.
func TestBreakerInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := &switchable{}
		s := serveInMemory(t, handler.serve)
		a := s.api(t, realWaits)
		outage(t, handler, a)
		handler.become(hang)
		pass(31 * time.Second)
		if err := bind(interrupted(t, context.Canceled), a); is(err, imkit.KindNotSent) {
			t.Error(err)
		}
		handler.become(sayJSON(200, okClient))
		pass(31 * time.Second)
		if err := bind(t.Context(), a); err != nil {
			t.Error(err)
		}
	})
}

// A call under way is not cut short by those that found nobody: it makes all of its
// attempts, and its answer counts.
func TestBreakerLeavesCallsUnderWayAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := &switchable{}
		handler.become(hang)
		s := serveInMemory(t, handler.serve)
		a := s.api(t)
		var underWay sync.WaitGroup
		underWay.Go(func() {
			if err := bind(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		outage(t, handler, a)
		handler.become(inTurn(cut, sayJSON(200, okClient)))
		underWay.Wait()
	})
}
