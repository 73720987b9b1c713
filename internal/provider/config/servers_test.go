package config_test

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const notShown = "Server does not show the key yet"

// On every server a key lives its life, and no other key is lost.
func TestConfigOnEveryServer(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"keeps":                      {},
		"replaces":                   {Config: sandbox.ConfigOptions{Replace: true}},
		"keeps, shows later":         {Config: sandbox.ConfigOptions{ShownAfter: time.Second}},
		"replaces, shows later":      {Config: sandbox.ConfigOptions{Replace: true, ShownAfter: time.Second}},
		"shows much later":           {Config: sandbox.ConfigOptions{ShownAfter: 50 * time.Second}},
		"replaces, shows much later": {Config: sandbox.ConfigOptions{Replace: true, ShownAfter: 50 * time.Second}},
		"does not mind missing":      {Config: sandbox.ConfigOptions{IgnoreMissing: true}},
	} {
		for others, theirs := range map[string]object{"alone": {}, "among others": {"a": "x", "b": object{"c": nil}, "d": []any{}}} {
			t.Run(name+", "+others, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := acctest.NewWorldInMemory(t, options)
					for key, value := range theirs {
						w.PutConfig(key, value)
					}
					pass(2 * time.Minute)
					live(t, w, theirs, options.Config.ShownAfter)
				})
			})
		}
	}
}

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }

// live is the life of a key among others, on a server that shows a write that much later.
// Nobody waits for it for more than ten seconds: then there is a warning, and a plan finds
// nothing to do as soon as the server shows it.
func live(t *testing.T, w *acctest.World, theirs object, shownAfter time.Duration) {
	t.Helper()
	expect := func(when string, has ...any) {
		t.Helper()
		want := maps.Clone(theirs)
		for _, value := range has {
			want["mine"] = value
		}
		acctest.Equal(t, when, want, w.Server.Config())
	}
	c := w.Core(t, "imkit_config")
	write := func(value string, late bool) {
		t.Helper()
		mine := object{"key": "mine", "value": value}
		told := c.Converge(mine)
		if told.Failed() || strings.Contains(told.String(), notShown) != late {
			t.Errorf("%q:\n%s", value, told)
		}
		if late {
			pass(shownAfter)
		}
		c.MustPlan(mine, acctest.NoChange)
		expect("written", value)
	}
	late := shownAfter > 10*time.Second
	write("first value", late)
	write("second value", late)
	pass(2 * time.Minute)
	c.State.Tainted = true
	write("second value", false) // which shows as it was before
	pass(2 * time.Minute)
	c.MustPlan(object{"key": "mine", "value": "second value"}, acctest.NoChange)
	if told := c.Converge(nil); told.Failed() || c.State != nil {
		t.Error(told)
	}
	expect("destroyed")
}

// Where a write does not show after ten seconds, a warning says so. As long as it does
// not, a plan shows a change, which an apply makes once more.
func TestConfigNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := acctest.NewWorldInMemory(t, sandbox.Options{Config: sandbox.ConfigOptions{ShownAfter: time.Minute}})
		w.PutConfig("taken over", "old")
		pass(2 * time.Minute)
		for key, config := range map[string]object{
			"taken over": {"key": "taken over", "value": "new", "adopt_existing": true},
			"added":      {"key": "added", "value": "new"},
		} {
			c := w.Core(t, "imkit_config")
			for range 2 {
				began := time.Now()
				told := c.Converge(config)
				acctest.Says(t, told.String(), notShown, fmt.Sprintf("configuration key %q, but does not show it yet", key))
				if took := time.Since(began); told.Failed() || took < 10*time.Second || took > 11*time.Second {
					t.Errorf("after %s:\n%s", took, told)
				}
			}
			pass(time.Minute)
			c.MustPlan(config, acctest.NoChange)
			if got := w.Server.Config()[key]; got != "new" {
				t.Errorf("the server has %v", got)
			}
		}
	})
}

// A key that is gone when it is updated, and does not show after the write either, is not
// one that the server keeps otherwise.
func TestConfigDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_config")
	c.Settle(object{"key": "k", "value": "old"})
	mine := object{"key": "k", "value": "new"}
	planned, told := c.Plan(mine)
	if told.Failed() {
		t.Fatal(told)
	}
	w.RemoveConfig("k")
	w.Configure(func(o *sandbox.Options) { o.Config.ShownAfter = time.Minute })
	w.Advance(time.Minute)
	told = c.Apply(planned)
	acctest.Says(t, told.String(), notShown)
	if told.Failed() || len(told) != 1 {
		t.Error(told)
	}
	w.Advance(time.Minute)
	c.MustPlan(mine, acctest.NoChange)
}

