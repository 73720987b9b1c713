package room_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const staysFrozen = "To unfreeze it, set frozen = false."

// frozenServers show frozen rooms, or hide them in one of the known ways.
func frozenServers(t *testing.T, test func(t *testing.T, w *acctest.World, hides int)) {
	t.Helper()
	for _, hides := range []int{0, http.StatusForbidden, http.StatusNotFound} {
		t.Run(fmt.Sprint("hidden with ", hides), func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: hides}})
			w.People("ann", "bob")
			test(t, w, hides)
			madeOnce(t, w)
		})
	}
}

func TestAdoptingAFrozenRoom(t *testing.T) {
	t.Parallel()
	for _, configured := range []string{"", "frozen = true", "frozen = false"} {
		t.Run(configured, func(t *testing.T) {
			t.Parallel()
			frozenServers(t, func(t *testing.T, w *acctest.World, _ int) {
				w.PutRoom("lobby", map[string]any{"status": 0, "members": []any{"ann"}})
				c := w.CLI(t, acctest.Room("lobby", "adopt_existing = true", `member_ids = ["bob"]`, configured))
				output := c.Apply()
				if configured == "" {
					acctest.Says(t, output, "Room that was adopted is frozen", staysFrozen)
				} else {
					acctest.SaysNot(t, output, staysFrozen)
				}
				if configured == "frozen = false" {
					isUsable(t, w, "lobby", 0)
					isIn(w, t, "bob") // of a frozen room, a server may not show who is in it
				} else {
					isFrozen(t, w, "lobby")
				}
				c.Empty()
			})
		})
	}
}

func TestImportingAFrozenRoomSaysSo(t *testing.T) {
	t.Parallel()
	frozenServers(t, func(t *testing.T, w *acctest.World, _ int) {
		w.PutRoom("lobby", map[string]any{"status": 0, "name": "Lobby"})
		c := w.CLI(t, acctest.Room("lobby"))
		acctest.Says(t, c.Must("import", acctest.RoomAddress, "lobby"), "Imported room is frozen", staysFrozen)
		acctest.SaysNot(t, c.Empty(), "Warning") // again
		c.Write(w.Config(acctest.Room("lobby", "frozen = false")))
		acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
		isUsable(t, w, "lobby", 0)
		c.Empty()
	})
}

// A room that others froze never leaves the state, and is thawed where that is
// configured.
func TestRoomThatOthersFroze(t *testing.T) {
	t.Parallel()
	frozenServers(t, func(t *testing.T, w *acctest.World, hides int) {
		c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`))
		c.Apply()
		w.FreezeRoom("lobby")
		output := c.Empty()
		if hidden := strings.Contains(output, "Server does not show the room"); hidden != (hides != 0) {
			t.Errorf("hidden %t:\n%s", hidden, output)
		}
		acctest.Says(t, c.Must("state", "list"), acctest.RoomAddress)
		c.Write(w.Config(acctest.Room("lobby", `name = "Lobby"`, "frozen = false")))
		acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
		isUsable(t, w, "lobby", 0)
		acctest.SaysNot(t, c.Empty(), "Warning")
	})
}

// A room that is frozen by its configuration is changed as any other.
func TestFrozenRoomIsManaged(t *testing.T) {
	t.Parallel()
	frozenServers(t, func(t *testing.T, w *acctest.World, _ int) {
		body := func(name, member string) string {
			return acctest.Room("lobby", "frozen = true", fmt.Sprintf("name = %q", name), fmt.Sprintf("member_ids = [%q]", member))
		}
		c := w.CLI(t, body("Lobby", "ann"))
		acctest.SaysNot(t, c.Apply(), "Warning")
		c.Empty()
		c.Write(w.Config(body("Hall", "bob")))
		acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
		acctest.SaysNot(t, c.Empty(), "Warning")
		isFrozen(t, w, "lobby")
		isIn(w, t, "bob")
		w.DeleteRoom("lobby")
		acctest.Says(t, c.Must("plan"), "1 to add, 0 to change, 0 to destroy")
	})
}

// Where nobody can tell a frozen room from one that is gone, that is an error, and
// nothing leaves the state.
func TestFrozenRoomThatMayBeGone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: status, NoExistsRoute: true}})
			c := w.CLI(t, acctest.Room("lobby", "frozen = true"))
			c.Apply()
			acctest.Says(t, c.Fails("plan"), "Unable to read room", `room "lobby"`, "Either there is no such room", "Check the ID", "terraform state rm")
			acctest.Says(t, c.Must("state", "list"), acctest.RoomAddress)
		})
	}
}

// Who destroys a room and creates it again learns that it is there, frozen, and how
// to have it back.
func TestRoomThatIsThereFrozen(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options   sandbox.RoomOptions
		onDestroy string
		says      string
	}{
		"frozen":             {sandbox.RoomOptions{}, "freeze", "The room is frozen"},
		"frozen, not shown":  {sandbox.RoomOptions{FrozenStatus: http.StatusNotFound}, "freeze", "The room is frozen"},
		"frozen, not told":   {sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()}, "freeze", "The room may be frozen"},
		"kept":               {sandbox.RoomOptions{}, "keep", ""},
		"kept, and not told": {sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()}, "keep", "The room may be frozen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: tc.options})
			c := w.Core(t, "imkit_room")
			config := map[string]any{"id": "lobby", "name": "Lobby", "on_destroy": tc.onDestroy}
			c.MustConverge(config)
			c.MustConverge(nil)
			told := c.Converge(config).String()
			acctest.Says(t, told, alreadyExists)
			if tc.says != "" {
				acctest.Says(t, told, tc.says, "frozen = false unfreezes it")
			} else if strings.Contains(told, "frozen") {
				t.Errorf("it says that it is frozen:\n%s", told)
			}
			config["adopt_existing"], config["frozen"] = true, false
			c.MustConverge(config)
			isUsable(t, w, "lobby", 0)
		})
	}
}
