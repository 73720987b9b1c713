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
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to look for room", "GET /rooms/{id}", notAllowed, "The API key is valid", "premises")
			if ids := w.RoomIDs(); len(ids) > 0 {
				t.Errorf("made without a look: %q", ids)
			}

			// Without an id there is nothing to look for, and creating is an administrator's call.
			c.Write(w.Config(acctest.RoomWith(`name = "Lobby"`)))
			c.Apply()
			for name, args := range map[string][]string{
				"GET /rooms/{id}": {"plan"}, "PUT /rooms/{id}": {"destroy", "-auto-approve", "-refresh=false"},
			} {
				acctest.Says(t, c.Fails(args...), name, notAllowed, "The API key is valid")
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
	acctest.Says(t, output, "Unable to look for room", "Either there is no such room, or the server does not let the API key make this call: GET /rooms/{id}", "leave id out")
	acctest.SaysNot(t, output, "The API key is valid") // which is unknown
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

// What the server stores otherwise is told at once, each attribute by its name.
func TestServerThatStoresOtherwise(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("mine")
	c := w.Core(t, "imkit_room")
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"mine"}})
	others := strings.NewReplacer("mine", "theirs", `"botMode":true`, `"botMode":false`, `"opening":0`, `"opening":1`)
	w.Inject(sandbox.Fault{Method: http.MethodPut, Route: acctest.RouteRoom, Rewrite: func(body []byte) []byte { return []byte(others.Replace(string(body))) }})
	told := c.MustConverge(map[string]any{
		"id": "lobby", "name": "mine", "cover_url": "https://example.com/mine", "description": "mine", "ext_params": "mine", "tags": []any{"mine"},
		"webhook": "https://example.com/?key=mine", "owner_id": "mine", "manager_ids": []any{"mine"}, "open": false, "bot_mode": true,
	}).String()
	acctest.Says(t, told, "Server stored another value", "bot_mode, cover_url, description, ext_params, manager_ids, name, open, owner_id, tags, webhook")
	acctest.SaysNot(t, told, "key=")
}
