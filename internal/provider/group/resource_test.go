package group_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// newWorld has three people, and a server that changes groups.
func newWorld(t *testing.T, options sandbox.Options) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, options)
	for _, id := range []string{"ann", "bob", "cid"} {
		w.PutClient(id, map[string]any{"nickname": id})
	}
	return w
}

// changing is a server that changes groups; the others refuse.
var changing = sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}}

// sent checks the calls that made or changed groups since the last reset.
func sent(t *testing.T, w *acctest.World, want ...map[string]any) resource.TestCheckFunc {
	return acctest.Check(func() {
		acctest.Equal(t, "groups", want, w.SentGroups())
	})
}

func TestGroupLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	full := func(nickname, members string) string {
		return w.Config(acctest.Group("team", "nickname = "+fmt.Sprintf("%q", nickname), `avatar_url = "https://example.com/t.png"`, "member_ids = "+members))
	}
	w.Test(t,
		resource.TestStep{
			Config:           w.Config(acctest.Group("team", `nickname = "Team"`)),
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.GroupAddress, "avatar_url", knownvalue.Null()),
				acctest.StateValue(acctest.GroupAddress, "member_ids", knownvalue.SetSizeExact(0)),
				acctest.StateValue(acctest.GroupAddress, "adopt_existing", knownvalue.Bool(false)),
			},
			Check: sent(t, w, map[string]any{"_id": "team", "nickname": "Team"}),
		},
		resource.TestStep{ // what is sent is the whole
			PreConfig:        w.ResetRequests,
			Config:           full("Team", `["bob", "ann"]`),
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w, map[string]any{"_id": "team", "nickname": "Team", "avatarUrl": "https://example.com/t.png", "members": []any{"ann", "bob"}}),
		},
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           full("Support", `["ann", "bob"]`),
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w, map[string]any{"_id": "team", "nickname": "Support", "avatarUrl": "https://example.com/t.png", "members": []any{"ann", "bob"}}),
		},
		resource.TestStep{
			ResourceName: acctest.GroupAddress, ImportState: true, ImportStateId: "team", ImportStateVerify: true,
		},
		resource.TestStep{ // a setting of the resource's own
			PreConfig: w.ResetRequests,
			Config: w.Config(acctest.Group("team", `nickname = "Support"`, `avatar_url = "https://example.com/t.png"`,
				`member_ids = ["ann", "bob"]`, "adopt_existing = true")),
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w),
		},
		resource.TestStep{ // what was configured, and is not any longer, stays
			PreConfig: w.ResetRequests,
			Config:    w.Config(acctest.Group("team", `nickname = "Desk"`)),
			Check:     sent(t, w, map[string]any{"_id": "team", "nickname": "Desk", "avatarUrl": "https://example.com/t.png", "members": []any{"ann", "bob"}}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.Config(acctest.Group("team", `nickname = "Desk"`, `avatar_url = ""`, "member_ids = []")),
			Check:     sent(t, w, map[string]any{"_id": "team", "nickname": "Desk", "avatarUrl": "", "members": []any{}}),
		},
	)
	if _, there := w.Group("team"); !there {
		t.Error("the group is gone, but the API has no call for that")
	}
}

// Without an id, -replace makes another group, also of one that would be the same.
func TestReplacedGroupWithoutIDIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.UnnamedGroup(`nickname = "Team"`))
	c.Apply()
	before := w.GroupIDs()
	acctest.Says(t, c.Apply("-replace="+acctest.GroupAddress), "1 added, 0 changed, 1 destroyed", "Group remains on the server")
	c.Empty()
	var made []string
	for _, id := range w.GroupIDs() {
		if !slices.Contains(before, id) {
			made = append(made, id)
		}
	}
	if state := c.Must("show", "-no-color"); len(before) != 1 || len(made) != 1 || !strings.Contains(state, made[0]) {
		t.Errorf("groups before: %q; made: %q; the state:\n%s", before, made, state)
	}
}

func TestGroupWithoutIDGetsAUUID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(acctest.GroupAddress, tfjsonpath.New("id")) }
	w.Test(t,
		resource.TestStep{
			Config: w.Config(acctest.UnnamedGroup(`nickname = "Team"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.GroupAddress, "id", knownvalue.StringRegexp(uuidPattern)), id(),
			},
			Check: acctest.Check(func() {
				if ids := w.GroupIDs(); len(ids) != 1 || !uuidPattern.MatchString(ids[0]) {
					t.Errorf("groups on the server: %q", ids)
				}
			}),
		},
		resource.TestStep{
			Config:            w.Config(acctest.UnnamedGroup(`nickname = "Desk"`)),
			ConfigPlanChecks:  acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{id()},
		},
		resource.TestStep{ // an id of its own makes another group
			Config:           w.Config(acctest.Group("desk", `nickname = "Desk"`)),
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionReplace),
		},
		resource.TestStep{ // and stays the group's
			Config:           w.Config(acctest.UnnamedGroup(`nickname = "Desk"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
		},
	)
	if n := len(w.GroupIDs()); n != 2 {
		t.Errorf("%d groups are on the server, want the one that was replaced and the other", n)
	}
}

func TestGroupDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	config := w.Config(acctest.Group("team", `nickname = "Team"`, `member_ids = ["ann"]`))
	w.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{ // edited elsewhere: planned back
			PreConfig:        func() { w.PutGroup("team", map[string]any{"nickname": "Edited", "members": []any{"ann", "bob"}}) },
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionUpdate),
			Check: acctest.Check(func() {
				if g, _ := w.Group("team"); g["nickname"] != "Team" || !cmp.Equal(g["members"], []any{"ann"}) {
					t.Errorf("the group is %v", g)
				}
			}),
		},
		resource.TestStep{ // what is not managed is no drift, and shows
			PreConfig:        func() { w.PutGroup("team", map[string]any{"avatarUrl": "https://example.com/other.png"}) },
			Config:           config,
			ConfigPlanChecks: acctest.EmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.GroupAddress, "avatar_url", knownvalue.StringExact("https://example.com/other.png")),
			},
		},
		resource.TestStep{ // deleted elsewhere: planned anew
			PreConfig:        func() { w.RemoveGroup("team") },
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.GroupAddress, plancheck.ResourceActionCreate),
		},
	)
}

func TestGroupRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	c := w.CLI(t, "")
	for body, want := range map[string]string{
		acctest.Group("", `nickname = "x"`):                                                                 "Invalid group ID",
		acctest.Group("g", `nickname = ""`):                                                                 "string length must be at least 1",
		acctest.Group("g"):                                                                                  "Missing required argument",
		acctest.Group("g", `nickname = "x"`, `avatar_url = "x.png"`):                                        "Invalid URL",
		acctest.Group("g", `nickname = "x"`, `member_ids = [""]`):                                           "Invalid client ID",
		acctest.Group("g", `nickname = "x"`, `member_ids = [null]`):                                         "Null Set Value",
		"import {\n  to = imkit_group.test\n  id = \"none\"\n}\n" + acctest.Group("none", `nickname = "x"`): "Group to import does not exist",
	} {
		c.Write(w.Config(body))
		acctest.Says(t, c.Fails("plan"), want)
	}
	w.NothingSent(t)
}
