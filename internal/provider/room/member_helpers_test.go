package room_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// withLobby puts a room and two clients into a world.
func withLobby(w *acctest.World) *acctest.World {
	w.PutRoom("lobby", map[string]any{"name": "Lobby"})
	w.PutClient("robot", nil)
	w.PutClient("ann", nil)
	return w
}

// inBubble plays Terraform's part in a bubble, where waits take no time: the world
// has a room and two clients.
func inBubble(t *testing.T, options sandbox.Options, play func(c *acctest.Core)) {
	t.Helper()
	acctest.Schemas()
	synctest.Test(t, func(t *testing.T) {
		w := acctest.NewWorldInMemory(t, options)
		w.SetTime(acctest.Epoch)
		play(withLobby(w).Core(t, "imkit_room_member"))
	})
}

// robot is a configuration of the robot in the lobby, with more names and values.
func robot(more ...any) map[string]any {
	config := map[string]any{"room_id": "lobby", "client_id": "robot"}
	for pair := range slices.Chunk(more, 2) {
		config[fmt.Sprint(pair[0])] = pair[len(pair)-1]
	}
	return config
}

// called checks the changes that the server was asked for since it was asked last.
func called(c *acctest.Core, want ...string) {
	c.T.Helper()
	acctest.Equal(c.T, "calls", want, c.W.MemberCalls())
	c.W.ResetRequests()
}

// inRoom checks who is in the lobby.
func inRoom(c *acctest.Core, want ...string) {
	c.T.Helper()
	room, _ := c.W.Room("lobby")
	if diff := cmp.Diff(want, room.Members, cmpopts.EquateEmpty()); diff != "" {
		c.T.Errorf("members (-want +got):\n%s", diff)
	}
}

// role is that of the robot on the server, whether it is in the lobby or was.
func role(c *acctest.Core) any {
	room, _ := c.W.Room("lobby")
	return room.Properties["robot"]["role"]
}

// refuses checks that an apply fails with one error on an attribute, "" for none.
func refuses(c *acctest.Core, config map[string]any, attribute string, words ...string) {
	c.T.Helper()
	failsOn(c, c.Converge(config), attribute, words...)
}

func failsOn(c *acctest.Core, told acctest.Said, attribute string, words ...string) {
	c.T.Helper()
	if n := told.Count(tfprotov6.DiagnosticSeverityError); n != 1 {
		c.T.Fatalf("%d errors:\n%s", n, told)
	}
	acctest.Says(c.T, told.String(), words...)
	for _, d := range told {
		if at := d.Attribute.String(); d.Severity == tfprotov6.DiagnosticSeverityError && at != attribute {
			c.T.Errorf("the error is on %q, want %q:\n%s", at, attribute, told)
		}
	}
}
