package batch

import (
	"slices"

	"golang.org/x/sync/errgroup"
)

// Failed is a part of the items of [Divide], and why its call failed in the end.
type Failed[T any] struct {
	Items []T
	Err   error
}

// Divide makes one call for all items. Where that fails because of a few of them, it
// finds out which: a call that failed is halved and made again, from both ends in turn.
// One bad item of N takes at most 2·log2(N) further calls, the logarithm rounded up. Once
// two items failed alone and nothing succeeded, the error is taken to concern all alike.
//
// helps reports whether halving may help against an error.
func Divide[T any](items []T, call func([]T) error, helps func(error) bool) []Failed[T] {
	var failed []Failed[T]
	succeeded, alone := false, 0
	for parts, turn := [][]T{items}, 0; len(parts) > 0; turn++ {
		at := 0
		if turn%2 == 1 {
			at = len(parts) - 1
		}
		part := parts[at]
		parts = slices.Delete(parts, at, at+1)
		err := call(part)
		half := len(part) / 2
		switch {
		case err == nil:
			succeeded = true
			continue
		case helps(err) && half > 0:
			parts = slices.Insert(parts, at, part[:half], part[half:])
			continue
		case helps(err):
			alone++
		}
		failed = append(failed, Failed[T]{part, err})
		if alone == 2 && !succeeded && len(parts) > 0 {
			return append(failed, Failed[T]{slices.Concat(parts...), err})
		}
	}
	return failed
}

// Each calls do for every index below count, at most n at a time, and returns when
// all are done.
func Each(n, count int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(n)
	for i := range count {
		group.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = group.Wait() // do has no error
}
