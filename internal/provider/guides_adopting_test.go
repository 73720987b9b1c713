package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const adoptingGuide = "adopting.md.tmpl"

// adoptingScript is the script of the guide that has such words.
func adoptingScript(t *testing.T, words string) string {
	t.Helper()
	for _, script := range scriptsOf(t, adoptingGuide) {
		if strings.Contains(script, words) {
			return script
		}
	}
	t.Fatalf("the guide has no script with %q", words)
	return ""
}

// The way of the guide "Adopting an existing installation", with its own commands.
func TestGuideAdoptingByQuery(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Queries) {
		return
	}
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, id := range []string{"parcel-robot", "support-desk"} {
		w.PutClient(id, map[string]any{"nickname": id, "isRobot": true, "team": "support"})
	}
	w.PutClient("ada", nil)
	c := exampleCLI(t, w, "adopt-by-query")
	acctest.Equal(t, "the query of the guide", c.ReadFile("robots.tfquery.hcl"), strings.TrimLeft(readGuides(t)[adoptingGuide+"/1"]["main.tfquery.hcl"], "\n"))
	acctest.Says(t, c.Shell().Must(adoptingScript(t, "terraform query\n")), "id=parcel-robot", "id=support-desk")
	acctest.Says(t, c.Shell().Must(adoptingScript(t, "terraform query -gen")), "2 to import, 0 to add, 0 to change, 0 to destroy")

	c.Shell().Must(adoptingScript(t, "robots.tf > edited.tf"))
	acctest.Says(t, c.Must("plan", "-out=saved"), "2 to import, 0 to add, 2 to change, 0 to destroy")
	w.ResetRequests()
	c.Must("apply", "saved")
	c.Empty()
	w.NothingSent(t)
	c.Must("destroy", "-auto-approve")
	if n := w.Count("DELETE", ""); n != 0 {
		t.Errorf("%d tokens were revoked", n)
	}
}

// What an older Terraform is told to do, for every kind of object.
func TestGuideAdoptingThroughAnOutput(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, `
		resource "imkit_client" "robot" {
		  id       = "parcel-robot"
		  nickname = "Parcel robot"
		  is_robot = true
		}
		resource "imkit_group" "desk" {
		  id         = "desk"
		  nickname   = "Desk"
		  member_ids = [imkit_client.robot.id]
		}
		resource "imkit_config" "flags" {
		  for_each = { "flags/web" = { dark = true }, words = ["$${a}", 2.5, null], text = "{ \"a\": 1 }" }
		  key      = each.key
		  value    = each.value
		}
		resource "imkit_room" "all" {
		  for_each    = toset(["lobby", "on-duty"])
		  id          = each.key
		  name        = "Room"
		  webhook     = "https://example.com/events"
		  member_ids  = [imkit_group.desk.id]
		  description = "A room"
		}`)
	c.Apply()
	w.PutConfig("nothing", nil)

	c = w.CLI(t, readGuides(t)[adoptingGuide+"/2"]["main.tf"])
	c.Env = append(c.Env, "TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve")
	c.Shell().Must(adoptingScript(t, "output -raw imports"))
	acctest.Says(t, c.Shell().Must(adoptingScript(t, "terraform plan -generate-config-out")), "7 to import, 0 to add, 1 to change, 0 to destroy", "whitespace changes")
	c.Shell().Must(adoptingScript(t, "generated.tf > edited.tf"))
	generated := strings.ReplaceAll(c.ReadFile("generated.tf"), "jsonencode({\n    a = 1\n  })", `"{ \"a\": 1 }"`)
	for _, id := range []string{"desk", "lobby", "on-duty"} {
		if !strings.Contains(strings.Join(strings.Fields(generated), " "), `id = "`+id+`"`) {
			t.Errorf("the id of %s is not in the configuration:\n%s", id, generated)
		}
	}
	c.WriteFile("generated.tf", generated)
	c.Write(w.Config(""))
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "7 imported, 0 added, 3 changed, 0 destroyed") // on_destroy of the client and the rooms
	c.Empty()
	w.NothingSent(t)
	c.WriteFile("imports.tf", "")
	c.WriteFile("generated.tf", "")
	c.Apply()
	if n := w.Count("DELETE", acctest.RouteToken); n != 0 {
		t.Errorf("%d tokens were revoked", n)
	}
	if room, ok := w.Room("lobby"); !ok || room.Fields["status"] == json.Number("0") {
		t.Errorf("the room is %+v", room)
	}
}
