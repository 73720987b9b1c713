package client_test

import (
	"fmt"
	"net/http"
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

func TestClientIsOneLookUpAndOneUpsertEach(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Test(t,
		resource.TestStep{
			Config:           w.Config(acctest.Client("robot")),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.ClientAddress, "nickname", knownvalue.Null()),
				acctest.StateValue(acctest.ClientAddress, "is_robot", knownvalue.Bool(false)),
				acctest.StateValue(acctest.ClientAddress, "custom_attributes", knownvalue.Null()),
				acctest.StateValue(acctest.ClientAddress, "adopt_existing", knownvalue.Bool(false)),
				acctest.StateValue(acctest.ClientAddress, "on_destroy", knownvalue.StringExact("revoke_tokens")),
				acctest.StateValue(acctest.ClientAddress, "app_id", knownvalue.StringExact(sandbox.DefaultAppID)),
			},
			Check: func(*terraform.State) error {
				requests := w.Requests()
				if len(requests) < 2 || requests[0].Method != http.MethodGet || requests[1].Method != http.MethodPost {
					return fmt.Errorf("create is not a look-up and an upsert: %v", requests)
				}
				return w.Sent(t, map[string]any{"_id": "robot"})(nil)
			},
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.Config(acctest.Client("robot", `nickname = "Robot"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check: w.Sent(t, map[string]any{"_id": "robot", "nickname": "Robot", "avatarUrl": "https://example.com/r.png",
				"description": "Says things.", "isRobot": true}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.Config(acctest.Client("robot", `nickname = "Robot 2"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check:            w.Sent(t, map[string]any{"_id": "robot", "nickname": "Robot 2"}),
		},
		resource.TestStep{
			ResourceName: acctest.ClientAddress, ImportState: true, ImportStateId: "robot", ImportStateVerify: true,
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.Config(acctest.Client("robot", `nickname = "Robot 2"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`, `on_destroy = "keep"`, `adopt_existing = true`)),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check: acctest.Check(func() {
				if n := len(w.Upserts()); n != 0 {
					t.Errorf("settings of the resource sent %d upserts to the server", n)
				}
			}),
		},
	)
	if n := w.Count(http.MethodDelete, acctest.RouteToken); n != 0 {
		t.Errorf("on_destroy = keep revoked tokens %d times", n)
	}
	if _, there := w.Client("robot"); !there {
		t.Error("the record is gone, but the API has no call for that")
	}
}

func TestClientManagesOnlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	stored := func(field string, want any) resource.TestCheckFunc {
		return acctest.Check(func() {
			fields, _ := w.Client("robot")
			acctest.Equal(t, field+" on the server", want, fields[field])
		})
	}
	w.Test(t,
		resource.TestStep{Config: w.Config(acctest.Client("robot", `nickname = "Robot"`, `description = "Mine"`))},
		resource.TestStep{ // an edit of what is not configured is no drift, and shows
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"avatarUrl": "https://example.com/x.png", "isRobot": true})
			},
			Config:            w.Config(acctest.Client("robot", `nickname = "Robot"`, `description = "Mine"`)),
			ConfigPlanChecks:  acctest.EmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{acctest.StateValue(acctest.ClientAddress, "avatar_url", knownvalue.StringExact("https://example.com/x.png")), acctest.StateValue(acctest.ClientAddress, "is_robot", knownvalue.Bool(true))},
		},
		resource.TestStep{ // what stops being configured keeps its value
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.Client("robot", `nickname = "Robot"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
			Check:            stored("description", "Mine"),
		},
		resource.TestStep{ // and is free to be changed elsewhere
			PreConfig:        func() { w.PutClient("robot", map[string]any{"description": "Theirs"}) },
			Config:           w.Config(acctest.Client("robot", `nickname = "Robot"`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
			Check:            stored("description", "Theirs"),
		},
		resource.TestStep{ // "" clears
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.Client("robot", `nickname = ""`, `avatar_url = ""`)),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check: resource.ComposeAggregateTestCheckFunc(stored("nickname", ""), stored("avatarUrl", ""),
				w.Sent(t, map[string]any{"_id": "robot", "nickname": "", "avatarUrl": ""})),
		},
		resource.TestStep{ // a server that gives a cleared field back as null
			PreConfig:        func() { w.PutClient("robot", map[string]any{"nickname": nil}) },
			Config:           w.Config(acctest.Client("robot", `nickname = ""`, `avatar_url = ""`)),
			ConfigPlanChecks: acctest.EmptyPlan(),
		},
	)
}

func TestClientThatExistsIsNotOverwritten(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	id := `somebody's "own" ${id}`
	w.PutClient(id, map[string]any{"nickname": "Theirs", "description": "Theirs", "tier": "gold"})
	before, _ := w.Client(id)
	w.Test(t,
		resource.TestStep{
			Config:      w.Config(acctest.Client(id, `nickname = "Ours"`)),
			ExpectError: regexp.MustCompile(`(?s)Client already exists.*adopt_existing = true.*import \{\s+to = imkit_client\.NAME\s+id = "somebody's \\"own\\" \$\$\{id\}"\s+\}`),
		},
		resource.TestStep{
			PreConfig: func() {
				after, _ := w.Client(id)
				if diff := cmp.Diff(before, after); diff != "" || len(w.Upserts()) != 0 {
					t.Errorf("the client was changed (-before +after):\n%s", diff)
				}
			},
			Config:           w.Config(acctest.Client(id, `nickname = "Ours"`, `adopt_existing = true`, `custom_attributes = { level = 1 }`)),
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				acctest.StateValue(acctest.ClientAddress, "nickname", knownvalue.StringExact("Ours")),
				acctest.StateValue(acctest.ClientAddress, "description", knownvalue.StringExact("Theirs")),
			},
			Check: acctest.Check(func() {
				fields, _ := w.Client(id)
				if fields["tier"] != "gold" || fields["description"] != "Theirs" || fields["nickname"] != "Ours" {
					t.Errorf("adopting changed more than what is configured: %v", fields)
				}
			}),
		},
	)
}

func TestClientConflictIsAlreadyExists(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Status: http.StatusConflict, Body: `{"error":"USER_EXISTS","message":"exists"}`})
	w.Test(t, resource.TestStep{
		Config:      w.Config(acctest.Client("robot")),
		ExpectError: regexp.MustCompile(`(?s)Client already exists.*import \{`),
	})
}

func TestClientReplacementIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`))
	c.Apply()
	acctest.Says(t, c.Apply("-replace="+acctest.ClientAddress), "1 added, 0 changed, 1 destroyed", "Replaced client may have lost its tokens", "replace_triggered_by")
	c.Empty()
	c.Must("destroy", "-auto-approve")
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Client already exists", "adopt_existing = true")
}
