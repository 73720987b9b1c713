package room_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// full is a room with everything that can be configured, name and members apart.
func full(name, members string, lines ...string) string {
	return acctest.Room("lobby", append([]string{
		fmt.Sprintf("name = %q", name), `cover_url = "https://example.com/lobby.png"`, `description = "Come in."`, `tags = ["hall", "entry"]`,
		`member_ids = ` + members, `owner_id = "ann"`, `manager_ids = ["bob"]`, `webhook = "https://example.com/hook"`, `bot_mode = true`,
		`ext_params = jsonencode({ topic = "all" })`, `open = false`, `frozen = false`,
	}, lines...)...)
}

// sent checks the calls that changed rooms since the last reset, and what they
// sent.
func sent(t *testing.T, w *acctest.World, want ...any) resource.TestCheckFunc {
	return acctest.Check(func() {
		t.Helper()
		calls, bodies := w.RoomChanges()
		var got []any
		for i, call := range calls {
			got = append(got, call)
			if bodies[i] != nil {
				got = append(got, bodies[i])
			}
		}
		acctest.Equal(t, "calls", want, got)
	})
}

func TestRoomLife(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob", "cleo")
	w.Test(t,
		resource.TestStep{
			Config:           w.Config(full("Lobby", `["ann", "bob"]`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.RoomAddress, "id", knownvalue.StringExact("lobby")),
				acctest.StateValue(acctest.RoomAddress, "on_destroy", knownvalue.StringExact("freeze")),
				acctest.StateValue(acctest.RoomAddress, "system_messages", knownvalue.Bool(false)),
				acctest.StateValue(acctest.RoomAddress, "adopt_existing", knownvalue.Bool(false)),
				acctest.StateValue(acctest.RoomAddress, "app_id", knownvalue.StringExact(sandbox.DefaultAppID)),
			},
			Check: sent(t, w,
				"POST /rooms/", map[string]any{
					"_id": "lobby", "roomType": "group", "name": "Lobby", "cover": "https://example.com/lobby.png", "description": "Come in.",
					"roomTags": []any{"entry", "hall"}, "members": []any{"ann", "bob"}, "owner": "ann", "webhook": "https://example.com/hook",
					"botMode": true, "extParams": `{"topic":"all"}`, "systemMessage": false,
				},
				"PUT /rooms/{id}", map[string]any{"opening": acctest.Number("0"), "status": acctest.Number("1"), "managers": []any{"bob"}}),
		},
		resource.TestStep{ // the resource's own settings are none of the server's
			PreConfig:        w.ResetRequests,
			Config:           w.Config(full("Lobby", `["ann", "bob"]`, `system_messages = true`, `on_destroy = "keep"`, `adopt_existing = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w),
		},
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           w.Config(full("Hall", `["ann", "cleo"]`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check: sent(t, w,
				"POST /rooms/{id}/members", map[string]any{"invitees": []any{"cleo"}, "invitationRequired": false, "systemMessage": false},
				"PUT /rooms/{id}", map[string]any{"name": "Hall"},
				"POST /rooms/{id}/delete/members", map[string]any{"members": []any{"bob"}, "systemMessage": false}),
		},
		resource.TestStep{ResourceName: acctest.RoomAddress, ImportState: true, ImportStateId: "lobby", ImportStateVerify: true},
		resource.TestStep{ // everything can be cleared
			PreConfig: w.ResetRequests,
			Config: w.Config(acctest.Room("lobby", `name = ""`, `cover_url = ""`, `description = ""`, `tags = []`, `member_ids = []`, `manager_ids = []`,
				`webhook = ""`, `ext_params = ""`, `bot_mode = false`, `owner_id = "cleo"`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check: sent(t, w,
				"PUT /rooms/{id}", map[string]any{"name": "", "cover": "", "description": "", "roomTags": []any{}, "managers": []any{}, "webhook": "", "extParams": "", "botMode": false, "owner": "cleo"},
				"POST /rooms/{id}/delete/members", map[string]any{"members": []any{"ann"}, "systemMessage": false}),
		},
		resource.TestStep{ // a server that gives back what is cleared as null
			PreConfig: func() {
				w.PutRoom("lobby", map[string]any{"name": nil, "cover": nil, "description": nil, "roomTags": nil, "managers": nil, "webhook": nil, "extParams": nil, "botMode": nil})
			},
			Config: w.Config(acctest.Room("lobby", `name = ""`, `cover_url = ""`, `description = ""`, `tags = []`, `member_ids = []`, `manager_ids = []`,
				`webhook = ""`, `ext_params = ""`, `bot_mode = false`, `owner_id = "cleo"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
		},
	)
	madeOnce(t, w)
}

func TestSmallestRoomHasAnIDOfTheProviders(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	var first string
	remember := func(s *terraform.State) error {
		id := s.RootModule().Resources[acctest.RoomAddress].Primary.ID
		if _, there := w.Room(id); !there || first != "" && first != id {
			return fmt.Errorf("the id is %q, and was %q; there are %q", id, first, w.RoomIDs())
		}
		first = id
		calls, bodies := w.RoomChanges()
		if want := []string{"POST /rooms/"}; !cmp.Equal(calls, want) || bodies[0]["_id"] != id {
			return fmt.Errorf("sent %q with %v", calls, bodies)
		}
		if n := w.Count("", acctest.RouteExists); n != 0 {
			return fmt.Errorf("an id that was just made was looked for %d times", n)
		}
		return nil
	}
	w.Test(t,
		resource.TestStep{
			Config: w.Config(acctest.RoomWith()),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.RoomAddress, "id", knownvalue.StringRegexp(uuidPattern)),
				acctest.StateValue(acctest.RoomAddress, "name", knownvalue.Null()),
				acctest.StateValue(acctest.RoomAddress, "member_ids", knownvalue.SetSizeExact(0)),
				acctest.StateValue(acctest.RoomAddress, "frozen", knownvalue.Bool(false)),
			},
			Check: remember,
		},
		resource.TestStep{ // it stays when something else changes
			Config:           w.Config(acctest.RoomWith(`on_destroy = "keep"`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check:            remember,
		},
	)
	if ids := w.RoomIDs(); len(ids) != 1 {
		t.Errorf("there are %d rooms", len(ids))
	}
}

func TestRoomManagesOnlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	stored := func(field string, want any) resource.TestCheckFunc {
		return acctest.Check(func() {
			room, _ := w.Room("lobby")
			acctest.Equal(t, field+" on the server", want, room.Fields[field])
		})
	}
	w.Test(t,
		resource.TestStep{Config: w.Config(acctest.Room("lobby", `name = "Lobby"`, `description = "Mine"`))},
		resource.TestStep{ // an edit of what is not configured is no drift, and shows
			PreConfig: func() {
				w.PutRoom("lobby", map[string]any{"cover": "https://example.com/x.png", "botMode": true, "opening": 0, "roomTags": []any{"theirs"}, "owner": "ann",
					"managers": []any{"bob"}, "members": []any{"ann", "bob"}, "webhook": "theirs", "extParams": "theirs"})
			},
			Config:           w.Config(acctest.Room("lobby", `name = "Lobby"`, `description = "Mine"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.RoomAddress, "cover_url", knownvalue.StringExact("https://example.com/x.png")),
				acctest.StateValue(acctest.RoomAddress, "bot_mode", knownvalue.Bool(true)),
				acctest.StateValue(acctest.RoomAddress, "open", knownvalue.Bool(false)),
				acctest.StateValue(acctest.RoomAddress, "tags", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("theirs")})),
				acctest.StateValue(acctest.RoomAddress, "owner_id", knownvalue.StringExact("ann")),
				acctest.StateValue(acctest.RoomAddress, "member_ids", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("bob")})),
				acctest.StateValue(acctest.RoomAddress, "manager_ids", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("bob")})),
				acctest.StateValue(acctest.RoomAddress, "webhook", knownvalue.StringExact("theirs")),
				acctest.StateValue(acctest.RoomAddress, "ext_params", knownvalue.StringExact("theirs")),
			},
		},
		resource.TestStep{ // nor is it sent along
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.Room("lobby", `name = "Hall"`, `description = "Mine"`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w, "PUT /rooms/{id}", map[string]any{"name": "Hall"}),
		},
		resource.TestStep{ // what stops being configured keeps its value
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.Room("lobby", `name = "Hall"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
			Check:            stored("description", "Mine"),
		},
		resource.TestStep{ // and is free to be changed elsewhere
			PreConfig:        func() { w.PutRoom("lobby", map[string]any{"description": "Theirs"}) },
			Config:           w.Config(acctest.Room("lobby", `name = "Hall"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
			Check:            stored("description", "Theirs"),
		},
	)
}

// What other resources take from a room stays known while the room changes.
func TestRoomChangesLeaveItsDependentsAlone(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	dependent := "resource \"terraform_data\" \"x\" {\n  input = [imkit_room.test.id, imkit_room.test.member_ids, imkit_room.test.app_id, imkit_room.test.frozen, imkit_room.test.webhook]\n}\n"
	nothing := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(acctest.RoomAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectResourceAction("terraform_data.x", plancheck.ResourceActionNoop),
	}}
	w.Test(t,
		resource.TestStep{Config: w.Config(acctest.RoomWith(`name = "One"`) + dependent)},
		resource.TestStep{Config: w.Config(acctest.RoomWith(`name = "Two"`) + dependent), ConfigPlanChecks: nothing},
		resource.TestStep{Config: w.Config(acctest.RoomWith(`name = "Two"`, `description = "New"`) + dependent), ConfigPlanChecks: nothing},
	)
}

func TestRoomInvalidValues(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	for lines, want := range map[string]string{
		`id = ""`:                    "Invalid room ID",
		`cover_url = "lobby.png"`:    "Invalid URL",
		`owner_id = ""`:              "Invalid client ID",
		`member_ids = ["ann", ""]`:   "Invalid client ID",
		`member_ids = ["ann", null]`: "Null Set Value",
		`manager_ids = [""]`:         "Invalid client ID",
		`tags = [""]`:                "string length must be at least 1",
		`on_destroy = "archive"`:     `"freeze" "delete" "keep"`,
		`id = ` + fmt.Sprintf("%q", regexp.MustCompile(`.`).ReplaceAllString(string(make([]byte, 8000)), "x")): "too long",
	} {
		c.Write(w.Config(acctest.RoomWith(lines)))
		acctest.Says(t, c.Fails("validate", "-no-color"), want)
	}
}
