package room_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const remains = "Room remains on the server"

// isUsable checks that a room is not frozen, and that its history is there.
func isUsable(t *testing.T, w *acctest.World, id string, messages int) {
	t.Helper()
	room, there := w.Room(id)
	if !there || room.Fields["status"] != acctest.Number("1") {
		t.Errorf("room %s is there %t: %v", id, there, room.Fields)
	}
	hasHistory(t, w, id, messages)
}

func hasHistory(t *testing.T, w *acctest.World, id string, messages int) {
	t.Helper()
	n := 0
	for _, m := range w.Messages() {
		if m.Sent["room"] == id {
			n++
		}
	}
	if n != messages {
		t.Errorf("room %s has %d messages, want %d", id, n, messages)
	}
}

func isFrozen(t *testing.T, w *acctest.World, id string) {
	t.Helper()
	if room, there := w.Room(id); !there || room.Fields["status"] != acctest.Number("0") {
		t.Errorf("room %s is there %t, and not frozen: %v", id, there, room.Fields)
	}
}

func TestWhatDestroyDoesToARoom(t *testing.T) {
	t.Parallel()
	for onDestroy, want := range map[string]struct {
		says, calls string
	}{
		"freeze": {`Room "lobby" was frozen`, "PUT /rooms/{id}"},
		"delete": {"", "DELETE /rooms/{id}"},
		"keep":   {`Room "lobby" was left as it is`, ""},
	} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.People("ann")
			c := w.CLI(t, acctest.Room("lobby", fmt.Sprintf("on_destroy = %q", onDestroy)))
			c.Apply()
			w.Chat(t, "lobby", "ann")
			w.ResetRequests()
			output := c.Must("destroy", "-auto-approve")
			acctest.Says(t, output, "1 destroyed", want.says)
			if strings.Contains(output, remains) != (want.says != "") {
				t.Errorf("it says:\n%s", output)
			}
			calls, _ := w.RoomChanges()
			if got := strings.Join(calls, ", "); got != want.calls {
				t.Errorf("sent %q", calls)
			}
			switch onDestroy {
			case "delete":
				if _, there := w.Room("lobby"); there {
					t.Error("it is there")
				}
				hasHistory(t, w, "lobby", 0)
			case "keep":
				isUsable(t, w, "lobby", 1)
			default:
				isFrozen(t, w, "lobby")
				hasHistory(t, w, "lobby", 1)
			}
		})
	}
}

func TestManyRoomsDestroyedWarnOnceOfEachKind(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "resource \"imkit_room\" \"test\" {\n  count      = 9\n  on_destroy = element([\"keep\", \"freeze\", \"delete\"], count.index)\n}\n")
	c.Apply()
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "9 destroyed", "was left as it is", "was frozen")
	if n := strings.Count(output, remains); n != 2 {
		t.Errorf("the warning stands there %d times, want once for each outcome:\n%s", n, output)
	}
}

func TestDestroyOfARoomThatIsGone(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []string{"freeze", "delete"} {
		for _, missing := range []int{0, http.StatusForbidden} {
			t.Run(fmt.Sprint(onDestroy, missing), func(t *testing.T) {
				t.Parallel()
				w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{MissingStatus: missing}})
				c := w.CLI(t, acctest.Room("lobby", fmt.Sprintf("on_destroy = %q", onDestroy)))
				c.Apply()
				w.DeleteRoom("lobby")
				output := c.Must("destroy", "-auto-approve", "-refresh=false")
				acctest.Says(t, output, "1 destroyed")
				acctest.SaysNot(t, output, remains)
			})
		}
	}
}

// A deletion whose answers are all lost is told of, once a look shows that it was done.
func TestDeletionOfARoomThatLooksLost(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Room("lobby", `on_destroy = "delete"`))
	c.Apply()
	w.Inject(sandbox.Fault{Method: http.MethodDelete, Route: acctest.RouteRoom, Cut: true, After: true})
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "Room was deleted although the call failed", `room "lobby"`, "1 destroyed")
	if _, there := w.Room("lobby"); there {
		t.Error("it is there")
	}
}

// Replaced under its own id, a room is usable, and nothing of it is lost.
func TestReplacingARoomUnderItsID(t *testing.T) {
	t.Parallel()
	for _, hides := range []int{0, http.StatusForbidden, http.StatusNotFound} {
		for onDestroy, messages := range map[string]int{"freeze": 1, "keep": 1, "delete": 0} {
			t.Run(fmt.Sprint(onDestroy, hides), func(t *testing.T) {
				t.Parallel()
				w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: hides, Overwrite: true}})
				w.People("ann", "bob")
				c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`, `member_ids = ["ann"]`, fmt.Sprintf("on_destroy = %q", onDestroy)))
				c.Apply()
				w.Chat(t, "lobby", "ann")
				w.AddMembers("lobby", "bob")
				output := c.Apply("-replace=" + acctest.RoomAddress)
				acctest.Says(t, output, "1 added, 0 changed, 1 destroyed")
				acctest.SaysNot(t, output, remains)
				isUsable(t, w, "lobby", messages)
				isIn(w, t, "ann")
				c.Empty()
				madeOnce(t, w)
			})
		}
	}
}

// A room that is to be frozen is not thawed in between for longer than it takes.
func TestReplacingAFrozenRoomLeavesItFrozen(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Room("lobby", "frozen = true"))
	c.Apply()
	c.Apply("-replace=" + acctest.RoomAddress)
	isFrozen(t, w, "lobby")
	c.Empty()
}

// What a moderator froze, a replacement does not thaw.
func TestReplacingARoomThatOthersFroze(t *testing.T) {
	t.Parallel()
	frozenServers(t, func(t *testing.T, w *acctest.World, _ int) {
		c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`))
		c.Apply()
		w.FreezeRoom("lobby")
		acctest.Says(t, c.Apply("-replace="+acctest.RoomAddress), "Room that was replaced is frozen", staysFrozen)
		isFrozen(t, w, "lobby")
		c.Empty()
	})
}

