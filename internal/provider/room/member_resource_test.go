package room_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// What the server is asked for, as [acctest.World.MemberCalls] has it.
const (
	joins  = http.MethodPost + " " + acctest.RouteJoin
	leave  = http.MethodPost + " " + acctest.RouteLeave
	sets   = http.MethodPut + " " + acctest.RouteProperty
	mute   = http.MethodPost + " " + acctest.RouteMute
	unmute = http.MethodDelete + " " + acctest.RouteMute
)

// asked checks the changes that the server was asked for, and forgets them.
func asked(t *testing.T, w *acctest.World, want ...string) resource.TestCheckFunc {
	return acctest.Check(func() {
		acctest.Equal(t, "calls", want, w.MemberCalls())
		w.ResetRequests()
	})
}

func TestMemberLife(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	member := func(lines ...string) string { return w.Config(acctest.Member("lobby", "robot", lines...)) }
	value := func(attribute string, check knownvalue.Check) statecheck.StateCheck {
		return acctest.StateValue(acctest.MemberAddress, attribute, check)
	}
	w.Test(t,
		resource.TestStep{
			Config:           member(),
			ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.StringExact("lobby/robot")),
				value("role", knownvalue.Null()),
				value("properties", knownvalue.Null()),
				value("notifications_muted", knownvalue.Null()),
				value("system_messages", knownvalue.Bool(false)),
			},
			Check: asked(t, w, joins+" [robot]"),
		},
		resource.TestStep{
			Config:           member(`role = "admin"`, `properties = { shift = "night", level = 3 }`, `notifications_muted = true`),
			ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, plancheck.ResourceActionUpdate),
			Check:            asked(t, w, sets+" role admin", sets+" level 3", sets+" shift night", mute),
		},
		resource.TestStep{
			ResourceName: acctest.MemberAddress, ImportState: true, ImportStateId: "lobby/robot", ImportStateVerify: true,
		},
		resource.TestStep{
			Config:           member(`role = "member"`, `properties = { level = 4 }`, `notifications_muted = false`, `system_messages = true`),
			ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, plancheck.ResourceActionUpdate),
			Check:            asked(t, w, sets+" role member", sets+" level 4", sets+" shift <nil>", unmute),
		},
		resource.TestStep{ // what is not configured any more stays
			Config:           member(`system_messages = true`),
			ConfigPlanChecks: acctest.EmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				value("role", knownvalue.StringExact("member")),
				value("notifications_muted", knownvalue.Bool(false)),
			},
			Check: asked(t, w),
		},
		resource.TestStep{
			Config:           w.Config(acctest.Member("lobby", "ann", `role = "admin"`, `system_messages = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.StringExact("lobby/ann")),
			},
			Check: asked(t, w, leave+" [robot] announced", joins+" [ann] announced", sets+" role admin"),
		},
		resource.TestStep{ // a setting of the resource alone asks for nothing
			Config:           w.Config(acctest.Member("lobby", "ann", `role = "admin"`)),
			ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, plancheck.ResourceActionUpdate),
			Check:            asked(t, w),
		},
	)
	acctest.Equal(t, "destroy", []string{sets + " role member", leave + " [ann]"}, w.MemberCalls())
	if room, there := w.Room("lobby"); !there || len(room.Members) > 0 || room.Properties["ann"]["role"] != "member" {
		t.Errorf("the room is %v", room)
	}
}

// All of it at once, and no more than that; the room and the client are made by
// somebody else.
func TestMemberCreatedWithEverything(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	w.Test(t, resource.TestStep{
		Config: w.Config(acctest.Member("lobby", "robot", `role = "member"`, `properties = { shift = "night", until = null, days = [1, "b", { c = true }] }`, `notifications_muted = false`)),
		Check:  asked(t, w, joins+" [robot]", sets+" role member", sets+" days [1 b map[c:true]]", sets+" shift night", sets+" until <nil>", unmute),
		ConfigStateChecks: []statecheck.StateCheck{
			acctest.StateValue(acctest.MemberAddress, "role", knownvalue.StringExact("member")),
			acctest.StateValue(acctest.MemberAddress, "notifications_muted", knownvalue.Bool(false)),
		},
	})
}

func TestMemberDrift(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{ShowPlainRole: true}}))
	config := w.Config(acctest.Member("lobby", "robot", `role = "admin"`, `properties = { shift = "night", level = 3 }`, `notifications_muted = true`))
	mended := func(edit func(), action plancheck.ResourceActionType, calls ...string) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() {
				edit()
				w.ResetRequests()
			},
			Config: config, ConfigPlanChecks: acctest.Planned(acctest.MemberAddress, action), Check: asked(t, w, calls...),
		}
	}
	everything := []string{joins + " [robot]", sets + " role admin", sets + " level 3", sets + " shift night", mute}
	w.Test(t,
		resource.TestStep{Config: config},
		mended(func() { w.SetMemberProperty("lobby", "robot", "role", "member") }, plancheck.ResourceActionUpdate, sets+" role admin"),
		mended(func() { w.SetMemberProperty("lobby", "robot", "shift", "day") }, plancheck.ResourceActionUpdate, sets+" shift night"),
		mended(func() { w.SetMemberProperty("lobby", "robot", "level", nil) }, plancheck.ResourceActionUpdate, sets+" level 3"),
		mended(func() { w.PutClient("robot", map[string]any{"mute": []string{"other"}}) }, plancheck.ResourceActionUpdate, mute),
		mended(func() { w.SetMemberProperty("lobby", "robot", "mood", "fine") }, plancheck.ResourceActionNoop),
		mended(func() { w.AddMembers("lobby", "ann") }, plancheck.ResourceActionNoop),
		mended(func() { w.RemoveMembers("lobby", "robot") }, plancheck.ResourceActionCreate, everything...),
		mended(func() { w.DeleteRoom("lobby"); w.PutRoom("lobby", nil) }, plancheck.ResourceActionCreate, everything...),
	)
}
