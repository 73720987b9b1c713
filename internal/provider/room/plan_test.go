package room_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const (
	alreadyExists = "Room already exists"
	takenOver     = "Existing room will be taken over"
	uselessHook   = "Webhook does nothing without bot_mode"
)

func TestPlanWarnsOfARoomThatExists(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	id := `somebody's "own" ${id}`
	theirs := map[string]any{"name": "Theirs", "description": "Theirs", "members": []any{"ann"}, "roomTags": []any{"a", "b"}, "webhook": "https://example.com/?key=theirs"}
	w.PutRoom(id, theirs)
	before, _ := w.Room(id)
	c := w.CLI(t, acctest.Room(id, `name = "Ours"`))
	acctest.Says(t, c.Must("plan"), alreadyExists, "The apply will stop here.", `is on the server already`, "import {", `id = "somebody's \"own\" $${id}"`)
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists, `is on the server already`, "to = imkit_room.NAME", "adopt_existing = true")
	after, _ := w.Room(id)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the room was changed (-before +after):\n%s", diff)
	}

	adopting := func(lines ...string) string {
		return w.Config(acctest.Room(id, append(lines, "adopt_existing = true", `webhook = "https://example.com/?key=ours"`, "bot_mode = true")...))
	}
	c.Write(adopting(`name = "Ours"`, `tags = ["b", "a"]`, `member_ids = ["bob"]`, `open = false`))
	output := c.Must("plan")
	acctest.Says(t, output, takenOver, "What will change: bot_mode, member_ids, name, open, webhook.")
	if strings.Contains(output, "key=") {
		t.Errorf("the webhook is in the plan:\n%s", output)
	}
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "Existing room was taken over", "1 added")
	calls, bodies := w.RoomChanges()
	want := []map[string]any{
		{"invitees": []any{"bob"}, "invitationRequired": false, "systemMessage": false},
		{"name": "Ours", "botMode": true, "opening": acctest.Number("0"), "webhook": "https://example.com/?key=ours"},
		{"members": []any{"ann"}, "systemMessage": false},
	}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("%q (-want +sent):\n%s", calls, diff)
	}
	c.Empty()
	room, _ := w.Room(id)
	if room.Fields["description"] != "Theirs" {
		t.Errorf("taking over changed more than what is configured: %v", room.Fields)
	}

	w.PutRoom("other", map[string]any{"name": "Other"})
	c.Write(w.Config(acctest.Room("other", `name = "Other"`, "adopt_existing = true", "member_ids = []")))
	acctest.Says(t, c.Must("plan"), takenOver, `Room "other"`, "Nothing of it will change.")
	if n := w.RepeatedRoomCreates(); n != 0 {
		t.Errorf("%d creates of a room that was there", n)
	}
}

// What this run knows from a state is no news, whatever Terraform makes of it.
func TestPlanDoesNotWarnOfRoomsInState(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	swapped := func(a, b string) string {
		return fmt.Sprintf("resource \"imkit_room\" \"a\" {\n  id = %q\n}\nresource \"imkit_room\" \"b\" {\n  id = %q\n}\n", a, b)
	}
	c := w.CLI(t, swapped("one", "two"))
	c.Apply()
	for name, output := range map[string]string{
		"replaced": c.Must("plan", "-replace=imkit_room.a"),
		"tainted":  c.Must("taint", "imkit_room.b") + c.Must("plan"),
		"swapped":  func() string { c.Write(w.Config(swapped("two", "one"))); return c.Must("plan") }(),
	} {
		if strings.Contains(output, alreadyExists) {
			t.Errorf("%s:\n%s", name, output)
		}
	}
	c.Apply()
	c.Empty()
	for _, id := range []string{"one", "two"} {
		if room, _ := w.Room(id); room.Fields["status"] != acctest.Number("1") {
			t.Errorf("swapped, room %s is frozen", id)
		}
	}
}

