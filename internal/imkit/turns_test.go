package imkit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// One at a time for each name, in the order of asking, and names do not wait for
// each other.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var of turns
		var all sync.WaitGroup
		var order []string
		running := map[string]int{}
		var mu sync.Mutex
		start := time.Now()
		for i := range 10 {
			for _, name := range []string{"a", "b"} {
				all.Go(func() {
					done, err := of.take(t.Context(), name)
					if err != nil {
						t.Error(err)
						return
					}
					defer done()
					mu.Lock()
					running[name]++
					if running[name] > 1 {
						t.Errorf("%d at a time", running[name])
					}
					order = append(order, fmt.Sprint(name, i))
					mu.Unlock()
					pass(time.Second)
					mu.Lock()
					running[name]--
					mu.Unlock()
				})
			}
			synctest.Wait()
			pass(time.Millisecond)
		}
		all.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %s", took)
		}
		a := slices.DeleteFunc(order, func(s string) bool { return s[0] == 'b' })
		if got := fmt.Sprint(a); got != "[a0 a1 a2 a3 a4 a5 a6 a7 a8 a9]" {
			t.Errorf("in the order %s", got)
		}
		if len(of.lines) != 0 {
			t.Errorf("%d names are kept", len(of.lines))
		}
	})
}

// Who does not wait any longer leaves at once, and takes no turn.
func TestTurnsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var of turns
		first, err := of.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := of.take(ctx, "a"); err == nil || time.Since(start) != time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		if _, err := of.take(ctx, "b"); err == nil || len(of.lines) != 1 {
			t.Errorf("a turn after the end: %v, %d names", err, len(of.lines))
		}
		first()
		again, err := of.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		again()
		if len(of.lines) != 0 {
			t.Errorf("%d names are kept", len(of.lines))
		}
	})
}
