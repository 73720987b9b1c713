package imkit

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// nouns is what the calls about rooms, groups and the configuration share.
type nouns struct {
	// administrator is set once an administrator's call succeeded.
	administrator atomic.Bool
	// rooms and clients let one change at a time happen to each room and to what
	// each client has muted: nothing says that two do not get in each other's way.
	rooms, clients turns
	joins          gatherer[joining, Field[string]] // the roles of who joined
	// groups merges reads of all groups, and a merger of roomReads those of one
	// room.
	groups    *merger[[]*Group]
	mu        sync.Mutex
	roomReads map[string]*merger[*Room] // guarded by mu
	// config is what was written, one write at a time.
	config       configMemory
	configTurn   turns
	configWriter configWriter // guarded by the turn
	configReads  *merger[shownConfig]
}

// init prepares what needs the API.
func (n *nouns) init(a *API) {
	n.joins.most = MaxMembers
	n.joins.turn = func(ctx context.Context, j joining) (func(), error) { return n.rooms.take(ctx, j.room) }
	n.joins.call = a.joinAll
	n.groups = newMerger(a, source[[]*Group]{
		path: pathGroups, most: 1, clone: cloneGroups,
		fetch: single(func(ctx context.Context, _ string) ([]*Group, error) { return a.listAllGroups(ctx) }),
	})
	n.configReads = newMerger(a, source[shownConfig]{
		path: pathConfig, most: 1, clone: shownConfig.clone,
		fetch: single(func(ctx context.Context, _ string) (shownConfig, error) { return a.showConfig(ctx) }),
	})
	n.roomReads = map[string]*merger[*Room]{}
}

// single is how a merger fetches one thing only.
func single[V any](read func(ctx context.Context, key string) (V, error)) func(context.Context, []string) (map[string]V, map[string]bool, error) {
	return func(ctx context.Context, keys []string) (map[string]V, map[string]bool, error) {
		value, err := read(ctx, keys[0])
		return map[string]V{keys[0]: value}, nil, err
	}
}

func cloneGroups(groups []*Group) []*Group {
	own := slices.Clone(groups)
	for i, g := range own {
		own[i] = g.clone()
	}
	return own
}

// Keys of reads of one room, by what is known of it. Two doubt that it is gone:
// maybeFrozen always, neverSeen where the server gives a second opinion.
const (
	notFrozen   = "not frozen"
	maybeFrozen = "maybe frozen"
	neverSeen   = "never seen"
)

// room returns what merges the reads of a room.
func (a *API) room(id string) *merger[*Room] {
	a.nouns.mu.Lock()
	defer a.nouns.mu.Unlock()
	m := a.nouns.roomReads[id]
	if m == nil {
		read := func(ctx context.Context, key string) (*Room, error) {
			room, err := a.readRoom(ctx, id)
			if key != notFrozen {
				err = a.doubt(ctx, id, err, key == neverSeen)
			}
			return room, err
		}
		m = newMerger(a, source[*Room]{path: pathRoom, most: 1, fetch: single(read), clone: (*Room).clone})
		a.nouns.roomReads[id] = m
	}
	return m
}

// alone does something, of which c is the call, to what has this name, when nobody
// else does.
func alone(ctx context.Context, t *turns, name string, c call, do func() error) error {
	done, err := t.take(ctx, name)
	if err != nil {
		return neverSent(c.method, c.path, err)
	}
	defer done()
	return do()
}
