package imkit

import (
	"errors"
	"fmt"
)

// createOnce creates what was not there when it was last looked for. What is
// there after an answer that was lost has been created; what is not is created
// once more.
func createOnce[T any](create, look func() (*T, error)) (*T, error) {
	lost := false
	for tries := 1; ; tries++ {
		made, err := create()
		if err == nil {
			return made, nil
		}
		lost = lost || OutcomeUnknown(err)
		if !lost {
			return nil, err
		}
		found, notFound := look()
		switch {
		case notFound == nil:
			return found, nil
		case !IsNotFound(notFound):
			return nil, unsettled(err, notFound)
		case tries == 2:
			return nil, err
		}
	}
}

// unsettled is the error of the last of several attempts, one of which may have
// done its work, when a look did not tell.
func unsettled(err, look error) error {
	if e, ok := errors.AsType[*Error](err); ok && !e.unknown {
		changed := *e
		changed.unknown = true
		err = &changed
	}
	return fmt.Errorf("%w (whether it was done could not be found out: %w)", err, look)
}
