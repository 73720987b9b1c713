package batch_test

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
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
func divided(t *testing.T, n, rounds int, bad ...int) (parts [][]int, calls int) {
	t.Helper()
	var made atomic.Int64
	failed := batch.Divide(4, numbers(n), func(items []int) error {
		made.Add(1)
		if slices.ContainsFunc(items, func(i int) bool { return slices.Contains(bad, i) }) {
			return fmt.Errorf("%v: %w", items, errRefused)
		}
		return nil
	}, func(error) int { return rounds })
	for _, f := range failed {
		if want := fmt.Sprintf("%v: %v", f.Items, errRefused); f.Err == nil || f.Err.Error() != want {
			t.Errorf("the error of %v is %v", f.Items, f.Err)
		}
		parts = append(parts, f.Items)
	}
	slices.SortFunc(parts, slices.Compare)
	return parts, int(made.Load())
}

func TestDivideFindsOneBadItem(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 65; n++ {
		most := 1 + 2*bits.Len(uint(n-1))
		for bad := range n {
			parts, calls := divided(t, n, 1, bad)
			if len(parts) != 1 || !slices.Equal(parts[0], []int{bad}) || calls > most {
				t.Fatalf("%d of %d: found %v in %d calls, want at most %d", bad, n, parts, calls, most)
			}
		}
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		n, rounds int
		bad       []int
		want      string
		calls     int
	}{
		"none is bad":                         {n: 64, rounds: 3, want: "[]", calls: 1},
		"halving does not help":               {n: 4, rounds: 0, bad: []int{1}, want: "[[0 1 2 3]]", calls: 1},
		"one item cannot be halved":           {n: 1, rounds: 9, bad: []int{0}, want: "[[0]]", calls: 1},
		"all are bad":                         {n: 4, rounds: 9, bad: []int{0, 1, 2, 3}, want: "[[0] [1] [2] [3]]", calls: 7},
		"all are bad, given up after a round": {n: 8, rounds: 1, bad: numbers(8), want: "[[0 1 2 3] [4 5 6 7]]", calls: 3},
		"given up after two rounds":           {n: 8, rounds: 2, bad: numbers(8), want: "[[0 1] [2 3] [4 5] [6 7]]", calls: 7},
		"one in each half, given up":          {n: 8, rounds: 1, bad: []int{0, 7}, want: "[[0 1 2 3] [4 5 6 7]]", calls: 3},
		"one in each half, found":             {n: 8, rounds: 2, bad: []int{0, 7}, want: "[[0] [7]]", calls: 11},
		"a success lets all go on":            {n: 16, rounds: 1, bad: []int{8, 9, 10, 11, 12, 13, 14, 15}, want: "[[8] [9] [10] [11] [12] [13] [14] [15]]", calls: 17},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts, calls := divided(t, test.n, test.rounds, test.bad...)
			if got := fmt.Sprint(parts); got != test.want || calls != test.calls {
				t.Errorf("found %s in %d calls, want %s in %d", got, calls, test.want, test.calls)
			}
		})
	}
}

// Each error says for itself whether halving helps, after a success too.
func TestDivideAsksEachError(t *testing.T) {
	t.Parallel()
	failed := batch.Divide(1, numbers(8), func(items []int) error {
		switch {
		case slices.Contains(items, 0):
			return errTaken
		case slices.Contains(items, 3):
			return errRefused
		}
		return nil
	}, func(err error) int {
		if errors.Is(err, errTaken) {
			return 3
		}
		return 0
	})
	if got, want := fmt.Sprint(failed), "[{[2 3] refused} {[0] taken}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Halves are called n at a time.
func TestDivideLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		batch.Divide(3, numbers(8), func([]int) error {
			<-time.After(time.Second)
			return errRefused
		}, func(error) int { return 3 })
		if got, want := elapsed(), (1+1+2+3)*time.Second; got != want {
			t.Errorf("1, 2, 4 and 8 calls took %s, want %s", got, want)
		}
	})
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
