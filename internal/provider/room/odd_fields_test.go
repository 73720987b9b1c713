package room_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A field of another type than the pages say is not reported, whoever it belongs to: what
// joins beside such a member, or is in such a room, is as good as ever.
func TestFieldsOfOtherTypesAreNotReported(t *testing.T) {
	t.Parallel()
	for _, populates := range []bool{false, true} {
		w := withLobby(acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{PopulateReplies: populates}}))
		w.PutClient("odd", map[string]any{"nickname": 7, "isRobot": "yes", "clientType": []any{1}})
		w.PutRoom("lobby", map[string]any{
			"status": "1", "opening": true, "botMode": "on", "roomTags": "none", "cover": 1, "extParams": map[string]any{}, "managers": "ann", "members": []any{"odd"},
		})
		for property, value := range map[string]any{"role": 7, "shift": map[string]any{}} {
			w.SetMemberProperty("lobby", "odd", property, value)
		}
		w.SetMemberProperty("lobby", "robot", "role", []any{"admin"})
		c := w.CLI(t, acctest.Room("lobby", `adopt_existing = true`, `description = "x"`)+acctest.Member("lobby", "robot", `properties = { level = 1 }`)+
			"data \"imkit_room\" \"test\" {\n  id = \"lobby\"\n}\n")
		c.Apply()
		c.Empty()
		c.Write(w.Config(acctest.Room("lobby", `adopt_existing = true`, `description = "y"`, `frozen = false`) + acctest.Member("lobby", "robot", `role = "admin"`)))
		c.Apply()
		w.PutRoom("lobby", map[string]any{"status": "1"})
		c.Empty()
		c.Must("destroy", "-auto-approve")
		isIn(w, t, "odd")
	}
}
