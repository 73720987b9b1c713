package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// What the calls that freeze and thaw a room send.
const (
	freezes = `"status":0`
	thaws   = `"status":1`
)

// roomRows are the operations of imkit_room.
func roomRows() []row {
	lobby := func(name string, more map[string]any) map[string]any {
		config := map[string]any{"id": "lobby", "name": name, "open": false, "member_ids": []any{"ann"}}
		maps.Copy(config, more)
		return config
	}
	adopting := lobby("Lobby", map[string]any{"adopt_existing": true})
	grown := lobby("Lobby", map[string]any{"member_ids": []any{"ann", "bob"}})
	deleting := map[string]any{"on_destroy": "delete"}
	exists := func(c *cell) { c.W.PutRoom("lobby", map[string]any{"name": "Somebody's", "members": []any{"ann"}}) }
	tainted := func(config map[string]any) func(*cell) {
		return func(c *cell) { applied(config)(c); c.State.Tainted = true }
	}
	looked := []string{"RC 9 under 200"} // into by more calls than one
	const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	rows := []row{
		{operation: "create room", call: "look", method: get, route: acctest.RouteExists, prepare: none, work: applying(lobby("Lobby", nil))},
		{operation: "create room", call: "create", method: post, route: acctest.RouteRooms, earlier: 1, attempts: madeOnceMore, foundOut: true, prepare: none, work: applying(lobby("Lobby", nil))},
		{operation: "create room", call: "every call", outage: true, earlier: 1, attempts: madeAndLookedFor, skips: looked, foundOut: true, tainted: "Room is kept in state as tainted", prepare: none, work: applying(map[string]any{"id": "lobby", "name": "Lobby"})},
		{operation: "create room without an id", call: "every call", outage: true, attempts: madeAndLookedFor, skips: looked, foundOut: true, object: `room "`, prepare: none, work: applying(map[string]any{"name": "Lobby"})},
		{operation: "create room", call: "set", method: put, route: acctest.RouteRoom, earlier: 2, foundOut: true, prepare: none, work: applying(lobby("Lobby", nil))},
		{operation: "create room", call: "read", method: get, route: acctest.RouteRoom, earlier: 2, unneeded: true, prepare: none, work: applying(map[string]any{"id": "lobby", "name": "Lobby"})},
		{operation: "create room, to be deleted", call: "set", method: put, route: acctest.RouteRoom, earlier: 2, foundOut: true, prepare: none, work: applying(lobby("Lobby", deleting))},
		{operation: "create room without an id", call: "create", method: post, route: acctest.RouteRooms, attempts: madeOnceMore, foundOut: true, object: `room "`, prepare: none, work: applying(map[string]any{"name": "Lobby"})},
		{operation: "create room, adopting", call: "look", method: get, route: acctest.RouteExists, prepare: exists, work: applying(adopting)},
		{operation: "create room, adopting", call: "read", method: get, route: acctest.RouteRoom, earlier: 1, prepare: exists, work: applying(adopting)},
		{operation: "create room, adopting", call: "set", method: put, route: acctest.RouteRoom, earlier: 2, foundOut: true, prepare: exists, work: applying(adopting)},
		{operation: "read room", call: "read", method: get, route: acctest.RouteRoom, prepare: applied(lobby("Lobby", nil)), work: planning(lobby("Lobby", nil))},
		{operation: "update room", call: "set", method: put, route: acctest.RouteRoom, foundOut: true, prepare: applied(lobby("Lobby", nil)), work: applying(lobby("Hall", nil))},
		{operation: "update room", call: "every call", outage: true, foundOut: true, prepare: applied(lobby("Lobby", nil)), work: applying(lobby("Hall", nil))},
		{operation: "update room", call: "join", method: post, route: acctest.RouteJoin, foundOut: true, prepare: applied(lobby("Lobby", nil)), work: applying(grown)},
		{operation: "update room", call: "leave", method: post, route: acctest.RouteLeave, foundOut: true, prepare: applied(grown), work: applying(lobby("Lobby", nil))},
		{operation: "replace room", call: "freeze", method: put, route: acctest.RouteRoom, sends: freezes, foundOut: true, prepare: tainted(lobby("Lobby", nil)), work: applying(lobby("Hall", nil))},
		{operation: "replace room", call: "read", method: get, route: acctest.RouteRoom, earlier: 2, prepare: tainted(lobby("Lobby", nil)), work: applying(lobby("Hall", nil))},
		{operation: "replace room", call: "thaw", method: put, route: acctest.RouteRoom, sends: thaws, earlier: 3, foundOut: true, prepare: tainted(lobby("Lobby", nil)), work: applying(lobby("Hall", nil))},
		{operation: "destroy room", call: "freeze", method: put, route: acctest.RouteRoom, foundOut: true, prepare: applied(lobby("Lobby", nil)), work: applying(nil)},
		{operation: "destroy room", call: "delete", method: remove, route: acctest.RouteRoom, foundOut: true, silent: true, prepare: applied(lobby("Lobby", deleting)), work: applying(nil)},
	}
	for i := range rows {
		r := &rows[i]
		if r.object == "" {
			r.object = `room "lobby"`
		}
		if r.route == acctest.RouteExists || r.method == remove {
			r.skips = []string{"another client's object"} // the reply does not say what it is about
		}
		prepare := r.prepare
		r.prepare = func(c *cell) {
			c.TypeName = "imkit_room"
			c.W.People("ann", "bob")
			prepare(c)
		}
		r.check = checkRoom
	}
	return rows
}

