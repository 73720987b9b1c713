package provider_test

import (
	"net/http"
	"slices"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
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
		c.W.PutClient("robot", map[string]any{"nickname": "Somebody's"})
		c.W.AddToken("robot", others, acctest.Epoch.AddDate(1, 0, 0))
	}
	tainted := func(c *cell) {
		applied(robot("Robot"))(c)
		c.State.Tainted = true
	}
	rows := []row{
		{
			operation: "create client", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: none, work: applying(robot("Robot")),
		},
		{
			operation: "create client", call: "upsert", method: http.MethodPost, route: acctest.RouteClients, earlier: 1, foundOut: true,
			found: "Client was created although the call failed", prepare: none, work: applying(robot("Robot")),
		},
		{
			operation: "create client", call: "every call", outage: true, earlier: 1, foundOut: true,
			tainted: "Client is kept in state as tainted", prepare: none, work: applying(robot("Robot")),
		},
		{
			operation: "create client, adopting", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: exists, work: applying(adopting),
		},
		{
			operation: "create client, adopting", call: "upsert", method: http.MethodPost, route: acctest.RouteClients, earlier: 1, foundOut: true,
			prepare: exists, work: applying(adopting),
		},
		{
			operation: "read client", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: applied(robot("Robot")), work: planning(robot("Robot")),
		},
		{
			operation: "update client", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: applied(robot("Robot")), work: applying(robot("Robbie")),
		},
		{
			operation: "update client", call: "upsert", method: http.MethodPost, route: acctest.RouteClients, earlier: 1, foundOut: true,
			prepare: applied(robot("Robot")), work: applying(robot("Robbie")),
		},
		{
			operation: "update client", call: "every call", outage: true, earlier: 1, foundOut: true,
			prepare: applied(robot("Robot")), work: applying(robot("Robbie")),
		},
		{
			operation: "replace client", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: tainted, work: applying(robot("Robbie")),
		},
		{
			operation: "replace client", call: "upsert", method: http.MethodPost, route: acctest.RouteClients, earlier: 1, foundOut: true,
			prepare: tainted, work: applying(robot("Robbie")),
		},
		{
			operation: "destroy client", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: func(c *cell) {
				applied(robot("Robot"))(c)
				c.W.AddToken("robot", "a token", acctest.Epoch.AddDate(1, 0, 0))
			},
			work: applying(nil),
		},
	}
	for i := range rows {
		rows[i].object = `client "robot"`
		prepare, check := rows[i].prepare, checkClient
		rows[i].prepare = func(c *cell) { c.TypeName = "imkit_client"; prepare(c) }
		rows[i].check = check
	}
	return rows
}

// checkClient compares a client in state with the one on the server.
func checkClient(c *cell, failed bool) {
	c.T.Helper()
	if failed && c.mayDiffer() {
		return
	}
	fields, there := c.W.Client("robot")
	tokens := c.W.LiveTokens("robot")
	switch {
	case c.State == nil && c.row.operation == "destroy client":
		if len(tokens) > 0 {
			c.T.Error("the client is destroyed, and has a token")
		}
	case c.State == nil:
		if there && fields["nickname"] != "Somebody's" {
			c.T.Error("the client is on the server, and not in state")
		}
	case c.State.Tainted && (!c.fault.definite || c.row.operation == "replace client"):
		// It may be on the server, and the next refresh tells.
	case !there:
		c.T.Error("the client is in state, and not on the server")
	case c.Text(c.State.Value, "nickname") != fields["nickname"]:
		c.T.Errorf("the nickname is %q in state, and %q on the server", c.Text(c.State.Value, "nickname"), fields["nickname"])
	}
	if c.row.operation == "create client, adopting" && !slices.Equal(tokens, []string{others}) {
		c.T.Errorf("the token of another system is not alive")
	}
}
