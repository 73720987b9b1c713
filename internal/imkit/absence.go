package imkit

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// secondLookAfter is how long after a look that did not find something another one
	// follows, where nothing else is configured.
	secondLookAfter = time.Second
	// believedAfter is how many first looks have to be confirmed by a second one, and none
	// refuted, until first looks are believed.
	believedAfter = 10
)

// secondLooks is what second looks came to in this run.
type secondLooks struct{ confirmed, refuted atomic.Int64 }

// lookTwice looks for something, and once more where that did not find it: one reply may be
// late, or wrong, and much follows from absence. It waits a second before; an interrupt
// meanwhile becomes the error. Where many are gone, and second looks confirmed all of that,
// it soon believes the first one.
func lookTwice[T any](ctx context.Context, a *API, look func() (T, error)) (T, error) {
	found, err := look()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindNotFound || e.confirmed {
		return found, err
	}
	if a.secondLooks.refuted.Load() == 0 && a.secondLooks.confirmed.Load() >= believedAfter {
		return found, err
	}
	select {
	case <-time.After(a.cfg.SecondLook):
	case <-ctx.Done():
		return found, interrupted(e.Method, e.Path, ctx.Err())
	}
	found, err = look()
	switch {
	case err == nil:
		a.secondLooks.refuted.Add(1)
	case IsNotFound(err):
		a.secondLooks.confirmed.Add(1)
	}
	return found, err
}

// absent is the error of what a successful read of many does not have.
func absent(path, why string) *Error {
	return &Error{Method: http.MethodGet, Path: path, Attempts: 1, Status: http.StatusOK, Kind: KindNotFound, Message: why}
}