// Two resources of one room are a mistake that the second of them is told.
func TestTwoResourcesOfOneRoom(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{Overwrite: true}})
	c := w.CLI(t, acctest.Room("lobby", `name = "One"`)+strings.ReplaceAll(acctest.Room("lobby", `name = "Two"`), `"test"`, `"second"`))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists)
	if n := w.RepeatedRoomCreates(); n != 0 {
		t.Errorf("%d creates of a room that was there", n)
	}
}

// A plan that cannot tell says nothing, and the apply decides.
func TestPlanThatCannotLookForARoomSaysNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"broken":  {Status: http.StatusInternalServerError, Body: "{}"},
		"garbled": {Status: http.StatusOK, Body: "{"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.PutRoom("lobby", nil)
			c := w.CLI(t, acctest.Room("lobby"))
			fault.Method, fault.Route = http.MethodGet, acctest.RouteExists
			w.Inject(fault)
			if output := c.Must("plan"); strings.Contains(output, "Warning") {
				t.Errorf("the plan says:\n%s", output)
			}
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to look for room", `room "lobby"`)
			w.ClearFaults()
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists)
			if n := w.RepeatedRoomCreates(); n != 0 {
				t.Errorf("%d creates of a room that was there", n)
			}
		})
	}
}

func TestWebhookWithoutBotMode(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	const hook = `webhook = "https://example.com/?key=secret"`
	for lines, warned := range map[string]bool{
		hook + "\n  bot_mode = false": true,
		hook:                          true,
		hook + "\n  bot_mode = true":  false,
		`webhook = ""`:                false,
		`bot_mode = false`:            false,
		hook + "\n  bot_mode = terraform_data.x.output == true": false,
	} {
		c.Write(w.Config("resource \"terraform_data\" \"x\" {\n  input = true\n}\n" + acctest.Room("lobby", lines)))
		output := c.Must("plan")
		if strings.Contains(output, uselessHook) != warned {
			t.Errorf("%s: warned is %t\n%s", lines, !warned, output)
		}
		if strings.Contains(output, "key=secret") {
			t.Errorf("the webhook is in the plan:\n%s", output)
		}
	}

	// One whose bot others turned on gets its events.
	w.PutRoom("lobby", map[string]any{"botMode": true, "webhook": "theirs"})
	c.Write(w.Config(acctest.Room("lobby", hook) + "import {\n  to = imkit_room.test\n  id = \"lobby\"\n}\n"))
	if output := c.Apply(); strings.Contains(output, uselessHook) {
		t.Errorf("the bot is on:\n%s", output)
	}
}

// A room of two people is the app's own business.
func TestDirectRoomsAreNotManaged(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutRoom("chat", map[string]any{"roomType": "direct"})
	c := w.CLI(t, acctest.Room("chat", "adopt_existing = true"))
	const said = "Room is a conversation of two people"
	acctest.Says(t, c.Must("plan"), "Warning: "+said, "The apply will stop here.")
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+said)
	acctest.Says(t, c.Fails("import", acctest.RoomAddress, "chat"), "Error: "+said)
	if calls, _ := w.RoomChanges(); len(calls) > 0 {
		t.Errorf("it was changed: %q", calls)
	}
}

// What is not known yet may change a room that is taken over, or not, whatever the
// server has.
func TestTakingOverWithUnknownValues(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutRoom("lobby", map[string]any{"name": "Theirs", "botMode": false})
	c := w.Core(t, "imkit_room")
	unknown := map[string]any{
		"id": "lobby", "adopt_existing": true, "on_destroy": acctest.Unknown,
		"name": acctest.Unknown, "description": acctest.Unknown, "frozen": acctest.Unknown, "webhook": acctest.Unknown,
		"tags": []any{"a", acctest.Unknown}, "member_ids": acctest.Unknown,
	}
	const may = "What may change, once it is known: description, frozen, member_ids, name, tags, webhook."
	if _, told := c.Plan(unknown); !strings.Contains(told.String(), "adopt_existing is true. "+may) {
		t.Errorf("%s", told)
	}
	unknown["bot_mode"] = true
	if _, told := c.Plan(unknown); !strings.Contains(told.String(), "What will change: bot_mode. "+may) {
		t.Errorf("%s", told)
	}
}
