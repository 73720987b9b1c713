package imkit

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxReply        = 16 << 20 // bytes, once decompressed
	idleConnections = 100
	// InterruptGrace is how long a call that changes something, once it may have been
	// sent, still waits for its answer after its caller's context ended.
	InterruptGrace = 5 * time.Second
)

// call is one call of the API.
type call struct {
	method string
	path   string   // a template
	args   []string // stand for what it has in braces
	query  url.Values
	body   any // is sent as JSON; nil sends none
	// user is the access token of a call in a client's own name; zero for an
	// administrator's.
	user Secret
	// hide are values of this call that no error may repeat.
	hide []string
	// nonIdempotent is set for what the server must not be asked for twice: it is
	// asked again only after a refusal that has certainly done nothing.
	nonIdempotent bool
	// probe is set for calls that find out who answers: a page is an answer to them.
	probe   bool
	absence absence
	// reply, if set, takes the last reply.
	reply *reply
}

// absence is how a reply says that what a call is about does not exist. The zero value
// is for lists: an error of theirs never means absence.
type absence int

const (
	// absentByName: a code for clients and tokens or, where the reply has no code, RC
	// 404 and a message to that effect.
	absentByName absence = iota + 1
	// absentByStatus: status 404 in a shape of this API.
	absentByStatus
)

// isAdministrators reports whether the pages show the call with the API key alone.
func (c call) isAdministrators() bool { return c.user.IsZero() && strings.HasPrefix(c.path, "/admin/") }

// request makes a call and decodes its reply.
func request[T any](ctx context.Context, a *API, c call, decode func(answer) (T, error)) (T, error) {
	var none T
	reply, err := a.send(ctx, c)
	if err != nil {
		return none, err
	}
	value, err := decode(reply)
	if err != nil { // asking again would not help
		e := reply.unexpected(err.Error())
		if other, ok := errors.AsType[*OtherIDError](err); ok {
			e.cause = other
		}
		return none, a.failure(&reply.exchange, e, true)
	}
	return value, nil
}

// success is the decoder of calls whose reply says nothing else.
func success(answer) (struct{}, error) { return struct{}{}, nil }

// exchange is a call under way.
type exchange struct {
	call     call
	body     []byte
	attempts int
	waited   time.Duration // between the attempts
	unknown  bool          // an attempt may have done its work
	answered bool          // an attempt got an answer, whatever it was
}

// send makes a call: may anything be sent, wait for the rate limit, send and read, and
// again after a pause where that may help. The error is an [*Error] unless the request
// cannot be encoded.
func (a *API) send(ctx context.Context, c call) (answer, error) {
	x := exchange{call: c}
	if c.body != nil {
		var err error
		if x.body, err = json.Marshal(c.body); err != nil {
			return answer{}, fmt.Errorf("%s %s: the request cannot be encoded as JSON: %w", c.method, c.path, err)
		}
	}
	report, e := a.admit(ctx, c)
	if e != nil {
		return answer{}, e
	}
	for {
		start := time.Now()
		x.attempts++
		reply, e := a.roundTrip(ctx, &x)
		if c.reply != nil {
			*c.reply = reply
		}
		content, e := a.read(&x, reply, e)
		a.logAttempt(ctx, &x, reply.status, time.Since(start), e)
		if e == nil {
			report(nil, true)
			return content, nil
		}
		if wait, again := a.retry(&x, e); again {
			ended := a.pause(ctx, wait)
			if ended == nil {
				continue
			}
			e = a.failure(&x, &Error{
				Kind: KindInterrupted, cause: ended,
				Message: endOf(ended) + ", while waiting to try again; before that, " + e.describe(),
			}, false)
		}
		report(e, x.answered)
		return answer{}, e
	}
}

// admit waits until a call may be sent. It returns what takes the outcome of the call.
func (a *API) admit(ctx context.Context, c call) (report func(failure *Error, answered bool), refusal *Error) {
	if e := a.refuse(c); e != nil {
		return nil, e
	}
	if ended := a.limiter.wait(ctx); ended != nil {
		return nil, neverSent(c.method, c.path, ended)
	}
	if e := a.refuse(c); e != nil { // because of what happened meanwhile
		return nil, e
	}
	return a.breaker.begin(c)
}

