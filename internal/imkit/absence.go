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

// note takes what a second look found.
func (s *secondLooks) note(err error) {
	switch {
	case err == nil:
		s.refuted.Add(1)
	case IsNotFound(err):
		s.confirmed.Add(1)
	}
}

// secondLook reports whether to look for something once more because it was not found: one
// reply may be late, or wrong, and much follows from absence. It waits a second before; an
// interrupt meanwhile becomes the error. Where many are gone, and second looks confirmed
// all of that, it soon believes the first one.
func (a *API) secondLook(ctx context.Context, err *error) bool {
	e, ok := errors.AsType[*Error](*err)
	if !ok || e.Kind != KindNotFound || e.confirmed {
		return false
	}
	if a.secondLooks.refuted.Load() == 0 && a.secondLooks.confirmed.Load() >= believedAfter {
		return false
	}
	select {
	case <-time.After(a.cfg.SecondLook):
		return true
	case <-ctx.Done():
		*err = interrupted(e.Method, e.Path, ctx.Err())
		return false
	}
}

// absent is the error of what a successful read of many does not have.
func absent(path, why string) *Error {
	return &Error{Method: http.MethodGet, Path: path, Attempts: 1, Status: http.StatusOK, Kind: KindNotFound, Message: why}
}
