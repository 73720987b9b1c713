package room_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Whatever a server shows and keeps, a member lives the same life on it: every plan
// after an apply is empty, and the server has what is configured.
func TestMemberLivesOnEveryServer(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	switches := []struct {
		name string
		turn func(o *sandbox.Options)
	}{
		{"roles hidden", func(o *sandbox.Options) { o.Rooms.HideRoles = true }},
		{"plain roles shown", func(o *sandbox.Options) { o.Rooms.ShowPlainRole = true }},
		{"leavers forgotten", func(o *sandbox.Options) { o.Rooms.ForgetLeavers = true }},
		{"absent members ignored", func(o *sandbox.Options) { o.Rooms.IgnoreAbsentMembers = true }},
		{"clients in replies", func(o *sandbox.Options) { o.Rooms.PopulateReplies = true }},
		{"mute hidden", func(o *sandbox.Options) { o.HideMute = true }},
	}
	fields := map[string][]string{"documented": sandbox.DocumentedRoomFields(), "members": {"members"}, "nobody": {"name"}}
	for turned := range 1 << len(switches) {
		for shown, names := range fields {
			options := sandbox.Options{Rooms: sandbox.RoomOptions{Fields: names}}
			name := []string{shown}
			for i, s := range switches {
				if turned&(1<<i) != 0 {
					s.turn(&options)
					name = append(name, s.name)
				}
			}
			t.Run(strings.Join(name, ", "), func(t *testing.T) {
				t.Parallel()
				inBubble(t, options, liveOn)
			})
		}
	}
}

// liveOn is the life of a member.
func liveOn(c *acctest.Core) {
	t, options := c.T, sandbox.Options{}
	c.W.Configure(func(o *sandbox.Options) { options = *o })
	c.W.AddMembers("lobby", "ann", "robot") // who was there before
	c.W.SetMemberProperty("lobby", "ann", "role", "admin")
	c.W.SetMemberProperty("lobby", "robot", "role", "admin")
	c.W.RemoveMembers("lobby", "robot")
	stored := func(step, role string, properties map[string]any, muted bool) {
		t.Helper()
		room, _ := c.W.Room("lobby")
		got := room.Properties["robot"]
		want := map[string]any{"role": role}
		maps.Copy(want, properties)
		if diff := cmp.Diff(want, got); diff != "" || !slices.Contains(room.Members, "robot") {
			t.Errorf("%s: properties of the robot among %q (-want +got):\n%s", step, room.Members, diff)
		}
		client, _ := c.W.Client("robot")
		if got := fmt.Sprint(client["mute"]) == "[lobby]"; got != muted {
			t.Errorf("%s: muted are %v", step, client["mute"])
		}
	}
	state := func(step, role, muted string) {
		t.Helper()
		if got := c.Text(c.State.Value, "role"); got != role {
			t.Errorf("%s: the role in state is %q, want %q", step, got, role)
		}
		if got := c.Attributes(c.State.Value)["notifications_muted"].String(); got != "tftypes.Bool<\""+muted+"\">" {
			t.Errorf("%s: notifications_muted in state is %s", step, got)
		}
	}

	full := func(role string, level int) map[string]any {
		return robot("role", role, "properties", map[string]any{"level": level}, "notifications_muted", level == 1)
	}
	c.Settle(full("member", 1))
	stored("created", "member", map[string]any{"level": acctest.Number("1")}, true)
	state("created", "member", "true")
	c.Settle(full("admin", 2))
	stored("updated", "admin", map[string]any{"level": acctest.Number("2")}, false)
	state("updated", "admin", "false")
	c.Settle(robot("role", "admin", "properties", map[string]any{}))
	stored("cleared", "admin", map[string]any{"level": nil}, false)
	c.MustPlan(robot(), acctest.NoChange)
	state("not managed any more", "admin", "false")

	c.MustConverge(nil)
	room, _ := c.W.Room("lobby")
	left, kept := room.Properties["robot"]["role"]
	if slices.Contains(room.Members, "robot") || kept == options.Rooms.ForgetLeavers || kept && left != "member" {
		t.Errorf("after it left, the room is %v", room)
	}

	c.Settle(robot()) // a role that was never configured is not managed, but no admin's outlives the membership
	c.W.SetMemberProperty("lobby", "robot", "role", "admin")
	c.MustPlan(robot(), acctest.NoChange)
	c.W.ResetRequests()
	c.MustConverge(nil)
	want := []string{sets + " role member", leave + " [robot]"}
	if options.Rooms.HideRoles || !slices.Contains(options.Rooms.Fields, "memberProperties") {
		want = want[1:]
	}
	called(c, want...)
	inRoom(c, "ann")
	if n := c.W.OverlappingRoomChanges(); n > 0 {
		t.Errorf("%d changes of the room overlapped", n)
	}
}

