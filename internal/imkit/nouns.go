package imkit

import (
	"context"
	"sync/atomic"
)

// nouns is what the calls about rooms, groups and the configuration share.
type nouns struct {
	// administrator is set once an administrator's call succeeded.
	administrator atomic.Bool
	// rooms and clients let one change at a time happen to each room and to what
	// each client has muted: nothing says that two do not get in each other's way.
	rooms, clients turns
	joins          gatherer[joining]
}

// init prepares what needs the API.
func (n *nouns) init(a *API) {
	n.joins.most = MaxMembers
	n.joins.turn = func(ctx context.Context, j joining) (func(), error) { return n.rooms.take(ctx, j.room) }
	n.joins.call = a.joinAll
}

// inTurn does something to a room, of which c is the call, when nobody else does.
func (n *nouns) inTurn(ctx context.Context, room string, c call, do func() error) error {
	return inTurnOf(ctx, &n.rooms, room, c, do)
}

func inTurnOf(ctx context.Context, t *turns, name string, c call, do func() error) error {
	done, err := t.take(ctx, name)
	if err != nil {
		return notAwaited(c.method, c.path, err)
	}
	defer done()
	return do()
}
