package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

// hold starts somebody who holds the lock of a key for a second, and returns once it
// holds it or waits. The channel yields when it got it, or a negative time if it left.
func hold(ctx context.Context, t *testing.T, m *batch.Mutex[string], key string) <-chan time.Duration {
	t.Helper()
	got := make(chan time.Duration, 1)
	go func() {
		unlock, err := m.Lock(ctx, key)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			got <- -elapsed()
			return
		}
		got <- elapsed()
		<-time.After(time.Second)
		unlock()
	}()
	synctest.Wait()
	return got
}

// A key has one holder at a time, in the order of asking. Another key is free.
func TestMutexOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m batch.Mutex[string]
		var first []<-chan time.Duration
		for range 20 {
			first = append(first, hold(t.Context(), t, &m, "a"))
		}
		other := hold(t.Context(), t, &m, "b")
		if at := <-other; at != 0 {
			t.Errorf("another key was locked after %s", at)
		}
		until(39 * time.Second / 2) // The last of them holds it, and nobody waits.
		first = append(first, hold(t.Context(), t, &m, "a"))
		for i, got := range first {
			if at := <-got; at != time.Duration(i)*time.Second {
				t.Errorf("the lock was got after %s, want %d s", at, i)
			}
		}
		until(time.Hour) // The last one unlocks.
	})
}

// Whoever leaves while it waits does so at once, and is passed over. With a context
// that has ended there is no lock, even if it is free.
func TestMutexLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m batch.Mutex[string]
		got := []<-chan time.Duration{
			hold(t.Context(), t, &m, "a"),
			hold(leaving(t, time.Second/2), t, &m, "a"),
			hold(t.Context(), t, &m, "a"),
			hold(leaving(t, 3*time.Second/2), t, &m, "a"),
		}
		var at []time.Duration
		for _, c := range got {
			at = append(at, <-c)
		}
		if want := []time.Duration{0, -time.Second / 2, time.Second, -3 * time.Second / 2}; !slices.Equal(at, want) {
			t.Errorf("locked, or left, after %v, want %v", at, want)
		}
		until(time.Minute)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if unlock, err := m.Lock(ctx, "a"); unlock != nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("locked with an ended context, or %v", err)
			}
		}
		if at := <-hold(t.Context(), t, &m, "a"); at != time.Minute {
			t.Errorf("a free lock was got after %s", at)
		}
		until(time.Hour)
	})
}

// Many ask, leave and unlock at the same moments. There is never more than one
// holder, and in the end the locks are free.
func TestMutexSameMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m batch.Mutex[int]
		const keys = 2
		var held [keys]int // guarded by the locks
		var wg sync.WaitGroup
		for w := range 40 {
			wg.Go(func() {
				for r := range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((w*7+r*3)%50)*time.Millisecond)
					if unlock, err := m.Lock(ctx, w%keys); err == nil {
						held[w%keys]++
						if held[w%keys] != 1 {
							t.Errorf("%d holders", held[w%keys])
						}
						<-time.After(time.Millisecond)
						held[w%keys]--
						unlock()
					}
					cancel()
				}
			})
		}
		wg.Wait()
		for key := range keys {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			unlock, err := m.Lock(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			unlock()
			cancel()
		}
	})
}
