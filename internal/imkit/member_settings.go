package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
)

const (
	pathMember = "/rooms/{id}/member/{client}"
	pathMute   = "/admin/clients/{client}/mute/{room}"
)

// SetMemberProperty sets a property of a member of a room: its role ([RoleAdmin] or
// [RoleMember]; a promotion is always announced in the room), or one of the
// application's own, with any value that JSON has. Properties stay when the member
// leaves. The reply is not used: properties come back when the room is read.
// Where there is no such room, [IsNotFound] is true of the error; where the client
// is not in it, [IsNotMember].
//
// https://docs.imkit.io: PUT /rooms/{id}/member/{client}.
func (a *API) SetMemberProperty(ctx context.Context, room, client, property string, value any) error {
	if err := checkPair(room, client); err != nil {
		return err
	}
	if property == "" || property != propertyRole && ReservedProperty(property) {
		return fmt.Errorf("%q is not a property of the application's: the name is reserved", property)
	}
	err := a.changeRoom(ctx, call{
		method: http.MethodPut,
		path:   pathMember,
		id:     room,
		other:  client,
		body:   map[string]any{"property": property, "value": value},
		decode: func(answer) error { return nil },
	})
	if !isObjection(err) {
		return err
	}
	now, failure := a.readRoom(ctx, room)
	if failure != nil || !now.listsMembers() {
		return err
	}
	if _, in := now.Member(client); in {
		return err
	}
	return &MembersError{Problem: MemberAbsent, IDs: []string{client}, err: err}
}

// changeRoom is callRoom for what changes the room c.id: one change at a time.
func (a *API) changeRoom(ctx context.Context, c call) error {
	return alone(ctx, &a.nouns.rooms, c.id, c, func() error { return a.callRoom(ctx, c, false) })
}

// MuteRoom turns push notifications of a room to a client off. That they are off
// already is success. Where the client or the room does not exist, [IsNotFound] is
// true of the error.
//
// https://docs.imkit.io: POST /admin/clients/{client}/mute/{room}.
func (a *API) MuteRoom(ctx context.Context, client, room string) error {
	return a.mute(ctx, http.MethodPost, client, room)
}

// UnmuteRoom turns push notifications of a room to a client on. That they are on
// already is success. Where the client or the room does not exist, [IsNotFound] is
// true of the error.
//
// https://docs.imkit.io: DELETE /admin/clients/{client}/mute/{room}.
func (a *API) UnmuteRoom(ctx context.Context, client, room string) error {
	err := a.mute(ctx, http.MethodDelete, client, room)
	if e, ok := errors.AsType[*Error](err); ok && e.saysNotMuted() {
		return nil
	}
	return err
}

// notMuted tells it from what else a server may object to without a code.
var notMuted = regexp.MustCompile(`(?i)\bnot\b.*\bmute`)

// saysNotMuted reports whether the server refused because there is nothing to turn
// back on: by its code or, where it names none, by RC 400 with a message to that
// effect.
func (e *Error) saysNotMuted() bool {
	return e.Code == CodeRoomNotMuted || e.Code == "" && e.RC == http.StatusBadRequest && notMuted.MatchString(e.Message)
}

func (a *API) mute(ctx context.Context, method, client, room string) error {
	if err := checkPair(room, client); err != nil {
		return err
	}
	c := call{method: method, path: pathMute, id: client, other: room, decode: func(answer) error { return nil }}
	err := alone(ctx, &a.nouns.clients, client, c, func() error { return a.do(ctx, c) })
	if e, ok := errors.AsType[*Error](err); ok && e.saysGone() {
		return e.gone()
	}
	return err
}

// Muted reports whether a client gets no push notifications of a room, if the
// reply said so.
func (c *Client) Muted(room string) Field[bool] {
	rooms, ok := c.Server["mute"].([]any)
	if !ok {
		return Field[bool]{}
	}
	muted := slices.ContainsFunc(rooms, func(v any) bool {
		id, err := idOf(v)
		return err == nil && id == room
	})
	return Field[bool]{Reported: true, Value: &muted}
}

// checkPair checks the ids of a call that has two of them in its path.
func checkPair(room, client string) error {
	if err := CheckRoomID(room); err != nil {
		return err
	}
	if err := CheckID(client); err != nil {
		return err
	}
	if queryLength(room)+queryLength(client) > maxQuery {
		return fmt.Errorf("the ids of the room and the client are too long together: a URL has room for %d bytes of them, encoded", maxQuery)
	}
	return nil
}
