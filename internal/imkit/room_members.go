package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

const (
	pathMembers       = "/rooms/{id}/members"
	pathDeleteMembers = "/rooms/{id}/delete/members"
)

// AddMembers adds clients and groups to a room, [MaxMembers] in one call; announce
// has the server write in the room that they joined. Who is in it already stays, and
// after an error those of the calls before are in. It checks that they are members
// then. Of those that are not, or do not exist, the error is a [*MembersError]; where
// there is no such room, [IsNotFound] is true; where that cannot be checked,
// [OutcomeUnknown] and, if no reply shows members, [IsMembersHidden].
//
// https://docs.imkit.io: POST /rooms/{id}/members.
func (a *API) AddMembers(ctx context.Context, room string, ids []string, announce bool) error {
	return a.changeMembers(ctx, room, ids, pathMembers, func(ids []string) error {
		_, err := a.addMembers(ctx, room, ids, announce)
		return a.nameUnknown(ctx, ids, err, a.UnknownMembers)
	})
}

// RemoveMembers removes clients and groups from a room, [MaxMembers] in one call.
// Who is not in it is removed already, and after an error those of the calls before
// are. Of those that stay, the error is a
// [*MembersError]; where there is no such room, [IsNotFound] is true.
//
// https://docs.imkit.io: POST /rooms/{id}/delete/members.
func (a *API) RemoveMembers(ctx context.Context, room string, ids []string, announce bool) error {
	return a.changeMembers(ctx, room, ids, pathDeleteMembers, func(ids []string) error {
		return a.removeMembers(ctx, room, ids, announce)
	})
}

// changeMembers makes as many calls as it takes, each in the room's turn.
func (a *API) changeMembers(ctx context.Context, room string, ids []string, path string, change func([]string) error) error {
	if err := CheckRoomID(room); err != nil {
		return err
	}
	if err := checkIDs("member's id", ids); err != nil {
		return err
	}
	for some := range slices.Chunk(asSet(ids), MaxMembers) {
		err := alone(ctx, &a.nouns.rooms, room, call{method: http.MethodPost, path: path}, func() error { return change(some) })
		if err != nil {
			return err
		}
	}
	return nil
}

// addMembers makes one call, and returns the room as it is shown then; nil: it is
// not. The caller has the room's turn.
func (a *API) addMembers(ctx context.Context, room string, ids []string, announce bool) (*Room, error) {
	after, err := a.postMembers(ctx, call{
		path: pathMembers,
		id:   room,
		body: map[string]any{"invitees": ids, fieldAnnounce: announce, "invitationRequired": false},
	})
	if err != nil {
		return nil, err
	}
	unseen := &Error{Method: http.MethodPost, Path: pathMembers, Message: "it reported success"}
	if !after.listsMembers() {
		doubtful := &Error{Method: unseen.Method, Path: unseen.Path, Message: unseen.Message, unknown: true}
		if after, err = a.readRoom(ctx, room); err != nil {
			return nil, fmt.Errorf("%w, but whether they joined could not be found out: %w", doubtful, err)
		}
		if !after.listsMembers() {
			return nil, &explained{membersHidden, "the server does not show who is in the room", doubtful}
		}
	}
	_, absent := after.split(ids)
	if len(absent) == 0 {
		return after, nil
	}
	if unknown, err := a.UnknownMembers(ctx, absent); err == nil && len(unknown) > 0 {
		return after, &MembersError{Problem: MemberUnknown, IDs: unknown, err: unseen}
	}
	return after, &MembersError{Problem: MemberInvited, IDs: absent, err: unseen}
}

// removeMembers makes one call, and another where the server refuses because some
// are not in the room. The caller has the room's turn.
func (a *API) removeMembers(ctx context.Context, room string, ids []string, announce bool) error {
	after, failure := a.postMembers(ctx, call{
		path: pathDeleteMembers,
		id:   room,
		body: map[string]any{fieldMembers: ids, fieldAnnounce: announce},
	})
	if failure == nil {
		if stay, _ := after.split(ids); len(stay) == 0 {
			return nil
		}
	} else if !isObjection(failure) {
		return failure
	}
	after, err := a.readRoom(ctx, room)
	switch {
	case IsNotFound(err):
		return err
	case failure != nil && (err != nil || !after.listsMembers()):
		return failure
	case err != nil:
		return err
	}
	switch stay, _ := after.split(ids); {
	case len(stay) == 0:
		return nil
	case failure != nil && len(stay) < len(ids):
		return a.removeMembers(ctx, room, stay, announce)
	case failure != nil:
		return failure
	default:
		return &MembersError{
			Problem: MemberStays, IDs: stay,
			err: &Error{Method: http.MethodPost, Path: pathDeleteMembers, Message: "it reported success"},
		}
	}
}