// refuse is the error of a call that is not sent because of what became of others.
func (a *API) refuse(c call) *Error {
	if a.server.keyRefused.Load() && c.user.IsZero() {
		return &Error{Method: c.method, Path: c.path, Kind: KindNotSent, Message: "not sent, because the server does not accept the API key"}
	}
	return a.breaker.refuse(c)
}

// pause waits before another attempt. The error is the context's.
func (a *API) pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return a.limiter.wait(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// roundTrip sends the request and receives the whole reply, of which it returns the
// status in any case.
func (a *API) roundTrip(caller context.Context, x *exchange) (reply, *Error) {
	ctx, cancel := a.attemptContext(caller, x.call)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := a.httpRequest(ctx, x)
	if err != nil {
		return reply{}, &Error{Message: "the request cannot be built"}
	}
	resp, err := a.cfg.Transport.RoundTrip(req)
	if err != nil {
		e := a.lost(caller, ctx, err)
		e.OutcomeUnknown = connected.Load()
		return reply{}, e
	}
	defer func() { _ = resp.Body.Close() }()
	r := reply{status: resp.StatusCode, header: resp.Header}
	if r.status >= 300 && r.status < 400 {
		return r, redirected(resp)
	}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		e := a.lost(caller, ctx, err)
		if e.Kind == KindUnreachable {
			e.Kind = kindIf(r.status == http.StatusTooManyRequests, KindRateLimited, KindIncomplete)
			e.RetryAfter, e.namesWait = serverWait(r.header, nil, a.cfg.Now())
		}
		e.Status, e.Message = r.status, "the reply was cut off: "+e.Message
		e.OutcomeUnknown = r.status < 400 || r.status >= 500
		return r, e
	}
	if len(r.body) > maxReply {
		return r, &Error{
			Status: r.status, Kind: KindTooLarge, OutcomeUnknown: r.status < 400 || r.status >= 500,
			Message: fmt.Sprintf("the reply is larger than %d MiB", maxReply>>20),
		}
	}
	return r, nil
}

// read takes what a reply says, unless there was a failure before, and notes what it
// shows of the server.
func (a *API) read(x *exchange, r reply, failure *Error) (answer, *Error) {
	var content answer
	isAPI := false
	if failure == nil {
		content, isAPI, failure = r.read(a.cfg.Now())
	}
	x.answered = x.answered || r.status != 0
	if isAPI {
		a.server.known.Store(true)
	}
	if failure != nil {
		return answer{}, a.failure(x, failure, isAPI)
	}
	if x.call.isAdministrators() {
		a.server.acceptsKey.Store(true)
	}
	if !content.date.IsZero() {
		a.server.clockAhead.Store(int64(content.date.Sub(a.cfg.Now())))
	}
	content.exchange = *x
	return content, nil
}

func (a *API) logAttempt(ctx context.Context, x *exchange, status int, took time.Duration, failure *Error) {
	if a.cfg.OnAttempt == nil {
		return
	}
	attempt := Attempt{Method: x.call.method, Path: x.call.path, Number: x.attempts, Status: status, Duration: took}
	if failure != nil {
		attempt.Err = failure
	}
	a.cfg.OnAttempt(ctx, attempt)
}

func (a *API) httpRequest(ctx context.Context, x *exchange) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, x.call.method, a.url(x.call), bytes.NewReader(x.body))
	if err != nil {
		return nil, err
	}
	if x.body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if x.call.user.IsZero() {
		req.Header.Set("IM-API-KEY", a.cfg.APIKey.Reveal())
	} else {
		req.Header.Set("IM-CLIENT-KEY", a.cfg.ClientKey.Reveal())
		req.Header.Set("IM-Authorization", x.call.user.Reveal())
	}
	req.Header.Set("Accept", "application/json")
	if a.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", a.cfg.UserAgent)
	}
	return req, nil
}

// url puts the call's path below the base URL's. Each id arrives as one segment
// whatever it contains.
func (a *API) url(c call) string {
	path := c.path
	for _, arg := range c.args { // none has a brace, once it is escaped
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + url.PathEscape(arg) + after
	}
	if len(c.query) > 0 {
		path += "?" + c.query.Encode()
	}
	return a.cfg.BaseURL.String() + path
}

