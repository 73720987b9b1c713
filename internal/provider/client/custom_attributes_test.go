package client_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const everyJSONType = `custom_attributes = {
    text    = "gold"
    empty   = ""
    big     = 9007199254740993
    decimal = 0.1
    third   = 1 / 3
    yes     = true
    nothing = null
    list    = ["a", 2, [false]]
    typed   = tolist(["x", "y"])
    set     = toset(["b", "a"])
    map     = tomap({ k = "v" })
    nested  = { a = { b = [{ c = null }] } }
    "odd name/ä" = 1
  }`

func TestCustomAttributesKeepJSONTypes(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	config := w.Config(acctest.Client("robot", everyJSONType))
	want := map[string]any{
		"text": "gold", "empty": "", "big": acctest.Number("9007199254740993"), "decimal": acctest.Number("0.1"), "yes": true, "nothing": nil,
		"list": []any{"a", acctest.Number("2"), []any{false}}, "typed": []any{"x", "y"}, "set": []any{"a", "b"}, "map": map[string]any{"k": "v"},
		"nested": map[string]any{"a": map[string]any{"b": []any{map[string]any{"c": nil}}}}, "odd name/ä": acctest.Number("1"),
	}
	w.Test(t,
		resource.TestStep{
			Config: config,
			Check: acctest.Check(func() {
				stored, _ := w.Client("robot")
				for name, value := range want {
					acctest.Equal(t, name+" on the server", value, stored[name])
				}
			}),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: acctest.EmptyPlan()},
		resource.TestStep{ // as a server that keeps numbers as doubles gives them back
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"third": acctest.Number("0.3333333333333333"), "big": acctest.Number("9007199254740992")})
			},
			Config:           config,
			ConfigPlanChecks: acctest.EmptyPlan(),
		},
		resource.TestStep{
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"big": acctest.Number("9007199254740994"), "list": []any{"a", "2", []any{false}}, "yes": "true"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ClientAddress, plancheck.ResourceActionUpdate),
			Check:            w.Sent(t, map[string]any{"_id": "robot", "big": want["big"], "list": want["list"], "yes": true}),
		},
	)
}

func TestCustomAttributesRemovedKeyIsSentAsNull(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Test(t,
		resource.TestStep{Config: w.Config(acctest.Client("robot", `custom_attributes = { tier = "gold", level = 3 }`))},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.Config(acctest.Client("robot", `custom_attributes = { tier = "gold" }`)),
			Check:     w.Sent(t, map[string]any{"_id": "robot", "level": nil}),
		},
		resource.TestStep{ // not managed any more: kept on the server, and in peace
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.Client("robot")),
			ConfigPlanChecks: acctest.EmptyPlan(),
			Check: acctest.Check(func() {
				if fields, _ := w.Client("robot"); fields["tier"] != "gold" || len(w.Upserts()) != 0 {
					t.Errorf("removing custom_attributes changed the server: %v", fields)
				}
			}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.Config(acctest.Client("robot", `custom_attributes = {}`)),
			Check:     w.Sent(t, map[string]any{"_id": "robot", "tier": nil}),
		},
	)
}

func TestCustomAttributesRefused(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	refused := func(attributes, message string) resource.TestStep {
		return resource.TestStep{Config: w.Config(acctest.Client("robot", "custom_attributes = "+attributes)), ExpectError: regexp.MustCompile(message)}
	}
	w.Test(t,
		refused(`{ token = "x" }`, `(?s)Reserved custom attribute.*"token".*imkit_client_token`),
		refused(`{ issueAccessToken = true }`, `(?s)Reserved custom attribute.*"issueAccessToken".*imkit_client_token`),
		refused(`{ expirationDate = "x" }`, `(?s)Reserved custom attribute.*"expirationDate".*imkit_client_token`),
		refused(`{ _id = "x" }`, `(?s)Reserved custom attribute.*"_id".*attribute\s+id`),
		refused(`{ avatarUrl = "x" }`, `(?s)Reserved custom attribute.*"avatarUrl".*avatar_url`),
		refused(`{ appID = "x" }`, `(?s)Reserved custom attribute.*"appID".*server\s+sets it`),
		refused(`tomap({ nickname = "x" })`, `(?s)Reserved custom attribute.*"nickname".*attribute\s+nickname`),
		refused(`{ "appID.x" = "x" }`, `(?s)Reserved custom attribute.*"appID\.x"\s+for\s+a\s+part\s+of\s+the\s+field\s+"appID"`),
		refused(`{ "tokens.0" = "x" }`, `(?s)Reserved custom attribute.*"tokens\.0".*imkit_client_token`),
		refused(`{ "$set" = { token = "x" } }`, `(?s)Invalid custom attribute.*"\$set"\s+begins\s+with\s+"\$"`),
		refused(`{ "" = 1 }`, `(?s)Invalid custom attribute.*name`),
		refused(`{ limits = [1, 1e20000] }`, `(?s)Invalid custom attributes.*limits: \[1\]: the\s+number\s+is\s+too\s+large`),
		refused(`{ least = 1e-20000 }`, `(?s)Invalid custom attributes.*least: the number is\s+too\s+large\s+or\s+too\s+small`),
		refused(`"text"`, `(?s)Invalid custom attributes.*must\s+be an object`),
		refused(`["a"]`, `(?s)Invalid custom attributes.*must\s+be an object`),
	)
	w.Test(t, resource.TestStep{
		Config:      w.Config(acctest.Client(".", "")),
		ExpectError: regexp.MustCompile(`(?s)Invalid client ID.*which\s+proxies\s+remove`),
	})
	if n := w.Count("", "") + w.Count(http.MethodPost, acctest.RouteClients); n != 0 {
		t.Errorf("validation called the server %d times", n)
	}
}

// Names that are known only when they are applied are refused then, before anything is sent.
func TestCustomAttributesRefusedLate(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("old", nil)
	late := func(attributes string) string {
		return w.Config("resource \"terraform_data\" \"late\" {\n  input            = " + attributes + "\n  triggers_replace = timestamp()\n}\n" +
			acctest.Client("old", "adopt_existing = true\n  custom_attributes = terraform_data.late.output"))
	}
	c := w.CLI(t, "")
	for _, name := range []string{"$set", "token.x"} { // at first a create, then an update
		c.Write(late(`{ "` + name + `" = "x" }`))
		acctest.Says(t, c.Fails("apply", "-auto-approve"), "ustom attribute", "custom_attributes = terraform_data", name)
		if n := len(w.Upserts()); n > 0 {
			t.Errorf("%s: %d requests", name, n)
		}
		c.Write(late(`{ tier = "gold" }`))
		c.Apply()
		w.ResetRequests()
	}
}
