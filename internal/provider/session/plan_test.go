package session_test

import (
	"fmt"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// spelled are resources whose state has JSON as a server gives it back, a tuple,
// where the configuration has a list and something that is not known in a plan.
var spelled = map[string]struct{ body, id string }{
	"imkit_client": {`
resource "imkit_client" "test" {
  id                = "robot"
  custom_attributes = { tags = tolist(["a"]), x = terraform_data.x.output }
}`, "robot"},
	"imkit_config": {`
resource "imkit_config" "test" {
  key   = "robot"
  value = { tags = tolist(["a"]), x = terraform_data.x.output }
}`, "robot"},
	"imkit_room_member": {`
resource "imkit_room_member" "test" {
  room_id    = "lobby"
  client_id  = "robot"
  properties = { tags = tolist(["a"]), x = terraform_data.x.output }
}`, "lobby/robot"},
}

// What is not known in a plan, and turns out to be what it was, does not part the
// plan from the apply over the spelling of what stands beside it.
func TestSpellingDoesNotPartPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, c := range spelled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			json := map[string]any{"tags": []any{"a"}, "x": "1"}
			w.PutClient("robot", json)
			w.PutConfig("robot", json)
			w.PutRoom("lobby", map[string]any{"members": []string{"robot"}})
			for property, v := range json {
				w.SetMemberProperty("lobby", "robot", property, v)
			}
			source := func(again string) string {
				return fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  input            = \"1\"\n  triggers_replace = %q\n}\n", again)
			}
			cli := w.CLI(t, source("one")+c.body)
			cli.Apply("-target=terraform_data.x")
			cli.Must("import", name+".test", c.id)
			cli.Empty()
			cli.Write(w.Config(source("two") + c.body))
			cli.Apply()
			cli.Empty()
			cli.Write(w.Config(source("three") + c.body))
			cli.Apply()
			cli.Empty()
		})
	}
}

// Nor does an owner who is not known in a plan, and is among the members already.
func TestOwnerDoesNotPartPlanAndApply(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{OwnerIsMember: true}})
	w.PutClient("ann", nil)
	w.PutClient("bob", nil)
	w.PutRoom("lobby", map[string]any{"owner": "bob", "members": []string{"ann", "bob"}})
	body := func(again string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"owner\" {\n  input            = \"bob\"\n  triggers_replace = %q\n}\n", again) +
			"resource \"imkit_room\" \"test\" {\n  id         = \"lobby\"\n  member_ids = [\"ann\"]\n  owner_id   = terraform_data.owner.output\n}\n"
	}
	cli := w.CLI(t, body("one"))
	cli.Apply("-target=terraform_data.owner")
	cli.Must("import", "imkit_room.test", "lobby")
	cli.Empty()
	cli.Write(w.Config(body("two")))
	cli.Apply()
	cli.Empty()
}
