package imkit

import (
	"errors"
	"slices"
	"sync"
)

// each calls do for every item, at most n at a time, and returns when all are
// done.
func each[T any](n int, items []T, do func(T)) {
	var running sync.WaitGroup
	turns := make(chan struct{}, n)
	for _, item := range items {
		turns <- struct{}{}
		running.Go(func() {
			defer func() { <-turns }()
			do(item)
		})
	}
	running.Wait()
}

// part is what one call is made for.
type part[T any] struct {
	items []T
	err   error
}

// divide makes one call for all items and, where it fails because of a few of
// them, finds out which: what fails is halved and called again, at most n
// calls at a time. It returns the parts that failed in the end. One bad item
// of n takes at most 2·log2(n) further calls.
//
// patience says of an error how many rounds of halving may go by before the
// first success; after that it is taken to concern all items alike. 0 means
// that halving does not help.
func divide[T any](n int, items []T, call func([]T) error, patience func(error) int) []*part[T] {
	var failed []*part[T]
	parts := []*part[T]{{items: items}}
	succeeded := false
	for round := 0; len(parts) > 0; round++ {
		each(n, parts, func(p *part[T]) { p.err = call(p.items) })
		succeeded = succeeded || slices.ContainsFunc(parts, func(p *part[T]) bool { return p.err == nil })
		var halves []*part[T]
		for _, p := range parts {
			if p.err == nil {
				continue
			}
			half, rounds := len(p.items)/2, patience(p.err)
			if half > 0 && (rounds > round || rounds > 0 && succeeded) {
				halves = append(halves, &part[T]{items: p.items[:half]}, &part[T]{items: p.items[half:]})
			} else {
				failed = append(failed, p)
			}
		}
		parts = halves
	}
	return failed
}

// refusalPatience is the patience with refusals, which come quickly: it ends
// after 30 further calls, where parts of a hundred have come down to seven.
const refusalPatience = 4

// lookUpPatience is the patience with a failed look-up of several clients.
func lookUpPatience(err error) int {
	e, ok := errors.AsType[*Error](err)
	switch {
	case isRefusal(err):
		return refusalPatience
	case !ok || e.class() < 200 || e.class() > 299 || e.cause != nil:
		return 0
	case e.retry: // a reply that makes no sense, after all retries
		return 1
	}
	return refusalPatience // a reply that is too large
}
