package room_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A server that keeps ids in lower case is asked once, and the error says what it has.
func TestRoomWhoseIDTheServerChanges(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{LowerCaseIDs: true})
	c := w.CLI(t, acctest.Room("Lobby-ONE", `open = false`))
	output := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, output, "Server stored another ID")
	acctest.Says(t, output, `"Lobby-ONE"`, `id = "lobby-one"`, "adopt_existing = true")
	acctest.SaysNot(t, output, "This may be temporary", "tainted")
	if calls, _ := w.RoomChanges(); len(calls) != 1 {
		t.Errorf("sent %q", calls)
	}
	if left := c.Must("state", "list"); left != "" {
		t.Errorf("in state is %s", left)
	}
	c.Write(w.Config(acctest.Room("lobby-one", `open = false`, `adopt_existing = true`)))
	c.Apply()
	c.Empty()
}

// The same of who joins, alone or in member_ids.
func TestMemberWhoseIDTheServerChanges(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{LowerCaseIDs: true}))
	w.PutClient("Robot", nil)
	c := w.CLI(t, acctest.Member("lobby", "Robot", `role = "member"`))
	output := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, output, "Server stored another ID")
	acctest.Says(t, output, `"Robot" as "robot"`, "client_id = ")
	acctest.SaysNot(t, output, "was invited", "does not exist", "tainted")
	if calls := w.MemberCalls(); len(calls) != 1 {
		t.Errorf("sent %q", calls)
	}
	if left := c.Must("state", "list"); left != "" {
		t.Errorf("in state is %s", left)
	}
	c.Write(w.Config(acctest.Member("lobby", "robot", `role = "member"`)))
	c.Apply()
	c.Empty()
}

func TestMemberIDsWhoseFormTheServerChanges(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{LowerCaseIDs: true}))
	w.People("Robot", "Ann", "bob")
	c := w.CLI(t, acctest.Room("lobby", `adopt_existing = true`, `member_ids = ["bob"]`))
	w.People("bob")
	c.Apply()
	c.Write(w.Config(acctest.Room("lobby", `adopt_existing = true`, `member_ids = ["Ann", "Robot"]`)))
	output := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, output, "Server stored another ID")
	acctest.Says(t, output, `"Ann" as "ann"`, `"Robot" as "robot"`, "member_ids")
	c.Write(w.Config(acctest.Room("lobby", `adopt_existing = true`, `member_ids = ["ann", "robot"]`)))
	c.Apply()
	c.Empty()
	isIn(w, t, "ann", "robot")
}
