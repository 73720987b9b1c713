package group_test

import (
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Only a group that is what is planned is gone on with.
func TestReplacementOfAnUnnamedGroupIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutGroup("c0ffee00-0000-4000-8000-000000000000", map[string]any{"nickname": "Other"})
	c := w.Core(t, "imkit_group")
	before := map[string]any{"nickname": "Team", "member_ids": []any{"ann"}}
	c.MustConverge(before)
	id := c.Text(c.State.Value, "id")
	c.State.Tainted = true
	c.MustConverge(map[string]any{"nickname": "Other", "member_ids": []any{}})
	if now := c.Text(c.State.Value, "id"); now == id || now == "c0ffee00-0000-4000-8000-000000000000" || len(w.GroupIDs()) != 3 {
		t.Errorf("%q was replaced by %q, and there are %q", id, now, w.GroupIDs())
	}
}

// Nor is a group lost that could not be changed as it was replaced.
func TestReplacementThatIsRefusedStaysInState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_group")
	c.MustConverge(team("Old", "ann"))
	c.State.Tainted = true
	told := c.Converge(team("New", "ann"))
	if !told.Failed() || c.State == nil || c.Text(c.State.Value, "nickname") != "Old" || !strings.Contains(told.String(), "To resolve this") {
		t.Fatalf("state %v\n%s", c.State, told)
	}
	if told := c.Converge(team("Old", "ann")); told.Failed() || c.State.Tainted {
		t.Errorf("as it is: %s", told)
	}
}
