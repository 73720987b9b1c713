package group_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const alreadyExists = "Group already exists"

func TestGroupThatExists(t *testing.T) {
	t.Parallel()
	for name, existing := range map[string]sandbox.ExistingGroup{
		"refusing": sandbox.RefuseExisting, "changing": sandbox.UpdateExisting, "ignoring": sandbox.IgnoreExisting,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: existing}})
			w.PutGroup("team", map[string]any{"nickname": "Somebody's", "members": []any{"ann"}})
			before, _ := w.Group("team")
			c := w.CLI(t, acctest.Group("team", `nickname = "Team"`))
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists, `Group "team" is on the server already`, "import {", `id = "team"`)
			if after, _ := w.Group("team"); !cmp.Equal(before, after) || w.Count(http.MethodPost, "") != 0 {
				t.Errorf("the group was changed: %v", after)
			}

			// As it is, any server lets it be adopted.
			c.Write(w.Config(acctest.Group("team", `nickname = "Somebody's"`, "adopt_existing = true")))
			acctest.Says(t, c.Apply(), "Existing group was adopted", "1 added")
			c.Empty()
			w.NothingSent(t)
		})
	}
}

func TestGroupThatIsAdoptedIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, ClearLeftOut: true}})
	w.PutGroup("team", map[string]any{"nickname": "Old", "avatarUrl": "https://example.com/t.png", "members": []any{"ann"}})
	c := w.Core(t, "imkit_group")
	config := map[string]any{"id": "team", "nickname": "Team", "member_ids": []any{"ann", "bob"}, "adopt_existing": true}
	c.MustConverge(config)
	// What is not configured goes along, and so is not lost.
	if g, _ := w.Group("team"); g["nickname"] != "Team" || g["avatarUrl"] != "https://example.com/t.png" || !cmp.Equal(g["members"], []any{"ann", "bob"}) {
		t.Errorf("the group is %v", g)
	}
	c.MustPlan(config, acctest.NoChange)
}

// An id is refused that a client has, which no list of groups shows.
func TestGroupWithTheIDOfAClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	c := w.Core(t, "imkit_group")
	told := c.Converge(map[string]any{"id": "ann", "nickname": "Team"})
	if !told.Failed() || !strings.Contains(told.String(), "or a client has this ID") || c.State != nil {
		t.Errorf("state %v\n%s", c.State, told)
	}
}

// Two resources of one group undo each other, which a plan says, unless they are alike.
func TestTwoResourcesOfOneGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, changing)
	two := func(nickname string) string {
		return w.Config(acctest.Group("team", `nickname = "Team"`, "adopt_existing = true") +
			strings.Replace(acctest.Group("team", "nickname = "+nickname, "adopt_existing = true"), `"test"`, `"second"`, 1) +
			strings.Replace(acctest.Group("other", "nickname = "+nickname), `"test"`, `"third"`, 1))
	}
	c := w.CLI(t, "")
	c.Write(two(`"Crew"`))
	const twice = `Another resource of this configuration writes group "team" as well`
	for _, said := range []string{c.Apply(), c.Must("plan")} {
		acctest.Says(t, said, "Warning: Two resources write the same object", twice)
	}
	c.Write(two(`"Team"`))
	if said := c.Apply(); strings.Contains(said, "the same object") {
		t.Error(said)
	}
}
