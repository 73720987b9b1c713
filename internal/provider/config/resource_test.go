package config_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// object is a JSON object.
type object = map[string]any

// has checks what the server has, and what was written since the last reset.
func has(t *testing.T, w *acctest.World, want object, written ...object) resource.TestCheckFunc {
	return acctest.Check(func() {
		acctest.Equal(t, "the configuration", want, w.Server.Config())
		acctest.Equal(t, "written", written, w.SentConfig())
	})
}

func TestConfigLife(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutConfig("theirs", "x")
	notice := func(text string) object {
		return object{"announcement": object{"text": text, "pin": true, "until": nil, "to": []any{"a", acctest.Number("2")}}}
	}
	with := func(announcement object) object {
		return object{"theirs": "x", "announcement": announcement["announcement"]}
	}
	body := func(text string, lines ...string) string {
		return w.Config(acctest.ConfigKey("announcement", fmt.Sprintf(`{ text = %q, pin = true, until = null, to = ["a", 2] }`, text), lines...))
	}
	w.Test(t,
		resource.TestStep{
			Config:           body("Hello."),
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionCreate),
			Check:            has(t, w, with(notice("Hello.")), notice("Hello.")),
		},
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           body("Good bye."),
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionUpdate),
			Check:            has(t, w, with(notice("Good bye.")), notice("Good bye.")),
		},
		resource.TestStep{ // the whole value is written
			PreConfig: w.ResetRequests,
			Config:    w.Config(acctest.ConfigKey("announcement", `{ text = "Short." }`)),
			Check:     has(t, w, with(object{"announcement": object{"text": "Short."}}), object{"announcement": object{"text": "Short."}}),
		},
		resource.TestStep{ // of any type
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.ConfigKey("announcement", `"Just text."`)),
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionUpdate),
			Check:            has(t, w, with(object{"announcement": "Just text."}), object{"announcement": "Just text."}),
		},
		resource.TestStep{
			ResourceName: acctest.ConfigAddress, ImportState: true, ImportStateId: "announcement",
			ImportStateVerifyIdentifierAttribute: "key", ImportStateVerify: true,
		},
		resource.TestStep{ // a setting of the resource's own
			PreConfig:        w.ResetRequests,
			Config:           w.Config(acctest.ConfigKey("announcement", `"Just text."`, "adopt_existing = true")),
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionUpdate),
			Check:            has(t, w, with(object{"announcement": "Just text."})),
		},
		resource.TestStep{ // another key
			Config:           w.Config(acctest.ConfigKey("notice", `"Just text."`)),
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionReplace),
			Check:            has(t, w, object{"theirs": "x", "notice": "Just text."}, object{"notice": "Just text."}),
		},
	)
	acctest.Equal(t, "after the destroy", object{"theirs": "x"}, w.Server.Config())
}

func TestConfigDrift(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	config := w.Config(acctest.ConfigKey("flags", `{ voice = true, limit = 5 }`))
	flags := object{"flags": object{"voice": true, "limit": acctest.Number("5")}}
	w.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{ // edited elsewhere: planned back
			PreConfig:        func() { w.PutConfig("flags", object{"voice": true, "limit": "5"}); w.ResetRequests() },
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionUpdate),
			Check:            has(t, w, flags, flags),
		},
		resource.TestStep{
			PreConfig:        func() { w.PutConfig("flags", nil); w.ResetRequests() },
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionUpdate),
			Check:            has(t, w, flags, flags),
		},
		resource.TestStep{ // deleted elsewhere: planned anew
			PreConfig:        func() { w.RemoveConfig("flags"); w.ResetRequests() },
			Config:           config,
			ConfigPlanChecks: acctest.Planned(acctest.ConfigAddress, plancheck.ResourceActionCreate),
			Check:            has(t, w, flags, flags),
		},
		resource.TestStep{ // other keys are others' business
			PreConfig:        func() { w.PutConfig("other", 1) },
			Config:           config,
			ConfigPlanChecks: acctest.EmptyPlan(),
		},
		resource.TestStep{ // gone already when it is destroyed
			PreConfig: func() { w.RemoveConfig("flags") },
			Config:    config, Destroy: true,
		},
	)
}

func TestConfigRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	for body, want := range map[string]string{
		acctest.ConfigKey("", "1"):     "Invalid key",
		acctest.ConfigKey("k", "null"): "Must set a configuration value for the value attribute",
		acctest.ConfigKey("k", "var.none") + "variable \"none\" {\n  type    = object({ text = string })\n  default = null\n}\n": "Must set a configuration value for the value attribute",
		acctest.ConfigKey("k", "1e5000"): "too large or too small to be sent",
		"import {\n  to = imkit_config.test\n  id = \"none\"\n}\n" + acctest.ConfigKey("none", "1"): "Key to import does not exist",
	} {
		c.Write(w.Config(body))
		acctest.Says(t, c.Fails("plan"), want)
	}
	// Not known when it is planned, and null when it is applied.
	c.Write(w.Config(acctest.ConfigKey("k", "terraform_data.none.output == \"x\" ? null : { a = terraform_data.none.output, b = 1 }.a == \"y\" ? 1 : null") +
		"resource \"terraform_data\" \"none\" {\n  input = \"x\"\n}\n"))
	c.Must("plan")
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Must set a configuration value for the value attribute")
	if n := strings.Count(output, "Error:"); n != 1 {
		t.Errorf("%d errors, want 1:\n%s", n, output)
	}
	if n := w.Count(http.MethodPost, ""); n != 0 || len(w.Server.Config()) != 0 {
		t.Errorf("%d writes: %v", n, w.Server.Config())
	}
}

// Sixty keys are written at the same moment, and none is lost, of theirs neither;
// all are read with a few calls.
func TestManyConfigKeys(t *testing.T) {
	t.Parallel()
	for name, replaces := range map[string]bool{"keeps": false, "replaces": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: replaces}})
			keys := func(value int) (config string, want object) {
				want = object{}
				for i := range 5 {
					want[fmt.Sprintf("theirs %d", i)] = "x"
				}
				for i := range 60 {
					want[fmt.Sprintf("mine %d", i)] = object{"n": acctest.Number(fmt.Sprint(value + i))}
				}
				return w.Config(fmt.Sprintf("resource \"imkit_config\" \"test\" {\n  count = 60\n  key   = \"mine ${count.index}\"\n  value = { n = %d + count.index }\n}\n", value)), want
			}
			for i := range 5 {
				w.PutConfig(fmt.Sprintf("theirs %d", i), "x")
			}
			c := w.CLI(t, "")
			for _, value := range []int{1000, 2000} {
				config, want := keys(value)
				c.Write(config)
				c.Apply("-parallelism=60")
				acctest.Equal(t, "in the configuration", want, w.Server.Config())
				t.Logf("%d reads, %d writes", w.Count(http.MethodGet, ""), w.Count(http.MethodPost, ""))
				w.ResetRequests()
				c.Empty("-parallelism=60")
				if n := w.Count(http.MethodGet, ""); n > 20 { // 2 on a machine that is not busy, 60 without merging
					t.Errorf("the plan took %d reads", n)
				}
				w.ResetRequests()
			}
			output := c.Must("destroy", "-auto-approve", "-parallelism=60")
			acctest.Says(t, output, "60 destroyed")
			if n := len(w.Server.Config()); n != 5 {
				t.Errorf("%d keys are left, want 5", n)
			}
		})
	}
}

// Two resources of one key undo each other in every run. The run that writes both says so.
func TestConfigKeyThatTwoResourcesWrite(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	key := func(value string) string { return acctest.ConfigKey("notice", value, "adopt_existing = true") }
	second := strings.Replace(key(`"Bye."`), `"test"`, `"second"`, 1)
	c := w.CLI(t, key(`"Hello."`)+second)
	acctest.Says(t, c.Apply(), "Two resources write the same object", `configuration key "notice"`, "undoes what the other did")

	c.Must("destroy", "-auto-approve")
	for _, value := range []string{`"One."`, `"Two."`} { // written or replaced by one
		c.Write(w.Config(key(value)))
		acctest.SaysNot(t, c.Apply(), "Two resources")
		acctest.SaysNot(t, c.Apply("-replace="+acctest.ConfigAddress), "Two resources")
	}
}
