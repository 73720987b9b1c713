package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

const (
	pathRooms = "/rooms/"
	pathRoom  = "/rooms/{id}"
)

// MaxMembers is the greatest number of members that one call adds to a room or
// removes from it.
const MaxMembers = 100

// Room returns a room. When there is none, [IsNotFound] is true of the error.
// A server may hide rooms, frozen ones above all, and then answer as for one that
// does not exist: [IsRoomHidden]. So frozen says whether the room was frozen when
// it was last seen; absence is then only concluded from [API.RoomExists].
//
// Calls for one room at the same moment are one request, as with [API.LookUpClient].
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) Room(ctx context.Context, id string, frozen bool) (*Room, error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	key := notFrozen
	if frozen {
		key = maybeFrozen
	}
	return a.room(id).read(ctx, key)
}

// FindRoom is [API.Room] for a room of which nobody knows whether it was frozen,
// because only its members were seen. Its absence is concluded from
// [API.RoomExists] too, but where the server has no such call, it is believed.
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) FindRoom(ctx context.Context, id string) (*Room, error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	return a.room(id).read(ctx, neverSeen)
}

// doubt has a second opinion on whether a room is gone. Where nobody has one, it
// may be believed.
func (a *API) doubt(ctx context.Context, id string, err error, believe bool) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !IsNotFound(err) {
		return err
	}
	exists, second := a.RoomExists(ctx, id)
	if believe && IsUnsupported(second) {
		return err
	}
	return a.verdict(ctx, id, e, exists, second)
}

// readRoom reads a room for this caller alone.
func (a *API) readRoom(ctx context.Context, id string) (*Room, error) {
	var room *Room
	err := a.callRoom(ctx, call{
		method: http.MethodGet,
		path:   pathRoom,
		id:     id,
		decode: func(reply answer) error {
			var err error
			room, err = decodeRoomOf(reply, id)
			return err
		},
	}, true)
	if err != nil {
		return nil, err
	}
	return room, nil
}

// CreateRoom makes a group room, with up to [MaxMembers] members; announce has
// the server write in the room that they joined. It sends what the call takes:
// see [RoomSettings.Later].
//
// Nobody knows what a server does with a second create of the same id, so look
// first, and create only what is not there. After an answer that was lost,
// CreateRoom looks: a room that is there now is the one that was asked for, and
// only where there is none it is created once more. Of an error that is left
// then, [OutcomeUnknown] says whether there may be a room. Members and an owner
// that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /rooms/.
func (a *API) CreateRoom(ctx context.Context, id string, s RoomSettings, members []string, announce bool) (*Room, error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	if err := checkIDs("member's id", append(s.people(), members...)); err != nil {
		return nil, err
	}
	if len(members) > MaxMembers {
		return nil, fmt.Errorf("a room is created with at most %d members; the others are added later", MaxMembers)
	}
	body := s.atOnce()
	body[fieldID], body[fieldRoomType], body[fieldAnnounce] = id, "group", announce
	setList(body, fieldMembers, &members)
	create := func() (*Room, error) {
		var room *Room
		err := a.do(ctx, call{
			method: http.MethodPost,
			path:   pathRooms,
			body:   body,
			secret: s.secret(),
			once:   true,
			decode: func(reply answer) error {
				var err error
				room, err = decodeRoomOf(reply, id)
				return err
			},
		})
		err = a.notAllowed(ctx, notAbsence(err))
		return room, a.nameUnknown(ctx, append(s.people(), members...), err, a.UnknownMembers)
	}
	return createOnce(create, func() (*Room, error) {
		room, err := a.Room(ctx, id, false)
		if IsRoomHidden(err) {
			return &Room{ID: id}, nil
		}
		return room, err
	})
}

// UpdateRoom changes the given settings of a room and returns it as the server
// then reports it. Where nothing is given, it reads the room. An owner and
// managers that do not exist are a [*MembersError].
//
// https://docs.imkit.io: PUT /rooms/{id}.
func (a *API) UpdateRoom(ctx context.Context, id string, s RoomSettings) (*Room, error) {
	if err := CheckRoomID(id); err != nil {
		return nil, err
	}
	if err := checkIDs("client id", s.people()); err != nil {
		return nil, err
	}
	body := s.all()
	if len(body) == 0 {
		return a.Room(ctx, id, false)
	}
	var room *Room
	err := a.changeRoom(ctx, call{
		method: http.MethodPut,
		path:   pathRoom,
		id:     id,
		body:   body,
		secret: s.secret(),
		decode: func(reply answer) error {
			var err error
			room, err = decodeRoomOf(reply, id)
			return err
		},
	})
	if err != nil {
		return nil, a.nameUnknown(ctx, s.people(), err, a.unknownClients)
	}
	return room, nil
}

// DeleteRoom deletes a room and every message in it, for ever. That there is no
// such room is success.
//
// https://docs.imkit.io: DELETE /rooms/{id}.
func (a *API) DeleteRoom(ctx context.Context, id string) error {
	if err := CheckRoomID(id); err != nil {
		return err
	}
	err := a.changeRoom(ctx, call{
		method: http.MethodDelete,
		path:   pathRoom,
		id:     id,
		decode: decodeDeleted,
	})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// decodeDeleted checks a reply like {"n":1,"ok":1}; n is 0 when there was no
// room.
func decodeDeleted(reply answer) error {
	if reply.enveloped && reply.result == nil {
		return nil
	}
	o, err := reply.object()
	if err != nil {
		return err
	}
	if n, reported := o["n"]; reported {
		if _, err := integer(n); err != nil {
			return fmt.Errorf("n %w", err)
		}
	}
	return nil
}
