package provider

import "net/http"

// batchRows are the operations of imkit_client_batch.
func batchRows() []row {
	batch := func(nickname string, more ...string) map[string]any {
		clients := map[string]any{"robot-1": map[string]any{"nickname": nickname}, "robot-2": map[string]any{"nickname": nickname}}
		for _, id := range more {
			clients[id] = map[string]any{"nickname": nickname}
		}
		return map[string]any{"clients": clients, "on_destroy": "revoke_tokens"}
	}
	rows := []row{
		{
			operation: "create batch", call: "upsert many", method: http.MethodPost, route: routeBatch, foundOut: true, silent: true,
			prepare: none, work: applying(batch("One")),
		},
		{
			operation: "create batch", call: "every call", outage: true, foundOut: true, silent: true,
			prepare: none, work: applying(batch("One")),
		},
		{
			operation: "read batch", call: "look-up", method: http.MethodGet, route: routeClients, object: "batch of 2 clients",
			prepare: applied(batch("One")), work: planning(batch("One")),
		},
		{
			operation: "update batch", call: "upsert many", method: http.MethodPost, route: routeBatch, foundOut: true, silent: true,
			prepare: applied(batch("One")), work: applying(batch("Two", "robot-3")),
		},
		{
			operation: "update batch", call: "every call", outage: true, foundOut: true, silent: true,
			prepare: applied(batch("One")), work: applying(batch("Two", "robot-3")),
		},
		{
			operation: "update batch", call: "revoke all", method: http.MethodDelete, route: routeToken,
			prepare: applied(batch("One", "robot-3")), work: applying(batch("One")),
		},
		{
			operation: "destroy batch", call: "revoke all", method: http.MethodDelete, route: routeToken, calls: 2,
			prepare: applied(batch("One")), work: applying(nil),
		},
	}
	for i, r := range rows {
		rows[i].prepare = func(c *cell) {
			c.typeName = "imkit_client_batch"
			r.prepare(c)
			for _, id := range c.w.ClientIDs() {
				c.w.AddToken(id, "of "+id, epoch.AddDate(1, 0, 0))
			}
		}
		rows[i].check = checkBatch
		if r.method == http.MethodPost || r.outage {
			rows[i].skips = []string{"another client's object"} // the reply has none, just a count
		}
		if r.object == "" {
			rows[i].object = `"robot-`
		}
	}
	return rows
}

// checkBatch compares the clients of a batch with those on the server.
func checkBatch(c *cell, failed bool) {
	c.t.Helper()
	if failed && c.mayDiffer() {
		return
	}
	inState := map[string]bool{}
	if c.state != nil {
		for id, client := range c.attributes(c.attributes(c.state.value)["clients"]) {
			inState[id] = true
			fields, _ := c.w.Client(id)
			if nickname := c.text(client, "nickname"); fields["nickname"] != nickname {
				c.t.Errorf("the nickname of %s is %q in state, and %q on the server", id, nickname, fields["nickname"])
			}
		}
	}
	for _, id := range c.w.ClientIDs() {
		left := c.row.call == "revoke all" && !inState[id]
		switch {
		case inState[id], left && len(c.w.LiveTokens(id)) == 0:
		case left:
			c.t.Errorf("%s left the batch with a token", id)
		default:
			c.t.Errorf("%s is on the server, and not in state", id)
		}
	}
	if !failed && c.row.call != "revoke all" && len(inState) != len(c.w.ClientIDs()) {
		c.t.Errorf("%d clients are in state", len(inState))
	}
}
