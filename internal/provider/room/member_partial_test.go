package room_test

import (
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// refusing makes calls to a route fail for good, those that say this.
func refusing(c *acctest.Core, route, says string) {
	c.W.Inject(sandbox.Fault{
		Route: route, Status: http.StatusBadRequest, Body: `{"RC":400,"RM":"Bad Request"}`,
		Match: func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), says) },
	})
}

// done is what a state has: the role, the properties and what is muted, "" for null.
func done(c *acctest.Core) string {
	c.T.Helper()
	of := c.Attributes(c.State.Value)
	said := c.Text(c.State.Value, "role")
	var properties map[string]tftypes.Value
	if !of["properties"].IsNull() {
		c.NoError(of["properties"].As(&properties))
	}
	for _, name := range []string{"level", "shift"} {
		switch value, there := properties[name]; {
		case !there:
		case value.Type().Is(tftypes.String):
			said += " " + name + "=" + c.Text(of["properties"], name)
		default:
			var number *big.Float
			c.NoError(value.As(&number))
			said += " " + name + "=" + number.String()
		}
	}
	if !of["notifications_muted"].IsNull() {
		said += " muted"
	}
	return said
}

var wholeRobot = robot("role", "admin", "properties", map[string]any{"level": 3, "shift": "night"}, "notifications_muted", true)

// Whichever call after the join fails: what is done is in state, the error says what
// is not, and the next apply ends well, whether the member is replaced or untainted.
func TestMemberThatWasHalfDone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fails, route, says string
		state              string
		left               []string
	}{
		{"set the role of", acctest.RouteProperty, `"role"`, "", []string{sets + " role admin", sets + " level 3", sets + " shift night", mute}},
		{`set property "level" of`, acctest.RouteProperty, `"level"`, "admin", []string{sets + " level 3", sets + " shift night", mute}},
		{`set property "shift" of`, acctest.RouteProperty, `"shift"`, "admin level=3", []string{sets + " shift night", mute}},
		{"turn notifications off for", acctest.RouteMute, "", "admin level=3 shift=night", []string{mute}},
	} {
		for _, untaints := range []bool{false, true} {
			t.Run(tc.fails+map[bool]string{true: ", untainted"}[untaints], func(t *testing.T) {
				t.Parallel()
				inBubble(t, sandbox.Options{}, func(c *acctest.Core) {
					refusing(c, tc.route, tc.says)
					told := c.Converge(wholeRobot)
					failsOn(c, told, "", "Unable to "+tc.fails+" member", `member "robot" of room "lobby"`, "Member is kept in state as tainted", "terraform untaint")
					if told.Count(tfprotov6.DiagnosticSeverityWarning) != 1 || !c.State.Tainted {
						t.Errorf("tainted is %t:\n%s", c.State.Tainted, told)
					}
					if got := done(c); got != tc.state {
						t.Errorf("in state is %q, want %q", got, tc.state)
					}
					inRoom(c, "robot")
					c.W.ClearFaults()
					c.W.ResetRequests()
					c.State.Tainted = !untaints
					c.Settle(wholeRobot)
					if untaints {
						called(c, tc.left...)
					}
					inRoom(c, "robot")
					room, _ := c.W.Room("lobby")
					want := map[string]any{"role": "admin", "level": acctest.Number("3"), "shift": "night"}
					acctest.Equal(t, "properties", want, room.Properties["robot"])
				})
			})
		}
	}
}

// The same of an update, which is not tainted and goes on with the rest.
func TestMemberUpdateThatWasHalfDone(t *testing.T) {
	t.Parallel()
	inBubble(t, sandbox.Options{}, func(c *acctest.Core) {
		c.Settle(wholeRobot)
		c.W.ResetRequests()
		refusing(c, acctest.RouteProperty, `"shift"`)
		config := robot("role", "member", "properties", map[string]any{"level": 4}, "notifications_muted", false)
		refuses(c, config, "", `Unable to clear property "shift" of member`, `member "robot" of room "lobby"`)
		called(c, sets+" role member", sets+" level 4", sets+" shift <nil>")
		if got := done(c); got != "member level=4 shift=night muted" || c.State.Tainted {
			t.Errorf("in state is %q", got)
		}
		c.W.ClearFaults()
		c.Settle(config)
		called(c, sets+" shift <nil>", unmute)
	})
}