// failure is the error that a caller gets of an attempt: it says what was called, which
// kind of failure that is, and contains no secret. isAPI reports whether only a server of
// this API replies like that.
func (a *API) failure(x *exchange, e *Error, isAPI bool) *Error {
	c, failed := x.call, *e
	x.unknown = x.unknown || e.OutcomeUnknown && c.method != http.MethodGet
	failed.Method, failed.Path, failed.Attempts, failed.OutcomeUnknown = c.method, c.path, x.attempts, x.unknown
	failed.once = c.nonIdempotent
	secrets := newRedactor(append([]string{a.cfg.APIKey.Reveal(), a.cfg.ClientKey.Reveal(), c.user.Reveal()}, c.hide...)...)
	if errorCodes[e.Code] == 0 { // a known code says nothing else, whatever the secrets
		failed.Code = clean(e.Code, secrets)
	}
	failed.Message = clean(e.Message, secrets)
	a.server.classify(c, &failed, isAPI)
	return &failed
}

var errAttemptTimeout = errors.New("time-out")

// lost describes an attempt that ended without a whole reply.
func (a *API) lost(caller, attempt context.Context, err error) *Error {
	if ended := caller.Err(); ended != nil {
		return &Error{Kind: KindInterrupted, Message: endOf(ended), cause: ended}
	}
	if errors.Is(context.Cause(attempt), errAttemptTimeout) {
		return &Error{Kind: KindUnreachable, Message: fmt.Sprintf("no complete reply within %s", a.cfg.RequestTimeout)}
	}
	e := &Error{Kind: KindUnreachable, Message: err.Error()}
	var untrusted *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &untrusted):
		e.Kind = KindUntrusted
	case errors.As(err, &notTLS), errors.Is(err, http.ErrSchemeMismatch):
		e.Message += "; the server at this address may speak http, not https"
		e.lasting = true
	}
	return e
}

// attemptContext returns the context of an attempt. It ends with the attempt's own
// time-out, and with the caller's context: at once where the call only reads, or has
// the grace in its context, else after [InterruptGrace]. Connecting ends at once in
// any case: see [dialContext].
func (a *API) attemptContext(caller context.Context, c call) (context.Context, context.CancelFunc) {
	if c.method == http.MethodGet || caller.Value(graceKey{}) != nil {
		return context.WithTimeoutCause(caller, a.cfg.RequestTimeout, errAttemptTimeout)
	}
	lasting, end := WithGrace(context.WithValue(caller, callerKey{}, caller))
	ctx, cancel := context.WithTimeoutCause(lasting, a.cfg.RequestTimeout, errAttemptTimeout)
	return ctx, func() {
		cancel()
		end()
	}
}

type (
	graceKey  struct{} // of a context that has the grace in it
	callerKey struct{} // of the context in which a call was made that may outlive it
)

// WithGrace returns a context that ends [InterruptGrace] after another one, for what
// must not be left undone, and for several calls together: they may still be sent in
// that time, and have none beyond it. Call cancel once they are over.
func WithGrace(ctx context.Context) (lasting context.Context, cancel context.CancelFunc) {
	lasting, end := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), graceKey{}, true))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(InterruptGrace):
			end()
		case <-lasting.Done():
		}
	})
	return lasting, func() {
		stop()
		end()
	}
}

func newTransport() http.RoundTripper {
	t := &http.Transport{ForceAttemptHTTP2: true, DialContext: (&net.Dialer{}).DialContext}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialContext(ctx, dial, network, address)
	}
	t.Proxy = proxy
	t.MaxIdleConns = idleConnections
	t.MaxIdleConnsPerHost = idleConnections
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

// proxy is the proxy of the environment; none for a loopback host, however it is written:
// a proxy would see the API key in an http request.
func proxy(r *http.Request) (*url.URL, error) {
	if isLoopback(r.URL.Hostname()) {
		return nil, nil //nolint:nilnil // That is no proxy.
	}
	return http.ProxyFromEnvironment(r)
}

// dialContext connects until the caller's context ends, although the attempt goes on
// longer than that: what has no connection by then is never sent, and what has one
// gets the grace. Nothing in between can lose an answer.
func dialContext(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), network, address string) (net.Conn, error) {
	if caller, ok := ctx.Value(callerKey{}).(context.Context); ok {
		dialling, cancel := context.WithCancelCause(ctx)
		defer context.AfterFunc(caller, func() { cancel(caller.Err()) })()
		defer cancel(nil)
		ctx = dialling
	}
	return dial(ctx, network, address)
}
