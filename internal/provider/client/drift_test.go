package client_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientDrift(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	config := w.Config(acctest.Client("robot", `nickname = "Robot"`, `description = "Ours"`, `custom_attributes = { tier = "gold", level = 3 }`))
	w.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{ // one field edited elsewhere is planned back, alone
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"nickname": "Edited"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check:            w.Sent(t, map[string]any{"_id": "robot", "nickname": "Robot"}),
		},
		resource.TestStep{
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"tier": "bronze"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check:            w.Sent(t, map[string]any{"_id": "robot", "tier": "gold"}),
		},
		resource.TestStep{ // deleted elsewhere: planned anew
			PreConfig: func() {
				w.RemoveClient("robot")
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionCreate),
			Check: w.Sent(t, map[string]any{"_id": "robot", "nickname": "Robot", "description": "Ours",
				"tier": "gold", "level": acctest.Number("3")}),
		},
	)
}

func TestClientLookUpThatShowsLittleIsNoDrift(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{LookupFields: []string{"nickname"}})
	config := w.Config(acctest.Client("robot", `nickname = "Robot"`, `description = "Ours"`, `custom_attributes = { tier = "gold" }`))
	w.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			Config: config, ConfigPlanChecks: acctest.EmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{acctest.StateValue(acctest.ClientAddress, "description", knownvalue.StringExact("Ours")), acctest.StateValue(acctest.ClientAddress, "app_id", knownvalue.StringExact(sandbox.DefaultAppID))},
		},
	)
}
