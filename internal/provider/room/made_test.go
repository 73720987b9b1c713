package room_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// What this run made is there, although look-ups do not show it yet.
func TestRoomOfWhomThisRunMade(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, route := range []string{acctest.RouteClients, acctest.RouteGroups} {
		w.Inject(sandbox.Fault{Method: "GET", Route: route, Body: `{"RC":0,"RM":"OK","result":{"totalCount":0,"data":[]}}`})
	}
	c := w.CLI(t, acctest.Client("ann")+acctest.Room("lobby", `manager_ids = [imkit_client.test.id]`, `member_ids = [imkit_client.test.id]`))
	c.Apply()
	if n := w.Count("GET", acctest.RouteClients); n != 1 { // before the client was created
		t.Errorf("%d look-ups", n)
	}
	isIn(w, t, "ann")
}
