package provider_test

import (
	"net/http"
	"slices"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// writtenWhole is for writes of a key among others: one that may have been done is
// looked for, and where it does not show, the whole is written.
func writtenWhole(f fault) int {
	attempts := 1 + matrixRetries
	if f.once {
		attempts = 1
	}
	if f.done || f.definite {
		return attempts
	}
	return 2 * attempts
}

// configRows are the operations of imkit_config, and the whole configuration.
func configRows() []row {
	key := func(value string) map[string]any { return map[string]any{"key": "mine", "value": value} }
	adopting := key("new")
	adopting["adopt_existing"] = true
	alone := func(*cell) {}
	others := func(c *cell) { c.W.PutConfig("theirs", "x") }
	exists := func(c *cell) { c.W.PutConfig("mine", "somebody's") }
	after := func(before func(*cell), then ...func(*cell)) func(*cell) {
		return func(c *cell) {
			before(c)
			for _, do := range then {
				do(c)
			}
		}
	}
	tainted := func(c *cell) { c.State.Tainted = true }
	read := func(operation string, prepare func(*cell), work func(*cell, func()) acctest.Said) row {
		return row{operation: operation, call: "read", method: http.MethodGet, route: acctest.RouteConfig, prepare: prepare, work: work}
	}
	write := func(operation string, earlier int, prepare func(*cell), work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "write", method: http.MethodPost, route: acctest.RouteConfig, earlier: earlier,
			foundOut: true, prepare: prepare, work: work,
		}
	}
	among := func(r row) row {
		r.operation += ", among others"
		r.attempts, r.silent, r.mends = writtenWhole, true, true
		r.waits = 10 * time.Second // for it to show
		return r
	}
	remove := func(operation string, prepare func(*cell), work func(*cell, func()) acctest.Said) row {
		return row{
			operation: operation, call: "delete", method: http.MethodDelete, route: acctest.RouteConfigKey,
			foundOut: true, prepare: prepare, work: work, skips: []string{"slow trickle"}, // of a few bytes
		}
	}
	rows := []row{
		read("create key", others, applying(key("new"))),
		write("create key", 1, alone, applying(key("new"))),
		among(write("create key", 1, others, applying(key("new")))),
		write("create key, adopting", 1, exists, applying(adopting)),
		read("read key", applied(key("old")), planning(key("old"))),
		read("update key", applied(key("old")), applying(key("new"))),
		write("update key", 1, applied(key("old")), applying(key("new"))),
		among(write("update key", 1, after(others, applied(key("old"))), applying(key("new")))),
		remove("replace key", after(applied(key("old")), tainted), applying(key("new"))),
		write("replace key", 2, after(applied(key("old")), tainted), applying(key("new"))),
		remove("destroy key", after(others, applied(key("old"))), applying(nil)),
	}
	data := read("data config", exists, func(c *cell, strike func()) acctest.Said {
		strike()
		found, told := c.Data("imkit_config", nil)
		if failed := told.Failed(); failed != found.IsNull() {
			c.T.Errorf("failed is %t, and the data is %s", failed, found)
		}
		return told
	})
	rows = append(rows, data)
	for i, r := range rows {
		rows[i].object = "configuration"
		if r.foundOut && !r.silent {
			rows[i].object = `key "mine"`
		}
		// Any object may be a configuration, and nothing is taken from other replies.
		rows[i].skips = slices.Concat(r.skips, []string{"wrong types", "another client's object"})
		rows[i].check = checkConfigKey
		rows[i].prepare = func(c *cell) { c.TypeName = "imkit_config"; r.prepare(c) }
	}
	return rows
}

// checkConfigKey compares the key in state with the one on the server, and sees
// whether the others are there.
func checkConfigKey(c *cell, failed bool) {
	c.T.Helper()
	has := c.W.Server.Config()
	value, there := has["mine"]
	delete(has, "mine")
	if len(has) > 0 && has["theirs"] != "x" {
		c.T.Errorf("the other key is %v", has["theirs"])
	}
	if failed && (c.mayDiffer() || c.cancelled && c.fault.late) {
		return
	}
	switch {
	case c.State == nil && there && value != "somebody's":
		c.T.Error("the key is on the server, and not in state")
	case c.State == nil, c.State.Tainted:
		// It is, or may be, there, and the next refresh tells.
	case !there:
		c.T.Error("the key is in state, and not on the server")
	default:
		inState := c.Attributes(c.State.Value)["value"]
		var text string
		c.NoError(inState.As(&text))
		if text != value {
			c.T.Errorf("the value is %q in state, and %v on the server", text, value)
		}
	}
}
