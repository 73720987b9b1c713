package provider_test

import (
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// One reply that does not have what is there takes nothing out of the state, issues no
// second token, and refuses nothing.
func TestOneEmptyReplyIsNoAbsence(t *testing.T) {
	t.Parallel()
	body := acctest.Client("robot") + acctest.ClientToken() + acctest.Room("lobby") + acctest.Member("lobby", "ann", "depends_on = [imkit_room.test]") + acctest.ConfigKey("flag", "1") + `
data "imkit_client" "ann" {
  id = "ann"
}

data "imkit_clients" "many" {
  ids = ["ann"]
}

output "found" {
  value = length(data.imkit_clients.many.clients)
}
`
	fault := func(route, body string, status int) sandbox.Fault {
		return sandbox.Fault{Method: http.MethodGet, Route: route, Status: status, Body: body, Times: 1}
	}
	for name, c := range map[string]struct {
		options sandbox.Options
		fault   sandbox.Fault
	}{
		"clients": {sandbox.Options{}, fault(acctest.RouteClients, `{"RC":0,"result":{"totalCount":0,"data":[]}}`, 0)},
		"room":    {sandbox.Options{Rooms: sandbox.RoomOptions{NoExistsRoute: true}}, fault(acctest.RouteRoom, `{"RC":404,"RM":"Not Found"}`, http.StatusNotFound)},
		"member":  {sandbox.Options{}, fault(acctest.RouteRoom, `{"RC":0,"result":{"_id":"lobby","members":[]}}`, 0)},
		"keys":    {sandbox.Options{}, fault("/config", `{"RC":0,"result":{}}`, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, c.options)
			w.People("ann")
			cli := w.CLI(t, body)
			cli.Apply()
			before := w.LiveTokens("robot")
			w.Inject(c.fault)
			cli.Empty()
			w.Inject(c.fault)
			cli.Apply()
			acctest.Equal(t, "tokens", before, w.LiveTokens("robot"))
			w.Inject(c.fault)
			cli.Must("destroy", "-auto-approve")
			if alive := w.LiveTokens("robot"); len(alive) > 0 {
				t.Errorf("alive after destroy: %d tokens", len(alive))
			}
			acctest.Equal(t, "configuration", 0, len(w.Server.Config()))
		})
	}
}

// A token whose client is gone leaves the state, which is said, since nobody revoked it.
func TestTokenOfAClientThatIsGone(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	cli := w.CLI(t, acctest.Client("robot")+acctest.ClientToken())
	cli.Apply()
	w.RemoveClient("robot")
	output := cli.Must("plan")
	acctest.SaidOnce(t, output, "Token was removed from state without being revoked")
	acctest.Says(t, output, `client "robot"`, "2 to add")
}
