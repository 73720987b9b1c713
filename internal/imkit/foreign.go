package imkit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
)

// acquaintance is what is known of who answers at the base URL. Any web server
// answers 404 with a page of its own, so that a missing route says nothing unless
// the server has shown in the life of this [API] that it is one of IMKIT: by a
// reply in a shape of this API to any call. Where none came yet, GET /me is asked,
// which every version answers with JSON, be it a refusal; and where it does not, the
// look-up of clients.
type acquaintance struct {
	mu      sync.Mutex
	known   bool
	foreign *Error   // what GET /me got from somebody who is not known
	asking  *inquiry // nil: none under way
}

// inquiry is GET /me under way, for all who want to know meanwhile. It ends with
// the last of them. All but done is guarded by the acquaintance's lock.
type inquiry struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{} // closed once err is set
	err     *Error        // why nothing is known; nil: the server is known
}

// show notes that the server has answered in a shape of this API.
func (q *acquaintance) show() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known, q.foreign = true, nil
}

// believed returns the error of a call, but one that says that a route is missing
// only if the server is known.
func (a *API) believed(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.unsupported {
		return err
	}
	asked := a.getAcquainted(ctx)
	if asked == nil {
		return err
	}
	doubted := *e
	doubted.unsupported = false
	got := asked.Method + " " + asked.Path + " got " + asked.describe()
	if asked.isForeign() {
		doubted.foreign = true
		doubted.Message += ", and nothing shows that a chat server of IMKIT answers: " + got + "; check the base URL"
	} else {
		doubted.cause, doubted.retry = asked.cause, asked.retry
		doubted.Message += ", and whether a chat server of IMKIT answers could not be found out: " + got
	}
	return &doubted
}

// isForeign reports whether the answer to GET /me is one that no version of the
// server gives: a page, or a redirect. What a proxy says while the server is out
// of order or busy is not.
func (e *Error) isForeign() bool {
	if e == nil {
		return false
	}
	class := e.class()
	return class >= 300 && class < 400 ||
		e.shape == shapePage && (class < 500 && class != http.StatusTooManyRequests || class == http.StatusNotImplemented)
}

// getAcquainted asks GET /me unless it is known who answers. It returns nil if that
// is a chat server of IMKIT, else what GET /me got.
func (a *API) getAcquainted(ctx context.Context) *Error {
	q := a.server.join(ctx, a)
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		a.server.leave(q)
		return &Error{Method: http.MethodGet, Path: pathMe, Message: endOf(ctx.Err()), cause: ctx.Err()}
	}
}

// join returns an inquiry, which is done if the answer is known.
func (q *acquaintance) join(ctx context.Context, a *API) *inquiry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.known || q.foreign != nil {
		done := make(chan struct{})
		close(done)
		return &inquiry{done: done, err: q.foreign}
	}
	if q.asking == nil {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		i := &inquiry{cancel: cancel, done: make(chan struct{})}
		q.asking = i
		go func() {
			defer cancel()
			q.answered(i, a.askWhoAnswers(ctx))
		}()
	}
	q.asking.waiting++
	return q.asking
}

// leave takes one away who does not want to know any longer.
func (q *acquaintance) leave(i *inquiry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i.waiting--
	if i.waiting == 0 && q.asking == i {
		i.cancel()
		q.asking = nil
	}
}

// answered ends an inquiry.
func (q *acquaintance) answered(i *inquiry, err *Error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer close(i.done)
	if q.asking == i {
		q.asking = nil
	}
	if q.known { // now, whatever GET /me got
		return
	}
	i.err = err
	if err.isForeign() { // which is not going to change
		q.foreign = err
	}
}

// askWhoAnswers asks GET /me, to which any JSON object is answer enough, and should
// there be a version without it, for no client at all: to that, only this API answers
// as it does. It returns why it is not known who answers, nil if it is.
func (a *API) askWhoAnswers(ctx context.Context) *Error {
	me := a.ask(ctx, pathMe, nil, func(answer) error { return nil })
	if me != nil && me.shape == shapeObject && (me.class() < 500 || me.class() == http.StatusNotImplemented) {
		a.server.show()
	}
	if !me.isForeign() {
		return me
	}
	nobody := a.ask(ctx, pathClients, url.Values{"q": {`{"_id":{"$in":[]}}`}, "limit": {"1"}}, func(reply answer) error {
		_, err := decodePage(reply)
		return err
	})
	if nobody != nil && nobody.isInPassing() {
		return nobody
	}
	return me
}

// isInPassing reports whether the answer may be another one later. What makes no sense
// under a 2xx status is asked for again, but is what the server has there.
func (e *Error) isInPassing() bool {
	return e.cause != nil || e.retry && (e.class() < 200 || e.class() > 299)
}

// ask asks with the API key.
//
// https://docs.imkit.io: GET /me, GET /admin/clients.
func (a *API) ask(ctx context.Context, path string, query url.Values, decode func(answer) error) *Error {
	err := a.send(ctx, call{method: http.MethodGet, path: path, query: query, decode: decode})
	e, _ := errors.AsType[*Error](err)
	return e
}
