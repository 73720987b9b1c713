package config_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const alreadyExists = "Key already exists"

func TestConfigKeyThatExists(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutConfig("flags", object{"voice": true})
	c := w.CLI(t, acctest.ConfigKey("flags", `{ voice = false }`))
	acctest.Says(t, c.Must("plan"), "Warning: "+alreadyExists, "The apply will stop here.", "import {", `id = "flags"`)
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists, `Key "flags" is in the configuration already`)
	if n := w.Count(http.MethodPost, ""); n != 0 {
		t.Errorf("%d writes", n)
	}
	c.Write(w.Config(acctest.ConfigKey("flags", `{ voice = true }`, "adopt_existing = true")))
	acctest.Says(t, c.Must("plan"), "Existing key will be taken over", "Its value stays as it is.")
	acctest.Says(t, c.Apply(), "Existing key was taken over", "1 added")
	c.Empty()
	if n := w.Count(http.MethodPost, ""); n != 0 {
		t.Errorf("adopting it as it is wrote it %d times", n)
	}

	w.PutConfig("other", nil) // null is a value that others may write
	c.Write(w.Config(acctest.ConfigKey("other", `"mine"`, "adopt_existing = true")))
	acctest.Says(t, c.Must("plan"), "Existing key will be taken over", "Its value will be replaced.")
	c.Apply()
	c.Empty()
	if diff := cmp.Diff(object{"other": "mine"}, w.Server.Config()); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}

// What this run knows from a state is no news, whatever Terraform makes of it.
func TestPlanDoesNotWarnOfKeysInState(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	both := func(a, b string) string {
		return strings.Replace(acctest.ConfigKey(a, `"A"`), `"test"`, `"a"`, 1) + strings.Replace(acctest.ConfigKey(b, `"B"`), `"test"`, `"b"`, 1)
	}
	c := w.CLI(t, both("one", "two"))
	c.Apply()
	for name, output := range map[string]string{
		"replaced":                c.Must("plan", "-replace=imkit_config.a"),
		"replaced, not refreshed": c.Must("plan", "-replace=imkit_config.a", "-refresh=false"),
		"swapped":                 func() string { c.Write(w.Config(both("two", "one"))); return c.Must("plan") }(),
		"tainted": func() string {
			c.Write(w.Config(both("one", "two")))
			return c.Must("taint", "imkit_config.b") + c.Must("plan")
		}(),
	} {
		if strings.Contains(output, alreadyExists) {
			t.Errorf("%s:\n%s", name, output)
		}
	}
	c.Apply()
	c.Empty()
	if diff := cmp.Diff(object{"one": "A", "two": "B"}, w.Server.Config()); diff != "" {
		t.Errorf("after the replacement (-want +got):\n%s", diff)
	}
}

// Two resources of one key do not overwrite each other.
func TestTwoResourcesOfOneKey(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Latency: 50 * time.Millisecond})
	c := w.CLI(t, acctest.ConfigKey("k", "1")+strings.Replace(acctest.ConfigKey("k", "2"), `"test"`, `"second"`, 1))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists)
	if n := len(w.SentConfig()); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// What create_before_destroy leaves behind does not take the key along that was
// written in its place, in the same apply or in a later one.
func TestConfigKeyLeftBehind(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := func(command string) string {
		return acctest.ConfigKey("k", "1", "adopt_existing = true", "lifecycle {\n    create_before_destroy = true\n  }") +
			"resource \"terraform_data\" \"after\" {\n  triggers_replace = [" + fmt.Sprintf("%q", command) + "]\n" +
			"  depends_on = [imkit_config.test]\n  provisioner \"local-exec\" {\n    command = " + fmt.Sprintf("%q", command) + "\n  }\n}\n"
	}
	c := w.CLI(t, body("true"))
	c.Apply()
	c.Apply("-replace=" + acctest.ConfigAddress)
	if len(w.Server.Config()) != 1 {
		t.Fatal("the key is gone with the object before")
	}
	// What comes between the new object and the end of the old one fails.
	c.Write(w.Config(body("false")))
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.ConfigAddress), "local-exec provisioner error")
	c.Write(w.Config(body("true")))
	acctest.Says(t, c.Apply(), "Key was not deleted", `key "k"`)
	c.Apply() // some cores leave the old terraform_data for another run
	c.Empty()
	if len(w.Server.Config()) != 1 {
		t.Error("the key is gone with what an earlier apply left behind")
	}
	c.Must("destroy", "-auto-approve")
	if len(w.Server.Config()) != 0 {
		t.Error("the key is there after the destroy")
	}
}
