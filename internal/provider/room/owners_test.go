package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// second is another resource of the same kind.
func second(block string) string { return strings.Replace(block, `"test"`, `"second"`, 1) }

// Two resources that write one thing undo each other in every run. The run that writes
// both says so, once, and one that replaces a resource does not.
func TestOneThingThatTwoResourcesWrite(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body, object string
	}{
		"member_ids and a member": {acctest.Room("lobby", `member_ids = ["ann"]`, `adopt_existing = true`) + acctest.Member("lobby", "robot"), `members of room "lobby"`},
		"a member":                {acctest.Member("lobby", "robot", `role = "admin"`) + second(acctest.Member("lobby", "robot", `role = "member"`)), `member "robot" of room "lobby"`},
		"a room": {acctest.Room("lobby", `name = "One"`, `adopt_existing = true`) + second(acctest.Room("lobby", `name = "Two"`, `adopt_existing = true`)),
			`room "lobby"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
			c := w.CLI(t, tc.body)
			output := c.Apply()
			if n := strings.Count(output, "Two resources write the same object"); n != 1 {
				t.Errorf("it says so %d times", n)
			}
			acctest.Says(t, output, tc.object, "undoes what the other did")
		})
	}
}

func TestWhatIsReplacedHasOneOwner(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	for _, more := range []string{"", acctest.CreateBeforeDestroy} {
		member := acctest.Member("lobby", "robot", `role = "admin"`, more)
		room := acctest.Room("lobby", `adopt_existing = true`, more)
		c := w.CLI(t, member+room+second(acctest.Member("lobby", "ann")))
		c.Apply()
		output := c.Apply("-replace="+acctest.MemberAddress, "-replace="+acctest.RoomAddress)
		acctest.SaysNot(t, output, "Two resources")
		c.Must("destroy", "-auto-approve")
		w.PutRoom("lobby", map[string]any{"status": 1})
	}
}

// Moved from a resource of its own to member_ids in one apply, a member stays in the room,
// whichever of the two goes first.
func TestMemberThatMovesToMemberIDs(t *testing.T) {
	t.Parallel()
	for name, members := range map[string]string{"it alone": `["robot"]`, "with another": `["ann", "robot"]`} {
		for _, refers := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", after the room"}[refers], func(t *testing.T) {
				t.Parallel()
				w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
				member := acctest.Member("lobby", "robot")
				if refers {
					member = strings.Replace(member, `"lobby"`, acctest.RoomAddress+".id", 1)
				}
				room := func(more string) string { return acctest.Room("lobby", `adopt_existing = true`, more) }
				c := w.CLI(t, room("")+member)
				c.Apply()
				c.Write(w.Config(room("member_ids = " + members)))
				c.Must("plan", "-out=plan")
				c.Must("apply", "plan")
				if lobby, _ := w.Room("lobby"); !slices.Contains(lobby.Members, "robot") {
					t.Errorf("in the room are %q", lobby.Members)
				}
				c.Empty()
			})
		}
	}
}

// The same in every order of planning and of applying, and where another member comes.
func TestMemberThatMovesInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, members := range [][]any{{"robot"}, {"ann", "robot"}} {
		for _, planned := range []string{"room", "member"} {
			for _, applied := range []string{"room", "member"} {
				t.Run(fmt.Sprintf("%d, %s first, %s first", len(members), planned, applied), func(t *testing.T) {
					t.Parallel()
					w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
					room, member := w.Core(t, "imkit_room"), w.Core(t, "imkit_room_member")
					config := map[string]any{"id": "lobby", "adopt_existing": true}
					room.MustConverge(config)
					member.MustConverge(robot())
					config["member_ids"] = members
					var changeOfRoom, changeOfMember acctest.Change
					inOrder := func(roomFirst bool, doRoom, doMember func()) {
						acctest.Share(room, member)
						if roomFirst {
							doRoom()
							doMember()
						} else {
							doMember()
							doRoom()
						}
					}
					inOrder(planned == "room", func() { changeOfRoom, _ = room.Plan(config) }, func() { changeOfMember, _ = member.Plan(nil) })
					var told acctest.Said
					inOrder(applied == "room", func() { told = append(told, room.Apply(changeOfRoom)...) }, func() { told = append(told, member.Apply(changeOfMember)...) })
					if len(told) > 0 {
						t.Error(told)
					}
					if lobby, _ := w.Room("lobby"); len(lobby.Members) != len(members) || !slices.Contains(lobby.Members, "robot") {
						t.Errorf("in the room are %q", lobby.Members)
					}
					acctest.Share(room, member)
					room.MustPlan(config, acctest.NoChange)
				})
			}
		}
	}
}

// What ignore_changes puts in the place of member_ids keeps nobody in the room.
func TestMemberOfARoomThatIgnoresChanges(t *testing.T) {
	t.Parallel()
	for ignored, members := range map[string]string{"all": "", "[member_ids]": `member_ids = ["ann"]`} {
		for _, inOrder := range []string{"", `depends_on = [imkit_room.test]`} { // the room is planned before the member
			w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
			room := acctest.Room("lobby", `adopt_existing = true`, members, "lifecycle {\n    ignore_changes = "+ignored+"\n  }")
			member := func(count string) string { return acctest.Member("lobby", "robot", "count = "+count, inOrder) }
			c := w.CLI(t, room+member("0"))
			c.Apply()
			c.Write(w.Config(room + member("1")))
			c.Apply()
			c.Write(w.Config(room + member("0")))
			c.Apply()
			if lobby, _ := w.Room("lobby"); slices.Contains(lobby.Members, "robot") {
				t.Errorf("with %s ignored, in the room are %q", ignored, lobby.Members)
			}
			c.Empty()
		}
	}
}
