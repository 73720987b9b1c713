//go:build ignore

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	config := w.config(client("robot", `nickname = "Robot"`, `description = "Ours"`, `custom_attributes = { tier = "gold", level = 3 }`))
	w.test(t,
		resource.TestStep{Config: config},
		resource.TestStep{ // one field edited elsewhere is planned back, alone
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"nickname": "Edited"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check:            w.sent(t, map[string]any{"_id": "robot", "nickname": "Robot"}),
		},
		resource.TestStep{
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"tier": "bronze"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check:            w.sent(t, map[string]any{"_id": "robot", "tier": "gold"}),
		},
		resource.TestStep{ // deleted elsewhere: planned anew
			PreConfig: func() {
				w.RemoveClient("robot")
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionCreate),
			Check: w.sent(t, map[string]any{"_id": "robot", "nickname": "Robot", "description": "Ours",
				"tier": "gold", "level": number("3")}),
		},
	)
}

func TestClientLookUpThatShowsLittleIsNoDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{LookupFields: []string{"nickname"}})
	config := w.config(client("robot", `nickname = "Robot"`, `description = "Ours"`, `custom_attributes = { tier = "gold" }`))
	w.test(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			Config: config, ConfigPlanChecks: emptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{stateValue(clientAddress, "description", knownvalue.StringExact("Ours")), stateValue(clientAddress, "app_id", knownvalue.StringExact(sandbox.DefaultAppID))},
		},
	)
}
