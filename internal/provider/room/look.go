package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// errNoRoom says that there is no room where one was looked for.
var errNoRoom = errors.New("there is no such room")

// find looks for a room before it is created. A server may answer for one that it
// does not show, a frozen one above all, as for one that is not there; so the call
// that tells of both is asked first.
func (r *roomResource) find(ctx context.Context, id string) (*imkit.Room, error) {
	exists, err := r.Session.API.RoomExists(ctx, id)
	switch {
	case err == nil && !exists:
		return nil, errNoRoom
	case err != nil && !cannotTell(err):
		return nil, err
	}
	room, err := r.Session.API.GetRoom(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		return nil, errNoRoom
	case errors.Is(err, imkit.ErrRoomHidden):
		return hiddenRoom(id), nil
	}
	return room, err
}

// see reads a room that ought to be there; frozen says that it was frozen when it
// was last seen. What the server does not show of one that exists is not known.
// When there is none, [imkit.IsNotFound] is true of the error.
func see(ctx context.Context, api *imkit.API, id string, frozen bool) (room *imkit.Room, isHidden bool, err error) {
	room, err = api.GetRoom(ctx, id)
	switch {
	case errors.Is(err, imkit.ErrRoomHidden):
		return hiddenRoom(id), true, nil
	case frozen && imkit.IsNotFound(err) && errors.Is(err, imkit.ErrUnconfirmed):
		return nil, false, fmt.Errorf("%w, or it is frozen and not shown: %w", imkit.ErrRoomUnclear, errors.New(err.Error()))
	}
	return room, false, err
}

// cannotTell reports whether the server does not answer whether a room exists.
func cannotTell(err error) bool {
	switch imkit.KindOf(err) {
	case imkit.KindNoRoute, imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed:
		return true
	default:
		return false
	}
}

// hiddenRoom is what is known of a room that exists and that the server does not
// show, as it does with frozen ones.
func hiddenRoom(id string) *imkit.Room {
	frozen := true
	return &imkit.Room{ID: id, Frozen: imkit.Field[bool]{Reported: true, Value: &frozen}}
}

// isDirect tells whether it is a room of two people.
func isDirect(room *imkit.Room) bool {
	return room != nil && room.Type.Value != nil && *room.Type.Value == "direct"
}
