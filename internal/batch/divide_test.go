package batch_test

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

// numbers returns 0 to n-1.
func numbers(n int) []int {
	var items []int
	for i := range n {
		items = append(items, i)
	}
	return items
}

// divided divides the numbers below n, of which some are bad, and returns the items
// of each part that failed, in order, and the number of calls.
func divided(t *testing.T, n int, helps bool, bad ...int) (parts [][]int, calls int) {
	t.Helper()
	failed := batch.Divide(numbers(n), func(items []int) error {
		calls++
		if slices.ContainsFunc(items, func(i int) bool { return slices.Contains(bad, i) }) {
			return fmt.Errorf("%v: %w", items, errRefused)
		}
		return nil
	}, func(error) bool { return helps })
	for _, f := range failed {
		if !errors.Is(f.Err, errRefused) {
			t.Errorf("the error of %v is %v", f.Items, f.Err)
		}
		parts = append(parts, f.Items)
	}
	slices.SortFunc(parts, slices.Compare)
	return parts, calls
}

func TestDivideFindsOneBadItem(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 65; n++ {
		most := 1 + 2*bits.Len(uint(n-1))
		for bad := range n {
			parts, calls := divided(t, n, true, bad)
			if len(parts) != 1 || !slices.Equal(parts[0], []int{bad}) || calls > most {
				t.Fatalf("%d of %d: found %v in %d calls, want at most %d", bad, n, parts, calls, most)
			}
		}
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		n     int
		helps bool
		bad   []int
		want  string
		calls int
	}{
		"none is bad":               {n: 64, helps: true, want: "[]", calls: 1},
		"halving does not help":     {n: 4, bad: []int{1}, want: "[[0 1 2 3]]", calls: 1},
		"one item cannot be halved": {n: 1, helps: true, bad: []int{0}, want: "[[0]]", calls: 1},
		// Given up once the first and the last have failed alone.
		"all are bad":           {n: 64, helps: true, bad: numbers(64), want: fmt.Sprint([][]int{{0}, numbers(63)[1:], {63}}), calls: 13},
		"two, and both are bad": {n: 2, helps: true, bad: []int{0, 1}, want: "[[0] [1]]", calls: 3},
		"two in the middle":     {n: 8, helps: true, bad: []int{3, 4}, want: "[[3] [4]]", calls: 11},
		"a bad start":           {n: 16, helps: true, bad: []int{0, 1, 2, 3}, want: "[[0] [1] [2] [3]]", calls: 11},
		"all but one":           {n: 4, helps: true, bad: []int{0, 1, 2}, want: "[[0] [1] [2]]", calls: 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts, calls := divided(t, test.n, test.helps, test.bad...)
			if got := fmt.Sprint(parts); got != test.want || calls != test.calls {
				t.Errorf("found %s in %d calls, want %s in %d", got, calls, test.want, test.calls)
			}
		})
	}
}

// Each error says for itself whether halving helps, after a success too.
func TestDivideAsksEachError(t *testing.T) {
	t.Parallel()
	failed := batch.Divide(numbers(8), func(items []int) error {
		switch {
		case slices.Contains(items, 0):
			return errTaken
		case slices.Contains(items, 3):
			return errRefused
		}
		return nil
	}, func(err error) bool { return errors.Is(err, errTaken) })
	if got, want := fmt.Sprint(failed), "[{[2 3] refused} {[0] taken}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each calls for every index once, n at a time, and returns when all are done.
func TestEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var done []int
		batch.Each(3, 0, func(i int) { t.Errorf("called for %d", i) })
		batch.Each(3, 10, func(i int) {
			<-time.After(time.Second)
			mu.Lock()
			defer mu.Unlock()
			done = append(done, i)
		})
		synctest.Wait()
		if slices.Sort(done); !slices.Equal(done, numbers(10)) || elapsed() != 4*time.Second {
			t.Errorf("done with %v after %s", done, elapsed())
		}
	})
}
