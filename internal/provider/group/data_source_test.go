package group_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestGroupsDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	config := w.Config("data \"imkit_groups\" \"test\" {}\n")
	groups := func(want ...knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{acctest.StateValue("data.imkit_groups.test", "groups", knownvalue.ListExact(want))}
	}
	w.Test(t,
		resource.TestStep{Config: config, ConfigStateChecks: groups()},
		resource.TestStep{
			PreConfig: func() {
				w.PutGroup("sales", map[string]any{"nickname": "Sales", "members": []any{"bob", "ann"}})
				w.PutGroup("a/b", map[string]any{"nickname": "First", "avatarUrl": "https://example.com/a.png"})
			},
			Config: config,
			ConfigStateChecks: groups(
				knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact("a/b"), "nickname": knownvalue.StringExact("First"),
					"avatar_url": knownvalue.StringExact("https://example.com/a.png"), "member_ids": knownvalue.SetSizeExact(0),
				}),
				knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact("sales"), "nickname": knownvalue.StringExact("Sales"), "avatar_url": knownvalue.Null(),
					"member_ids": knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("ann"), knownvalue.StringExact("bob")}),
				}),
			),
		},
	)
}
