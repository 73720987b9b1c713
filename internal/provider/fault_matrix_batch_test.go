package provider_test

import (
	"net/http"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// batchRows are the operations of imkit_client_batch.
func batchRows() []row {
	// A look-up of two whose reply is too large is made once more for each.
	divided := func(f fault) int {
		switch {
		case f.name == "oversized reply":
			return 3
		case f.once:
			return 1
		}
		return 1 + matrixRetries
	}
	batch := func(nickname string, more ...string) map[string]any {
		clients := map[string]any{"robot-1": map[string]any{"nickname": nickname}, "robot-2": map[string]any{"nickname": nickname}}
		for _, id := range more {
			clients[id] = map[string]any{"nickname": nickname}
		}
		return map[string]any{"clients": clients, "on_destroy": "revoke_tokens"}
	}
	rows := []row{
		{
			operation: "create batch", call: "upsert many", method: http.MethodPost, route: acctest.RouteBatch, foundOut: true, silent: true,
			prepare: none, work: applying(batch("One")),
		},
		{
			operation: "create batch", call: "every call", outage: true, foundOut: true, silent: true,
			prepare: none, work: applying(batch("One")),
		},
		{
			operation: "read batch", call: "look-up", method: http.MethodGet, route: acctest.RouteClients, object: "batch of 2 clients", attempts: divided,
			prepare: applied(batch("One")), work: planning(batch("One")),
		},
		{
			operation: "update batch", call: "upsert many", method: http.MethodPost, route: acctest.RouteBatch, foundOut: true, silent: true,
			prepare: applied(batch("One")), work: applying(batch("Two", "robot-3")),
		},
		{
			operation: "update batch", call: "every call", outage: true, foundOut: true, silent: true,
			prepare: applied(batch("One")), work: applying(batch("Two", "robot-3")),
		},
		{
			operation: "update batch", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: applied(batch("One", "robot-3")), work: applying(batch("One")),
		},
		{
			operation: "destroy batch", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken, calls: 2,
			prepare: applied(batch("One")), work: applying(nil),
		},
	}
	for i, r := range rows {
		rows[i].prepare = func(c *cell) {
			c.TypeName = "imkit_client_batch"
			r.prepare(c)
			for _, id := range c.W.ClientIDs() {
				c.W.AddToken(id, "of "+id, acctest.Epoch.AddDate(1, 0, 0))
			}
		}
		rows[i].check = checkBatch
		if r.method == http.MethodPost || r.outage {
			rows[i].skips = []string{"another client's object"} // the reply has none, just a count
		}
		if r.outage {
			rows[i].skips = append(rows[i].skips, "oversized reply") // divides the look-up as well
		}
		if r.object == "" {
			rows[i].object = `"robot-`
		}
	}
	return rows
}

// checkBatch compares the clients of a batch with those on the server.
func checkBatch(c *cell, failed bool) {
	c.T.Helper()
	if failed && c.mayDiffer() {
		return
	}
	inState := map[string]bool{}
	if c.State != nil {
		for id, client := range c.Attributes(c.Attributes(c.State.Value)["clients"]) {
			inState[id] = true
			fields, _ := c.W.Client(id)
			if nickname := c.Text(client, "nickname"); fields["nickname"] != nickname {
				c.T.Errorf("the nickname of %s is %q in state, and %q on the server", id, nickname, fields["nickname"])
			}
		}
	}
	for _, id := range c.W.ClientIDs() {
		left := c.row.call == "revoke all" && !inState[id]
		switch {
		case inState[id], left && len(c.W.LiveTokens(id)) == 0:
		case left:
			c.T.Errorf("%s left the batch with a token", id)
		default:
			c.T.Errorf("%s is on the server, and not in state", id)
		}
	}
	if !failed && c.row.call != "revoke all" && len(inState) != len(c.W.ClientIDs()) {
		c.T.Errorf("%d clients are in state", len(inState))
	}
}
