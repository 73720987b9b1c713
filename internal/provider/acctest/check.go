package acctest

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// Equal checks a value; what names it in the message.
func Equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Check is a check of a step that reports by itself what is wrong.
func Check(report func()) resource.TestCheckFunc {
	return func(*terraform.State) error {
		report()
		return nil
	}
}

// NothingSent checks that no request since the last reset changed anything.
func (w *World) NothingSent(t *testing.T) {
	t.Helper()
	for _, r := range w.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s was sent", r.Method, r.Route)
		}
	}
}

// Alive checks how many tokens of a client are alive.
func (w *World) Alive(t *testing.T, client string, want int) {
	t.Helper()
	if live := w.LiveTokens(client); len(live) != want {
		t.Errorf("%d tokens of client %q are alive, want %d", len(live), client, want)
	}
}

// MustPlan checks what a plan is about to do.
func (c *Core) MustPlan(config map[string]any, want Action) Change {
	c.T.Helper()
	planned, told := c.Plan(config)
	if told.Failed() || planned.Action != want {
		c.T.Fatalf("the plan is to %s, want to %s\n%s", planned.Action, want, told)
	}
	return planned
}

// MustConverge plans and applies, without an error.
func (c *Core) MustConverge(config map[string]any) Said {
	c.T.Helper()
	told := c.Converge(config)
	if told.Failed() {
		c.T.Fatal(told)
	}
	return told
}

// Settle plans and applies, after which a plan finds nothing to do.
func (c *Core) Settle(config map[string]any) {
	c.T.Helper()
	c.MustConverge(config)
	c.MustPlan(config, NoChange)
}

// AdoptEach imports what a list found, by the configuration that Terraform generates of
// it. It checks that nothing changes by that.
func (c *Core) AdoptEach(all []Found) {
	c.T.Helper()
	c.W.ResetRequests()
	for _, found := range all {
		if planned, told := c.Adopt(found); planned.Action != NoChange || told.Failed() {
			c.T.Errorf("to adopt %s, the plan is to %s\n%s", found.Identity, planned.Action, told)
		}
	}
	c.W.NothingSent(c.T)
}

// Named checks the names of all that a list found, and that it said nothing.
func (c *Core) Named(s Search, want ...string) {
	c.T.Helper()
	found, told := c.Query(s)
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
	}
	Equal(c.T, "names", want, names)
	Equal(c.T, "told", "", told.String())
}