// A role that is not configured shows what the server has.
func TestMemberShowsItsRole(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options               sandbox.RoomOptions
		another, before, want string
	}{
		"nobody has any":      {sandbox.RoomOptions{}, "", "", ""},
		"another has one":     {sandbox.RoomOptions{}, "admin", "", "member"},
		"plain, shown":        {sandbox.RoomOptions{ShowPlainRole: true}, "", "", "member"},
		"from before":         {sandbox.RoomOptions{}, "", "admin", "admin"},
		"from before, hidden": {sandbox.RoomOptions{HideRoles: true}, "admin", "admin", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, sandbox.Options{Rooms: tc.options}, func(c *acctest.Core) {
				c.W.AddMembers("lobby", "ann")
				for client, role := range map[string]string{"ann": tc.another, "robot": tc.before} {
					if role != "" {
						c.W.SetMemberProperty("lobby", client, "role", role)
					}
				}
				for _, when := range []string{"when it joined", "after a refresh"} {
					c.MustConverge(robot())
					if got := c.Text(c.State.Value, "role"); got != tc.want {
						t.Errorf("the role is %q %s, want %q", got, when, tc.want)
					}
				}
				called(c, joins+" [robot]")
			})
		})
	}
}

// A client that is in the room already is taken over.
func TestMemberThatIsOneAlready(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusConflict} {
		inBubble(t, sandbox.Options{UnknownMemberStatus: status}, func(c *acctest.Core) {
			c.W.AddMembers("lobby", "robot", "ann")
			c.W.SetMemberProperty("lobby", "robot", "role", "admin")
			c.Settle(robot("role", "member"))
			called(c, joins+" [robot]", sets+" role member")
			inRoom(c, "robot", "ann")
		})
	}
}

func TestGroupAsMember(t *testing.T) {
	t.Parallel()
	for _, listed := range []bool{true, false} {
		inBubble(t, sandbox.Options{Groups: sandbox.GroupOptions{InLookup: listed}}, func(c *acctest.Core) {
			c.W.PutGroup("team", map[string]any{"nickname": "Team"})
			team := func(more ...any) map[string]any {
				config := robot(more...)
				config["client_id"] = "team"
				return config
			}
			c.Settle(team("role", "admin"))
			inRoom(c, "team")
			refuses(c, team("role", "admin", "notifications_muted", true), "AttributeName(\"notifications_muted\")", "A group gets no notifications")
			c.Settle(team("role", "member"))
			c.MustConverge(nil)
			inRoom(c)
		})
	}
}

// A room that is not shown is not gone, and neither is its member.
func TestMemberOfAFrozenRoom(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusForbidden, http.StatusNotFound} {
		inBubble(t, sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: status}}, func(c *acctest.Core) {
			c.Settle(robot("role", "admin"))
			c.W.FreezeRoom("lobby")
			planned, told := c.Plan(robot("role", "admin"))
			if hidden := status != 0; strings.Contains(told.String(), "Server does not show the room") != hidden || planned.Action != acctest.NoChange {
				t.Errorf("%d: to %s\n%s", status, planned.Action, told)
			}
			if status != 0 { // an import knows nothing that could stay
				another := c.W.Core(c.T, "imkit_room_member")
				failsOn(another, another.ImportByIdentity(map[string]string{"room_id": "lobby", "client_id": "robot"}), "",
					"Unable to read member", "The room exists, but the server does not show it")
			}
			c.Settle(robot("role", "member")) // a frozen room can be changed
			if got := role(c); got != "member" {
				t.Errorf("%d: the role is %v", status, got)
			}
			c.MustConverge(nil)
			inRoom(c)
		})
	}
}

// A room that is gone takes its members with it, whatever the server says of it.
func TestMemberOfARoomThatIsGone(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.RoomOptions{
		"404":                    {},
		"404, nobody else knows": {NoExistsRoute: true},
		"403":                    {MissingStatus: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, sandbox.Options{Rooms: options}, func(c *acctest.Core) {
				for _, config := range []map[string]any{robot(), robot("role", "admin")} {
					c.Settle(config)
					planned, told := c.Plan(nil)
					c.W.DeleteRoom("lobby")
					if told = append(told, c.Apply(planned)...); told.Failed() || c.State != nil {
						t.Errorf("a destroy behind the back of which the room went:\n%s", told)
					}
					c.W.PutRoom("lobby", nil)
				}
				c.Settle(robot("role", "admin"))
				c.W.DeleteRoom("lobby")
				c.MustPlan(robot("role", "admin"), acctest.ToCreate)
				refuses(c, robot("role", "admin"), "AttributeName(\"room_id\")", "Room does not exist", `no room "lobby"`)
				c.W.PutRoom("lobby", nil)
				c.Settle(robot("role", "admin"))
			})
		})
	}
}

