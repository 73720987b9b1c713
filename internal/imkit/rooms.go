package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const (
	pathRooms  = "/rooms/"
	pathRoom   = "/rooms/{id}"
	pathExists = "/rooms/{id}/exists"
)

// MaxMembers is the greatest number of members that one call adds to a room or removes
// from it.
const MaxMembers = 100

// GetRoom returns a room. A server may answer 403 or 404 for a room that it does not
// show, as a frozen one, and for one that is not there, so [API.RoomExists] is asked, too:
// [IsNotFound] is true of the error if there is none, and [ErrRoomHidden] says that there
// is one. Where the server has no such call, two 404, a second apart, are [IsNotFound] with
// [ErrUnconfirmed], and a 403 is [ErrRoomUnclear]. Where absence is hoped for,
// [API.FindRoom] does.
//
// Reads of one room at the same moment share a request, which waits for changes of the room.
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) GetRoom(ctx context.Context, id string) (*Room, error) {
	return lookTwice(ctx, a, func() (*Room, error) { return a.FindRoom(ctx, id) })
}

// FindRoom is [API.GetRoom] with one look.
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) FindRoom(ctx context.Context, id string) (*Room, error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	room, err := a.rooms.Do(ctx, id, struct{}{})
	return room, ofBatch(ctx, http.MethodGet, pathRoom, err)
}

func (a *API) shareRoomReads() {
	a.rooms.Acquire = awaitTurn(a, func(ctx context.Context, id string) (unlock func(), err error) {
		if unlock, err = a.roomLocks.Lock(ctx, id); err == nil {
			unlock() // a read keeps no change waiting
		}
		return func() {}, err
	})
	a.rooms.Call = batch.Single(a.readRoom)
}

// readRoom is [API.FindRoom] for this caller alone.
func (a *API) readRoom(ctx context.Context, id string) (*Room, error) {
	return requestRoom(ctx, a, id, call{method: http.MethodGet, path: pathRoom}, decodeAbout("room", id, decodeRoom))
}

// requestRoom makes a call about a room, or about somebody in it, and finds out what a
// 403 or 404 means. Of the error, [IsNotFound] is true only if the room does not exist.
//
// https://docs.imkit.io: GET /rooms/{id}.
func requestRoom[T any](ctx context.Context, a *API, id string, c call, decode func(answer) (T, error)) (T, error) {
	c.args = append([]string{id}, c.args...)
	c.absence = absentByStatus
	value, err := request(ctx, a, c, decode)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind == KindForeign || e.meant() != http.StatusForbidden && e.meant() != http.StatusNotFound {
		return value, err
	}
	exists, second := a.RoomExists(ctx, id)
	switch {
	case second == nil && !exists:
		gone := e.as(KindNotFound)
		gone.confirmed = true
		return value, gone
	case second == nil && c.method == http.MethodGet:
		return value, fmt.Errorf("%w: %w", ErrRoomHidden, e.refused())
	case second == nil:
		return value, e.refused()
	case IsUnsupported(second):
		return value, a.withoutSecond(ctx, id, e)
	case KindOf(second) == KindKeyNotAllowed || KindOf(second) == KindForbidden || KindOf(second) == KindUnauthorized:
		return value, e.refused()
	}
	return value, fmt.Errorf("%w (it is unknown whether the room exists: %w)", e.as(KindOther), second)
}

// refused is an error about something else than the room, which exists.
func (e *Error) refused() *Error {
	if e.Kind == KindNotFound {
		return e.as(KindRefused)
	}
	return e
}

// withoutSecond says what a 403 or 404 means where the server cannot tell whether the
// room exists.
func (a *API) withoutSecond(ctx context.Context, id string, e *Error) error {
	switch {
	case e.meant() == http.StatusForbidden && a.server.acceptsKey.Load():
		return fmt.Errorf("%w: %w", ErrRoomUnclear, e.as(KindForbidden))
	case e.Kind != KindNotFound:
		return e
	case e.Path == pathRoom:
		return fmt.Errorf("%w (%w)", e, ErrUnconfirmed)
	}
	if _, err := a.readRoom(ctx, id); IsNotFound(err) { // it may have been about a member
		return fmt.Errorf("%w (%w)", e, ErrUnconfirmed)
	}
	return e.refused()
}

