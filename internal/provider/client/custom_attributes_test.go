//go:build ignore

package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func number(digits string) json.Number { return json.Number(digits) }

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
	w := newWorld(t, sandbox.Options{})
	config := w.config(client("robot", everyJSONType))
	want := map[string]any{
		"text": "gold", "empty": "", "big": number("9007199254740993"), "decimal": number("0.1"), "yes": true, "nothing": nil,
		"list": []any{"a", number("2"), []any{false}}, "typed": []any{"x", "y"}, "set": []any{"a", "b"}, "map": map[string]any{"k": "v"},
		"nested": map[string]any{"a": map[string]any{"b": []any{map[string]any{"c": nil}}}}, "odd name/ä": number("1"),
	}
	w.test(t,
		resource.TestStep{
			Config: config,
			Check: func(*terraform.State) error {
				stored, _ := w.Client("robot")
				for name, value := range want {
					if diff := cmp.Diff(value, stored[name]); diff != "" {
						return fmt.Errorf("%s on the server (-want +stored):\n%s", name, diff)
					}
				}
				return nil
			},
		},
		resource.TestStep{Config: config, ConfigPlanChecks: emptyPlan()},
		resource.TestStep{ // as a server that keeps numbers as doubles gives the fraction back
			PreConfig:        func() { w.PutClient("robot", map[string]any{"third": number("0.3333333333333333")}) },
			Config:           config,
			ConfigPlanChecks: emptyPlan(),
		},
		resource.TestStep{ // one off, beyond what a double can tell apart
			PreConfig: func() {
				w.PutClient("robot", map[string]any{"big": number("9007199254740992"), "list": []any{"a", "2", []any{false}}, "yes": "true"})
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: planned(clientAddress, plancheck.ResourceActionUpdate),
			Check:            w.sent(t, map[string]any{"_id": "robot", "big": want["big"], "list": want["list"], "yes": true}),
		},
	)
}

func TestCustomAttributesRemovedKeyIsSentAsNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.test(t,
		resource.TestStep{Config: w.config(client("robot", `custom_attributes = { tier = "gold", level = 3 }`))},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.config(client("robot", `custom_attributes = { tier = "gold" }`)),
			Check:     w.sent(t, map[string]any{"_id": "robot", "level": nil}),
		},
		resource.TestStep{ // not managed any more: kept on the server, and in peace
			PreConfig:        w.ResetRequests,
			Config:           w.config(client("robot")),
			ConfigPlanChecks: emptyPlan(),
			Check: func(*terraform.State) error {
				if fields, _ := w.Client("robot"); fields["tier"] != "gold" || len(w.upserts()) != 0 {
					return fmt.Errorf("removing custom_attributes changed the server: %v", fields)
				}
				return nil
			},
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.config(client("robot", `custom_attributes = {}`)),
			Check:     w.sent(t, map[string]any{"_id": "robot", "tier": nil}),
		},
	)
}

func TestCustomAttributesUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	source := func(input string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = %s\n}\n", input)
	}
	part := client("robot", `nickname = terraform_data.source.output.name`, `custom_attributes = { known = 1, part = terraform_data.source.output.part }`)
	whole := client("robot", `custom_attributes = terraform_data.source.output`)
	w.test(t,
		resource.TestStep{
			Config: w.config(source(`{ name = "N", part = [1, "b"] }`) + part),
			Check:  w.sent(t, map[string]any{"_id": "robot", "nickname": "N", "known": number("1"), "part": []any{number("1"), "b"}}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.config(source(`{ name = "N", part = { c = true } }`) + part),
			Check:     w.sent(t, map[string]any{"_id": "robot", "part": map[string]any{"c": true}}),
		},
		resource.TestStep{
			PreConfig: w.ResetRequests,
			Config:    w.config(source(`{ known = 1, other = 2 }`) + whole),
			Check:     w.sent(t, map[string]any{"_id": "robot", "other": number("2"), "part": nil}),
		},
	)
}

func TestCustomAttributesRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	refused := func(attributes, message string) resource.TestStep {
		return resource.TestStep{Config: w.config(client("robot", "custom_attributes = "+attributes)), ExpectError: regexp.MustCompile(message)}
	}
	w.test(t,
		refused(`{ token = "x" }`, `(?s)Reserved custom attribute.*"token".*imkit_client_token`),
		refused(`{ issueAccessToken = true }`, `(?s)Reserved custom attribute.*"issueAccessToken".*imkit_client_token`),
		refused(`{ expirationDate = "x" }`, `(?s)Reserved custom attribute.*"expirationDate".*imkit_client_token`),
		refused(`{ _id = "x" }`, `(?s)Reserved custom attribute.*"_id".*attribute\s+id`),
		refused(`{ avatarUrl = "x" }`, `(?s)Reserved custom attribute.*"avatarUrl".*avatar_url`),
		refused(`{ appID = "x" }`, `(?s)Reserved custom attribute.*"appID".*server\s+sets it`),
		refused(`tomap({ nickname = "x" })`, `(?s)Reserved custom attribute.*"nickname".*attribute\s+nickname`),
		refused(`{ "" = 1 }`, `(?s)Invalid custom attribute.*name`),
		refused(`{ limits = [1, 1e20000] }`, `(?s)Invalid custom attributes.*limits: \[1\]: the\s+number\s+is\s+too\s+large`),
		refused(`{ least = 1e-20000 }`, `(?s)Invalid custom attributes.*least: the number is\s+too\s+large\s+or\s+too\s+small`),
		refused(`"text"`, `(?s)Invalid custom attributes.*must\s+be an object`),
		refused(`["a"]`, `(?s)Invalid custom attributes.*must\s+be an object`),
	)
	if n := w.Count("", "") + w.Count(http.MethodPost, routeClients); n != 0 {
		t.Errorf("validation called the server %d times", n)
	}
}

func TestJSONValuesThereAndBack(t *testing.T) {
	t.Parallel()
	for _, encoded := range []string{
		`null`, `true`, `"a"`, `""`, `0`, `-1`, `9007199254740993`, `123456789012345678901234567890`, `0.1`, `-2.5e-7`, `1e+300`,
		`[]`, `{}`, `[1,"a",null,[true]]`, `{"a":{"b":[{"c":null}]},"":""}`,
	} {
		decoded := decodeJSON(t, encoded)
		terraformValue, err := valueFromJSON(decoded)
		if err != nil {
			t.Errorf("%s: %v", encoded, err)
			continue
		}
		back, err := jsonFromValue(types.DynamicValue(terraformValue))
		if err != nil || !sameJSON(decoded, back) {
			t.Errorf("%s came back as %v (%v)", encoded, back, err)
		}
	}
	if _, err := jsonFromValue(types.StringUnknown()); err == nil {
		t.Error("an unknown value has JSON")
	}
	if _, err := valueFromJSON(json.Number("1e999999999999")); err == nil {
		t.Error("a number beyond all bounds was taken")
	}
}

func TestSameJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true}, {`1`, `2`, false}, {`9007199254740993`, `9007199254740992`, false}, {`1e2`, `100`, true},
		{`0.1`, `0.10`, true}, {`0.1`, `0.1000000000000000055511151231257827`, true}, {`0.1`, `0.2`, false}, {`0.5`, `1`, false},
		{`"1"`, `1`, false}, {`null`, `false`, false}, {`null`, `null`, true}, {`{"a":null}`, `{}`, false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true}, {`[1,2]`, `[2,1]`, false}, {`[1]`, `[1,1]`, false}, {`[]`, `{}`, false},
	} {
		a, b := decodeJSON(t, c.a), decodeJSON(t, c.b)
		if sameJSON(a, b) != c.want || sameJSON(b, a) != c.want {
			t.Errorf("sameJSON(%s, %s) is not %t both ways", c.a, c.b, c.want)
		}
	}
}

func decodeJSON(t *testing.T, encoded string) any {
	t.Helper()
	var raw struct {
		Value any `json:"value"`
	}
	decoder := json.NewDecoder(strings.NewReader(`{"value":` + encoded + `}`))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		t.Fatalf("%s: %v", encoded, err)
	}
	return raw.Value
}
