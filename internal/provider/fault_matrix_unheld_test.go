package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// unheldRows bind tokens in ways that the state tells nothing of whether it was
// done: what is bound again is the same token, or in no state at all, or leaves
// the one before alive on purpose.
func unheldRows() []row {
	bound := func(token string, more map[string]any) map[string]any {
		config := map[string]any{"client_id": "robot", "token": token}
		maps.Copy(config, more)
		return config
	}
	until := func(d time.Duration) map[string]any {
		return bound("mine", map[string]any{"expiration_date": acctest.Epoch.Add(d).Format(time.RFC3339)})
	}
	writeOnly := func(token string, version int) map[string]any {
		return map[string]any{"client_id": "robot", "token_wo": token, "token_wo_version": version, "on_destroy": "revoke_all"}
	}
	kept := map[string]any{"on_destroy": "keep"}
	return []row{
		{
			operation: "update bound token, keeping", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			prepare: applied(bound("mine", kept)), work: applying(bound("yours", kept)), check: checkAlive("yours"),
		},
		{
			operation: "extend bound token", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			prepare: applied(until(24 * time.Hour)), work: applying(until(1000 * time.Hour)),
			check: func(c *cell, failed bool) {
				if !failed {
					c.W.Advance(30 * time.Hour)
				}
				checkAlive("mine")(c, failed)
			},
		},
		{
			operation: "bind write-only token", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			prepare: none, work: applying(writeOnly("mine", 1)), check: checkAlive("mine"),
		},
		{
			operation: "update write-only token", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			prepare: applied(writeOnly("mine", 1)), work: applying(writeOnly("yours", 2)), check: checkAlive("yours"),
		},
		{
			operation: "destroy write-only token", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: applied(writeOnly("mine", 1)), work: applying(nil), check: checkAlive(""),
		},
	}
}

// checkAlive checks, after a run without an error, that this token is alive, or
// none if it is "".
func checkAlive(token string) func(*cell, bool) {
	return func(c *cell, failed bool) {
		c.T.Helper()
		live := c.W.LiveTokens("robot")
		if !failed && token != "" && !slices.Contains(live, token) || !failed && token == "" && len(live) > 0 {
			c.T.Errorf("alive are %q, want %q", live, token)
		}
		for _, alive := range live {
			if alive != "mine" && alive != "yours" && alive != others {
				c.T.Errorf("a token is alive that nobody made: %q", alive)
			}
		}
	}
}
