package imkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxServerWait is the longest wait that a server may ask for. What asks for more
	// fails at once.
	maxServerWait = 2 * time.Minute
	// maxWaits is how long a call waits between its attempts in all.
	maxWaits = 5 * time.Minute
	// rateLimitRetries is how often a call is tried again that was refused because
	// there are too many, and was not told how long to wait: with the usual waits, that
	// takes about a minute.
	rateLimitRetries = 8
)

// isTransient reports whether a failure may pass by itself.
func (e *Error) isTransient() bool {
	isTransient := e.Kind == KindRateLimited || e.Kind == KindServer || e.Kind == KindIncomplete || e.Kind == KindUnreachable
	return isTransient && !e.lasting
}

// IsTemporary reports whether the same call may succeed later, and would not be a second
// one that the server must not get.
func IsTemporary(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.isTransient() && (!e.once || !e.OutcomeUnknown)
}

// retry reports whether another attempt may help, and how long to wait before it.
func (a *API) retry(x *exchange, e *Error) (wait time.Duration, again bool) {
	most := a.cfg.MaxRetries
	if e.Kind == KindRateLimited && !e.namesWait && most > 0 {
		most = max(most, rateLimitRetries)
	}
	switch {
	case !e.isTransient(), x.attempts > most, e.RetryAfter > maxServerWait, x.call.probe && e.isPage():
		return 0, false
	case x.call.nonIdempotent && (e.OutcomeUnknown || e.Kind != KindRateLimited && e.Kind != KindUnreachable):
		return 0, false
	}
	if wait = e.RetryAfter; wait == 0 {
		wait = backoff(a.cfg.RetryWaitMin, a.cfg.RetryWaitMax, x.attempts-1)
	}
	if x.waited+wait > maxWaits {
		if e.RetryAfter > 0 {
			e.Message += fmt.Sprintf("; the server asks to wait for another %s, but the call has waited for %s already, and waits for %s at most",
				e.RetryAfter.Round(time.Second), x.waited.Round(time.Second), maxWaits)
		}
		return 0, false
	}
	x.waited += wait
	return wait, true
}

// backoff doubles minWait n times, up to maxWait, and takes between half and all of
// that.
func backoff(minWait, maxWait time.Duration, n int) time.Duration {
	d := max(minWait, time.Nanosecond)
	for range n {
		if d >= maxWait {
			break
		}
		d *= 2
	}
	d = min(d, max(maxWait, minWait))
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter needs no secrecy
}

// serverWait is the wait that a reply names: the longer of the header Retry-After
// (seconds or a date) and the body's "retryAfter" (seconds). It is 0 when there is none
// to come; named reports whether there is one at all.
//
// https://docs.imkit.io: rate limits.
func serverWait(h http.Header, body map[string]any, now time.Time) (wait time.Duration, named bool) {
	header := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(header, 64); err == nil || math.IsInf(seconds, 1) {
		wait, named = secondsWait(seconds), true
	} else if date, err := http.ParseTime(header); err == nil {
		wait, named = max(date.Sub(now), 0), true
	}
	if n, ok := body["retryAfter"].(json.Number); ok {
		seconds, _ := n.Float64() // beyond its range, it is infinite
		wait, named = max(wait, secondsWait(seconds)), true
	}
	return wait, named
}

func secondsWait(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	const most = 1000 * time.Hour // more than anybody waits
	return time.Duration(min(seconds, most.Seconds()) * float64(time.Second))
}

// limiter is the rate limit.
type limiter struct{ *rate.Limiter }

// newLimiter splits a number of requests per minute, 0 for no limit, into a burst and a
// steady rate, so that a burst and the minute after it together stay within it.
func newLimiter(perMinute int) limiter {
	if perMinute <= 0 {
		return limiter{rate.NewLimiter(rate.Inf, 0)}
	}
	burst := min(100, max(1, perMinute/10))
	steady := float64(perMinute - burst)
	if steady == 0 { // one a minute: the next must come a little later than that
		steady = 0.95
	}
	return limiter{rate.NewLimiter(rate.Limit(steady/60), burst)}
}

// wait waits until a request may be sent. The error is the context's, also when its
// deadline would come before the turn.
func (l limiter) wait(ctx context.Context) error {
	if paid, ok := ctx.Value(paidKey{}).(*atomic.Bool); ok && paid.Swap(false) {
		return ctx.Err()
	}
	if err := l.Wait(ctx); err != nil && ctx.Err() == nil {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// paidKey is the key of a context whose first request has waited already.
type paidKey struct{}

// prepaid waits until a request may be sent, and returns a context for a call that
// does not wait again: a batch fills up meanwhile.
func (l limiter) prepaid(ctx context.Context) (context.Context, error) {
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	paid := &atomic.Bool{}
	paid.Store(true)
	return context.WithValue(ctx, paidKey{}, paid), nil
}
