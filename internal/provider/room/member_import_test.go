package room_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Ids of rooms and of clients are the customer's own strings: together in an id, in
// paths, and back by an import.
func TestMembersWithOddIDs(t *testing.T) {
	t.Parallel()
	ids := []string{
		"a b", " ", "a/b", "/", "a", "b/a", "100%", "%2F", "%25", `say "hi"`, "it's", "${x}", "%{ if }", "...", "a/../b", "?a=b&c#d", `back\slash`,
		"ünïcødé-用戶-🤖", "tab\tand\nline", "+", ";", ":", "a@b.c:d", strings.Repeat("x", 200), strings.Repeat("語", 100),
	}
	w := acctest.NewWorld(t, sandbox.Options{BasePath: "/chat"})
	w.Unlimited = true
	for _, id := range ids {
		w.PutRoom(id, nil)
		w.PutClient(id, nil)
	}
	encoded, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	// Each room has the client of the same id and the one before it, which tells
	// "a/b" in "c" from "b/c" in "a".
	c := w.CLI(t, fmt.Sprintf(`
locals {
  ids = jsondecode(%s)
  all = merge([for i, id in local.ids : { "${i} own" = [id, id], "${i} other" = [id, local.ids[(i + %d) %% %d]] }]...)
}
resource "imkit_room_member" "test" {
  for_each            = local.all
  room_id             = each.value[0]
  client_id           = each.value[1]
  role                = "admin"
  properties          = { room = each.value[0] }
  notifications_muted = true
}
output "ids" {
  value = { for key, member in imkit_room_member.test : key => member.id }
}
`, tfvalue.HCLString(string(encoded)), len(ids)-1, len(ids)))
	c.Apply()
	c.Empty()
	for i, id := range ids {
		room, _ := w.Room(id)
		other := ids[(i+len(ids)-1)%len(ids)]
		want := map[string]any{"role": "admin", "room": id}
		got := slices.Sorted(slices.Values(room.Members))
		if both := slices.Sorted(slices.Values([]string{id, other})); !slices.Equal(got, both) || !cmp.Equal(room.Properties[id], want) || !cmp.Equal(room.Properties[other], want) {
			t.Errorf("room %q has the members %q: %v", id, got, room.Properties)
		}
		if client, _ := w.Client(id); len(client["mute"].([]any)) != 2 { //nolint:forcetypeassert // It has muted two rooms.
			t.Errorf("client %q has muted %v", id, client["mute"])
		}
	}

	// One block for all: of several to one resource, Terraform 1.17-dev heeds the first.
	imports := fmt.Sprintf("import {\n  for_each = jsondecode(%s)\n  to       = imkit_room_member.test[each.key]\n  id       = each.value\n}\n",
		tfvalue.HCLString(c.Must("output", "-json", "ids")))
	again := w.CLI(t, "")
	again.Write(c.ReadFile("main.tf") + imports)
	acctest.Says(t, again.Apply(), fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", 2*len(ids)))
	again.Empty()
	again.Must("destroy", "-auto-approve")
	for _, id := range ids {
		if room, _ := w.Room(id); len(room.Members) > 0 {
			t.Errorf("%q are in room %q", room.Members, id)
		}
	}
}

func TestMemberImportThenPlanIsEmpty(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		id, body string
		options  sandbox.Options
	}{
		"all of it configured":  {"lobby/robot", acctest.Member("lobby", "robot", `role = "admin"`, `properties = { shift = "night", days = ["a", true] }`, `notifications_muted = true`), sandbox.Options{}},
		"only the ids":          {"lobby/robot", acctest.Member("lobby", "robot"), sandbox.Options{}},
		"more encoded":          {"%6Cobby/robo%74", acctest.Member("lobby", "robot"), sandbox.Options{}},
		"nothing reported":      {"lobby/robot", acctest.Member("lobby", "robot"), sandbox.Options{HideMute: true, Rooms: sandbox.RoomOptions{Fields: []string{"members"}}}},
		"nobody in it reported": {"lobby/robot", acctest.Member("lobby", "robot"), sandbox.Options{Rooms: sandbox.RoomOptions{Fields: []string{"name"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withLobby(acctest.NewWorld(t, tc.options))
			w.AddMembers("lobby", "robot")
			for property, value := range map[string]any{"role": "admin", "shift": "night", "days": []any{"a", true}, "cleared": nil} {
				w.SetMemberProperty("lobby", "robot", property, value)
			}
			w.PutClient("robot", map[string]any{"mute": []string{"lobby"}})
			c := w.CLI(t, fmt.Sprintf("import {\n  to = imkit_room_member.test\n  id = %q\n}\n", tc.id)+tc.body)
			acctest.Says(t, c.Apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
			c.Empty()
			c.Empty("-refresh-only")
			if calls := w.MemberCalls(); len(calls) > 0 {
				t.Errorf("importing asked for %q", calls)
			}
		})
	}
}

// What was imported and not reported is set once, and is no change after that.
func TestMemberImportOfWhatIsNotReported(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{HideMute: true, Rooms: sandbox.RoomOptions{Fields: []string{"members"}}}))
	w.AddMembers("lobby", "robot")
	c := w.CLI(t, "import {\n  to = imkit_room_member.test\n  id = \"lobby/robot\"\n}\n"+
		acctest.Member("lobby", "robot", `role = "admin"`, `properties = { shift = "night" }`, `notifications_muted = true`))
	acctest.Says(t, c.Apply(), "1 imported, 0 added, 1 changed, 0 destroyed")
	c.Empty()
}

// An import takes over all the properties, and the plan after it clears those that
// are not configured.
func TestMemberImportTakesOverProperties(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	w.AddMembers("lobby", "robot")
	w.SetMemberProperty("lobby", "robot", "shift", "night")
	w.SetMemberProperty("lobby", "robot", "mood", "fine")
	w.Test(t,
		resource.TestStep{
			Config:       w.Config(acctest.Member("lobby", "robot", `properties = { shift = "day" }`)),
			ResourceName: acctest.MemberAddress, ImportState: true, ImportStateId: "lobby/robot", ImportStatePersist: true,
		},
		resource.TestStep{
			Config: w.Config(acctest.Member("lobby", "robot", `properties = { shift = "day" }`)),
			Check:  asked(t, w, sets+" mood <nil>", sets+" shift day"),
			ConfigStateChecks: []statecheck.StateCheck{acctest.StateValue(acctest.MemberAddress, "properties",
				knownvalue.ObjectExact(map[string]knownvalue.Check{"shift": knownvalue.StringExact("day")}))},
		},
	)
}

func TestMemberImportsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
	var steps []resource.TestStep
	for id, want := range map[string]string{
		"lobby":         `"lobby" is not the ID of a member: it has no slash.*"lobby/parcel-robot".*"50%25/a%2Fb"`,
		"a/b/c":         `more than one slash; write a slash within an id as %2F`,
		"100%/robot":    `"100%" is not percent-encoded; write a percent sign within an id as %25`,
		"lobby/":        `the client id is empty`,
		"/robot":        `the room id is empty`,
		"lobby/%FF":     `not valid UTF-8`,
		"lobby/%2E":     `client id is "\."`,
		"lobby/Robot":   `Member to import does not exist.*no member "Robot" of room "lobby"`,
		"lobby/ann":     `Member to import does not exist.*no member "ann" of room "lobby"`,
		"Lobby/robot":   `Member to import does not exist.*no member "robot" of room "Lobby"`,
		"lob%2Fby/%20a": `Member to import does not exist.*no member " a" of room "lob/by"`,
	} {
		steps = append(steps, resource.TestStep{
			Config: w.Config(acctest.Member("lobby", "robot")), ResourceName: acctest.MemberAddress,
			ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(`(?s)` + strings.ReplaceAll(want, " ", `\s+`)),
		})
	}
	w.Test(t, steps...)
}

// An admin that was imported is made a member before it leaves: it may be one by the
// configuration, which no destroy gets to see.
func TestImportedAdminLeaves(t *testing.T) {
	t.Parallel()
	inBubble(t, sandbox.Options{}, func(c *acctest.Core) {
		c.W.AddMembers("lobby", "robot")
		c.W.SetMemberProperty("lobby", "robot", "role", "admin")
		if told := c.ImportByIdentity(map[string]string{"room_id": "lobby", "client_id": "robot"}); told.Failed() {
			c.T.Fatal(told)
		}
		c.Settle(robot("role", "admin"))
		c.MustConverge(nil)
		called(c, sets+" role member", leave+" [robot]")
	})
}
