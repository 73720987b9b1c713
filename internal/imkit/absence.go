package imkit

import (
	"context"
	"errors"
	"net/http"
	"sync"
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
type secondLooks struct {
	mu                 sync.Mutex
	confirmed, refuted int
	absent             map[string]bool // what a second look did not find either
}

// believe reports whether a first look that did not find something is believed.
func (s *secondLooks) believe(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.absent[what] || s.refuted == 0 && s.confirmed >= believedAfter
}

// note takes what a second look found.
func (s *secondLooks) note(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.refuted++
	case IsNotFound(err):
		s.confirmed++
		if s.absent == nil {
			s.absent = map[string]bool{}
		}
		s.absent[what] = true
	}
}

// secondLook reports whether to look for something once more because it was not found: one
// reply may be late, or wrong, and much follows from absence. It waits a second before; an
// interrupt meanwhile becomes the error. Where many are gone, and second looks confirmed
// all of that, it soon believes the first one.
func (a *API) secondLook(ctx context.Context, what string, err *error) bool {
	e, ok := errors.AsType[*Error](*err)
	if !ok || e.Kind != KindNotFound || e.confirmed || a.secondLooks.believe(what) {
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
