package room_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const memberTakenOver = "Existing member was adopted"

// A client that is a member already is taken over, and the apply says what that overwrites.
func TestMemberThatWasOneAlready(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	w.AddMembers("lobby", "robot", "ann")
	for property, value := range map[string]any{"role": "admin", "shift": "day", "level": 3, "mood": "fine"} {
		w.SetMemberProperty("lobby", "robot", property, value)
	}
	c := w.CLI(t, acctest.Member("lobby", "robot", `role = "member"`, `properties = { shift = "night", level = 3, badge_of = "x" }`)+
		second(acctest.Member("lobby", "ann")))
	output := c.Apply()
	acctest.SaidOnce(t, output, memberTakenOver)
	acctest.Says(t, output, `"robot"`, `room "lobby"`, `role (it was "admin")`, "properties.shift")
	acctest.SaysNot(t, output, "properties.level", "mood", "day")
	c.Empty()
}

// Who joins is not looked for: neither where nothing could be overwritten, nor in a room
// that this run made.
func TestMemberIsLookedForOnlyWhereItMayBe(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	c := w.CLI(t, acctest.Room("new", `bot_mode = false`, `open = true`, `frozen = false`)+
		`resource "imkit_room_member" "new" {`+"\n  room_id = imkit_room.test.id\n  client_id = \"robot\"\n  role = \"admin\"\n}\n"+
		acctest.Member("lobby", "robot"))
	output := c.Apply()
	acctest.SaysNot(t, output, memberTakenOver)
	if n := w.Count("GET", acctest.RouteRoom); n != 0 {
		t.Errorf("rooms were read %d times", n)
	}
}
