package imkit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"
)

// maxReply is the greatest size of a reply, in bytes, once decompressed.
const maxReply = 16 << 20

// errAttemptTimeout is the cause of an attempt's own time-out, as opposed to
// the end of the caller's context.
var errAttemptTimeout = errors.New("time-out")

// exchange is one call under way: the attempts, and what the last one came to.
// It stands as the transport below retryablehttp. An attempt succeeds only
// once its reply is read and decoded, so that a reply cut short or one that
// makes no sense is retried like a lost connection.
type exchange struct {
	api  *API
	call call

	attempts int
	last     *Error // of the last attempt; nil after a success
	stopped  error  // why no further attempt was made: the context's error
	unknown  bool   // an attempt may have done its work
	answered bool   // an attempt got an answer, whatever it was
	single   bool   // the last attempt was made in doubt whether the server answers
	refused  *Error // the call because of which no attempt was made
}

// Format prints the call, whatever the verb.
func (x *exchange) Format(s fmt.State, verb rune) { x.call.Format(s, verb) }

// RoundTrip makes one attempt.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := x.begin(ctx); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	x.attempts++
	start := time.Now()
	status, err := x.attempt(req)
	x.last = x.finish(err)
	if status != 0 {
		x.answered = true
		x.api.breaker.answer()
	}
	x.report(ctx, status, time.Since(start))
	if x.last != nil {
		return nil, x.last
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: req}, nil
}

// begin waits until an attempt may be made. An error says that it must not.
func (x *exchange) begin(ctx context.Context) error {
	if _, x.refused = x.api.breaker.begin(); x.refused != nil {
		return x.refused
	}
	if !takeTurn(ctx) {
		if x.stopped = waitForTurn(ctx, x.api.limiter); x.stopped != nil {
			return x.stopped
		}
	}
	if x.single, x.refused = x.api.breaker.begin(); x.refused != nil { // because of what happened meanwhile
		return x.refused
	}
	return nil
}

// attempt sends the request and reads and decodes the reply.
func (x *exchange) attempt(req *http.Request) (status int, failure *Error) {
	caller := req.Context()
	var connected atomic.Bool
	ctx, cancel := x.attemptContext(caller, &connected)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})

	resp, err := x.api.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		e := x.lost(caller, ctx, err)
		e.unknown = connected.Load()
		return 0, e
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return resp.StatusCode, redirected(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		e := x.lost(caller, ctx, err)
		e.Status = resp.StatusCode
		e.Message = "the reply was cut off: " + e.Message
		e.unknown = resp.StatusCode < 400 || resp.StatusCode >= 500
		return resp.StatusCode, e
	}
	r := reply{status: resp.StatusCode, header: resp.Header, body: body}
	if len(body) > maxReply {
		return r.status, r.tooLarge()
	}
	a, failure := r.answer(x.api.cfg.Now())
	if failure == nil {
		a.repeated = x.unknown
		if err := x.call.decode(a); err != nil {
			failure = r.unreadable(a.shape, err.Error())
		}
	}
	if failure == nil || failure.shape == shapeOwn {
		x.api.server.show()
	}
	return r.status, failure
}

// attemptContext returns the context of an attempt. It ends with the attempt's own
// time-out, and with the caller's context: at once where the call only reads, has
// no connection yet, or has the time of grace in its context, else after
// [InterruptGrace].
func (x *exchange) attemptContext(caller context.Context, connected *atomic.Bool) (context.Context, context.CancelFunc) {
	if x.call.method == http.MethodGet || caller.Value(graceKey{}) != nil {
		return context.WithTimeoutCause(caller, x.api.cfg.RequestTimeout, errAttemptTimeout)
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(caller), x.api.cfg.RequestTimeout, errAttemptTimeout)
	stop := context.AfterFunc(caller, func() {
		defer cancel()
		if connected.Load() {
			select {
			case <-time.After(InterruptGrace):
			case <-ctx.Done():
			}
		}
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// lost describes an attempt that ended without a whole reply.
func (x *exchange) lost(caller, attempt context.Context, err error) *Error {
	if ended := caller.Err(); ended != nil {
		return &Error{Message: endOf(ended), cause: ended}
	}
	if errors.Is(context.Cause(attempt), errAttemptTimeout) {
		return &Error{
			Message: fmt.Sprintf("no complete reply within %s", x.api.cfg.RequestTimeout),
			cause:   errAttemptTimeout,
			retry:   true,
		}
	}
	return &Error{Message: err.Error(), cause: hidden{err}, retry: !isLastingFailure(err)}
}

// isLastingFailure reports whether connecting failed in a way that trying
// again does not mend: a certificate that is not trusted, or no TLS at all.
func isLastingFailure(err error) bool {
	var notTLS tls.RecordHeaderError
	return IsUntrusted(err) || errors.As(err, &notTLS) || errors.Is(err, http.ErrSchemeMismatch)
}

func redirected(resp *http.Response) *Error {
	e := &Error{Status: resp.StatusCode, Message: "the server redirects, and redirects are never followed"}
	if target, err := resp.Location(); err == nil && target.Host != "" {
		e.Message = fmt.Sprintf("the server redirects to %s://%s, and redirects are never followed; check the base URL",
			target.Scheme, target.Host)
	}
	return e
}

// finish fills in what every error says, and removes what none may say.
func (x *exchange) finish(e *Error) *Error {
	if e == nil {
		return nil
	}
	x.unknown = x.unknown || e.unknown
	e.Method, e.Path, e.Attempts = x.call.method, x.call.path, x.attempts
	e.unknown = x.unknown
	e.retry = e.retry && (!x.call.once || e.refusedInPassing())
	r := newRedactor(append(slices.Clone(x.call.texts), x.api.apiKey.Reveal(), x.api.clientKey.Reveal(), x.call.secret.Reveal())...)
	if codeStatus[e.Code] == 0 { // a known code says nothing else, whatever the secrets
		e.Code = r.clean(e.Code)
	}
	e.Message = r.clean(e.Message)
	return e
}

func (x *exchange) report(ctx context.Context, status int, took time.Duration) {
	if x.api.cfg.OnAttempt == nil {
		return
	}
	a := Attempt{Method: x.call.method, Path: x.call.path, Number: x.attempts, Status: status, Duration: took}
	if x.last != nil {
		a.Err = x.last
	}
	x.api.cfg.OnAttempt(ctx, a)
}

// failure is the error of the whole call: that of the last attempt, or that
// the context ended before another could be made.
func (x *exchange) failure(ctx context.Context) error {
	if x.refused != nil && x.last == nil {
		return x.finish(&Error{Message: "not asked, because the server does not answer: " + x.refused.Error(), notAsked: true, retry: true})
	}
	if x.last != nil && (x.last.retry || x.last.unknown) && !x.answered && x.stopped == nil && ctx.Err() == nil {
		x.api.breaker.noAnswer(x.last, x.single)
	}
	if x.last != nil && (!x.last.retry || x.attempts > x.api.cfg.MaxRetries) {
		return x.last
	}
	if x.stopped == nil {
		x.stopped = ctx.Err()
	}
	if x.stopped == nil && x.last != nil {
		return x.last
	}
	if x.stopped == nil {
		return x.finish(&Error{Message: "the request was not sent"})
	}
	if x.last == nil {
		return x.finish(neverSent(x.call.method, x.call.path, x.stopped))
	}
	return x.finish(&Error{Message: endOf(x.stopped) + ", while waiting to try again; before that, " + x.last.describe(), cause: x.stopped})
}
