package provider

import (
	"net/http"
	"slices"
)

// clientRows are the operations of imkit_client.
func clientRows() []row {
	robot := func(nickname string, more ...any) map[string]any {
		config := map[string]any{"id": "robot", "nickname": nickname, "custom_attributes": map[string]any{"level": 3}}
		for i := 0; i < len(more); i += 2 {
			config[more[i].(string)] = more[i+1] //nolint:forcetypeassert // a mistake of the test's
		}
		return config
	}
	adopting := robot("Robot", "adopt_existing", true)
	exists := func(c *cell) {
		c.w.PutClient("robot", map[string]any{"nickname": "Somebody's"})
		c.w.AddToken("robot", others, epoch.AddDate(1, 0, 0))
	}
	tainted := func(c *cell) {
		applied(robot("Robot"))(c)
		c.state.tainted = true
	}
	rows := []row{
		{
			operation: "create client", call: "look-up", method: http.MethodGet, route: routeClients,
			prepare: none, work: applying(robot("Robot")),
		},
		{
			operation: "create client", call: "upsert", method: http.MethodPost, route: routeClients, earlier: 1, foundOut: true,
			prepare: none, work: applying(robot("Robot")),
		},
		{
			operation: "create client, adopting", call: "look-up", method: http.MethodGet, route: routeClients,
			prepare: exists, work: applying(adopting),
		},
		{
			operation: "create client, adopting", call: "upsert", method: http.MethodPost, route: routeClients, earlier: 1, foundOut: true,
			prepare: exists, work: applying(adopting),
		},
		{
			operation: "read client", call: "look-up", method: http.MethodGet, route: routeClients,
			prepare: applied(robot("Robot")), work: planning(robot("Robot")),
		},
		{
			operation: "update client", call: "upsert", method: http.MethodPost, route: routeClients, foundOut: true,
			prepare: applied(robot("Robot")), work: applying(robot("Robbie")),
		},
		{
			operation: "update client", call: "every call", outage: true, foundOut: true,
			prepare: applied(robot("Robot")), work: applying(robot("Robbie")),
		},
		{
			operation: "replace client", call: "revoke all", method: http.MethodDelete, route: routeToken,
			prepare: tainted, work: applying(robot("Robbie")),
		},
		{
			operation: "replace client", call: "upsert", method: http.MethodPost, route: routeClients, earlier: 1, foundOut: true,
			prepare: tainted, work: applying(robot("Robbie")),
		},
		{
			operation: "destroy client", call: "revoke all", method: http.MethodDelete, route: routeToken,
			prepare: func(c *cell) {
				applied(robot("Robot"))(c)
				c.w.AddToken("robot", "a token", epoch.AddDate(1, 0, 0))
			},
			work: applying(nil),
		},
	}
	for i := range rows {
		rows[i].object = `client "robot"`
		prepare, check := rows[i].prepare, checkClient
		rows[i].prepare = func(c *cell) { c.typeName = "imkit_client"; prepare(c) }
		rows[i].check = check
	}
	return rows
}

// checkClient compares a client in state with the one on the server.
func checkClient(c *cell, failed bool) {
	c.t.Helper()
	if failed && c.mayDiffer() {
		return
	}
	fields, there := c.w.Client("robot")
	tokens := c.w.LiveTokens("robot")
	switch {
	case c.state == nil && c.row.operation == "destroy client":
		if len(tokens) > 0 {
			c.t.Error("the client is destroyed, and has a token")
		}
	case c.state == nil:
		if there && fields["nickname"] != "Somebody's" {
			c.t.Error("the client is on the server, and not in state")
		}
	case c.state.tainted && (!c.fault.definite || c.row.operation == "replace client"):
		// It may be on the server, and the next refresh tells.
	case !there:
		c.t.Error("the client is in state, and not on the server")
	case c.text(c.state.value, "nickname") != fields["nickname"]:
		c.t.Errorf("the nickname is %q in state, and %q on the server", c.text(c.state.value, "nickname"), fields["nickname"])
	}
	if c.row.operation == "create client, adopting" && !slices.Equal(tokens, []string{others}) {
		c.t.Errorf("the token of another system is not alive")
	}
}
