package group_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// team is a configuration of the group "team".
func team(nickname string, members ...any) map[string]any {
	return map[string]any{"id": "team", "nickname": nickname, "member_ids": members}
}

// membersOf are the members in a state.
func membersOf(c *acctest.Core) []string {
	c.T.Helper()
	var set []tftypes.Value
	c.NoError(c.Attributes(c.State.Value)["member_ids"].As(&set))
	ids := make([]string, len(set))
	for i := range set {
		c.NoError(set[i].As(&ids[i]))
	}
	return ids
}

// A server that does not change a group as asked is an error that says so; the
// state has what the server has, and the next plan shows the same change again.
func TestServersThatDoNotChangeGroupsAsAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options  sandbox.GroupOptions
		to       map[string]any
		says     []string
		nickname string
		members  []string
	}{
		"refuses": {
			sandbox.GroupOptions{}, team("New", "ann"),
			[]string{"GROUP_ALREADY_EXISTS"}, "Old", []string{"ann", "bob"},
		},
		"ignores": {
			sandbox.GroupOptions{OnExisting: sandbox.IgnoreExisting}, team("New", "ann"),
			[]string{"it reported success, but lists another value of nickname, members"}, "Old", []string{"ann", "bob"},
		},
		"does not remove members": {
			sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, MergeMembers: true}, team("Old", "ann"),
			[]string{"lists another value of members"}, "Old", []string{"ann", "bob"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTime(t, tc.options, 0, func(t *testing.T, c *acctest.Core) {
				c.MustConverge(team("Old", "ann", "bob"))
				for range 2 {
					planned := c.MustPlan(tc.to, acctest.ToUpdate)
					told := c.Apply(planned)
					acctest.Says(t, told.String(), append(tc.says, "Unable to update group", `Tried to update group "team"`,
						"These attributes of the group differ from the plan:", "member_ids", "To resolve this", "-replace", "ignore_changes")...)
					if strings.Contains(told.String(), "Old") { // it may come from a variable that is sensitive
						t.Errorf("says what the group has:\n%s", told)
					}
					if got := c.Text(c.State.Value, "nickname"); got != tc.nickname {
						t.Errorf("the nickname in state is %q", got)
					}
					acctest.Equal(t, "members in state", tc.members, membersOf(c))
				}
				// A way out.
				tc.to["id"] = "another"
				c.MustConverge(tc.to)
				if g, _ := c.W.Group("another"); g["nickname"] != tc.to["nickname"] {
					t.Errorf("the other group is %v", g)
				}
				c.MustPlan(tc.to, acctest.NoChange)
			})
		})
	}
}

// A server that makes something else of a change is a warning that names the attributes.
func TestServerThatKeepsGroupsOtherwise(t *testing.T) {
	t.Parallel()
	inTime(t, sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, MergeMembers: true}, 0, func(t *testing.T, c *acctest.Core) {
		c.MustConverge(team("Old", "ann", "bob"))
		told := c.MustConverge(team("New", "ann", "cid"))
		acctest.Says(t, told.String(), `these attributes of group "team" as they were sent: member_ids`)
		c.MustPlan(team("New", "ann", "cid"), acctest.ToUpdate)
		acctest.Equal(t, "members in state", []string{"ann", "bob", "cid"}, membersOf(c))
	})
}

// A server that keeps an id in another form says so once, and the form can be adopted.
func TestGroupWhoseIDIsKeptOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{LowerCaseIDs: true})
	c := w.CLI(t, acctest.Group("Team-ONE", `nickname = "Team"`))
	said := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, said, "Error: ")
	acctest.Says(t, said, "Unable to create group", `The server keeps "Team-ONE" as "team-one"`, "adopt_existing = true")
	if n := w.Count(http.MethodPost, ""); n != 1 || strings.TrimSpace(c.Must("state", "list")) != "" {
		t.Errorf("%d calls, and the state has %q", n, c.Must("state", "list"))
	}
	c.Write(w.Config(acctest.Group("team-one", `nickname = "Team"`, "adopt_existing = true")))
	acctest.Says(t, c.Apply(), "1 added")
	c.Empty()
}

// What is odd in somebody else's group is nothing to one's own.
func TestGroupAmongOddOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	w.PutGroup("odd", map[string]any{"nickname": 7, "avatarUrl": []any{}, "members": []any{7, map[string]any{"nickname": "x"}, "ann"}})
	w.PutGroup("odder", map[string]any{"nickname": []any{}, "members": "none"})
	w.PutGroup("oddest", map[string]any{"nickname": "Its id is a number"})
	w.Inject(sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteGroups, Rewrite: func(body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), `"oddest"`, "7"))
	}})
	c := w.Core(t, "imkit_group")
	for _, nickname := range []string{"Team", "Crew"} {
		if told := c.MustConverge(team(nickname, "ann")); len(told) > 0 {
			t.Error(told)
		}
		c.MustPlan(team(nickname, "ann"), acctest.NoChange)
	}
	all, told := c.Data("imkit_groups", nil)
	if told.Failed() || !strings.Contains(all.String(), "odder") || !strings.Contains(all.String(), "Crew") {
		t.Errorf("%s\n%s", all, told)
	}
	if found, told := c.Query(acctest.Search{}); len(found) != 3 || told.Failed() {
		t.Errorf("found %d\n%s", len(found), told)
	}
	// An id that the list does not show in its own form is not known to be absent.
	seven := w.Core(t, "imkit_group")
	told = seven.Converge(map[string]any{"id": "7", "nickname": "Seven"})
	acctest.Says(t, told.String(), "an _id that is not text, which may be this one")
	if _, made := w.Group("7"); made || seven.State != nil {
		t.Error("it was made all the same")
	}
}

