package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const alreadyExists = "Key already exists"

func TestConfigKeyThatExists(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutConfig("flags", object{"voice": true})
	c := w.CLI(t, acctest.ConfigKey("flags", `{ voice = false }`))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Error: "+alreadyExists, `Key "flags" is in the configuration already`, "import {", `id = "flags"`)
	w.NothingSent(t)
	c.Write(w.Config(acctest.ConfigKey("flags", `{ voice = true }`, "adopt_existing = true")))
	acctest.Says(t, c.Apply(), "Existing key was adopted", "1 added")
	c.Empty()
	w.NothingSent(t)

	w.PutConfig("other", nil) // null is a value that others may write
	c.Write(w.Config(acctest.ConfigKey("other", `"mine"`, "adopt_existing = true")))
	c.Apply()
	c.Empty()
	acctest.Equal(t, "in the end", object{"other": "mine"}, w.Server.Config())
}

// A key that is replaced under its own name is its own, and not somebody else's.
func TestKeyReplacedByItself(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.ConfigKey("flags", `"on"`))
	c.Apply()
	c.Apply("-replace=" + acctest.ConfigAddress)
	c.Must("taint", acctest.ConfigAddress)
	c.Apply()
	c.Empty()
	acctest.Equal(t, "after the replacement", object{"flags": "on"}, w.Server.Config())
}

// What create_before_destroy leaves behind takes its key along, in the same apply or in a
// later one, unless that apply has written the same key.
func TestConfigKeyLeftBehind(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := func(key, command string) string {
		return acctest.ConfigKey(key, "1", "adopt_existing = true", acctest.CreateBeforeDestroy) + acctest.Then(acctest.ConfigAddress, command)
	}
	has := func(when string, keys ...string) {
		t.Helper()
		acctest.Equal(t, when, keys, slices.Sorted(maps.Keys(w.Server.Config())))
	}
	c := w.CLI(t, body("k", "true"))
	c.Apply()
	c.Apply("-replace=" + acctest.ConfigAddress)
	has("replaced by the same key", "k")
	c.Write(w.Config(body("l", "true")))
	c.Apply()
	has("replaced by another key", "l")
	// What comes between the new object and the end of the old one fails.
	c.Write(w.Config(body("m", "false")))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "local-exec provisioner error")
	has("left behind", "l", "m")
	c.Write(w.Config(body("m", "true") + strings.Replace(acctest.ConfigKey("n", "1"), `"test"`, `"another"`, 1)))
	c.Apply()
	has("after the next apply", "m", "n")
	c.Apply() // some cores leave the old terraform_data for another run
	c.Empty()
	c.Must("destroy", "-auto-approve")
	has("after the destroy")
}
