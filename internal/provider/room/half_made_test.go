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

// refused is a PUT of settings that the server refuses, for good; it freezes and
// thaws nevertheless.
var refused = sandbox.Fault{
	Method: http.MethodPut, Route: acctest.RouteRoom, Status: http.StatusBadRequest, Body: `{"error":"INVALID_REQUEST","message":"Not now."}`,
	Match: func(_ *http.Request, body []byte) bool {
		return bytes.Contains(body, []byte("opening")) || bytes.Contains(body, []byte("name"))
	},
}

const halfMade = "Room is kept in state as tainted"

// A room whose creation stops after the first call is in state with what was
// done. The next apply ends well whatever on_destroy says, and nothing that was
// written in between is lost.
func TestRoomThatIsHalfMade(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []string{"freeze", "delete", "keep"} {
		for _, hides := range []int{0, http.StatusNotFound} {
			t.Run(fmt.Sprint(onDestroy, hides), func(t *testing.T) {
				t.Parallel()
				w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: hides}})
				w.People("ann", "bob")
				body := acctest.Room("lobby", `name = "Lobby"`, `member_ids = ["ann"]`, `manager_ids = ["ann"]`, `open = false`, fmt.Sprintf("on_destroy = %q", onDestroy))
				c := w.CLI(t, body)
				w.Inject(refused)
				acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to create room", "PUT /rooms/{id}", "Not now.", halfMade, "That keeps the room", "terraform untaint")
				acctest.Says(t, c.Must("state", "show", "-no-color", acctest.RoomAddress), "(tainted)", `id = "lobby"`, `name = "Lobby"`, `"ann"`)
				w.Chat(t, "lobby", "ann")

				// It goes wrong once more, while it is replaced.
				acctest.Says(t, c.Fails("apply", "-auto-approve"), halfMade)
				if onDestroy == "keep" {
					isUsable(t, w, "lobby", 1)
				}
				w.ClearFaults()
				acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
				isUsable(t, w, "lobby", 1)
				c.Empty()
				room, _ := w.Room("lobby")
				if got := fmt.Sprintf("%v %v %v %v", room.Fields["name"], room.Fields["opening"], room.Fields["managers"], room.Members); got != "Lobby 0 [ann] [ann]" {
					t.Errorf("the room is %s", got)
				}
				madeOnce(t, w)
				acctest.Says(t, c.Must("state", "show", "-no-color", acctest.RoomAddress), fmt.Sprintf("on_destroy = %q", onDestroy))
			})
		}
	}
}

// Destroyed before it was ever whole, it is not deleted either: people may have
// written in it.
func TestHalfMadeRoomIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	c := w.CLI(t, acctest.Room("lobby", `open = false`, `on_destroy = "delete"`))
	w.Inject(refused)
	c.Fails("apply", "-auto-approve")
	w.ClearFaults()
	w.Chat(t, "lobby", "ann")
	acctest.Says(t, c.Must("destroy", "-auto-approve"), remains, `Room "lobby" was frozen`)
	isFrozen(t, w, "lobby")
	hasHistory(t, w, "lobby", 1)
}

func TestHalfMadeRoomIsFinishedOnceItIsUntainted(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	c := w.CLI(t, acctest.RoomWith(`name = "Lobby"`, `open = false`, `manager_ids = ["ann"]`, `on_destroy = "delete"`))
	w.Inject(refused)
	acctest.Says(t, c.Fails("apply", "-auto-approve"), halfMade, "As no id is configured, that creates another room and leaves this one on the server.")
	w.ClearFaults()
	c.Must("untaint", acctest.RoomAddress)
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	_, bodies := w.RoomChanges()
	acctest.Equal(t, "sent", []map[string]any{{"opening": acctest.Number("0"), "managers": []any{"ann"}}}, bodies)
	c.Empty()
	if ids := w.RoomIDs(); len(ids) != 1 {
		t.Errorf("there are %d rooms", len(ids))
	}
	acctest.Says(t, c.Must("state", "show", "-no-color", acctest.RoomAddress), `on_destroy = "delete"`)
}

// Without an id, the room that is half made is frozen, and another takes its place.
func TestHalfMadeRoomWithoutAnID(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.RoomWith(`name = "Lobby"`, `open = false`))
	w.Inject(refused)
	c.Fails("apply", "-auto-approve")
	w.ClearFaults()
	half := w.RoomIDs()
	acctest.Says(t, c.Apply(), remains, fmt.Sprintf("Room %q was frozen", half[0]), "1 added, 0 changed, 1 destroyed")
	c.Empty()
	isFrozen(t, w, half[0])
	if ids := w.RoomIDs(); len(ids) != 2 {
		t.Errorf("there are %d rooms", len(ids))
	}
}

// Who joins after the first hundred may be refused when the room is there already.
func TestHalfMadeRoomHasTheMembersWhoAreIn(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "member_ids": manyIDs(w, 250), "on_destroy": "delete"}
	refuses := 0
	w.Inject(sandbox.Fault{
		Method: http.MethodPost, Route: acctest.RouteJoin, Status: http.StatusBadRequest, Body: `{"error":"INVALID_REQUEST","message":"Full."}`,
		Match: func(*http.Request, []byte) bool { refuses++; return refuses > 1 },
	})
	acctest.Says(t, c.Converge(config).String(), "POST /rooms/{id}/members", "Full.", halfMade)
	if n := strings.Count(c.Attributes(c.State.Value)["member_ids"].String(), "String<"); n != 200 || !c.State.Tainted {
		t.Errorf("%d members are in state, want 200", n)
	}
	w.ClearFaults()
	c.MustConverge(config)
	c.MustPlan(config, acctest.NoChange)
	if room, _ := w.Room("lobby"); len(room.Members) != 250 || w.RepeatedRoomCreates() != 0 {
		t.Errorf("%d members are in the room", len(room.Members))
	}
}

// What exists is nobody's until it is taken over as a whole.
func TestTakingOverThatFailsLeavesNoState(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	w.PutRoom("lobby", map[string]any{"name": "Theirs"})
	w.Chat(t, "lobby", "ann")
	c := w.CLI(t, acctest.Room("lobby", `name = "Ours"`, `adopt_existing = true`, `on_destroy = "delete"`, `member_ids = ["ann"]`))
	w.Inject(refused)
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to adopt room", "Not now.")
	if left := c.Must("state", "list"); left != "" {
		t.Errorf("in state is %s", left)
	}
	w.ClearFaults()
	c.Apply()
	c.Empty()
	isUsable(t, w, "lobby", 1)
	isIn(w, t, "ann")
}