// An admin that could not be removed is a plain member already.
func TestMemberThatCouldNotLeave(t *testing.T) {
	t.Parallel()
	inBubble(t, sandbox.Options{}, func(c *acctest.Core) {
		c.Settle(wholeRobot)
		refusing(c, acctest.RouteLeave, "")
		failsOn(c, c.Converge(nil), "", "Unable to remove member", `member "robot" of room "lobby"`)
		if got := c.Text(c.State.Value, "role"); got != "member" {
			t.Errorf("the role in state is %q", got)
		}
		c.W.ClearFaults()
		c.W.ResetRequests()
		c.MustPlan(wholeRobot, acctest.ToUpdate)
		c.MustConverge(nil)
		called(c, leave+" [robot]")
	})
}

// A role of which no word came may be that of an admin, so that it is taken before
// the member leaves.
func TestMemberThatMayBeAnAdmin(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{false, true} {
		inBubble(t, sandbox.Options{Rooms: sandbox.RoomOptions{HideRoles: true}}, func(c *acctest.Core) {
			if exists {
				c.Settle(robot())
			}
			c.W.Inject(sandbox.Fault{Route: acctest.RouteProperty, Cut: true, After: true})
			refuses(c, robot("role", "admin"), "", "Unable to set the role of member")
			if got := c.Text(c.State.Value, "role"); got != "unknown" || role(c) != "admin" {
				t.Errorf("the role is %q in state, and %v", got, role(c))
			}
			c.W.ClearFaults()
			c.State.Tainted = false
			c.MustPlan(robot("role", "admin"), acctest.ToUpdate)
			c.MustPlan(robot("role", "member"), acctest.ToUpdate)
			c.MustConverge(nil)
			if got := role(c); got != "member" {
				t.Errorf("after it left the role is %v", got)
			}
		})
	}
}

// A role that is not configured stays what it was, until the member is removed.
func TestMemberWhoseRoleIsNotManaged(t *testing.T) {
	t.Parallel()
	inBubble(t, sandbox.Options{Rooms: sandbox.RoomOptions{ShowPlainRole: true}}, func(c *acctest.Core) {
		c.W.AddMembers("lobby", "robot")
		c.W.SetMemberProperty("lobby", "robot", "role", "admin")
		c.Settle(robot("properties", map[string]any{"level": 1}))
		c.Settle(robot("properties", map[string]any{"level": 2}))
		if got := role(c); got != "admin" {
			t.Errorf("the role is %v", got)
		}
		if told := c.Converge(nil); told.Failed() || role(c) != "member" {
			t.Errorf("the role is %v\n%s", role(c), told)
		}
	})
}

// What an apply that did not end left behind leaves the room in the next.
func TestMemberLeftBehind(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	body := func(client, command string) string {
		return acctest.Member("lobby", client, acctest.CreateBeforeDestroy) + acctest.Then(acctest.MemberAddress, command)
	}
	c := w.CLI(t, body("robot", "true"))
	c.Apply()
	c.Write(w.Config(body("ann", "false")))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "local-exec provisioner error")
	c.Write(w.Config(body("ann", "true")))
	c.Apply()
	if room, _ := w.Room("lobby"); !slices.Equal(room.Members, []string{"ann"}) {
		t.Errorf("in the room are %q", room.Members)
	}
	c.Apply() // some cores leave the old terraform_data for another run
	c.Empty()
}

// create_before_destroy has the new object there before the old one goes: the member
// stays. So it does under another name.
func TestMemberThatIsReplacedByItself(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	member := acctest.Member("lobby", "robot", `role = "admin"`, acctest.CreateBeforeDestroy)
	c := w.CLI(t, member)
	c.Apply()
	for _, step := range []struct {
		config string
		args   []string
	}{
		{member, []string{"-replace=" + acctest.MemberAddress}},
		{strings.Replace(member, `"test"`, `"renamed"`, 1), nil},
	} {
		c.Write(w.Config(step.config))
		c.Apply(step.args...)
		if room, _ := w.Room("lobby"); len(room.Members) != 1 || room.Properties["robot"]["role"] != "admin" {
			t.Errorf("the room is %v", room)
		}
		c.Empty()
	}
	c.Must("taint", "imkit_room_member.renamed")
	c.Apply()
	c.Empty()
	c.Must("destroy", "-auto-approve")
	if room, _ := w.Room("lobby"); len(room.Members) != 0 || room.Properties["robot"]["role"] != "member" {
		t.Errorf("the room is %v", room)
	}
}