// Where nobody can tell a room that is gone from one that the key may not see,
// nothing leaves the state.
func TestMemberOfARoomOfWhichNobodyCanTell(t *testing.T) {
	t.Parallel()
	inBubble(t, sandbox.Options{Rooms: sandbox.RoomOptions{MissingStatus: http.StatusForbidden, NoExistsRoute: true}}, func(c *acctest.Core) {
		c.Settle(robot())
		c.W.DeleteRoom("lobby")
		for _, config := range []map[string]any{robot(), nil} {
			failsOn(c, c.Converge(config), "", "Unable to read member", "Either there is no such room", "give the API key access to it", "terraform state rm")
		}
		if c.State == nil {
			t.Error("the member has left the state")
		}
	})
}

// Membership, client or properties gone: planned anew, and destroyed with success.
func TestMemberThatIsGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		leaves  func(w *acctest.World)
		options sandbox.Options
	}{
		"left":                   {func(w *acctest.World) { w.RemoveMembers("lobby", "robot") }, sandbox.Options{}},
		"left, unnamed":          {func(w *acctest.World) { w.RemoveMembers("lobby", "robot") }, sandbox.Options{UnnamedMembers: true, UnknownMemberStatus: http.StatusNotFound}},
		"left, ignored":          {func(w *acctest.World) { w.RemoveMembers("lobby", "robot") }, sandbox.Options{Rooms: sandbox.RoomOptions{IgnoreAbsentMembers: true}}},
		"left, forgotten":        {func(w *acctest.World) { w.RemoveMembers("lobby", "robot") }, sandbox.Options{Rooms: sandbox.RoomOptions{ForgetLeavers: true}}},
		"deleted":                {func(w *acctest.World) { w.RemoveClient("robot") }, sandbox.Options{}},
		"deleted, replies whole": {func(w *acctest.World) { w.RemoveClient("robot") }, sandbox.Options{Rooms: sandbox.RoomOptions{PopulateReplies: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.options, func(c *acctest.Core) {
				for _, config := range []map[string]any{robot(), robot("role", "admin", "notifications_muted", true)} {
					c.Settle(config)
					planned, told := c.Plan(nil)
					tc.leaves(c.W)
					if told = append(told, c.Apply(planned)...); told.Failed() || c.State != nil {
						t.Errorf("a destroy behind the back of which it went:\n%s", told)
					}
					c.W.PutClient("robot", nil)
					c.Settle(config)
					tc.leaves(c.W)
					c.MustPlan(config, acctest.ToCreate)
					if c.State != nil {
						t.Error("it is in state")
					}
					c.W.PutClient("robot", nil)
					c.Settle(config)
				}
			})
		})
	}
}

// A server that shows nobody is believed, and that is said once.
func TestMembersThatNobodyShows(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{Fields: []string{"name"}, IgnoreAbsentMembers: true}}))
	c := w.CLI(t, acctest.Member("lobby", "robot", `role = "admin"`)+strings.Replace(acctest.Member("lobby", "ann"), `"test"`, `"ann"`, 1))
	acctest.SaidOnce(t, c.Apply(), "Server does not show who is in a room")
	acctest.SaidOnce(t, c.Empty(), "Server does not show who is in a room")
	w.RemoveMembers("lobby", "ann")
	c.Empty()
	c.Must("destroy", "-auto-approve")
	if room, _ := w.Room("lobby"); len(room.Members) > 0 {
		t.Errorf("%q are in the room", room.Members)
	}
}

// An old server without rooms: creating is a clear error, reading keeps the state and
// says so once.
func TestMembersOnAServerWithoutRooms(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	c := w.CLI(t, acctest.Member("lobby", "robot", `role = "admin"`)+strings.Replace(acctest.Member("lobby", "ann"), `"test"`, `"ann"`, 1))
	c.Apply()
	w.Configure(func(o *sandbox.Options) { o.Rooms.NoRoutes = true })
	acctest.SaidOnce(t, c.Empty(), "Server cannot show rooms")
	c.Write(w.Config(acctest.Member("lobby", "robot", `role = "member"`)))
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Unable to set the role of member", "Unable to remove member", "The server does not know this call")
	acctest.Says(t, c.Must("state", "list"), acctest.MemberAddress, "imkit_room_member.ann")
	c.Write(w.Config(acctest.Member("other", "robot")))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to remove member")

	fresh := w.CLI(t, acctest.Member("lobby", "ann"))
	acctest.Says(t, fresh.Fails("apply", "-auto-approve"), "Unable to add member", `Tried to add member "ann" of room "lobby"`, "POST /rooms/{id}/members", "The server does not know this call")
	if left := fresh.Must("state", "list"); left != "" {
		t.Errorf("in state is %s", left)
	}
	acctest.Says(t, fresh.Fails("import", acctest.MemberAddress, "lobby/robot"), "Unable to read member", "The server does not know this call")
}
