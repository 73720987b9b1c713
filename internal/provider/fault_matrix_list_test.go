package provider_test

import (
	"fmt"
	"net/http"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// listRows are the list resources. What was found before an error stands.
func listRows() []row {
	// The fault begins after that many results.
	list := func(page string, strikesAfter int) row {
		return row{
			operation: "list clients", call: page, method: http.MethodGet, route: acctest.RouteClients, object: "clients",
			skips: []string{"another client's object"}, // any client may match
			check: func(*cell, bool) {},
			prepare: func(c *cell) {
				c.TypeName = "imkit_client"
				for i := range 150 {
					c.W.PutClient(fmt.Sprintf("client-%03d", i), nil)
				}
			},
			work: func(c *cell, strike func()) acctest.Said {
				if strikesAfter == 0 {
					strike()
				}
				n := 0
				found, told := c.Query(acctest.Search{Limit: 1000, Include: true, Each: func(acctest.Found) {
					if n++; n == strikesAfter {
						strike()
					}
				}})
				want := 150
				if told.Failed() {
					want = strikesAfter
				}
				if len(found) != want {
					c.T.Errorf("found %d clients, want %d:\n%s", len(found), want, told)
				}
				return told
			},
		}
	}
	whole := func(objects, typeName, route string, prepare func(c *cell)) row {
		return row{
			operation: "list " + objects, call: "list", method: http.MethodGet, route: route, object: objects,
			skips: []string{"another client's object"}, // any will do
			check: func(*cell, bool) {},
			prepare: func(c *cell) {
				c.TypeName = typeName
				prepare(c)
			},
			work: func(c *cell, strike func()) acctest.Said {
				strike()
				found, told := c.Query(acctest.Search{Include: true})
				if len(found) > 0 == told.Failed() {
					c.T.Errorf("found %d:\n%s", len(found), told)
				}
				return told
			},
		}
	}
	rows := []row{
		list("first page", 0), list("second page", 100),
		whole("groups", "imkit_group", acctest.RouteGroups, func(c *cell) { c.W.PutGroup("team", map[string]any{"nickname": "Team"}) }),
		whole("configuration keys", "imkit_config", acctest.RouteConfig, func(c *cell) { c.W.PutConfig("key", 1) }),
	}
	rows[1].skips = append(rows[1].skips, "another web server") // the server has answered before
	rows[3].skips = append(rows[3].skips, "wrong types")        // of which a configuration has none
	return rows
}
