package imkit

import (
	"context"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// newLimiter returns nil, no limit, for 0.
func newLimiter(perMinute int) *rate.Limiter {
	if perMinute <= 0 {
		return nil
	}
	burst, perSecond := limits(perMinute)
	return rate.NewLimiter(rate.Limit(perSecond), burst)
}

// limits splits a number of requests per minute into a burst and a steady
// rate, so that a burst and the minute after it together stay within it.
func limits(perMinute int) (burst int, perSecond float64) {
	burst = min(100, max(1, perMinute/10))
	steady := float64(perMinute - burst)
	if steady == 0 { // one a minute: the next must come a little later than that
		steady = 0.95
	}
	return burst, steady / 60
}

// waitForTurn waits until the limiter lets a request pass. The error is the
// context's, also when its deadline would come before the turn.
func waitForTurn(ctx context.Context, l *rate.Limiter) error {
	if l != nil {
		if err := l.Wait(ctx); err != nil && ctx.Err() == nil {
			return context.DeadlineExceeded
		}
	}
	return ctx.Err()
}

// turnKey is the key of a turn in a context.
type turnKey struct{}

// withTurn returns a context for a call whose first attempt has had its turn, because
// somebody waited for that who did not know yet what to ask.
func withTurn(ctx context.Context) context.Context {
	return context.WithValue(ctx, turnKey{}, &atomic.Bool{})
}

// takeTurn reports whether the context has a turn that no attempt took before.
func takeTurn(ctx context.Context) bool {
	taken, ok := ctx.Value(turnKey{}).(*atomic.Bool)
	return ok && !taken.Swap(true)
}
