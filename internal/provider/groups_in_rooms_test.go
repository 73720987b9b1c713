package provider_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// On a server that cannot change groups, another one takes the place of the first
// in its rooms, in the same apply.
func TestRoomsFollowGroups(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	body := func(id, members string) string {
		return acctest.Group(id, `nickname = "Team"`, "member_ids = "+members) + acctest.Room("lobby", "member_ids = [imkit_group.test.id]")
	}
	c := w.CLI(t, body("team-1", `["ann"]`))
	c.Apply()
	c.Write(w.Config(body("team-1", `["ann", "bob"]`)))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to update group", "Create another group")

	c.Write(w.Config(body("team-2", `["ann", "bob"]`)))
	acctest.Says(t, c.Apply(), "1 added, 1 changed, 1 destroyed")
	c.Empty()
	room, _ := w.Room("lobby")
	if !slices.Equal(room.Members, []string{"team-2"}) || w.Count(http.MethodDelete, "") != 0 {
		t.Errorf("in the room are %q", room.Members)
	}
	if ids := w.GroupIDs(); !slices.Equal(ids, []string{"team-1", "team-2"}) {
		t.Errorf("groups: %q", ids)
	}
}
