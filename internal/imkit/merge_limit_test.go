package imkit

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// busyServer answers look-ups and changes without a network, each after the same time.
type busyServer struct {
	lookUpServer
	mu      sync.Mutex
	arrived []time.Time // of every request
	changes int
}

func (s *busyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.arrived = append(s.arrived, time.Now())
	s.mu.Unlock()
	if r.Method == http.MethodGet {
		return s.lookUpServer.RoundTrip(r)
	}
	s.mu.Lock()
	s.changes++
	s.mu.Unlock()
	var sent map[string]any
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		_ = json.NewDecoder(r.Body).Decode(&sent)
	}
	pass(s.latency)
	if r.Method == http.MethodDelete {
		return respond(sayJSON(200, `{"success":true,"revokedTokens":1}`), r), nil
	}
	return respond(sayJSON(200, fmt.Sprintf(`{"_id":%q}`, sent["_id"])), r), nil
}

// busy returns an API for a server with that latency, under a rate limit.
func busy(t *testing.T, latency time.Duration, perMinute int) (*busyServer, *API) {
	t.Helper()
	s := &busyServer{lookUpServer: lookUpServer{latency: latency}}
	a := s.api(t, func(c *Config) { c.RequestsPerMinute = perMinute })
	a.transport = s
	return s, a
}

// exhaust uses up what the rate limit allows at once.
func exhaust(a *API) { a.limiter.AllowN(time.Now(), int(a.limiter.Tokens())) }

// turn is how long the rate limit makes each request wait that is not the first.
func turn(a *API) time.Duration {
	return time.Duration(float64(time.Second) / float64(a.limiter.Limit()))
}

// Terraform at work: so many clients at a time, each looked up and then made. Where the
// rate limit makes everybody wait, a look-up waits for all, and the whole takes no
// longer than the limit makes that many requests take.
func TestLookUpsUnderTheRateLimit(t *testing.T) {
	const clients, most = 300, 1.15
	for _, tc := range []struct {
		perMinute, workers int
		work               time.Duration // before each look-up, for which there is one processor; if negative, up to that at random
		latency            time.Duration
	}{
		{600, 10, 0, time.Millisecond},
		{600, 10, 3 * time.Millisecond, time.Millisecond},
		{600, 10, 3 * time.Millisecond, 20 * time.Millisecond},
		{600, 10, 3 * time.Millisecond, 50 * time.Millisecond},
		{600, 10, 3 * time.Millisecond, 100 * time.Millisecond},
		{600, 10, 3 * time.Millisecond, 200 * time.Millisecond},
		{600, 10, 10 * time.Millisecond, 200 * time.Millisecond},
		{1000, 10, 3 * time.Millisecond, 20 * time.Millisecond},
		{1000, 10, 3 * time.Millisecond, 200 * time.Millisecond},
		{60, 10, 3 * time.Millisecond, 20 * time.Millisecond},
		{600, 10, -100 * time.Millisecond, 200 * time.Millisecond},
		{600, 100, 3 * time.Millisecond, 20 * time.Millisecond},
		{600, 100, 3 * time.Millisecond, 200 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%d a minute, %d workers, %s, %s", tc.perMinute, tc.workers, tc.work, tc.latency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := busy(t, tc.latency, tc.perMinute)
				processor := make(chan struct{}, 1)
				start := time.Now()
				each(tc.workers, numbered(clients), func(id string) {
					if tc.work < 0 {
						pass(rand.N(-tc.work)) //nolint:gosec // no secret
					} else {
						processor <- struct{}{}
						pass(tc.work)
						<-processor
					}
					if c, err := a.LookUpClient(t.Context(), id); err != nil || c.ID != id {
						t.Errorf("%v, %v", c, err)
					}
					if _, err := a.UpsertClient(t.Context(), id, Profile{}); err != nil {
						t.Error(err)
					}
				})
				took, requests := time.Since(start), len(s.arrived)
				average, limited := float64(requests)/clients, time.Duration(requests-a.limiter.Burst())*turn(a)
				t.Logf("%d requests, %.3f each, in %s, of which the limit takes %s", requests, average, took, limited)
				if s.changes != clients || average > most {
					t.Errorf("%d changes, %d look-ups: %.3f requests each, want at most %g", s.changes, requests-s.changes, average, most)
				}
				if took > limited+limited/25+2*tc.latency {
					t.Errorf("took %s, of which the limit takes %s", took, limited)
				}
				for i, first := range s.arrived {
					if i+tc.perMinute < len(s.arrived) && s.arrived[i+tc.perMinute].Sub(first) < time.Minute {
						t.Fatalf("more than %d requests within a minute", tc.perMinute)
					}
				}
			})
		})
	}
}