// What a replacement froze, and failed to thaw, the next apply thaws.
func TestReplacingARoomThatFailsToThaw(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`))
	c.Apply()
	w.Inject(sandbox.Fault{
		Method: http.MethodPut, Route: acctest.RouteRoom, Status: http.StatusBadRequest, Body: `{"error":"INVALID_REQUEST","message":"Not now."}`,
		Match: func(_ *http.Request, body []byte) bool { return bytes.Contains(body, []byte(`"status":1`)) },
	})
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.RoomAddress), "Unable to replace room", halfMade)
	isFrozen(t, w, "lobby")
	w.ClearFaults()
	c.Apply()
	isUsable(t, w, "lobby", 0)
	c.Empty()
	acctest.Says(t, c.Must("state", "show", "-no-color", acctest.RoomAddress), `on_destroy = "freeze"`)
}

// Under another id, the room before remains.
func TestReplacingARoomUnderAnotherID(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Room("lobby"))
	c.Apply()
	c.Write(w.Config(acctest.Room("hall")))
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed", remains, `Room "lobby" was frozen`)
	isFrozen(t, w, "lobby")
	acctest.SaysNot(t, c.Apply("-replace="+acctest.RoomAddress), remains)
	c.Write(w.Config(acctest.RoomWith()))
	c.Empty() // no id is configured any more, and it stays
	acctest.Says(t, c.Apply("-replace="+acctest.RoomAddress), remains, `Room "hall" was frozen`)
}

func TestCreateBeforeDestroyOfARoom(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []string{"freeze", "delete", "keep"} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.People("ann")
			body := func(id string, lines ...string) string {
				return acctest.Room(id, append(lines, fmt.Sprintf("on_destroy = %q", onDestroy), acctest.CreateBeforeDestroy)...)
			}
			c := w.CLI(t, body("lobby", `name = "Lobby"`))
			c.Apply()
			w.Chat(t, "lobby", "ann")
			acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.RoomAddress), alreadyExists, "create_before_destroy", "adopt_existing = true")
			isUsable(t, w, "lobby", 1)

			c.Write(w.Config(body("lobby", `name = "Hall"`, "adopt_existing = true")))
			output := c.Apply("-replace=" + acctest.RoomAddress)
			acctest.Says(t, output, "1 added, 0 changed, 1 destroyed")
			acctest.SaysNot(t, output, "will be adopted", "at once") // as a plan says
			isUsable(t, w, "lobby", 1)
			c.Empty()

			// Under another id, it is another room. It is unknown then whether anything else has
			// the one before.
			c.Write(w.Config(body("hall")))
			said := "Room was left as it is"
			if onDestroy == "keep" {
				said = remains
			}
			acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed", said, `oom "lobby"`)
			isUsable(t, w, "hall", 0)
			isUsable(t, w, "lobby", 1)
		})
	}
}

// What an apply that did not end left behind does not take the room along, whatever
// else the next one makes.
func TestRoomLeftBehindLeavesTheRoomAlone(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []string{"freeze", "delete"} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.People("ann")
			body := func(command string) string {
				return acctest.Room("lobby", "adopt_existing = true", fmt.Sprintf("on_destroy = %q", onDestroy), acctest.CreateBeforeDestroy) + acctest.Then(acctest.RoomAddress, command)
			}
			c := w.CLI(t, body("true"))
			c.Apply()
			w.Chat(t, "lobby", "ann")
			// What comes between the new object and the end of the old one fails.
			c.Write(w.Config(body("false")))
			acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.RoomAddress), "local-exec provisioner error")
			c.Write(w.Config(body("true") + strings.ReplaceAll(acctest.Room("hall"), `"test"`, `"another"`)))
			acctest.Says(t, c.Apply(), "Room was left as it is", `room "lobby"`, "import it and destroy it")
			isUsable(t, w, "lobby", 1)
			c.Apply() // some cores leave the old terraform_data for another run
			c.Empty()
			c.Must("destroy", "-auto-approve")
			if room, there := w.Room("lobby"); there && room.Fields["status"] != acctest.Number("0") {
				t.Error("the room outlives its resource")
			}
		})
	}
}
