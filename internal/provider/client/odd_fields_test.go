package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A record with fields of another type than the API's pages say fails nobody: what cannot
// be read is not reported, and taking the client over repairs it.
func TestFieldsOfAnotherTypeFailNobody(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	w.PutClient("odd", map[string]any{"nickname": 7, "avatarUrl": []any{}, "isRobot": "yes", "lastLoginTimeMS": "today", "team": "a"})
	const sources = `
data "imkit_client" "odd" {
  id = "odd"
}

data "imkit_clients" "all" {}

output "read" {
  value = [data.imkit_client.odd.nickname, data.imkit_client.odd.is_robot, data.imkit_client.odd.custom_attributes.team, length(data.imkit_clients.all.clients)]
}

resource "imkit_client_batch" "both" {
  clients = { ann = { nickname = "Ann" }, odd = { avatar_url = "https://example.com/a.png" } }
}
`
	c := w.CLI(t, sources)
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	c.Empty()
	c.Write(w.Config(sources + acctest.Client("odd", `nickname = "Even"`, "is_robot = true", "adopt_existing = true")))
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	acctest.Says(t, c.Apply(), "0 added, 0 changed, 0 destroyed") // the data sources were read before it
	c.Empty()
	client, _ := w.Client("odd")
	if client["nickname"] != "Even" || client["isRobot"] != true {
		t.Errorf("the server has %v", client)
	}
}

// A server that keeps ids in another form is told at once, in one error that names it, and
// nothing enters the state. With that form, the client is taken over.
func TestClientWhoseIDIsKeptOtherwise(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{LowerCaseIDs: true})
	c := w.CLI(t, acctest.Client("Bot-ONE"))
	output := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, output, "Unable to create client")
	acctest.Says(t, output, `"bot-one"`, "adopt_existing = true")
	acctest.SaysNot(t, output, "tainted", "may pass", "Check what answers")
	if n := w.Count(http.MethodPost, acctest.RouteClients); n != 1 || strings.Contains(c.ReadFile("terraform.tfstate"), "Bot-ONE") {
		t.Errorf("%d calls; the state is %s", n, c.ReadFile("terraform.tfstate"))
	}
	c.Write(w.Config(acctest.Client("bot-one", "adopt_existing = true")))
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	c.Empty()
}
