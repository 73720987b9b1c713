package room_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestRoomDataSource(t *testing.T) {
	t.Parallel()
	const address = "data.imkit_room.test"
	text := knownvalue.StringExact
	for name, options := range map[string]sandbox.RoomOptions{
		"everything":     {},
		"the documented": {Fields: sandbox.DocumentedRoomFields(), HideRoles: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: options})
			w.PutClient("parcel robot", map[string]any{"nickname": "Robot", "isRobot": true})
			theirs(w)
			w.PutRoom("lobby", map[string]any{"members": []any{"ann", "parcel robot"}})
			w.SetMemberProperty("lobby", "ann", "role", "admin")
			all := name == "everything"
			said := func(check knownvalue.Check) knownvalue.Check {
				if all {
					return check
				}
				return knownvalue.Null()
			}
			checks := []statecheck.StateCheck{
				acctest.StateValue(address, "description", text("Come in.")),
				acctest.StateValue(address, "owner_id", text("ann")),
				acctest.StateValue(address, "app_id", text(sandbox.DefaultAppID)),
				acctest.StateValue(address, "members", knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{"client_id": text("ann"), "role": said(text("admin")), "nickname": text("ANN"), "is_robot": knownvalue.Bool(false)}),
					knownvalue.ObjectExact(map[string]knownvalue.Check{"client_id": text("parcel robot"), "role": said(text("member")), "nickname": text("Robot"), "is_robot": knownvalue.Bool(true)}),
				})),
			}
			for attribute, check := range map[string]knownvalue.Check{
				"name": text("Lobby"), "cover_url": text("https://example.com/l.png"), "webhook": text("hook"), "bot_mode": knownvalue.Bool(true), "ext_params": text("a=1"),
				"open": knownvalue.Bool(false), "frozen": knownvalue.Bool(false),
				"tags":        knownvalue.SetExact([]knownvalue.Check{text("hall")}),
				"manager_ids": knownvalue.SetExact([]knownvalue.Check{text("bob")}),
			} {
				checks = append(checks, acctest.StateValue(address, attribute, said(check)))
			}
			w.Test(t, resource.TestStep{Config: w.Config("data \"imkit_room\" \"test\" {\n  id = \"lobby\"\n}\n"), ConfigStateChecks: checks})
		})
	}
}

func TestRoomDataSourceOfNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options    sandbox.Options
		id, expect string
	}{
		"absent":         {sandbox.Options{}, "Lobby", `(?s)Room does not exist.*no room "Lobby"`},
		"absent, hidden": {sandbox.Options{Rooms: sandbox.RoomOptions{MissingStatus: http.StatusForbidden}}, "Lobby", `(?s)Room does not exist.*no room "Lobby"`},
		"frozen":         {sandbox.Options{Rooms: sandbox.RoomOptions{FrozenStatus: http.StatusNotFound}}, "lobby", `(?s)Server does not show the room.*Room "lobby" exists`},
		"refused":        {sandbox.Options{RefuseUserLevel: http.StatusForbidden}, "lobby", `(?s)Unable to read room.*(?i)the server does not let the API key make\s+this`},
		"empty id":       {sandbox.Options{}, "", `Invalid room ID`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, c.options)
			w.PutRoom("lobby", nil)
			w.FreezeRoom("lobby")
			w.Test(t, resource.TestStep{Config: w.Config("data \"imkit_room\" \"test\" {\n  id = \"" + c.id + "\"\n}\n"), ExpectError: regexp.MustCompile(c.expect)})
		})
	}
}

// Sets that would take Terraform minutes, which compares each element with all others, are
// left out and named.
func TestDataSourcesLeaveOutLargeSets(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	names := make([]any, 10_001)
	for i := range names {
		names[i] = fmt.Sprint("name-", i)
	}
	w.PutRoom("lobby", map[string]any{"roomTags": names, "managers": names})
	w.PutGroup("team", map[string]any{"nickname": "Team", "members": names})
	c := w.CLI(t, `
data "imkit_room" "test" {
  id = "lobby"
}
data "imkit_groups" "test" {}
output "left_out" {
  value = [for field in [data.imkit_room.test.tags, data.imkit_room.test.manager_ids, data.imkit_groups.test.groups[0].member_ids] : field == null]
}
`)
	output := c.Apply()
	acctest.Says(t, output, `Some fields of room "lobby" are too large`, `read them: "managers", "roomTags". `,
		"Some fields of groups are too large", `group "team": "members". `)
	acctest.Equal(t, "left out", "[true,true,true]", strings.Join(strings.Fields(c.Must("output", "-json", "left_out")), ""))
}

// A room resource keeps what it knows of such a set.
func TestRoomKeepsLargeSet(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Room("lobby", `tags = ["hall"]`))
	c.Apply()
	tags := make([]any, 10_001)
	for i := range tags {
		tags[i] = fmt.Sprint("tag-", i)
	}
	w.PutRoom("lobby", map[string]any{"roomTags": tags})
	acctest.Says(t, c.Empty(), `Some fields of room "lobby" are too large`, `"roomTags"`)
}
