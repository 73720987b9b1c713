package imkit

import (
	"context"
	"errors"
	"net/http"
	"regexp"
)

const pathMute = "/admin/clients/{client}/mute/{room}"

// MuteRoom turns push notifications of a room to a client off. That they are off already
// is success. Where the client or the room does not exist, [IsNotFound] is true of the
// error.
//
// https://docs.imkit.io: POST /admin/clients/{client}/mute/{room}.
func (a *API) MuteRoom(ctx context.Context, client, room string) (recovered, err error) {
	return a.mute(ctx, http.MethodPost, client, room)
}

// UnmuteRoom turns push notifications of a room to a client on, as [API.MuteRoom] turns
// them off.
//
// https://docs.imkit.io: DELETE /admin/clients/{client}/mute/{room}.
func (a *API) UnmuteRoom(ctx context.Context, client, room string) (recovered, err error) {
	recovered, err = a.mute(ctx, http.MethodDelete, client, room)
	if e, ok := errors.AsType[*Error](err); ok && e.saysNotMuted() {
		return nil, nil
	}
	return recovered, err
}

// notMuted tells it from what else a server may object to without a code.
var notMuted = regexp.MustCompile(`(?i)\bnot\b.*\bmute`)

// saysNotMuted reports whether the server refused because there is nothing to turn back
// on: by its code or, where it names none, by RC 400 with a message to that effect.
func (e *Error) saysNotMuted() bool {
	return e.Code == codeRoomNotMuted || e.Code == "" && e.RC == http.StatusBadRequest && notMuted.MatchString(e.Message)
}

func (a *API) mute(ctx context.Context, method, client, room string) (recovered, err error) {
	if err := checkPair(room, client); err != nil {
		return nil, err
	}
	unlock, err := a.muteLocks.Lock(ctx, client)
	if err != nil {
		return nil, neverSent(method, pathMute, err)
	}
	defer unlock()
	_, err = request(ctx, a, call{method: method, path: pathMute, args: []string{client, room}, absence: absentByStatus}, success)
	return settleLost(err, func() bool {
		now, err := a.FindClient(ctx, client)
		if err != nil {
			return false
		}
		muted := now.Muted(room)
		return muted.Value != nil && *muted.Value == (method == http.MethodPost)
	})
}
