package imkit

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inTime looks up one more client every interval, and returns how long each
// took.
func inTime(t *testing.T, a *API, ids []string, interval time.Duration) []time.Duration {
	t.Helper()
	took := make([]time.Duration, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			start := time.Now()
			if _, err := a.LookUpClient(t.Context(), id); err != nil {
				t.Error(err)
			}
			took[i] = time.Since(start)
		})
		pass(interval)
	}
	all.Wait()
	return took
}

// As many as there were before are waited for, but not for the last of them.
func TestWaitsForMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: time.Millisecond}
		a := s.api(t)
		atOnce(t.Context(), a, numbered(10))
		took := inTime(t, a, numbered(9), 20*time.Millisecond)
		if len(s.seen()) != 2 || took[0] != 8*20*time.Millisecond+s.latency {
			t.Errorf("%d requests, %s", len(s.seen()), took)
		}
		// When no more come, they are waited for once.
		start := time.Now()
		if _, err := a.LookUpClient(t.Context(), "last"); err != nil || time.Since(start) > gatherTime+lullTime+s.latency {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

// On a slow server, two requests are under way at a time, unless they are scarce.
func TestWaitsForHalfOnASlowServer(t *testing.T) {
	for name, test := range map[string]struct {
		latency   time.Duration
		perMinute int
		want      []int // how many ids each request asks for
	}{
		"slow":             {slowTime, 0, []int{10, 5, 4}},
		"slow and limited": {slowTime, 1000, []int{10, 5, 4}},
		"slow and scarce":  {slowTime, 10, []int{10, 9}},
		"fast":             {slowTime - 1, 0, []int{10, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &lookUpServer{latency: test.latency}
				a := s.api(t, func(c *Config) { c.RequestsPerMinute = test.perMinute })
				atOnce(t.Context(), a, numbered(10))
				inTime(t, a, numbered(9), 10*time.Millisecond)
				var got []int
				for _, ids := range s.seen() {
					got = append(got, len(ids))
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("requests for %v ids, want %v", got, test.want)
				}
			})
		})
	}
}

// The first of a crowd does not go alone, however slow the server was.
func TestWaitsForACrowdAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: time.Second}
		a := s.api(t)
		atOnce(t.Context(), a, numbered(10))
		pass(lullTime + 1)
		inTime(t, a, numbered(10), time.Millisecond)
		if len(s.seen()) != 2 {
			t.Errorf("%d requests, want 2", len(s.seen()))
		}
	})
}

// These two go half an answer apart, so that they stay out of step; but nobody waits for
// long because an answer took long.
func TestTakesTurnsOnASlowServer(t *testing.T) {
	for latency, wait := range map[time.Duration]time.Duration{slowTime: slowTime/2 - time.Millisecond, time.Minute: crowdTime} {
		synctest.Test(t, func(t *testing.T) {
			s := &lookUpServer{latency: latency}
			a := s.api(t, func(c *Config) { c.RequestTimeout = time.Hour })
			atOnce(t.Context(), a, numbered(10))
			took := inTime(t, a, numbered(10), time.Millisecond)
			if took[0] != 4*time.Millisecond+latency || took[5] != wait+latency || len(s.seen()) != 3 {
				t.Errorf("at %s, %d requests, took %s", latency, len(s.seen()), took)
			}
		})
	}
}

// Nobody waits for long, however many come.
func TestWaitsNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: time.Millisecond}
		a := s.api(t)
		for _, interval := range []time.Duration{4 * time.Millisecond, 50 * time.Millisecond} {
			atOnce(t.Context(), a, numbered(100))
			for _, took := range inTime(t, a, numbered(99), interval) {
				if took > 250*time.Millisecond+s.latency {
					t.Errorf("at intervals of %s, one took %s", interval, took)
				}
			}
		}
	})
}

// An id that several ask for takes room once.
func TestReadersShareRoom(t *testing.T) {
	for _, length := range []int{3400, 7000} {
		synctest.Test(t, func(t *testing.T) {
			s := &lookUpServer{}
			m := s.api(t).clients
			for range 3 {
				m.join(t.Context(), strings.Repeat("x", length), make(reader[*Client], 1))
			}
			m.join(t.Context(), strings.Repeat("y", maxQuery-length-100), make(reader[*Client], 1))
			pass(gatherTime)
			synctest.Wait()
			if len(s.seen()) != 1 || len(s.seen()[0]) != 2 {
				t.Errorf("%d requests, the first for %d ids", len(s.seen()), len(s.seen()[0]))
			}
		})
	}
}

// An id that nobody waits for takes no room.
func TestReadersLeaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{}
		a := s.api(t)
		long := func(id string) string { return id + strings.Repeat("x", 7000) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		go func() { _, _ = a.LookUpClient(ctx, long("a")) }()
		synctest.Wait()
		var stays sync.WaitGroup
		stays.Go(func() { _, _ = a.LookUpClient(t.Context(), "b") })
		pass(2 * time.Millisecond)
		if _, err := a.LookUpClient(t.Context(), long("c")); err != nil {
			t.Error(err)
		}
		stays.Wait()
		if got, want := fmt.Sprint(s.seen()), fmt.Sprint([][]string{{"b", long("c")}}); got != want {
			t.Errorf("asked for %.100s", got)
		}
	})
}

// What happens at the same moment happens once.
func TestMergerSameMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{}
		a := s.api(t)
		m := a.clients
		r := make(reader[*Client], 1)
		g := m.join(t.Context(), "a", r)
		synctest.Wait()
		pass(gatherTime)
		synctest.Wait()
		if len(r) != 1 {
			t.Fatal("no answer")
		}
		m.leave(g, "a", r) // it was cancelled as the answer came
		if m.waiting != 0 || g.waiting != 0 {
			t.Errorf("%d wait, of these %d for the request", m.waiting, g.waiting)
		}

		s.latency = time.Second
		g = m.join(t.Context(), "b", make(reader[*Client], 1))
		pass(gatherTime)
		synctest.Wait()
		m.join(t.Context(), "c", make(reader[*Client], 1))
		m.timeUp(g) // its timer ran out as it was sent
		pass(2 * time.Second)
		if got := fmt.Sprint(s.seen()); got != "[[a] [b] [c]]" {
			t.Errorf("asked for %s", got)
		}
	})
}

// Nothing in a reply that was cut off tells whose fault that was.
func TestMergedLookUpCutOff(t *testing.T) {
	s := serve(t, cutBody(http.StatusOK))
	_, errs := atOnce(t.Context(), s.api(t), []string{"a", "b", "c", "d"})
	for _, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Error(err)
		}
	}
	if n := len(s.seen()); n != 4 {
		t.Errorf("%d requests, want 4", n)
	}
}
