package room_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const wasInvited = "Member was invited and has not joined"

// One who is only invited is no member, and nothing but that waits for it: neither
// the settings, nor those who name it, nor who has to go.
func TestNothingWaitsForWhoIsInvited(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob", "cleo", "dan", "eve")
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "name": "One", "owner_id": "ann", "member_ids": []any{"bob", "cleo"}}
	c.MustConverge(config)
	w.Configure(func(o *sandbox.Options) { o.Rooms.InviteAlways = true })
	w.ResetRequests()
	config["name"], config["owner_id"], config["manager_ids"], config["frozen"] = "Two", "dan", []any{"bob"}, true
	config["member_ids"], config["on_destroy"] = []any{"bob", "dan", "eve"}, "keep"
	told := c.Converge(config)
	acctest.Says(t, told.String(), wasInvited, `"dan", "eve"`, "a setting of the server", "once they accept", `room "lobby"`)
	for _, d := range told {
		if d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.String() != `AttributeName("member_ids")` {
			t.Errorf("it is on %s:\n%s", d.Attribute, told)
		}
	}
	want := []string{
		"POST /rooms/{id}/members invitees", "PUT /rooms/{id} managers name", "PUT /rooms/{id} owner",
		"POST /rooms/{id}/delete/members members", "PUT /rooms/{id} status",
	}
	acctest.Equal(t, "calls", want, changes(w))
	isIn(w, t, "bob")
	c.MustPlan(config, acctest.ToUpdate)
	if got := c.Attributes(c.State.Value)["member_ids"].String(); strings.Contains(got, "eve") || !strings.Contains(got, "bob") {
		t.Errorf("in state are %s", got)
	}
	if got := c.Text(c.State.Value, "on_destroy"); got != "keep" {
		t.Errorf("on_destroy is %q in state", got)
	}

	// Each apply says so again, until it is accepted.
	w.ResetRequests()
	acctest.Says(t, c.Converge(config).String(), wasInvited, `"eve"`)
	acctest.Equal(t, "once more", want[:1], changes(w))
	w.AddMembers("lobby", "dan", "eve")
	c.MustPlan(config, acctest.NoChange)
}

// A server may refuse what names who has not joined. That holds up nothing either, and
// both are told.
func TestWhoIsInvitedIsNamedLast(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{InviteAlways: true}})
	w.People("ann", "bob")
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "name": "One"}
	c.MustConverge(config)
	config["name"], config["manager_ids"], config["member_ids"] = "Two", []any{"bob"}, []any{"bob"}
	w.Inject(sandbox.Fault{Method: "PUT", Route: acctest.RouteRoom, Skip: 1, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"not a member"}`})
	acctest.Says(t, c.Converge(config).String(), wasInvited, "Unable to update room", "not a member")
	room, _ := w.Room("lobby")
	if room.Fields["name"] != "Two" || c.Text(c.State.Value, "name") != "Two" {
		t.Errorf("the name is %v, and %q in state", room.Fields["name"], c.Text(c.State.Value, "name"))
	}
}

// A new room is not tainted by it, which would have the next apply replace it. The
// plan after it shows who is missing.
func TestNewRoomWhoseMembersAreInvited(t *testing.T) {
	t.Parallel()
	for name, exists := range map[string]bool{"made": false, "taken over": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{InviteAlways: true}})
			everybody := manyIDs(w, 250)
			if exists {
				w.PutRoom("lobby", map[string]any{"name": "Theirs"})
			}
			c := w.Core(t, "imkit_room")
			config := map[string]any{"id": "lobby", "name": "Ours", "frozen": true, "member_ids": everybody, "adopt_existing": true}
			told := c.MustConverge(config).String()
			in := 100
			if exists {
				in = 0
			}
			acctest.Says(t, told, wasInvited, fmt.Sprintf("%q", everybody[in]), "more")
			room, _ := w.Room("lobby")
			if c.State == nil || c.State.Tainted || len(room.Members) != in || len(room.Invited) != 250-in || room.Fields["name"] != "Ours" || fmt.Sprint(room.Fields["status"]) != "0" {
				t.Errorf("in state: %v; %d members, %d invited, %v", c.State, len(room.Members), len(room.Invited), room.Fields)
			}
			c.MustPlan(config, acctest.ToUpdate)
			acctest.Says(t, c.Converge(config).String(), wasInvited)
			w.AddMembers("lobby", room.Invited...)
			c.MustPlan(config, acctest.NoChange)
		})
	}
}

// An owner whom the server takes for invited, in a room that it may not show, is not
// asked for over and over.
func TestOwnerWhoIsInvitedIsInvitedOnce(t *testing.T) {
	t.Parallel()
	for _, hides := range []int{0, 404} {
		w := acctest.NewWorld(t, sandbox.Options{})
		w.People("ann", "bob")
		c := w.Core(t, "imkit_room")
		config := map[string]any{"id": "lobby", "owner_id": "ann", "member_ids": []any{"bob"}, "frozen": true}
		c.MustConverge(config)
		w.Configure(func(o *sandbox.Options) { o.Rooms.InviteAlways, o.Rooms.FrozenStatus = true, hides })
		w.ResetRequests()
		w.Inject(sandbox.Fault{Method: "POST", Route: "/rooms/{id}/members", Skip: 5, Status: 400}) // ends what would not end
		config["member_ids"] = []any{"ann", "bob"}
		c.MustConverge(config)
		acctest.Equal(t, "calls", []string{"POST /rooms/{id}/members invitees"}, changes(w))
	}
}
