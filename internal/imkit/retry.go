package imkit

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxServerWait caps the wait that a server names.
const maxServerWait = 2 * time.Minute

// checkRetry tells retryablehttp whether another attempt may help.
// (It sees for itself when the context ends.)
func (x *exchange) checkRetry(context.Context, *http.Response, error) (bool, error) {
	return x.last != nil && x.last.retry && x.stopped == nil && x.refused == nil && !x.api.breaker.doubts(), nil
}

// backoff tells retryablehttp how long to wait before the next attempt; n
// counts the retries before it.
func (x *exchange) backoff(minWait, maxWait time.Duration, n int, _ *http.Response) time.Duration {
	if x.last != nil && x.last.wait > 0 {
		return x.last.wait
	}
	return backoffWait(minWait, maxWait, n, rand.Float64()) //nolint:gosec // jitter needs no secrecy
}

// backoffWait doubles minWait n times, up to maxWait, and takes between half
// and all of that: random, in [0,1), says where.
func backoffWait(minWait, maxWait time.Duration, n int, random float64) time.Duration {
	d := max(minWait, time.Nanosecond)
	for range n {
		if d >= maxWait {
			break
		}
		d *= 2
	}
	d = min(d, max(maxWait, minWait))
	return d/2 + time.Duration(random*float64(d/2))
}

// serverWait is the wait that a reply names: the longer of the header
// Retry-After (seconds or a date) and the body's "retryAfter" (seconds), at
// most [maxServerWait]. It is 0 when the reply names none, or none to come.
//
// https://docs.imkit.io: rate limits.
func serverWait(h http.Header, body map[string]any, now time.Time) time.Duration {
	var wait time.Duration
	header := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		wait = secondsWait(seconds)
	} else if date, err := http.ParseTime(header); err == nil {
		wait = min(date.Sub(now), maxServerWait)
	}
	if n, ok := body["retryAfter"].(json.Number); ok {
		if seconds, err := n.Float64(); err == nil {
			wait = max(wait, secondsWait(seconds))
		}
	}
	return max(wait, 0)
}

func secondsWait(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, maxServerWait.Seconds()) * float64(time.Second))
}
