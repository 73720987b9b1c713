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

// full is a room with everything that can be configured.
func full(lines ...string) string {
	return acctest.Room("lobby", append([]string{
		`name = "Lobby"`, `cover_url = "https://example.com/lobby.png"`, `description = "Come in."`, `tags = ["hall", "entry"]`,
		`member_ids = ["ann", "bob"]`, `owner_id = "ann"`, `manager_ids = ["bob"]`, `webhook = "https://example.com/hook"`, `bot_mode = true`,
		`ext_params = jsonencode({ topic = "all" })`, `open = false`, `frozen = false`,
	}, lines...)...)
}

// sent checks the calls that changed rooms since the last reset, and what they sent.
func sent(t *testing.T, w *acctest.World, want ...any) resource.TestCheckFunc {
	return func(*terraform.State) error {
		t.Helper()
		calls, bodies := w.RoomChanges()
		var got []any
		for i, call := range calls {
			got = append(got, call)
			if bodies[i] != nil {
				got = append(got, bodies[i])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("calls (-want +sent):\n%s", diff)
		}
		return nil
	}
}

func TestRoomLife(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob", "cleo")
	w.Test(t,
		resource.TestStep{
			Config:           w.Config(full()),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.RoomAddress, "id", knownvalue.StringExact("lobby")),
				acctest.StateValue(acctest.RoomAddress, "on_destroy", knownvalue.StringExact("freeze")),
				acctest.StateValue(acctest.RoomAddress, "system_messages", knownvalue.Bool(false)),
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
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           w.Config(full(`system_messages = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.RoomAddress, plancheck.ResourceActionUpdate),
			Check:            sent(t, w),
		},
		resource.TestStep{ResourceName: acctest.RoomAddress, ImportState: true, ImportStateId: "lobby", ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"system_messages"}},
	)
}

func TestSmallestRoom(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Test(t, resource.TestStep{
		Config: w.Config(acctest.RoomWith()),
		ConfigStateChecks: []statecheck.StateCheck{
			acctest.StateValue(acctest.RoomAddress, "id", knownvalue.StringRegexp(uuidPattern)),
		},
	})
}