// A server that replaces everything says so once, and what it lost is back.
func TestServerThatLosesKeys(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: true}})
	want := object{}
	for i := range 8 {
		want[fmt.Sprintf("theirs %d", i)] = "x"
		w.PutConfig(fmt.Sprintf("theirs %d", i), "x")
	}
	c := w.CLI(t, acctest.ConfigKey("a", `"1"`)+strings.Replace(acctest.ConfigKey("b", `"2"`), `"test"`, `"second"`, 1))
	output := c.Apply()
	acctest.SaidOnce(t, output, "Server lost other keys for a moment")
	acctest.Says(t, output, `"theirs 0", "theirs 1"`, "and 3 more", "put back at once")
	c.Empty()
	want["a"], want["b"] = "1", "2"
	acctest.Equal(t, "in the end", want, w.Server.Config())
}

// Keys that are created at the same moment are written together, on every server.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	for _, replaces := range []bool{false, true} {
		t.Run(fmt.Sprintf("replaces %t", replaces), func(t *testing.T) {
			t.Parallel()
			const many = 30
			w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: replaces}})
			theirs := object{"a": "x", "b": object{"c": nil}, "d": []any{}}
			for key, value := range theirs {
				w.PutConfig(key, value)
			}
			c := w.CLI(t, fmt.Sprintf(`
resource "imkit_config" "many" {
  count = %d
  key   = "key-${count.index}"
  value = { n = count.index }
}
`, many))
			w.ResetRequests()
			c.Apply()
			if writes := w.Count(http.MethodPost, acctest.RouteConfig); writes >= many {
				t.Errorf("%d writes of %d keys", writes, many)
			}
			c.Empty()
			want := maps.Clone(theirs)
			for i := range many {
				want[fmt.Sprintf("key-%d", i)] = object{"n": acctest.Number(strconv.Itoa(i))}
			}
			acctest.Equal(t, "created", want, w.Server.Config())
			w.ResetRequests()
			c.Must("destroy", "-auto-approve")
			acctest.Equal(t, "destroyed", theirs, w.Server.Config())
			if deletions := w.Count(http.MethodDelete, acctest.RouteConfigKey); deletions != many || w.Count(http.MethodPost, "") != 0 {
				t.Errorf("%d deletions of %d keys, and %d writes", deletions, many, w.Count(http.MethodPost, ""))
			}
		})
	}
}

// Keys that could not be put back are an error, which names them, and what was
// written is in state.
func TestServerThatLosesKeysForGood(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: true}})
	w.PutConfig("theirs", "x")
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteConfig, Skip: 1, Status: http.StatusForbidden, Body: `{"error":"PERMISSION_DENIED","message":"no"}`})
	c := w.Core(t, "imkit_config")
	told := c.Converge(object{"key": "k", "value": "v"})
	if !told.Failed() || c.State == nil || !c.State.Tainted {
		t.Errorf("state %v", c.State)
	}
	for _, words := range []string{"Configuration keys may be lost", `they could not be put back: "theirs"`, "Restore the others by hand"} {
		if !strings.Contains(told.String(), words) {
			t.Errorf("does not say %q:\n%s", words, told)
		}
	}
	w.ClearFaults()
	w.PutConfig("theirs", "x")
	c.Settle(object{"key": "k", "value": "v"})
	acctest.Equal(t, "in the end", object{"theirs": "x", "k": "v"}, w.Server.Config())
}

func TestConfigThatTheKeyMayNotRead(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"401": {Config: sandbox.ConfigOptions{RefuseRead: 401}}, "403": {Config: sandbox.ConfigOptions{RefuseRead: 403}}, "user level": {RefuseUserLevel: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.Core(t, "imkit_config")
			mine := object{"key": "k", "value": "v"}
			c.Settle(mine)
			w.Configure(func(o *sandbox.Options) { o.Config, o.RefuseUserLevel = options.Config, options.RefuseUserLevel })
			w.ResetRequests()
			_, told := c.Plan(mine)
			_, data := c.Data("imkit_config", nil)
			other := w.Core(t, "imkit_config")
			created := other.Converge(object{"key": "other", "value": "v"})
			for operation, told := range map[string]acctest.Said{"read configuration key": told, "read configuration": data, "create configuration key": created} {
				for _, words := range []string{"Unable to " + operation, "GET /config", "the server does not let the API key make this call", "Ask whoever runs the server"} {
					if !strings.Contains(strings.ToLower(told.String()), strings.ToLower(words)) {
						t.Errorf("%s: does not say %q:\n%s", operation, words, told)
					}
				}
			}
			if n := w.Count(http.MethodPost, ""); c.State == nil || other.State != nil || n != 0 {
				t.Errorf("states %v and %v, %d writes", c.State, other.State, n)
			}
		})
	}
}
