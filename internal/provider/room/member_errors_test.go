package room_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Where errors are.
const (
	onRoom   = `AttributeName("room_id")`
	onClient = `AttributeName("client_id")`
)

// What does not exist is named, on the attribute that names it, whatever the server
// says about it; nothing is in state then, and nothing is left to mend.
func TestMemberOfWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"400":                    {},
		"400, unnamed":           {UnnamedMembers: true},
		"404, unnamed":           {UnnamedMembers: true, UnknownMemberStatus: http.StatusNotFound},
		"404, nobody else knows": {UnknownMemberStatus: http.StatusNotFound, Rooms: sandbox.RoomOptions{NoExistsRoute: true}},
		"403 for rooms":          {Rooms: sandbox.RoomOptions{MissingStatus: http.StatusForbidden}},
		"under 200":              {ErrorsUnder200: true},
		"no groups":              {Groups: sandbox.GroupOptions{NoRoutes: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, options, func(c *acctest.Core) {
				nobody := map[string]any{"room_id": "lobby", "client_id": "robbot"}
				refuses(c, nobody, onClient, "Client does not exist", `no client or group "robbot"`, `room "lobby"`, "imkit_client.NAME.id")
				nowhere := map[string]any{"room_id": "loby", "client_id": "robot"}
				refuses(c, nowhere, onRoom, "Room does not exist", `no room "loby"`, "imkit_room.NAME.id")
				if c.State != nil {
					t.Errorf("in state is %s", c.State.Value)
				}
				c.W.PutClient("robbot", nil)
				c.Settle(nobody)
				inRoom(c, "robbot")
			})
		})
	}
}

// One who does not exist keeps nobody else from joining.
func TestMembersBesideOneWhoDoesNotExist(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	c := w.CLI(t, "resource \"imkit_room_member\" \"test\" {\n  for_each  = toset([\"ann\", \"robot\", \"nobody\"])\n  room_id   = \"lobby\"\n  client_id = each.key\n}\n")
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, `no client or group "nobody"`, "client_id = each.key")
	if n := strings.Count(output, "Error: "); n != 1 {
		t.Errorf("%d errors:\n%s", n, output)
	}
	if room, _ := w.Room("lobby"); len(room.Members) != 2 {
		t.Errorf("in the room are %q", room.Members)
	}
	w.PutClient("nobody", nil)
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	c.Empty()
}

// A server that only invites: an error, until the client has accepted.
func TestMemberThatIsOnlyInvited(t *testing.T) {
	t.Parallel()
	for _, options := range []sandbox.Options{
		{Rooms: sandbox.RoomOptions{InviteAlways: true}},
		{Rooms: sandbox.RoomOptions{InviteAlways: true, Fields: []string{"name", "members"}, PopulateReplies: true}},
	} {
		inBubble(t, options, func(c *acctest.Core) {
			refuses(c, robot("role", "admin"), onClient, "Member was invited and has not joined", `client "robot"`, `room "lobby"`, "a setting of the server")
			if c.State != nil || role(c) != nil {
				t.Errorf("it is in state, with the role %v on the server", role(c))
			}
			c.W.AddMembers("lobby", "robot") // who accepted
			c.Settle(robot("role", "admin"))
		})
	}
	inBubble(t, sandbox.Options{Rooms: sandbox.RoomOptions{InviteByDefault: true}}, func(c *acctest.Core) {
		c.Settle(robot())
		inRoom(c, "robot")
	})
}

// A server that does not let the API key make users' calls: said is which call, and
// what is in state stays there.
func TestMemberWhereTheKeyIsNotAllowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		inBubble(t, sandbox.Options{RefuseUserLevel: status}, func(c *acctest.Core) {
			refuses(c, robot("role", "admin"), "", "Unable to add member", `member "robot" of room "lobby"`, "POST /rooms/{id}/members", "does not let the API key make this call")
			if c.State != nil {
				t.Error("it is in state")
			}
			refuse := func(status int) func(o *sandbox.Options) {
				return func(o *sandbox.Options) { o.RefuseUserLevel = status }
			}
			c.W.Configure(refuse(0))
			c.Settle(robot("role", "admin"))
			leaving, _ := c.Plan(nil)
			changing, _ := c.Plan(robot("role", "member"))
			c.W.Configure(refuse(status))
			failsOn(c, c.Apply(changing), "", "Unable to set the role of member", "PUT /rooms/{id}/member/{client}", "does not let the API key make this call")
			failsOn(c, c.Apply(leaving), "", "Unable to remove the admin role of member", "PUT /rooms/{id}/member/{client}", "does not let the API key make this call")
			refuses(c, robot("role", "admin"), "", "Unable to read member", "GET /rooms/{id}", "does not let the API key make this call")
			c.W.Configure(refuse(0))
			c.MustPlan(robot("role", "admin"), acctest.NoChange)
			inRoom(c, "robot")
		})
	}
}

func TestMemberConfigurationsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room_member")
	property := func(name string, value any) map[string]any {
		return robot("properties", map[string]any{name: value})
	}
	for name, tc := range map[string]struct {
		config map[string]any
		at     string
		want   []string
	}{
		"role":          {robot("role", "owner"), `AttributeName("role")`, []string{`"admin" "member"`, `"owner"`}},
		"no room":       {robot("room_id", ""), onRoom, []string{"Invalid room ID"}},
		"no client":     {robot("client_id", ""), onClient, []string{"Invalid client ID"}},
		"long room":     {robot("room_id", strings.Repeat("x", 8000)), onRoom, []string{"too long"}},
		"no object":     {robot("properties", "night"), `AttributeName("properties")`, []string{"properties must be an object such as { shift ="}},
		"nameless":      {property("", 1), `AttributeName("properties")`, []string{"needs a name"}},
		"role twice":    {property("role", "admin"), `AttributeName("properties")`, []string{`The field "role"`, "Set the attribute role."}},
		"another":       {property("client", "ann"), `AttributeName("properties")`, []string{`The field "client"`, "set the attribute client_id."}},
		"its badge":     {property("badge", 1), `AttributeName("properties")`, []string{`The field "badge"`, "The server sets it by itself, so leave it out."}},
		"an operator":   {property("$set", 1), `AttributeName("properties")`, []string{`The name "$set" begins with "$"`}},
		"a part of it":  {property("badge.x", 1), `AttributeName("properties")`, []string{`may take "badge.x" for a part of the field "badge"`}},
		"what it read":  {property("lastRead", "x"), `AttributeName("properties")`, []string{`The field "lastRead"`, "so leave it out."}},
		"a database id": {property("_id", "x"), `AttributeName("properties")`, []string{`The field "_id"`, "so leave it out."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each := w.Core(t, "imkit_room_member")
			failsOn(each, each.Validate(tc.config), tc.at, tc.want...)
		})
	}
	if told := c.Validate(robot("role", "admin", "properties", map[string]any{"Role": "x", "clients": nil})); told.Failed() {
		t.Error(told)
	}
}
