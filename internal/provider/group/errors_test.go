package group_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// lost is a fault that loses the answers to creates and changes.
func lost(times int, done bool) sandbox.Fault {
	return sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteGroups, Times: times, Cut: true, After: done}
}

// blind is a fault that fails the lists of groups after the first few.
func blind(skip int) sandbox.Fault {
	return sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteGroups, Skip: skip, Status: http.StatusServiceUnavailable, Body: "{}"}
}

// An answer that was lost makes no second group, whatever the server does with a
// create of one that exists, and whoever chose its id.
func TestLostAnswerMakesNoSecondGroup(t *testing.T) {
	t.Parallel()
	for name, existing := range map[string]sandbox.ExistingGroup{"refusing": sandbox.RefuseExisting, "changing": sandbox.UpdateExisting} {
		for kind, config := range map[string]map[string]any{
			"named": {"id": "team", "nickname": "Team", "member_ids": []any{"ann"}}, "unnamed": {"nickname": "Team", "member_ids": []any{"ann"}},
		} {
			for outcome, fault := range map[string]sandbox.Fault{"not done": lost(1, false), "done": lost(1, true), "done twice": lost(0, true)} {
				t.Run(strings.Join([]string{name, kind, outcome}, ", "), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: existing}})
					c := w.Core(t, "imkit_group")
					w.Inject(fault)
					if told := c.Converge(config); told.Failed() || c.State.Tainted {
						t.Error(told)
					}
					w.ClearFaults()
					if planned, told := c.Plan(config); told.Failed() || planned.Action != acctest.NoChange || len(w.GroupIDs()) != 1 {
						t.Errorf("groups %q; then: to %s\n%s", w.GroupIDs(), planned.Action, told)
					}
				})
			}
		}
	}
}

// Where a look does not tell either, the group is in state, and the next apply
// goes on with it.
func TestGroupCreatedInTheDarkIsKept(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]map[string]any{
		"named": {"id": "team", "nickname": "Team", "member_ids": []any{"ann"}}, "unnamed": {"nickname": "Team", "member_ids": []any{"ann"}},
	} {
		for outcome, done := range map[string]bool{"done": true, "not done": false} {
			t.Run(name+", "+outcome, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, sandbox.Options{})
				c := w.Core(t, "imkit_group")
				planned, _ := c.Plan(config)
				w.Inject(lost(0, done))
				looks := 0
				if name == "named" {
					looks = 1 // before it creates
				}
				w.Inject(blind(looks))
				told := c.Apply(planned)
				if !told.Failed() || c.State == nil || !c.State.Tainted || !strings.Contains(told.String(), "Group is kept in state as tainted") {
					t.Fatalf("state %v\n%s", c.State, told)
				}
				id := c.Text(c.State.Value, "id")
				w.ClearFaults()
				if told := c.Converge(config); told.Failed() || c.State.Tainted {
					t.Error(told)
				}
				if ids := w.GroupIDs(); len(ids) != 1 || ids[0] != c.Text(c.State.Value, "id") || done && ids[0] != id {
					t.Errorf("groups on the server are %q; %q was tainted, and %q is in state", ids, id, c.Text(c.State.Value, "id"))
				}
				if planned, told := c.Plan(config); told.Failed() || planned.Action != acctest.NoChange {
					t.Errorf("then: to %s\n%s", planned.Action, told)
				}
			})
		}
	}
}

// Only a group that is what is planned is gone on with.
func TestReplacementOfAnUnnamedGroupIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutGroup("c0ffee00-0000-4000-8000-000000000000", map[string]any{"nickname": "Other"})
	c := w.Core(t, "imkit_group")
	before := map[string]any{"nickname": "Team", "member_ids": []any{"ann"}}
	if told := c.Converge(before); told.Failed() {
		t.Fatal(told)
	}
	id := c.Text(c.State.Value, "id")
	c.State.Tainted = true
	if told := c.Converge(map[string]any{"nickname": "Other", "member_ids": []any{}}); told.Failed() {
		t.Fatal(told)
	}
	if now := c.Text(c.State.Value, "id"); now == id || now == "c0ffee00-0000-4000-8000-000000000000" || len(w.GroupIDs()) != 3 {
		t.Errorf("%q was replaced by %q, and there are %q", id, now, w.GroupIDs())
	}
}

// Nor is a group lost that could not be changed as it was replaced.
func TestReplacementThatIsRefusedStaysInState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_group")
	if told := c.Converge(team("Old", "ann")); told.Failed() {
		t.Fatal(told)
	}
	c.State.Tainted = true
	told := c.Converge(team("New", "ann"))
	if !told.Failed() || c.State == nil || c.Text(c.State.Value, "nickname") != "Old" || !strings.Contains(told.String(), "Ways out") {
		t.Fatalf("state %v\n%s", c.State, told)
	}
	if told := c.Converge(team("Old", "ann")); told.Failed() || c.State.Tainted {
		t.Errorf("as it is: %s", told)
	}
}

// An update whose answer was lost is settled by what the list shows.
func TestGroupUpdatedInTheDark(t *testing.T) {
	t.Parallel()
	for outcome, done := range map[string]bool{"done": true, "not done": false} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, changing)
			c := w.Core(t, "imkit_group")
			if told := c.Converge(team("Old", "ann")); told.Failed() {
				t.Fatal(told)
			}
			planned, _ := c.Plan(team("New", "ann", "bob"))
			w.Inject(lost(0, done))
			told := c.Apply(planned)
			want := map[bool]string{true: "New", false: "Old"}[done]
			if told.Failed() == done || c.Text(c.State.Value, "nickname") != want {
				t.Errorf("the nickname in state is %q\n%s", c.Text(c.State.Value, "nickname"), told)
			}
			w.ClearFaults()
			if told := c.Converge(team("New", "ann", "bob")); told.Failed() {
				t.Error(told)
			}
		})
	}
}

func TestGroupImportByIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutGroup("a/b c", map[string]any{"nickname": "Team", "members": []any{"bob", "ann", "bob"}})
	c := w.Core(t, "imkit_group")
	if told := c.ImportByIdentity(map[string]string{"id": "a/b c"}); told.Failed() {
		t.Fatal(told)
	}
	if got := membersOf(c); c.Text(c.State.Value, "nickname") != "Team" || !slices.Equal(got, []string{"ann", "bob"}) {
		t.Errorf("imported with %q", got)
	}
	if diff := cmp.Diff(map[string]string{"id": "a/b c"}, c.Identity()); diff != "" {
		t.Errorf("identity after the read (-want +got):\n%s", diff)
	}
	if planned, told := c.Plan(map[string]any{"id": "a/b c", "nickname": "Team", "member_ids": []any{"ann", "bob"}}); told.Failed() || planned.Action != acctest.NoChange {
		t.Errorf("then: to %s\n%s", planned.Action, told)
	}
}
