package client_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("a/b", map[string]any{
		"nickname": "Robot", "isRobot": true, "tier": "gold", "levels": []any{1, "two", nil}, "appID": "SampleApp",
		"updatedAt": "2020-06-11T06:15:36.761Z", "lastLoginTimeMS": acctest.Number("1588744338369"), "lastJoinOrCreateRoomTime": "2020-06-08T02:00:16.685Z",
		"userAgent": "Mozilla/5.0", "address": map[string]any{"port": 56004, "family": "IPv6", "address": "::1"}, "mute": []any{"room"},
	})
	value := func(attribute string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.imkit_client.test", tfjsonpath.New(attribute), check)
	}
	w.Test(t,
		resource.TestStep{
			Config:      w.Config("data \"imkit_client\" \"test\" {\n  id = \"\"\n}\n"),
			ExpectError: regexp.MustCompile(`Invalid client ID`),
		},
		resource.TestStep{
			Config:      w.Config("data \"imkit_client\" \"test\" {\n  id = \"A/B\"\n}\n"),
			ExpectError: regexp.MustCompile(`(?s)Client does not exist.*client "A/B"`),
		},
		resource.TestStep{
			Config: w.Config("data \"imkit_client\" \"test\" {\n  id = \"a/b\"\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				value("nickname", knownvalue.StringExact("Robot")),
				value("avatar_url", knownvalue.Null()),
				value("is_robot", knownvalue.Bool(true)),
				value("custom_attributes", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"tier":   knownvalue.StringExact("gold"),
					"levels": knownvalue.TupleExact([]knownvalue.Check{knownvalue.Int64Exact(1), knownvalue.StringExact("two"), knownvalue.Null()}),
				})),
				value("app_id", knownvalue.StringExact("SampleApp")),
				value("updated_at", knownvalue.StringExact("2020-06-11T06:15:36.761Z")),
				value("last_login_time", knownvalue.StringExact("2020-05-06T05:52:18.369Z")),
				value("last_join_or_create_room_time", knownvalue.StringExact("2020-06-08T02:00:16.685Z")),
				value("user_agent", knownvalue.StringExact("Mozilla/5.0")),
				value("address", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"address": knownvalue.StringExact("::1"), "family": knownvalue.StringExact("IPv6"), "port": knownvalue.Int64Exact(56004),
				})),
				value("mute", knownvalue.TupleExact([]knownvalue.Check{knownvalue.StringExact("room")})),
			},
		},
	)
}

// A field of another type than the pages say counts as not reported: it fails no read,
// least of all of another client.
func TestClientDataSourceOfOddFields(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Inject(sandbox.Fault{Method: http.MethodGet, Status: 200, Body: `{"RC":0,"result":{"totalCount":1,"data":[{"_id":"a/b","userAgent":"curl",
		"lastLoginTimeMS":"yesterday","updatedAt":17,"lastJoinOrCreateRoomTime":"soon","address":{"address":1,"family":"IPv6","port":"ssh"},"mute":1e99999}]}}`})
	nulls := map[string]knownvalue.Check{
		"user_agent": knownvalue.StringExact("curl"), "last_login_time": knownvalue.Null(), "updated_at": knownvalue.Null(),
		"last_join_or_create_room_time": knownvalue.Null(), "mute": knownvalue.Null(),
		"address": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"address": knownvalue.Null(), "family": knownvalue.StringExact("IPv6"), "port": knownvalue.Null(),
		}),
	}
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.imkit_clients.test", tfjsonpath.New("clients").AtSliceIndex(0), knownvalue.ObjectPartial(nulls)),
	}
	for attribute, check := range nulls {
		checks = append(checks, statecheck.ExpectKnownValue("data.imkit_client.test", tfjsonpath.New(attribute), check))
	}
	w.Test(t, resource.TestStep{
		Config:            w.Config("data \"imkit_client\" \"test\" {\n  id = \"a/b\"\n}\ndata \"imkit_clients\" \"test\" {\n  ids = [\"a/b\"]\n}\n"),
		ConfigStateChecks: checks,
	})
}
