//go:build ignore

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const clientAddress = "imkit_client.test"

// client is a client resource with these lines in its body.
func client(id string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  id = %s\n  %s\n}\n", hclString(id), strings.Join(lines, "\n  "))
}

// planned checks what a step is about to do with an object.
func planned(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// emptyPlan checks that a step finds nothing to do.
func emptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// sent checks the newest upsert, and that there was just one since the last
// reset.
func (w *world) sent(t *testing.T, want map[string]any) resource.TestCheckFunc {
	return func(*terraform.State) error {
		t.Helper()
		bodies := w.upserts()
		if len(bodies) != 1 {
			return fmt.Errorf("sent %d upserts, want 1: %v", len(bodies), bodies)
		}
		if diff := cmp.Diff(want, bodies[0]); diff != "" {
			return fmt.Errorf("upsert (-want +sent):\n%s", diff)
		}
		return nil
	}
}

// stateValue checks an attribute of an object in state.
func stateValue(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func TestClientIsOneLookUpAndOneUpsertEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.test(t,
		resource.TestStep{
			Config:           w.config(client("robot")),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				stateValue(clientAddress, "nickname", knownvalue.Null()),
				stateValue(clientAddress, "is_robot", knownvalue.Bool(false)),
				stateValue(clientAddress, "custom_attributes", knownvalue.Null()),
				stateValue(clientAddress, "adopt_existing", knownvalue.Bool(false)),
				stateValue(clientAddress, "on_destroy", knownvalue.StringExact("revoke_tokens")),
				stateValue(clientAddress, "app_id", knownvalue.StringExact(sandbox.DefaultAppID)),
			},
			Check: func(*terraform.State) error {
				requests := w.Requests()
				if len(requests) < 2 || requests[0].Method != http.MethodGet || requests[1].Method != http.MethodPost {
					return fmt.Errorf("create is not one look-up and one upsert: %v", requests)
				}
				return w.sent(t, map[string]any{"_id": "robot"})(nil)
			},
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.config(client("robot", `nickname = "Robot"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`)),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check: w.sent(t, map[string]any{"_id": "robot", "nickname": "Robot", "avatarUrl": "https://example.com/r.png",
				"description": "Says things.", "isRobot": true}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.config(client("robot", `nickname = "Robot 2"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`)),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check:            w.sent(t, map[string]any{"_id": "robot", "nickname": "Robot 2"}),
		},
		resource.TestStep{
			ResourceName: clientAddress, ImportState: true, ImportStateId: "robot", ImportStateVerify: true,
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config: w.config(client("robot", `nickname = "Robot 2"`, `avatar_url = "https://example.com/r.png"`,
				`description = "Says things."`, `is_robot = true`, `on_destroy = "keep"`, `adopt_existing = true`)),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check: func(*terraform.State) error {
				if n := len(w.upserts()); n != 0 {
					return fmt.Errorf("settings of the resource sent %d upserts to the server", n)
				}
				return nil
			},
		},
	)
	if n := w.Count(http.MethodDelete, routeToken); n != 0 {
		t.Errorf("on_destroy = keep revoked tokens %d times", n)
	}
	if _, there := w.Client("robot"); !there {
		t.Error("the record is gone, but the API has no call for that")
	}
}

func TestClientProfileChangeKeepsTokensAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	token := "resource \"imkit_client_token\" \"test\" {\n  client_id = imkit_client.test.id\n}\n"
	var before []string
	w.test(t,
		resource.TestStep{
			Config: w.config(client("robot", `nickname = "One"`) + token),
			Check: func(*terraform.State) error {
				before = w.LiveTokens("robot")
				return nil
			},
		},
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           w.config(client("robot", `nickname = "Two"`, `custom_attributes = { a = 1 }`) + token),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check: func(*terraform.State) error {
				for _, body := range w.upserts() {
					for _, name := range []string{"token", "issueAccessToken", "expirationDate"} {
						if _, there := body[name]; there {
							return fmt.Errorf("a profile call carries %s", name)
						}
					}
				}
				if diff := cmp.Diff(before, w.LiveTokens("robot")); diff != "" || len(before) != 1 {
					return fmt.Errorf("live tokens changed (-before +after):\n%s", diff)
				}
				return nil
			},
		},
	)
}

func TestClientManagesOnlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	stored := func(field string, want any) resource.TestCheckFunc {
		return func(*terraform.State) error {
			fields, _ := w.Client("robot")
			if diff := cmp.Diff(want, fields[field]); diff != "" {
				return fmt.Errorf("%s on the server (-want +stored):\n%s", field, diff)
			}
			return nil
		}
	}
	w.test(t,
		resource.TestStep{Config: w.config(client("robot", `nickname = "Robot"`, `description = "Mine"`))},
		resource.TestStep{ // an edit of what is not configured is no drift, and shows
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"avatarUrl": "https://example.com/x.png", "isRobot": true})
			},
			Config:            w.config(client("robot", `nickname = "Robot"`, `description = "Mine"`)),
			ConfigPlanChecks:  emptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{stateValue(clientAddress, "avatar_url", knownvalue.StringExact("https://example.com/x.png")), stateValue(clientAddress, "is_robot", knownvalue.Bool(true))},
		},
		resource.TestStep{ // what stops being configured keeps its value
			PreConfig:        w.ResetRequests,
			Config:           w.config(client("robot", `nickname = "Robot"`)),
			ConfigPlanChecks: emptyPlan(),
			Check:            stored("description", "Mine"),
		},
		resource.TestStep{ // and is free to be changed elsewhere
			PreConfig:        func() { w.PutClient("robot", map[string]any{"description": "Theirs"}) },
			Config:           w.config(client("robot", `nickname = "Robot"`)),
			ConfigPlanChecks: emptyPlan(),
			Check:            stored("description", "Theirs"),
		},
		resource.TestStep{ // "" clears
			PreConfig:        w.ResetRequests,
			Config:           w.config(client("robot", `nickname = ""`, `avatar_url = ""`)),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check: resource.ComposeAggregateTestCheckFunc(stored("nickname", ""), stored("avatarUrl", ""),
				w.sent(t, map[string]any{"_id": "robot", "nickname": "", "avatarUrl": ""})),
		},
		resource.TestStep{ // a server that gives a cleared field back as null
			PreConfig:        func() { w.PutClient("robot", map[string]any{"nickname": nil}) },
			Config:           w.config(client("robot", `nickname = ""`, `avatar_url = ""`)),
			ConfigPlanChecks: emptyPlan(),
		},
	)
}

func TestClientThatExistsIsNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	id := `somebody's "own" ${id}`
	w.PutClient(id, map[string]any{"nickname": "Theirs", "description": "Theirs", "tier": "gold"})
	before, _ := w.Client(id)
	w.test(t,
		resource.TestStep{
			Config:      w.config(client(id, `nickname = "Ours"`)),
			ExpectError: regexp.MustCompile(`(?s)Client already exists.*import \{\s+to = imkit_client\.NAME\s+id = "somebody's \\"own\\" \$\$\{id\}"\s+\}.*adopt_existing = true`),
		},
		resource.TestStep{
			PreConfig: func() {
				after, _ := w.Client(id)
				if diff := cmp.Diff(before, after); diff != "" || len(w.upserts()) != 0 {
					t.Errorf("the client was changed (-before +after):\n%s", diff)
				}
			},
			Config:           w.config(client(id, `nickname = "Ours"`, `adopt_existing = true`, `custom_attributes = { level = 1 }`)),
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				stateValue(clientAddress, "nickname", knownvalue.StringExact("Ours")),
				stateValue(clientAddress, "description", knownvalue.StringExact("Theirs")),
			},
			Check: func(*terraform.State) error {
				fields, _ := w.Client(id)
				if fields["tier"] != "gold" || fields["description"] != "Theirs" || fields["nickname"] != "Ours" {
					return fmt.Errorf("adopting changed more than what is configured: %v", fields)
				}
				return nil
			},
		},
	)
}

func TestClientConflictIsAlreadyExists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, Status: http.StatusConflict, Body: `{"error":"USER_EXISTS","message":"exists"}`})
	w.test(t, resource.TestStep{
		Config:      w.config(client("robot")),
		ExpectError: regexp.MustCompile(`(?s)Client already exists.*import \{`),
	})
}

func TestClientReplacementIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "Robot"`))
	c.apply()
	says(t, c.apply("-replace="+clientAddress), "1 added, 0 changed, 1 destroyed", "Replaced client may have lost its tokens", "replace_triggered_by")
	c.empty()
	c.must("destroy", "-auto-approve")
	says(t, c.fails("apply", "-auto-approve"), "Client already exists", "adopt_existing = true")
}