// Both ways to resolve it, as the page says them.
func TestWaysOutThroughTerraform(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	follower := "resource \"terraform_data\" \"room\" {\n  input = [imkit_group.test.id]\n}\n"
	c := w.CLI(t, acctest.UnnamedGroup(`nickname = "Old"`)+follower)
	c.Apply()
	c.Write(w.Config(acctest.UnnamedGroup(`nickname = "New"`) + follower))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to update group", "The server does not change existing groups", "differ from the plan: nickname.")
	acctest.Says(t, c.Must("plan"), `"Old" -> "New"`)
	output := c.Apply("-replace=" + acctest.GroupAddress)
	acctest.Says(t, output, "1 added, 1 changed, 1 destroyed", "Group remains on the server")
	c.Empty()
	if ids := w.GroupIDs(); len(ids) != 2 || !strings.Contains(c.Must("show", "-no-color"), ids[1]) {
		t.Errorf("groups: %q", ids)
	}

	c.Write(w.Config(acctest.UnnamedGroup(`nickname = "Newer"`, "lifecycle {\n    ignore_changes = [nickname]\n  }") + follower))
	c.Empty()
}

// A change that is not sent again, since it is there: made elsewhere, between
// the plan and the apply.
func TestGroupChangedElsewhereMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_group")
	c.MustConverge(map[string]any{"id": "team", "nickname": "Old"})
	config := map[string]any{"id": "team", "nickname": "New"}
	planned, _ := c.Plan(config)
	w.PutGroup("team", map[string]any{"nickname": "New", "members": []any{"cid"}})
	if told := c.Apply(planned); told.Failed() {
		t.Error(told)
	}
	w.Configure(func(o *sandbox.Options) { o.Groups.OnExisting = sandbox.UpdateExisting })
	// The members that others gave it meanwhile, and nobody manages, stay.
	config["nickname"] = "Newer"
	planned, _ = c.Plan(config)
	w.PutGroup("team", map[string]any{"members": []any{"ann", "bob"}})
	if told := c.Apply(planned); told.Failed() {
		t.Error(told)
	}
	if g, _ := w.Group("team"); g["nickname"] != "Newer" || !cmp.Equal(g["members"], []any{"ann", "bob"}) {
		t.Errorf("the group is %v", g)
	}
}

func TestGroupMembersThatDoNotExist(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"named": changing, "not named": {UnnamedMembers: true, Groups: changing.Groups}, "not found": {UnknownMemberStatus: http.StatusNotFound, Groups: changing.Groups},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options)
			c := w.Core(t, "imkit_group")
			for _, operation := range []string{"create", "update"} {
				told := c.Converge(team("Team", "ann", "nobody", "no one"))
				for _, words := range []string{"Members do not exist", "Tried to " + operation + ` group "team"`, `do not exist on the server: "no one", "nobody"`, "The group was not " + operation + "d"} {
					if !strings.Contains(told.String(), words) {
						t.Errorf("does not say %q:\n%s", words, told)
					}
				}
				if len(told) != 1 || told[0].Attribute == nil || told[0].Attribute.String() != `AttributeName("member_ids")` {
					t.Errorf("not on the attribute: %v", told)
				}
				c.MustConverge(team("Team", "ann"))
			}
		})
	}
}

// A server that keeps another value of a new group shows it.
func TestGroupStoredOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	w.Inject(sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteGroups, Rewrite: func(body []byte) []byte {
		return []byte(strings.Replace(string(body), "A very long name", "A very long", 1))
	}})
	c := w.Core(t, "imkit_group")
	if told := c.Converge(team("A very long name")); told.Failed() || !strings.Contains(told.String(), `these attributes of group "team" as they were sent: nickname`) {
		t.Error(told)
	}
}

// A list that stays short says nothing of what is not in it.
func TestListOfGroupsThatStaysShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	for _, id := range []string{"a", "b", "c"} {
		w.PutGroup(id, map[string]any{"nickname": id})
	}
	c := w.Core(t, "imkit_group")
	c.MustConverge(team("Team", "ann"))
	w.Configure(func(o *sandbox.Options) { o.Groups.ListCap = 2 })
	_, told := c.Plan(team("Team", "ann"))
	if !told.Failed() || c.State == nil || !strings.Contains(told.String(), "the server lists 2 of 4 groups") || !strings.Contains(told.String(), "may still exist, so the state was not changed") {
		t.Errorf("state %v\n%s", c.State, told)
	}
	other := w.Core(t, "imkit_group")
	w.ResetRequests()
	told = other.Converge(map[string]any{"id": "a", "nickname": "Mine"})
	if !told.Failed() || other.State != nil || w.Count(http.MethodPost, "") != 0 || !strings.Contains(told.String(), "may still exist, so nothing more was done") {
		t.Errorf("state %v\n%s", other.State, told)
	}
	if _, told := c.Data("imkit_groups", nil); !told.Failed() || !strings.Contains(told.String(), "the server lists 2 of 4 groups") {
		t.Error(told)
	}
	found, told := c.Query(acctest.Search{})
	if acctest.Says(t, told.String(), "Unable to list groups", "the server lists 2 of 4 groups"); len(found) > 0 {
		t.Errorf("found %d", len(found))
	}
	// As long as there is no other way to ask for more, any number is asked for.
	w.Configure(func(o *sandbox.Options) { o.Groups.ListCap, o.Groups.DefaultLimit = 0, 1 })
	c.MustPlan(team("Team", "ann"), acctest.NoChange)
}
