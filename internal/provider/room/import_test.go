package room_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// theirs is a room that somebody made.
func theirs(w *acctest.World) {
	w.People("ann", "bob")
	w.PutRoom("lobby", map[string]any{"name": "Lobby", "cover": "https://example.com/l.png", "description": "Come in.", "roomTags": []any{"hall"}, "webhook": "hook",
		"botMode": true, "extParams": "a=1", "opening": 0, "owner": "ann", "managers": []any{"bob"}, "members": []any{"ann", "bob"}})
}

const allOfTheirs = "  name = \"Lobby\"\n  cover_url = \"https://example.com/l.png\"\n  description = \"Come in.\"\n  tags = [\"hall\"]\n  webhook = \"hook\"\n  bot_mode = true\n" +
	"  ext_params = \"a=1\"\n  open = false\n  frozen = false\n  owner_id = \"ann\"\n  manager_ids = [\"bob\"]\n  member_ids = [\"bob\"]\n"

func TestRoomImportThenPlanIsEmpty(t *testing.T) {
	t.Parallel()
	importBlock := "import {\n  to = imkit_room.test\n  id = \"lobby\"\n}\n"
	for name, lines := range map[string]string{"all of it configured": allOfTheirs, "only the id configured": "", "nothing configured": "no id"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			theirs(w)
			body := acctest.Room("lobby", lines)
			if lines == "no id" {
				body = acctest.RoomWith()
			}
			c := w.CLI(t, importBlock+body)
			acctest.Says(t, c.Apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
			c.Empty()
			c.Empty("-refresh-only")
			if calls, _ := w.RoomChanges(); len(calls) > 0 {
				t.Errorf("importing sent %q", calls)
			}
		})
	}
}

// What a server does not tell after an import is sent once where it is configured,
// and not managed where it is not.
func TestRoomImportedFromAServerThatSaysLittle(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()}})
	theirs(w)
	c := w.CLI(t, acctest.Room("lobby"))
	c.Must("import", acctest.RoomAddress, "lobby")
	c.Empty()
	c.Empty("-refresh-only")
	c.Write(w.Config(acctest.Room("lobby", allOfTheirs)))
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	_, bodies := w.RoomChanges()
	want := []map[string]any{{
		"name": "Lobby", "cover": "https://example.com/l.png", "roomTags": []any{"hall"}, "webhook": "hook", "botMode": true, "extParams": "a=1",
		"opening": acctest.Number("0"), "status": acctest.Number("1"), "managers": []any{"bob"},
	}}
	acctest.Equal(t, "sent", want, bodies)
	c.Empty()
	c.Empty("-refresh-only")
	w.ResetRequests()
	c.Apply()
	if calls, _ := w.RoomChanges(); len(calls) > 0 {
		t.Errorf("it is sent again: %q", calls)
	}
}
