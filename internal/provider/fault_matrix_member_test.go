package provider_test

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// memberRows are the operations of imkit_room_member.
func memberRows() []row {
	robot := func(more ...any) map[string]any {
		config := map[string]any{"room_id": "lobby", "client_id": "robot"}
		for i := 0; i < len(more); i += 2 {
			config[more[i].(string)] = more[i+1] //nolint:forcetypeassert // a mistake of the test's
		}
		return config
	}
	admin, plain := robot("role", "admin"), robot("role", "member")
	level := func(n int) map[string]any { return robot("properties", map[string]any{"level": n}) }
	muted, unmuted := robot("notifications_muted", true), robot("notifications_muted", false)
	tainted := func(c *cell) {
		applied(level(1))(c)
		c.State.Tainted = true
	}
	// Of these replies nothing is taken but success.
	unread := []string{"wrong types", "another client's object"}
	// What was done already is refused with a status that says so, whatever else
	// the reply is.
	refused := append([]string{"slow trickle", "cut within the reply", "cut-off JSON", "empty body"}, unread...)
	joins := row{call: "join", method: http.MethodPost, route: acctest.RouteJoin, foundOut: true}
	leaves := row{call: "leave", method: http.MethodPost, route: acctest.RouteLeave, foundOut: true}
	sets := row{call: "set property", method: http.MethodPut, route: acctest.RouteProperty, foundOut: true, skips: unread}
	mutes := row{call: "mute", method: http.MethodPost, route: acctest.RouteMute, foundOut: true, skips: unread}
	unmutes := row{call: "unmute", method: http.MethodDelete, route: acctest.RouteMute, foundOut: true, skips: refused}
	reads := row{call: "read room", method: http.MethodGet, route: acctest.RouteRoom}
	looks := row{call: "look-up", method: http.MethodGet, route: acctest.RouteClients}
	// What the server objects to is looked into by more calls than one.
	everything := row{call: "every call", outage: true, foundOut: true, skips: append([]string{"RC 9 under 200"}, unread...)}

	var rows []row
	add := func(r row, operation string, earlier int, prepare func(*cell), work func(*cell, func()) acctest.Said) {
		r.operation, r.earlier, r.prepare, r.work = operation, earlier, prepare, work
		rows = append(rows, r)
	}
	add(reads, "create member", 0, none, applying(level(1)))
	add(joins, "create member", 1, none, applying(level(1)))
	add(sets, "create member", 2, none, applying(level(1)))
	add(sets, "create admin", 2, none, applying(admin))
	add(mutes, "create muted member", 1, none, applying(muted))
	add(everything, "create member", 1, none, applying(plain))
	add(reads, "read member", 0, applied(level(1)), planning(level(1)))
	add(looks, "read muted member", 1, applied(muted), planning(muted))
	add(sets, "update member", 0, applied(level(1)), applying(level(2)))
	add(sets, "promote member", 0, applied(plain), applying(admin))
	add(mutes, "update member", 0, applied(unmuted), applying(muted))
	add(unmutes, "update member", 0, applied(muted), applying(unmuted))
	add(everything, "update member", 0, applied(level(1)), applying(level(2)))
	add(leaves, "replace member", 0, tainted, applying(level(2)))
	add(joins, "replace member", 2, tainted, applying(level(2)))
	add(leaves, "destroy member", 0, applied(level(1)), applying(nil))
	demotes := sets
	demotes.options.Rooms.ShowPlainRole = true
	add(demotes, "destroy admin", 0, applied(admin), applying(nil))
	add(leaves, "destroy admin", 1, applied(admin), applying(nil))
	add(everything, "destroy member", 0, applied(level(1)), applying(nil))
	for i, r := range rows {
		rows[i].object, rows[i].check = `member "robot" of room "lobby"`, checkMember
		rows[i].prepare = func(c *cell) {
			c.TypeName = "imkit_room_member"
			c.W.PutRoom("lobby", nil)
			c.W.PutClient("robot", nil)
			r.prepare(c)
		}
	}
	return rows
}

// checkMember compares a member in state with the one on the server.
func checkMember(c *cell, failed bool) {
	c.T.Helper()
	if failed && c.mayDiffer() {
		return
	}
	room, _ := c.W.Room("lobby")
	isIn, properties := slices.Contains(room.Members, "robot"), room.Properties["robot"]
	if c.State == nil {
		if isIn || c.row.operation == "destroy admin" && properties["role"] != "member" {
			c.T.Errorf("the member is not in state, and in the room is %t, with %v", isIn, properties)
		}
		return
	}
	if !isIn {
		if !c.State.Tainted || c.fault.definite {
			c.T.Error("the member is in state, and not in the room")
		}
		return
	}
	of := c.Attributes(c.State.Value)
	unsettled := failed && c.Text(c.State.Value, "role") == "unknown"
	if role := c.Text(c.State.Value, "role"); role != "" && role != properties["role"] && !unsettled {
		c.T.Errorf("the role is %q in state, and %v on the server", role, properties["role"])
	}
	var fields map[string]tftypes.Value
	if !of["properties"].IsNull() {
		c.NoError(of["properties"].As(&fields))
	}
	if level, stored := fields["level"], properties["level"]; len(fields) > 0 && level.String() != fmt.Sprintf("tftypes.Number<\"%v\">", stored) {
		c.T.Errorf("the level is %s in state, and %v on the server", level, stored)
	}
	if muted := of["notifications_muted"]; !muted.IsNull() {
		client, _ := c.W.Client("robot")
		rooms, _ := client["mute"].([]any)
		if stored := slices.Contains(rooms, any("lobby")); muted.String() != fmt.Sprintf("tftypes.Bool<\"%t\">", stored) {
			c.T.Errorf("muted is %s in state, and %t on the server", muted, stored)
		}
	}
}