// postMembers makes a call that replies with the room.
func (a *API) postMembers(ctx context.Context, c call) (*Room, error) {
	var room *Room
	c.method = http.MethodPost
	c.decode = func(reply answer) error {
		var err error
		room, err = decodeRoomOf(reply, c.id)
		return err
	}
	if err := a.callRoom(ctx, c, false); err != nil {
		return nil, err
	}
	return room, nil
}

// listsMembers reports whether a reply shows who is in the room.
func (r *Room) listsMembers() bool { return r.Members.Value != nil }

// split divides ids into those that are in the room and those that are not.
func (r *Room) split(ids []string) (in, out []string) {
	has := map[string]bool{}
	if r.listsMembers() {
		for _, m := range *r.Members.Value {
			has[m.ID] = true
		}
	}
	for _, id := range ids {
		if has[id] {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// joining is what joins and leaves have in common that can go out together.
type joining struct {
	room            string
	leave, announce bool
}

// JoinRoom is [API.AddMembers] for one member, and returns the member's role as far
// as the replies show it: that of whoever was in the room before is kept. Joins of
// one room at the same moment go out together, and one that fails does not keep the
// others from succeeding. One that nobody waits for any longer is not sent; once it
// is, its caller gets to know what became of it, as long as a call gives it time.
//
// https://docs.imkit.io: POST /rooms/{id}/members.
func (a *API) JoinRoom(ctx context.Context, room, id string, announce bool) (Field[string], error) {
	return a.gather(ctx, joining{room: room, announce: announce}, id, pathMembers)
}

// LeaveRoom is [API.RemoveMembers] for one member, gathered as [API.JoinRoom] is.
//
// https://docs.imkit.io: POST /rooms/{id}/delete/members.
func (a *API) LeaveRoom(ctx context.Context, room, id string, announce bool) error {
	_, err := a.gather(ctx, joining{room: room, leave: true, announce: announce}, id, pathDeleteMembers)
	return err
}

func (a *API) gather(ctx context.Context, j joining, id, path string) (Field[string], error) {
	if err := CheckRoomID(j.room); err != nil {
		return Field[string]{}, err
	}
	if err := checkID("member's id", id); err != nil {
		return Field[string]{}, err
	}
	role, err := a.nouns.joins.do(ctx, j, id)
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		err = neverSent(http.MethodPost, path, err)
	}
	return role, err
}

// joinAll makes the calls for those who join or leave together. The caller has the
// room's turn. It returns the roles of those who joined and the errors, by id.
func (a *API) joinAll(ctx context.Context, j joining, ids []string) (roles map[string]Field[string], errs map[string]error) {
	roles, errs = map[string]Field[string]{}, map[string]error{}
	change := func(ids []string) error {
		after, err := a.addMembers(ctx, j.room, ids, j.announce)
		for _, id := range ids {
			if after != nil {
				roles[id] = after.Role(id)
			}
		}
		return err
	}
	if j.leave {
		change = func(ids []string) error { return a.removeMembers(ctx, j.room, ids, j.announce) }
	}
	failed := divide(1, ids, func(ids []string) error {
		err := change(ids)
		some, ok := errors.AsType[*MembersError](err)
		if !ok {
			return err
		}
		for _, id := range some.IDs { // the others are in, or out
			errs[id] = &MembersError{Problem: some.Problem, IDs: []string{id}, err: some.err}
		}
		return nil
	}, memberPatience)
	for _, part := range failed {
		for _, id := range part.items {
			errs[id] = part.err
		}
	}
	if !j.leave {
		a.nameFailed(ctx, errs)
	}
	return roles, errs
}

// memberPatience has patience with what the server may object to in one of many.
func memberPatience(err error) int {
	if isObjection(err) {
		return refusalPatience
	}
	return 0
}

// nameFailed finds out which of those that the server objected to do not exist.
func (a *API) nameFailed(ctx context.Context, errs map[string]error) {
	var ids []string
	for id, err := range errs {
		if _, named := errors.AsType[*MembersError](err); !named && isObjection(err) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	unknown, err := a.UnknownMembers(ctx, ids)
	if err != nil {
		return // the errors stay as they are
	}
	for _, id := range unknown {
		errs[id] = &MembersError{Problem: MemberUnknown, IDs: []string{id}, err: errs[id]}
	}
}
