package room_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A server may let the API key make administrator's calls only. The error says
// which call that is, and that the key is good.
func TestServerThatLetsTheKeyMakeNoUserCalls(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{RefuseUserLevel: status})
			const notAllowed = "The server does not let the API key make this call"
			c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`))
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to look for room", "GET /rooms/{id}", notAllowed, "The key is a good one", "premises")
			if ids := w.RoomIDs(); len(ids) > 0 {
				t.Errorf("made without a look: %q", ids)
			}

			// Without an id there is nothing to look for, and creating is an administrator's call.
			c.Write(w.Config(acctest.RoomWith(`name = "Lobby"`)))
			c.Apply()
			for name, args := range map[string][]string{
				"GET /rooms/{id}": {"plan"}, "PUT /rooms/{id}": {"destroy", "-auto-approve", "-refresh=false"},
			} {
				acctest.Says(t, c.Fails(args...), name, notAllowed, "The key is a good one")
			}
			c.Write(w.Config(acctest.RoomWith(`name = "Hall"`)))
			acctest.Says(t, c.Fails("apply", "-auto-approve", "-refresh=false"), "Unable to update room", "PUT /rooms/{id}", notAllowed)
			acctest.Says(t, c.Must("state", "list"), acctest.RoomAddress)
		})
	}
}

// A server may refuse a room that is not there as one that the key may not see, and
// have nothing that tells. Then nothing is made, and the error has both, and the way out.
func TestServerThatTellsNobodyWhichRoomsThereAre(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{MissingStatus: http.StatusForbidden, NoExistsRoute: true}})
	c := w.CLI(t, acctest.Room("lobby", `name = "Lobby"`))
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Unable to look for room", "Either there is no such room, or the server does not let the API key make this call", "leave id out")
	acctest.SaysNot(t, output, "The key is a good one") // which nobody knows
	if ids := w.RoomIDs(); len(ids) > 0 {
		t.Errorf("made without a look: %q", ids)
	}
	c.Write(w.Config(acctest.RoomWith(`name = "Lobby"`)))
	c.Apply()
	c.Empty()
	w.DeleteRoom(w.RoomIDs()[0])
	for _, args := range [][]string{{"plan"}, {"destroy", "-auto-approve", "-refresh=false"}} {
		acctest.Says(t, c.Fails(args...), "Either there is no such room", "terraform state rm")
	}
	c.Must("state", "rm", acctest.RoomAddress)
	c.Apply()
}

// A key that may do nothing at all is another matter.
func TestKeyThatIsWrong(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	c.Write(strings.Replace(w.Config(acctest.Room("lobby")), sandbox.DefaultAPIKey, "wrong", 1))
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Unable to look for room", "Check the provider's api_key")
	acctest.SaysNot(t, output, "The key is a good one")
}

// An old server has no rooms: that is said, and nothing leaves a state.
func TestServerWithoutRooms(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := "resource \"imkit_room\" \"test\" {\n  count = 3\n  id    = \"room ${count.index}\"\n  name  = \"NAME\"\n}\n"
	c := w.CLI(t, strings.Replace(body, "NAME", "One", 1))
	c.Apply()

	old := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{NoRoutes: true}})
	w.URL = old.URL
	c.Write(w.Config(strings.Replace(body, "NAME", "One", 1)))
	output := c.Empty()
	acctest.SaidOnce(t, output, "Server cannot show rooms")
	acctest.Says(t, output, "GET /rooms/{id}", "The state is kept as it is")
	c.Write(w.Config(strings.Replace(body, "NAME", "Two", 1)))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to update room", "PUT /rooms/{id}", "The server does not know this call")
	acctest.Says(t, c.Fails("destroy", "-auto-approve"), "Unable to freeze room", "The server does not know this call")
	acctest.Says(t, c.Must("state", "list"), "imkit_room.test[0]", "imkit_room.test[2]")

	fresh := old.CLI(t, acctest.RoomWith()+strings.ReplaceAll(acctest.Room("lobby"), `"test"`, `"second"`)+"data \"imkit_room\" \"test\" {\n  id = \"lobby\"\n}\n")
	output = fresh.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Unable to read room", "The server does not know this call")
	fresh.Write(old.Config(acctest.RoomWith() + strings.ReplaceAll(acctest.Room("lobby"), `"test"`, `"second"`)))
	acctest.Says(t, fresh.Fails("apply", "-auto-approve"), "Unable to create room", "POST /rooms/", "Unable to look for room", "The server does not know this call")
	if left := fresh.Must("state", "list"); left != "" {
		t.Errorf("in state is %s", left)
	}
}

// A room that somebody made after the look is somebody's.
func TestRoomThatAppearsAfterTheLook(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "name": "Ours"}
	planned, _ := c.Plan(config)
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteRooms, Status: http.StatusConflict, Body: `{"error":"ROOM_ALREADY_EXISTS","message":"A room with this ID already exists"}`})
	told := c.Apply(planned)
	acctest.Says(t, told.String(), alreadyExists, "import {")
	if c.State != nil || told.Count(tfprotov6.DiagnosticSeverityError) != 1 {
		t.Errorf("it is in state:\n%s", told)
	}
}

// What the server stores otherwise is told at once.
func TestServerThatStoresOtherwise(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	shorten := func(body []byte) []byte {
		return []byte(strings.NewReplacer("A very long name", "A very long", "https://example.com/?key=secret", "https://example.com/").Replace(string(body)))
	}
	config := map[string]any{"id": "lobby", "name": "Lobby", "webhook": "none", "bot_mode": true}
	converge(c, config)
	config["name"], config["webhook"] = "A very long name", "https://example.com/?key=secret"
	w.Inject(sandbox.Fault{Method: http.MethodPut, Route: acctest.RouteRoom, Rewrite: shorten})
	told := converge(c, config).String()
	acctest.Says(t, told, "Server stored another value", "name, webhook")
	if strings.Contains(told, "key=") {
		t.Errorf("the webhook is shown:\n%s", told)
	}
}

// A server that repeats what it was sent gives no webhook away.
func TestErrorsDoNotShowTheWebhook(t *testing.T) {
	t.Parallel()
	const webhook = "https://example.com/?key=secret"
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		w := acctest.NewWorld(t, sandbox.Options{})
		c := w.Core(t, "imkit_room")
		if method == http.MethodPut {
			converge(c, map[string]any{"id": "lobby"})
		}
		w.Inject(sandbox.Fault{Method: method, Status: http.StatusBadRequest, Body: fmt.Sprintf(`{"error":"INVALID_REQUEST","message":"No: %s"}`, webhook)})
		told := c.Converge(map[string]any{"id": "lobby", "webhook": webhook, "bot_mode": true})
		acctest.Says(t, told.String(), "No: (redacted)")
		if strings.Contains(told.String(), "key=secret") {
			t.Errorf("%s: the webhook is shown:\n%s", method, told)
		}
	}
}
