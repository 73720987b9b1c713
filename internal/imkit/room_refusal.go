package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

const pathExists = "/rooms/{id}/exists"

// RoomExists asks whether there is a room with this id, also where the server
// does not show it. Not every server has this call: then [IsUnsupported] is true
// of the error.
//
// https://docs.imkit.io: GET /rooms/{id}/exists.
func (a *API) RoomExists(ctx context.Context, id string) (bool, error) {
	if err := CheckRoomID(id); err != nil {
		return false, err
	}
	var exists Field[bool]
	err := a.do(ctx, call{
		method: http.MethodGet,
		path:   pathExists,
		id:     id,
		decode: func(reply answer) error {
			o, err := reply.object()
			if err != nil {
				return err
			}
			exists, err = typed[bool](o, "exists")
			if err == nil && exists.Value == nil {
				err = errors.New("it does not say whether the room exists")
			}
			return err
		},
	})
	if isClass(err, http.StatusNotFound) { // a room that is not there is no error of this call
		return false, noSuchCall(err)
	}
	if err != nil {
		return false, err
	}
	return *exists.Value, nil
}

// noSuchCall makes a 404 in any shape one for which [IsUnsupported] is true, and
// [IsNotFound] is not.
func noSuchCall(err error) error {
	e, ok := errors.AsType[*Error](notAbsence(err))
	if !ok || e.foreign {
		return err
	}
	changed := *e
	changed.unsupported = true
	return &changed
}

// callRoom makes a call about the room c.id. Of a refusal it finds out what it
// means: of the error, [IsNotFound] is true if and only if the room does not
// exist.
//
// A server may answer 403, or 404, for a room that it does not show as for one
// that is not there. So only a 404 that cannot mean anything else is taken at
// its word, which definite says, and all others get a second opinion.
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) callRoom(ctx context.Context, c call, definite bool) error {
	err := a.do(ctx, c)
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok, e.foreign:
		return err
	case e.class() == http.StatusUnauthorized:
		return a.notAllowed(ctx, err)
	case e.class() != http.StatusNotFound && e.class() != http.StatusForbidden:
		return notAbsence(err)
	case e.saysGone() && definite:
		return e.gone()
	}
	exists, second := a.RoomExists(ctx, c.id)
	return a.verdict(ctx, c.id, e, exists, second)
}

// verdict says what a 403 or 404 means, given a second opinion.
func (a *API) verdict(ctx context.Context, id string, e *Error, exists bool, second error) error {
	refused := notAbsence(e)
	switch missing := e.class() == http.StatusNotFound; {
	case second == nil && !exists:
		return e.gone()
	case second == nil && e.Method == http.MethodGet:
		return &explained{roomHidden, "the room exists, but the server does not show it; it may be frozen", refused}
	case second == nil && !missing, IsUnauthorized(second):
		return a.notAllowed(ctx, refused)
	case second == nil:
		return refused
	case IsUnsupported(second) && missing:
		return a.withoutSecond(ctx, e, id)
	case IsUnsupported(second) && !a.isAdministrator(ctx):
		return refused
	case IsUnsupported(second):
		return &explained{roomUnclear, "either there is no such room, or the server does not let the API key make this call, and it has no call that tells", refused}
	}
	return fmt.Errorf("%w (whether the room exists could not be found out: %w)", refused, second)
}

// withoutSecond says what a 404 means where nobody can give a second opinion.
func (a *API) withoutSecond(ctx context.Context, e *Error, id string) error {
	switch {
	case e.Path != pathRoom:
	case !e.saysGone():
		return notAbsence(e)
	case e.Method == http.MethodGet: // of a room that was frozen
		return &explained{roomUnclear, "either there is no such room any more, or it is frozen and not shown, and the server has no call that tells", notAbsence(e)}
	default:
		return e.gone()
	}
	if _, err := a.readRoom(ctx, id); IsNotFound(err) {
		return e.gone()
	}
	return notAbsence(e)
}

// saysGone reports whether a 404 comes from a server of this kind, and says that
// what was asked for does not exist.
func (e *Error) saysGone() bool { return e.class() == http.StatusNotFound && e.shape == shapeOwn }

// gone is the error of a call about something that does not exist.
func (e *Error) gone() error {
	changed := *e
	changed.notFound, changed.there, changed.unsupported = true, false, false
	return &changed
}

// notAllowed finds out whether a call was refused because the API key may not
// make it, as opposed to a key that may do nothing.
func (a *API) notAllowed(ctx context.Context, err error) error {
	if !IsUnauthorized(err) || !a.isAdministrator(ctx) {
		return err
	}
	return &explained{keyNotAllowed, "the server does not let the API key make this call, although it lets it make administrator's calls", err}
}

// isAdministrator reports whether the server lets the API key make an
// administrator's call. It asks until it did, which merges into few requests.
func (a *API) isAdministrator(ctx context.Context) bool {
	if a.nouns.administrator.Load() {
		return true
	}
	const anybody = "administrator" // who need not exist
	_, err := a.LookUpClient(ctx, anybody)
	if err != nil && !IsNotFound(err) {
		return false
	}
	a.nouns.administrator.Store(true)
	return true
}
