package imkit

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	// maxUnanswered is how many calls in a row may get no answer in all of their
	// attempts before nothing more is sent.
	maxUnanswered = 3
	// breakerPause is how long nothing is sent then, before one call may try.
	breakerPause = 30 * time.Second
)

var (
	errUnanswered = errors.New("no answer")
	errNotAwaited = errors.New("nobody waited for the answer")
)

// breaker is the circuit breaker. Any answer, whatever it says, closes it.
type breaker struct {
	circuit *gobreaker.TwoStepCircuitBreaker[any]
	first   atomic.Pointer[Error] // of the calls in a row that got no answer
}

func newBreaker() *breaker {
	return &breaker{circuit: gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:     breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= maxUnanswered },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNotAwaited) },
	})}
}

// refuse is the error of a call that is not sent, nil if it may be.
func (b *breaker) refuse(c call) *Error {
	if b.circuit.State() != gobreaker.StateOpen {
		return nil
	}
	return b.silent(c)
}

// begin is asked before a call is sent. It returns what takes the outcome of the call.
func (b *breaker) begin(c call) (report func(failure *Error, answered bool), refusal *Error) {
	end, err := b.circuit.Allow()
	if err != nil {
		return nil, b.silent(c)
	}
	return func(failure *Error, answered bool) {
		switch {
		case answered:
			end(nil)
			if b.circuit.State() == gobreaker.StateClosed { // a late answer says nothing of it
				b.first.Store(nil)
			}
		case failure.Kind == KindUnreachable:
			b.first.CompareAndSwap(nil, failure)
			end(errUnanswered)
		default:
			end(errNotAwaited)
		}
	}, nil
}

// silent is the error of a call that is not sent because the server does not answer.
func (b *breaker) silent(c call) *Error {
	e := &Error{Method: c.method, Path: c.path, Kind: KindNotSent, Message: "not sent, because the server does not answer"}
	if first := b.first.Load(); first != nil {
		e.Message += ": " + first.Error()
	}
	return e
}
