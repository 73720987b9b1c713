package provider_test

import (
	"net/http"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// sourceRows are the operations that leave nothing in state.
func sourceRows() []row {
	var rows []row
	for _, keeps := range []bool{true, false} {
		for _, r := range ephemeralRows() {
			if !keeps && r.method == http.MethodGet {
				continue
			}
			r.options = sandbox.Options{KeepTokensOnReissue: keeps}
			if !keeps {
				r.operation += "*"
			}
			rows = append(rows, r)
		}
	}
	look := func(operation, object, typeName string, config map[string]any) row {
		return row{
			operation: operation, call: "look-up", method: http.MethodGet, route: acctest.RouteClients, object: object,
			prepare: someClients, check: func(*cell, bool) {},
			work: func(c *cell, strike func()) acctest.Said {
				strike()
				found, told := c.Data(typeName, config)
				if failed := told.Failed(); failed != found.IsNull() {
					c.T.Errorf("failed is %t, and the data is %s", failed, found)
				}
				if strings.Contains(told.String(), "not exist") {
					c.T.Errorf("a fault was taken for a client that does not exist:\n%s", told)
				}
				if !told.Failed() && !strings.Contains(found.String(), "Robot") {
					c.T.Errorf("the data is %s", found)
				}
				return told
			},
		}
	}
	filtered := look("data clients by filter", "clients", "imkit_clients", map[string]any{"filter": `{"nickname":"Robot"}`})
	filtered.skips = []string{"another client's object"} // any client may match
	return append(rows,
		look("data client", `client "robot"`, "imkit_client", map[string]any{"id": "robot"}),
		look("data clients by ids", "clients", "imkit_clients", map[string]any{"ids": []any{"robot"}}),
		filtered)
}

func someClients(c *cell) { c.W.PutClient("robot", map[string]any{"nickname": "Robot"}) }

func ephemeralRows() []row {
	opening := func(c *cell, atOpening, atClosing func()) acctest.Said {
		atOpening()
		opened, told := c.Open("imkit_client_token", map[string]any{"client_id": "robot", "allow_token_invalidation": true})
		if told.Failed() {
			return told
		}
		if n := len(c.W.LiveTokens("robot")); n == 0 {
			c.T.Error("a token was opened, and none is alive")
		}
		atClosing()
		return append(told, opened.Close()...)
	}
	wait := func() {}
	return []row{
		{
			operation: "open ephemeral token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients, object: `client "robot"`,
			prepare: someClients, check: checkClosed,
			work: func(c *cell, strike func()) acctest.Said { return opening(c, strike, wait) },
		},
		{
			operation: "open ephemeral token", call: "issue", method: http.MethodPost, route: acctest.RouteClients, object: `client "robot"`,
			earlier: 1, issues: true, prepare: someClients, check: checkClosed,
			work: func(c *cell, strike func()) acctest.Said { return opening(c, strike, wait) },
		},
		{
			operation: "close ephemeral token", call: "revoke", method: http.MethodDelete, route: acctest.RouteToken, object: `client "robot"`,
			skips:     []string{"another web server"}, // the server has answered before
			onlyWarns: true, insists: true, prepare: someClients, check: checkClosed,
			work: func(c *cell, strike func()) acctest.Said { return opening(c, wait, strike) },
		},
	}
}

// checkClosed checks that no token is alive but those whose answers were lost,
// and one that could not be revoked.
func checkClosed(c *cell, failed bool) {
	c.T.Helper()
	want := 0
	if !c.retried() && c.row.onlyWarns && !c.fault.done && !c.fault.late {
		want = 1
	}
	if c.row.issues {
		want = c.lost(failed)
	}
	live := len(c.W.LiveTokens("robot"))
	if !c.row.options.KeepTokensOnReissue && live == 0 {
		return // the token after them ended them
	}
	if live != want {
		c.T.Errorf("%d tokens are alive, want %d", live, want)
	}
}
