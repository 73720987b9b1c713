package provider_test

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// others is a token that this Terraform knows nothing of.
const others = "of another system"

// tokenRows are the operations of imkit_client_token, on a server that keeps
// older tokens alive and on one that ends them.
func tokenRows() []row {
	var rows []row
	for _, keeps := range []bool{true, false} {
		for _, r := range append(issuedRows(), boundRows()...) {
			if !keeps && r.method == http.MethodGet {
				continue // what ends older tokens makes no difference to it
			}
			prepare := r.prepare
			r.object, r.options = `"robot`, sandbox.Options{KeepTokensOnReissue: keeps}
			r.prepare = func(c *cell) {
				c.TypeName = "imkit_client_token"
				c.W.PutClient("robot", nil)
				if keeps {
					c.W.AddToken("robot", others, acctest.Epoch.AddDate(1, 0, 0))
				}
				prepare(c)
			}
			if !keeps {
				r.operation += "*"
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func issuedRows() []row {
	issued := map[string]any{"client_id": "robot"}
	rotated := func(value string) map[string]any {
		return map[string]any{"client_id": "robot", "rotation_triggers": map[string]any{"v": value}}
	}
	rows := []row{
		{
			operation: "issue token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: none, work: applying(issued),
		},
		{
			operation: "issue token", call: "issue", method: http.MethodPost, route: acctest.RouteClients, earlier: 1, issues: true,
			prepare: none, work: applying(issued),
		},
		{
			operation: "read issued token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: applied(issued), work: planning(issued),
		},
		{
			operation: "read issued token", call: "me", method: http.MethodGet, route: "/me", earlier: 1, onlyWarns: true,
			settings: map[string]any{"client_key": sandbox.DefaultClientKey},
			prepare:  applied(issued), work: planning(issued),
		},
		{
			operation: "rotate token", call: "revoke", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: applied(rotated("1")), work: applying(rotated("2")),
		},
		{
			operation: "rotate token", call: "issue", method: http.MethodPost, route: acctest.RouteClients, earlier: 2, issues: true,
			prepare: applied(rotated("1")), work: applying(rotated("2")),
		},
		{
			operation: "destroy issued token", call: "revoke", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: applied(issued), work: applying(nil),
		},
	}
	for i := range rows {
		rows[i].check = checkToken
	}
	return rows
}

func boundRows() []row {
	bound := func(token string) map[string]any { return map[string]any{"client_id": "robot", "token": token} }
	rows := []row{
		{
			operation: "bind token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: none, work: applying(bound("mine")),
		},
		{
			operation: "bind token", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			tainted: "Token may have been bound", prepare: none, work: applying(bound("mine")),
		},
		{
			operation: "read bound token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: applied(bound("mine")), work: planning(bound("mine")),
		},
		{
			operation: "update bound token", call: "look-up", method: http.MethodGet, route: acctest.RouteClients,
			prepare: applied(bound("mine")), work: applying(bound("yours")),
		},
		{
			operation: "update bound token", call: "bind", method: http.MethodPost, route: acctest.RouteClients, earlier: 1,
			prepare: applied(bound("mine")), work: applying(bound("yours")),
		},
		{
			operation: "update bound token", call: "revoke", method: http.MethodDelete, route: acctest.RouteToken, earlier: 2,
			prepare: applied(bound("mine")), work: applying(bound("yours")),
		},
		{
			operation: "destroy bound token", call: "revoke", method: http.MethodDelete, route: acctest.RouteToken,
			prepare: applied(bound("mine")), work: applying(nil),
		},
	}
	for i := range rows {
		rows[i].check = checkToken
	}
	return append(rows, unheldRows()...)
}

// checkToken accounts for every token that is alive: it is in state, or
// remembered there to be revoked, or somebody else's, or one that an attempt
// made whose answer never came.
func checkToken(c *cell, failed bool) {
	c.T.Helper()
	live := c.W.LiveTokens("robot")
	lost := c.lost(failed)
	var held string
	var known []string
	if c.row.options.KeepTokensOnReissue {
		known = append(known, others)
		if !slices.Contains(live, others) {
			c.T.Error("the token of another system is not alive")
		}
	}
	if c.State != nil {
		held = c.Text(c.State.Value, "token")
		known = append(known, held)
		known = append(known, c.unrevoked()...)
	}
	for _, token := range live {
		if !slices.Contains(known, token) {
			lost--
		}
	}
	if lost != 0 {
		c.T.Errorf("%d tokens are alive that nobody has, or fewer than were lost: %q of which %q are known", -lost, live, known)
	}
	switch alive := slices.Contains(live, held); {
	case c.State == nil || alive:
	case !failed, c.row.call == "look-up", c.fault.definite:
		c.T.Errorf("the token in state is not alive; those that are: %q", live)
	}
	if n := len(c.unrevoked()); !failed && n > 0 {
		c.T.Errorf("%d tokens are still to be revoked", n)
	}
}

// lost is how many tokens are alive whose answers were lost.
func (c *cell) lost(failed bool) int {
	n := 1
	switch {
	case !c.row.issues || !c.fault.done || c.fault.shows:
		return 0
	case c.lasting && !c.fault.once:
		n += matrixRetries
	}
	if c.row.options.KeepTokensOnReissue {
		return n
	}
	if failed || c.State == nil {
		return 1
	}
	return 0
}

// unrevoked are the tokens that are still to be revoked.
func (c *cell) unrevoked() []string {
	if c.State == nil {
		return nil
	}
	var private struct {
		Unrevoked []string `json:"unrevoked"`
	}
	c.NoError(json.Unmarshal(c.Private(c.State.Private, "token"), &private))
	return private.Unrevoked
}
