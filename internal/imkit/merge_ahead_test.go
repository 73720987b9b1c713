package imkit

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A plan that looks ahead, ten objects at a time which follow each other at odd
// intervals, asks once for ten of them, on slow servers as well.
func TestLookAheadAsksOnceForTen(t *testing.T) {
	const objects, workers = 300, 10
	for _, latency := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := &lookUpServer{latency: latency}
			a := s.api(t)
			next := make(chan string)
			var running sync.WaitGroup
			for range workers {
				running.Go(func() {
					for id := range next {
						pass(time.Duration(rand.IntN(50)) * time.Millisecond) //nolint:gosec // any interval will do
						if _, err := a.LookAheadClient(t.Context(), id); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for i := range objects {
				next <- fmt.Sprint("robot ", i)
			}
			close(next)
			running.Wait()
			if n := len(s.asked); n > objects/workers {
				t.Errorf("at %s: %d requests for %d objects, want %d at most", latency, n, objects, objects/workers)
			}
		})
	}
}

// One that looks ahead alone waits for a lull, and no longer.
func TestLookAheadAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: time.Millisecond}
		a := s.api(t)
		start := time.Now()
		if _, err := a.LookAheadClient(t.Context(), "robot"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > lullTime+2*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}
