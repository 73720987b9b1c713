package imkit

import (
	"context"
	"errors"
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

// confirm looks for something, what, and looks again a second later if it is not there:
// one reply may be late, or wrong, and much follows from absence. Where many are gone, and
// all of that is confirmed, it soon believes the first look.
func confirm[T any](ctx context.Context, a *API, what string, look func() (T, error)) (T, error) {
	found, err := look()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindNotFound || e.confirmed || a.secondLooks.believe(what) {
		return found, err
	}
	select {
	case <-time.After(a.cfg.SecondLook):
	case <-ctx.Done():
		return found, interrupted(e.Method, e.Path, ctx.Err())
	}
	found, err = look()
	a.secondLooks.note(what, err)
	return found, err
}