// RoomExists asks whether there is a room with this id, also where the server does not
// show it. Not every server has this call: then [IsUnsupported] is true of the error.
//
// https://docs.imkit.io: GET /rooms/{id}/exists.
func (a *API) RoomExists(ctx context.Context, id string) (bool, error) {
	if err := CheckRoomID(id); err != nil {
		return false, err
	}
	if a.server.lacksExists.Load() {
		return false, &Error{Method: http.MethodGet, Path: pathExists, Kind: KindNoRoute, Message: "the server does not have this call"}
	}
	exists, err := request(ctx, a, call{method: http.MethodGet, path: pathExists, args: []string{id}}, func(reply answer) (bool, error) {
		o, err := reply.object()
		if err != nil {
			return false, err
		}
		exists := fieldOf[bool](o, "exists")
		if exists.Value == nil {
			return false, errors.New("it does not say whether the room exists")
		}
		return *exists.Value, nil
	})
	e, ok := errors.AsType[*Error](err)
	if ok && e.Kind == KindNoRoute {
		a.server.lacksExists.Store(true)
	}
	if ok && e.meant() == http.StatusNotFound && e.Kind != KindForeign { // a room that is not there is no error of this call
		err = e.as(KindNoRoute)
	}
	return exists, err
}

// CreateRoom makes a group room, with up to [MaxMembers] members; announce has the
// server write in the room that they joined. It sends what the call takes: see
// [RoomSettings.Split].
//
// No page says what a server makes of a second create of the same id, so look first. After
// an answer that was lost, a room that is there now is the one that was asked for, with the
// failure as recovered; only where there is none it is created once more. Members and an
// owner that do not exist are a [*MembersError]. An id that the server keeps in another
// form is an [*OtherIDError].
//
// https://docs.imkit.io: POST /rooms/.
func (a *API) CreateRoom(ctx context.Context, id string, s RoomSettings, members []string, announce bool) (room *Room, recovered, err error) {
	if err := CheckRoomID(id); err != nil {
		return nil, nil, err
	}
	people := append(s.people(), members...)
	if err := checkIDs("member's id", people); err != nil {
		return nil, nil, err
	}
	if len(members) > MaxMembers {
		return nil, nil, fmt.Errorf("a room is created with at most %d members; the others are added later", MaxMembers)
	}
	body := s.atOnce()
	body[fieldID], body[fieldRoomType], body[fieldAnnounce] = id, "group", announce
	setList(body, fieldMembers, &members)
	return createOnce(func() (*Room, error) {
		room, err := request(ctx, a, call{
			method: http.MethodPost, path: pathRooms, body: body, hide: s.hide(), nonIdempotent: true,
		}, decodeAbout("room", id, decodeRoom))
		return room, a.nameUnknown(ctx, people, err, a.UnknownMembers)
	}, func() (*Room, error) {
		room, err := a.GetRoom(ctx, id)
		if errors.Is(err, ErrRoomHidden) {
			return &Room{ID: id}, nil
		}
		return room, err
	})
}

// UpdateRoom changes the given settings of a room and returns it as the server then
// reports it. Where nothing is given, it reads the room. An owner and managers that do not
// exist are a [*MembersError].
//
// https://docs.imkit.io: PUT /rooms/{id}.
func (a *API) UpdateRoom(ctx context.Context, id string, s RoomSettings) (room *Room, recovered, err error) {
	if err := CheckRoomID(id); err != nil {
		return nil, nil, err
	}
	if err := checkIDs("client id", s.people()); err != nil {
		return nil, nil, err
	}
	body := s.all()
	if len(body) == 0 {
		room, err = a.GetRoom(ctx, id)
		return room, nil, err
	}
	c := call{method: http.MethodPut, path: pathRoom, body: body, hide: s.hide()}
	room, err = changeRoom(ctx, a, id, c, decodeAbout("room", id, decodeRoom))
	err = a.nameUnknown(ctx, s.people(), err, a.unknownClients)
	recovered, err = settleLost(err, func() bool {
		found, failure := a.GetRoom(ctx, id)
		if errors.Is(failure, ErrRoomHidden) { // as frozen ones are
			found, failure = &Room{ID: id, Frozen: reported(true)}, nil
		}
		if failure != nil || !s.areStored(found) {
			return false
		}
		room = found
		return true
	})
	return room, recovered, err
}

// changeRoom is requestRoom for a change, of which there is one at a time.
func changeRoom[T any](ctx context.Context, a *API, id string, c call, decode func(answer) (T, error)) (T, error) {
	unlock, err := a.roomLocks.Lock(ctx, id)
	if err != nil {
		var none T
		return none, neverSent(c.method, c.path, err)
	}
	defer unlock()
	return requestRoom(ctx, a, id, c, decode)
}

// DeleteRoom deletes a room and every message in it, for ever. That there is no such
// room is success, and so is that there is none after an answer that was lost; recovered
// is the failure then.
//
// https://docs.imkit.io: DELETE /rooms/{id}.
func (a *API) DeleteRoom(ctx context.Context, id string) (recovered, err error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	_, err = changeRoom(ctx, a, id, call{method: http.MethodDelete, path: pathRoom}, success)
	if IsNotFound(err) {
		return nil, nil
	}
	return settleLost(err, func() bool {
		_, err := a.GetRoom(ctx, id)
		return IsNotFound(err)
	})
}
