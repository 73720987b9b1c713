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
// finds out which: a call that failed is halved and made again, at most n at a time.
// One bad item of N takes at most 2·log2(N) further calls, the logarithm rounded up.
//
// rounds says of an error how often halving is tried before the first success; after
// that the error is taken to concern all items alike. 0 means that halving does not
// help.
func Divide[T any](n int, items []T, call func([]T) error, rounds func(error) int) []Failed[T] {
	var failed []Failed[T]
	parts := []Failed[T]{{Items: items}}
	succeeded := false
	for round := 0; len(parts) > 0; round++ {
		if len(parts) == 1 {
			parts[0].Err = call(parts[0].Items)
		} else {
			Each(n, len(parts), func(i int) { parts[i].Err = call(parts[i].Items) })
		}
		succeeded = succeeded || slices.ContainsFunc(parts, func(p Failed[T]) bool { return p.Err == nil })
		var halves []Failed[T]
		for _, p := range parts {
			if p.Err == nil {
				continue
			}
			half, most := len(p.Items)/2, rounds(p.Err)
			if half > 0 && (most > round || most > 0 && succeeded) {
				halves = append(halves, Failed[T]{Items: p.Items[:half]}, Failed[T]{Items: p.Items[half:]})
			} else {
				failed = append(failed, p)
			}
		}
		parts = halves
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
