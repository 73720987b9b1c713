package room_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const (
	alreadyExists = "Room already exists"
	uselessHook   = "Webhook does nothing without bot_mode"
)

func TestRoomThatExists(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	id := `somebody's "own" ${id}`
	theirs := map[string]any{"name": "Theirs", "description": "Theirs", "members": []any{"ann"}, "roomTags": []any{"a", "b"}, "webhook": "https://example.com/?key=theirs"}
	w.PutRoom(id, theirs)
	before, _ := w.Room(id)
	c := w.CLI(t, acctest.Room(id, `name = "Ours"`))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists, `is on the server already`, "to = imkit_room.NAME", `id = "somebody's \"own\" $${id}"`, "adopt_existing = true")
	after, _ := w.Room(id)
	acctest.Equal(t, "the room", before, after)

	adopting := func(lines ...string) string {
		return w.Config(acctest.Room(id, append(lines, "adopt_existing = true", `webhook = "https://example.com/?key=ours"`, "bot_mode = true")...))
	}
	c.Write(adopting(`name = "Ours"`, `tags = ["b", "a"]`, `member_ids = ["bob"]`, `open = false`))
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "Existing room was adopted", "1 added")
	_, bodies := w.RoomChanges()
	want := []map[string]any{
		{"invitees": []any{"bob"}, "invitationRequired": false, "systemMessage": false},
		{"name": "Ours", "botMode": true, "opening": acctest.Number("0"), "webhook": "https://example.com/?key=ours"},
		{"members": []any{"ann"}, "systemMessage": false},
	}
	acctest.Equal(t, "sent", want, bodies)
	c.Empty()
	room, _ := w.Room(id)
	if room.Fields["description"] != "Theirs" {
		t.Errorf("taking over changed more than what is configured: %v", room.Fields)
	}
	madeOnce(t, w)
}

// Rooms that swap their ids are there in the end, and in use.
func TestRoomsThatSwapTheirIDs(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	swapped := func(a, b string) string {
		// Both are destroyed before either is created.
		return fmt.Sprintf("resource \"imkit_room\" \"a\" {\n  id = %q\n  depends_on = [imkit_room.b]\n}\nresource \"imkit_room\" \"b\" {\n  id = %q\n}\n", a, b)
	}
	c := w.CLI(t, swapped("one", "two"))
	c.Apply()
	c.Must("taint", "imkit_room.b")
	c.Write(w.Config(swapped("two", "one")))
	c.Apply()
	c.Empty()
	for _, id := range []string{"one", "two"} {
		if room, _ := w.Room(id); room.Fields["status"] != acctest.Number("1") {
			t.Errorf("swapped, room %s is frozen", id)
		}
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
	acctest.SaysNot(t, c.Apply(), uselessHook)
}

// A room of two people is the app's own business.
func TestDirectRoomsAreNotManaged(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutRoom("chat", map[string]any{"roomType": "direct"})
	c := w.CLI(t, acctest.Room("chat", "adopt_existing = true"))
	const said = "Room is a direct room"
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+said)
	acctest.Says(t, c.Fails("import", acctest.RoomAddress, "chat"), "Error: "+said)
	if calls, _ := w.RoomChanges(); len(calls) > 0 {
		t.Errorf("it was changed: %q", calls)
	}
}
