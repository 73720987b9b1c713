package provider_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// groupRows are the operations of imkit_group, and the list of groups.
func groupRows() []row {
	team := func(nickname string, members ...any) map[string]any {
		return map[string]any{"id": "team", "nickname": nickname, "member_ids": members}
	}
	adopting := team("Team", "ann")
	adopting["adopt_existing"] = true
	unnamed := map[string]any{"nickname": "Team", "member_ids": []any{"ann"}}
	exists := func(c *cell) { c.W.PutGroup("team", map[string]any{"nickname": "Somebody's"}) }
	tainted := func(c *cell) {
		applied(team("Team", "ann"))(c)
		c.State.Tainted = true
	}
	list := func(operation string, prepare func(*cell), work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "list", method: http.MethodGet, route: acctest.RouteGroups, prepare: prepare, work: work,
			skips: []string{"another client's object"}, // a list of other groups is as good as any
		}
	}
	// looksTwice is how long it takes to look twice for what was lost, twice.
	const looksTwice = 2 * time.Second
	create := func(operation string, earlier int, work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "save", method: http.MethodPost, route: acctest.RouteGroups, earlier: earlier, attempts: madeOnceMore, waits: looksTwice,
			foundOut: true, prepare: none, work: work,
		}
	}
	outage := func(operation string, earlier int, work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "every call", outage: true, earlier: earlier, attempts: madeAndLookedFor, waits: looksTwice,
			foundOut: true, silent: true, tainted: "Group is kept in state as tainted", prepare: none, work: work,
			skips: []string{"RC 9 under 200", "another client's object"}, // which more calls than one look into
		}
	}
	save := func(operation string, prepare func(*cell), work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "save", method: http.MethodPost, route: acctest.RouteGroups, earlier: 1,
			foundOut: true, prepare: prepare, work: work,
		}
	}
	rows := []row{
		list("create group", none, applying(team("Team", "ann"))),
		create("create group", 1, applying(team("Team", "ann"))),
		create("create group without an id", 0, applying(unnamed)),
		outage("create group", 1, applying(team("Team", "ann"))),
		outage("create group without an id", 0, applying(unnamed)),
		list("create group, adopting", exists, applying(adopting)),
		save("create group, adopting", exists, applying(adopting)),
		list("read group", applied(team("Team", "ann")), planning(team("Team", "ann"))),
		list("update group", applied(team("Team", "ann")), applying(team("Crew", "ann", "bob"))),
		save("update group", applied(team("Team", "ann")), applying(team("Crew", "ann", "bob"))),
		list("replace group", tainted, applying(team("Crew", "bob"))),
		save("replace group", tainted, applying(team("Crew", "bob"))),
	}
	for i, r := range rows {
		rows[i].object = "group"
		rows[i].options = sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}}
		rows[i].check = checkGroup
		rows[i].prepare = func(c *cell) {
			c.TypeName = "imkit_group"
			c.W.PutClient("ann", nil)
			c.W.PutClient("bob", nil)
			r.prepare(c)
		}
	}
	listed := list("data groups", exists, func(c *cell, strike func()) acctest.Said {
		strike()
		found, told := c.Data("imkit_groups", nil)
		if failed := told.Failed(); failed != found.IsNull() {
			c.T.Errorf("failed is %t, and the data is %s", failed, found)
		}
		return told
	})
	listed.object, listed.check = "groups", func(*cell, bool) {}
	return append(rows, listed)
}

// checkGroup compares the group in state with the one on the server, which has
// not two of them.
func checkGroup(c *cell, failed bool) {
	c.T.Helper()
	if failed && (c.mayDiffer() || c.cancelled && c.fault.late) {
		return // whoever is interrupted has no time to read back what a change came to
	}
	ids := c.W.GroupIDs()
	if len(ids) > 1 {
		c.T.Errorf("there are groups %q", ids)
	}
	if c.State == nil {
		if len(ids) == 1 && c.row.operation != "create group, adopting" {
			c.T.Error("the group is on the server, and not in state")
		}
		return
	}
	group, there := c.W.Group(c.Text(c.State.Value, "id"))
	var members []tftypes.Value
	c.NoError(c.Attributes(c.State.Value)["member_ids"].As(&members))
	has, _ := group["members"].([]any)
	switch {
	case c.State.Tainted:
		// It may be on the server, and the next refresh tells.
	case !there:
		c.T.Error("the group is in state, and not on the server")
	case c.Text(c.State.Value, "nickname") != fmt.Sprint(group["nickname"]) || len(members) != len(has):
		c.T.Errorf("the group is %s in state, and %v on the server", c.State.Value, group)
	}
}
