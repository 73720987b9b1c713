package imkit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settleLost finds out whether a call whose answer was lost has done its work, by one look.
// If so, the failure is no error any more, but is returned as recovered.
func settleLost(failure error, isDone func() bool) (recovered, err error) {
	if OutcomeUnknown(failure) && isDone() {
		return failure, nil
	}
	return nil, failure
}

// createOnce creates what was not there when it was last looked for. What is there
// after an answer that was lost has been created; what is not is created once more.
func createOnce[T any](create, look func() (*T, error)) (made *T, recovered, err error) {
	lost := false
	for tries := 1; ; tries++ {
		made, failure := create()
		if failure == nil {
			return made, nil, nil
		}
		if other, ok := errors.AsType[*OtherIDError](failure); ok {
			return nil, nil, other
		}
		lost = lost || OutcomeUnknown(failure)
		if !lost {
			return nil, nil, failure
		}
		found, lookFailed := look()
		switch {
		case lookFailed == nil:
			return found, failure, nil
		case !IsNotFound(lookFailed):
			return nil, nil, fmt.Errorf("%w (%w: %w)", failure, errUnsettled, lookFailed)
		case tries == 2:
			return nil, nil, failure
		}
	}
}

// How long, and how often, a server is asked whether it shows what was written.
const (
	pollTime    = 10 * time.Second
	pollWaitMin = 100 * time.Millisecond
	pollWaitMax = time.Second
)

// poll looks at once and then again and again, until a look is satisfied or fails, or
// pollTime has passed, which ends a look and is no error. It reports whether one was
// satisfied. The looks are at full multiples of the wait, so that those of several callers
// come together and share a read.
func poll(ctx context.Context, look func(context.Context) (satisfied bool, err error)) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	for wait := pollWaitMin; ; wait = min(2*wait, pollWaitMax) {
		satisfied, err := look(ctx)
		if satisfied || err != nil && ctx.Err() == nil {
			return satisfied, err
		}
		select {
		case <-time.After(time.Until(time.Now().Truncate(wait).Add(wait))):
		case <-ctx.Done():
			return false, nil
		}
	}
}
