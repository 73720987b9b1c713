package imkit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"
)

// probeTime bounds [API.Probe].
const probeTime = 5 * time.Second

// server is what a run has learnt of who answers at the base URL.
type server struct {
	// known is set once it has answered in a shape of this API. Any web server answers
	// 404 with a page, so that a missing route is believed of a known one only.
	known       atomic.Bool
	acceptsKey  atomic.Bool  // an administrator's call succeeded
	keyRefused  atomic.Bool  // nothing is sent with the API key any more
	lacksExists atomic.Bool  // GET /rooms/{id}/exists is no route
	clockAhead  atomic.Int64 // see [API.ClockAhead]
}

// ClockAhead is how far the server's clock is ahead of this machine's, by the header Date of
// its last reply, to a second; 0 where no reply had one.
func (a *API) ClockAhead() time.Duration { return time.Duration(a.server.clockAhead.Load()) }

// saysAbsent tells a client, user or token that does not exist from a route.
var saysAbsent = regexp.MustCompile(`(?i)\b(client|user|token)\b.*\bnot (found|exist)`)

// classify sets the kind of an error by what the call is about and who answers.
func (s *server) classify(c call, e *Error, isAPI bool) {
	switch {
	case c.absence == absentByName && (e.Code == codeClientNotFound || e.Code == codeTokenNotFound ||
		e.Code == "" && e.RC == http.StatusNotFound && saysAbsent.MatchString(e.Message)),
		c.absence == absentByStatus && isAPI && e.meant() == http.StatusNotFound:
		e.Kind = KindNotFound
	case e.Kind == KindNoRoute && !s.known.Load():
		e.Kind = KindForeign
		e.Message += "; this does not look like an IMKIT chat server: check the base URL"
	case !c.user.IsZero():
	case (e.Kind == KindUnauthorized || e.Kind == KindForbidden) && !c.isAdministrators() && s.acceptsKey.Load():
		e.Kind = KindKeyNotAllowed
	case e.Kind == KindUnauthorized && !e.page && e.Code != codeInvalidToken && (c.isAdministrators() || e.Code == "INVALID_API_KEY"):
		s.keyRefused.Store(true)
	}
}

// Probe asks who answers at the base URL, and whether the API key is accepted: by a
// look-up of no client and, where that is answered with a page, by GET /me, which every
// version of the server answers with JSON.
//
// [KindForeign] and [KindRedirect] say that it is another web server, [KindUnauthorized]
// and [KindForbidden] that the key is refused, any other error that nothing is known.
//
// https://docs.imkit.io: GET /admin/clients, GET /me.
func (a *API) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(probeTime, a.cfg.RequestTimeout))
	defer cancel()
	nobody := url.Values{"q": {`{"_id":{"$in":[]}}`}, "limit": {"1"}}
	_, err := request(ctx, a, call{method: http.MethodGet, path: pathClients, query: nobody, probe: true}, decodePage)
	if err == nil { // a flat reply says it too
		a.server.known.Store(true)
		return nil
	}
	page, ok := errors.AsType[*Error](err)
	if !ok || !page.isPage() {
		return err
	}
	_, err = request(ctx, a, call{method: http.MethodGet, path: pathMe, probe: true}, success)
	e, failed := errors.AsType[*Error](err)
	switch {
	case failed && e.isPage() && page.Kind == KindRedirect:
		return page
	case failed && e.isPage():
		return page.as(KindForeign)
	case failed && (e.isTransient() || e.Status == 0):
		return err
	}
	a.server.known.Store(true) // an old server, without the look-up
	if a.server.keyRefused.Load() {
		return err
	}
	return nil
}

// isPage reports whether somebody answered what no version of the server does. What a
// proxy says while the server is out of order or busy is not that.
func (e *Error) isPage() bool {
	return e.Kind == KindRedirect || e.page && e.Kind != KindServer && e.Kind != KindRateLimited
}