// Whoever is alone on an exhausted limit waits for his turn, and for others as ever.
func TestLoneReaderUnderTheRateLimit(t *testing.T) {
	for _, perMinute := range []int{10, 600} {
		for name, tc := range map[string]struct {
			before func(*testing.T, *API)
			turns  int
			lull   time.Duration
		}{
			"nobody before":  {func(*testing.T, *API) {}, 1, gatherTime},
			"a crowd before": {func(t *testing.T, a *API) { atOnce(t.Context(), a, numbered(10)) }, 1, gatherTime + lullTime},
			"others in the queue": {func(t *testing.T, a *API) {
				for range 9 {
					go func() { _ = a.RevokeAllTokens(t.Context(), "a") }()
				}
				synctest.Wait()
			}, 10, 0},
		} {
			t.Run(fmt.Sprintf("%s, %d a minute", name, perMinute), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, a := busy(t, time.Millisecond, perMinute)
					tc.before(t, a)
					if tc.turns == 1 {
						pass(time.Hour)
						exhaust(a)
					}
					for range 2 {
						start := time.Now()
						if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
							t.Error(err)
						}
						if took, most := time.Since(start), time.Duration(tc.turns)*turn(a)+tc.lull+s.latency; took > most {
							t.Errorf("took %s, want at most %s", took, most)
						}
					}
				})
			})
		}
	}
}

// In the queue for its turn a request takes along whoever comes, as long as there is
// room; who leaves, leaves it.
func TestReadersJoinInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := busy(t, time.Millisecond, 10)
		exhaust(a)
		took := inTime(t, a, numbered(MaxLookUp+1), 50*time.Millisecond)
		if want := turn(a) + s.latency; took[0] != want || took[MaxLookUp-1] >= want || took[MaxLookUp] < want {
			t.Errorf("took %s, %s and %s", took[0], took[MaxLookUp-1], took[MaxLookUp])
		}
		if asked := s.seen(); len(asked) != 2 || len(asked[0]) != MaxLookUp || len(asked[1]) != 1 {
			t.Errorf("%d requests, the first for %d ids", len(asked), len(asked[0]))
		}
	})
}

// A gathering whose time was up as it went into the queue goes once.
func TestGatheringQueuesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := busy(t, time.Second, 600)
		exhaust(a)
		g := a.clients.join(t.Context(), "a", make(reader[*Client], 1))
		pass(gatherTime)
		synctest.Wait()
		a.clients.timeUp(g)
		pass(time.Minute)
		if len(s.seen()) != 1 {
			t.Errorf("%d requests", len(s.seen()))
		}
	})
}

// A crowd is remembered through the pauses that the rate limit makes, in which each of
// it waits for his turn with something else.
func TestCrowdIsRememberedUnderTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := busy(t, time.Millisecond, 600)
		atOnce(t.Context(), a, numbered(10))
		exhaust(a)
		a.underWay.Add(1)
		pass(2 * lullTime)
		inTime(t, a, numbered(10), turn(a))
		if asked := s.seen(); len(asked) != 2 || len(asked[1]) != 10 {
			t.Errorf("%d requests, the second for %d ids", len(asked), len(asked[1]))
		}
	})
}

// When all have left the queue, nothing is asked, and the turn is another's.
func TestReadersLeaveTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := busy(t, time.Millisecond, 10)
		exhaust(a)
		tokens := a.limiter.Tokens()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, errs := atOnce(ctx, a, numbered(10)); errs[0] == nil || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), errs[0])
		}
		synctest.Wait()
		if a.limiter.Tokens() < tokens || a.clients.gathering != nil || a.clients.waiting != 0 {
			t.Errorf("%g turns were used, %d still wait", tokens-a.limiter.Tokens(), a.clients.waiting)
		}
		if _, err := a.LookUpClient(t.Context(), "a"); err != nil || len(s.seen()) != 1 || time.Since(start) > turn(a)+time.Second {
			t.Errorf("%d requests, after %s: %v", len(s.seen()), time.Since(start), err)
		}
	})
}

// For a call that hangs nobody waits longer than a turn for each of those expected
// takes, and that once.
func TestCallThatHangsUnderTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := busy(t, time.Millisecond, 600)
		atOnce(t.Context(), a, numbered(10))
		a.underWay.Add(1)
		for i, want := range []time.Duration{crowdTime + 10*turn(a) + s.latency, turn(a) + gatherTime + s.latency} {
			exhaust(a)
			start := time.Now()
			atOnce(t.Context(), a, numbered(9))
			if took := time.Since(start).Round(time.Microsecond); took > want || i == 0 && took != want.Round(time.Microsecond) {
				t.Errorf("took %s, want %s", took, want)
			}
		}
		pass(time.Minute) // where requests are not scarce, it is none of their business
		start := time.Now()
		atOnce(t.Context(), a, numbered(9))
		if took := time.Since(start); took > gatherTime+s.latency {
			t.Errorf("took %s", took)
		}
	})
}

// Where nothing is asked any more, nobody waits for a turn to hear that.
func TestMergedLookUpIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a := busy(t, time.Millisecond, 10)
		exhaust(a)
		a.breaker = breaker{first: &Error{Method: "GET", Path: pathMe, Message: "no answer"}, unanswered: maxUnanswered}
		start := time.Now()
		if _, err := a.LookUpClient(t.Context(), "a"); !IsNotAsked(err) || time.Since(start) > gatherTime {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}
