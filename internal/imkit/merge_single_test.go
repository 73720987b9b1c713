package imkit

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// numbers is a source of one thing, a list, that counts how often it was read.
func numbers(reads *atomic.Int64, answer error) source[[]int] {
	return source[[]int]{
		path: "/numbers", most: 1, clone: slices.Clone[[]int],
		fetch: func(_ context.Context, keys []string) (map[string][]int, map[string]bool, error) {
			reads.Add(1)
			pass(20 * time.Millisecond)
			if answer != nil {
				return nil, nil, answer
			}
			return map[string][]int{keys[0]: {1, 2, 3}}, nil, nil
		},
	}
}

// Reads of one thing at the same moment are one, and everybody has a copy.
func TestReadsOfOneThingAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		m := newMerger(newAPI(t, testConfig(t, "https://chat.example.com")), numbers(&reads, nil))
		for range 2 {
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					got, err := m.read(t.Context(), "all")
					if err != nil || !slices.Equal(got, []int{1, 2, 3}) {
						t.Errorf("%v, %v", got, err)
						return
					}
					got[0]++
				})
			}
			all.Wait()
		}
		if reads.Load() != 2 {
			t.Errorf("%d reads, want 2", reads.Load())
		}
		// Two keys never share a request that has room for one.
		var other sync.WaitGroup
		other.Go(func() { _, _ = m.read(t.Context(), "others") })
		synctest.Wait()
		if _, err := m.read(t.Context(), "all"); err != nil || reads.Load() != 4 {
			t.Errorf("%d reads, want 4: %v", reads.Load(), err)
		}
		other.Wait()
	})
}

// An error is everybody's as it is, also one that says that the thing is gone; nobody
// waits who does not want to any longer.
func TestReadsOfOneThingFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		m := newMerger(newAPI(t, testConfig(t, "https://chat.example.com")), numbers(&reads, &Error{Status: 404, Code: CodeClientNotFound}))
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if got, err := m.read(t.Context(), "all"); !IsNotFound(err) || got != nil {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := m.read(ctx, "all")
		if took := time.Since(start); took != time.Millisecond || failure(t, err).Path != "/numbers" {
			t.Errorf("%s: %v", took, err)
		}
		all.Wait()
		if reads.Load() != 1 {
			t.Errorf("%d reads, want 1", reads.Load())
		}
	})
}

// Whatever a room is called, what is known of it is what the caller knows.
func TestRoomsOfAnyName(t *testing.T) {
	for _, id := range []string{notFrozen, maybeFrozen, neverSeen, "lobby"} {
		s := serve(t, sayJSON(404, roomGone))
		_, err := s.api(t).Room(t.Context(), id, false)
		if n := len(s.seen()); !IsNotFound(err) || n != 1 {
			t.Errorf("%q: %d requests: %v", id, n, err)
		}
		_, err = s.api(t).Room(t.Context(), id, true)
		if n := len(s.seen()); IsNotFound(err) || n != 3 {
			t.Errorf("%q, frozen: %d requests: %v", id, n, err)
		}
	}
}