// checkRoom compares a room in state with the one on the server.
func checkRoom(c *cell, failed bool) {
	c.T.Helper()
	if n := c.W.RepeatedRoomCreates(); n > 0 {
		c.T.Errorf("%d creates of a room that was there", n)
	}
	if failed && c.mayDiffer() {
		return
	}
	ids := c.W.RoomIDs()
	if c.State == nil {
		checkNoRoom(c, ids)
		return
	}
	id := c.Text(c.State.Value, "id")
	room, there := c.W.Room(id)
	switch {
	case !there && (c.State.Tainted && !c.fault.definite || c.row.call == "delete" && failed):
		return // it may be on the server, and the next refresh tells
	case !there:
		c.T.Fatal("the room is in state, and not on the server")
	case len(slices.DeleteFunc(ids, func(other string) bool { return other == id })) > 0 && c.row.object == `room "lobby"`:
		c.T.Errorf("there are more rooms: %q", ids)
	case c.State.Tainted && c.Text(c.State.Value, "on_destroy") == "delete":
		c.T.Error("a room that is half made would be deleted")
	}
	if c.State.Tainted && (slices.Contains([]string{"freeze", "read", "create"}, c.row.call) || c.fault.name == rateLimit) {
		return // it is as it was, or unknown
	}
	want := fmt.Sprintf("%v %v", room.Fields["name"], strings.Join(room.Members, " "))
	var members []string
	for part := range strings.SplitSeq(c.Attributes(c.State.Value)["member_ids"].String(), `"`) {
		if part == "ann" || part == "bob" {
			members = append(members, part)
		}
	}
	if diff := cmp.Diff(want, c.Text(c.State.Value, "name")+" "+strings.Join(members, " ")); diff != "" {
		c.T.Errorf("the room (-server +state):\n%s", diff)
	}
	if frozen := room.Fields["status"] == acctest.Number("0"); frozen && !failed {
		c.T.Error("the room is frozen")
	}
}

// checkNoRoom checks what is on the server of a room that is not in state.
func checkNoRoom(c *cell, ids []string) {
	c.T.Helper()
	for _, id := range ids {
		room, _ := c.W.Room(id)
		switch {
		case c.row.operation == "destroy room":
			if c.row.call == "delete" || room.Fields["status"] != acctest.Number("0") {
				c.T.Errorf("the room is destroyed, and on the server: %v", room.Fields)
			}
		case c.row.operation != "create room, adopting":
			c.T.Error("the room is on the server, and not in state")
		}
	}
}
