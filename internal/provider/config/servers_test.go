package config_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// converges applies a key, and checks that the next plan finds nothing to do.
func converges(c *acctest.Core, config object) {
	c.T.Helper()
	if told := c.Converge(config); told.Failed() {
		c.T.Error(told)
	}
	empty(c, config)
}

func empty(c *acctest.Core, config object) {
	c.T.Helper()
	if planned, told := c.Plan(config); told.Failed() || planned.Action != acctest.NoChange {
		c.T.Errorf("the plan is to %s\n%s", planned.Action, told)
	}
}

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
					server := acctest.NewServer(options)
					w := &acctest.World{Server: server, URL: "http://" + acctest.ServeInMemory(t, server).Address}
					for key, value := range theirs {
						w.PutConfig(key, value)
					}
					pass(2 * time.Minute)
					live(t, w, theirs)
				})
			})
		}
	}
}

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }

// live is the life of a key among others.
func live(t *testing.T, w *acctest.World, theirs object) {
	t.Helper()
	expect := func(when string, has ...any) {
		t.Helper()
		want := maps.Clone(theirs)
		for _, value := range has {
			want["mine"] = value
		}
		if diff := cmp.Diff(want, w.Server.Config()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	c := w.Core(t, "imkit_config")
	mine := object{"key": "mine", "value": "first value"}
	converges(c, mine)
	expect("created", "first value")
	mine["value"] = "second value"
	converges(c, mine)
	expect("updated", "second value")
	pass(2 * time.Minute)
	empty(c, mine) // the server shows it by now
	c.State.Tainted = true
	converges(c, mine)
	expect("replaced", "second value")
	if told := c.Converge(nil); told.Failed() || c.State != nil {
		t.Error(told)
	}
	expect("destroyed")
}

// What was written a moment ago, and does not show yet, is no change; what others
// do is one, and so is what does not show in the end.
func TestConfigShownLater(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{ShownAfter: time.Hour}})
	w.PutConfig("k", "old")
	w.Advance(2 * time.Hour)
	c := w.Core(t, "imkit_config")
	mine := object{"key": "k", "value": "new", "adopt_existing": true}
	converges(c, mine)
	added := w.Core(t, "imkit_config")
	converges(added, object{"key": "added", "value": "x"})
	w.Advance(time.Minute - time.Millisecond)
	empty(c, mine)
	empty(added, object{"key": "added", "value": "x"})
	w.Advance(time.Millisecond)
	if planned, told := c.Plan(mine); told.Failed() || planned.Action != acctest.ToUpdate {
		t.Errorf("after a minute: to %s\n%s", planned.Action, told)
	}
	if planned, told := added.Plan(object{"key": "added", "value": "x"}); told.Failed() || planned.Action != acctest.ToCreate {
		t.Errorf("after a minute: to %s\n%s", planned.Action, told)
	}

	prompt := acctest.NewWorld(t, sandbox.Options{})
	c = prompt.Core(t, "imkit_config")
	mine = object{"key": "k", "value": "new"}
	converges(c, mine)
	prompt.RemoveConfig("k")
	if planned, told := c.Plan(mine); told.Failed() || planned.Action != acctest.ToCreate {
		t.Errorf("deleted at once: to %s\n%s", planned.Action, told)
	}
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
	if diff := cmp.Diff(want, w.Server.Config()); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
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
	for _, words := range []string{"Keys of the configuration may be lost", `they could not be put back: "theirs"`, "Look after the others by hand"} {
		if !strings.Contains(told.String(), words) {
			t.Errorf("does not say %q:\n%s", words, told)
		}
	}
	w.ClearFaults()
	w.PutConfig("theirs", "x")
	converges(c, object{"key": "k", "value": "v"})
	if diff := cmp.Diff(object{"theirs": "x", "k": "v"}, w.Server.Config()); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
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
			converges(c, mine)
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

func TestServerWithoutConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	both := acctest.ConfigKey("k", "1") + strings.Replace(acctest.ConfigKey("l", "2"), `"test"`, `"second"`, 1)
	c := w.CLI(t, both)
	c.Apply()
	w.Configure(func(o *sandbox.Options) { o.Config.NoRoutes = true })
	acctest.SaidOnce(t, c.Empty(), "Server cannot show the configuration")
	third := strings.Replace(acctest.ConfigKey("m", "3"), `"test"`, `"third"`, 1)
	c.Write(w.Config(both + third + "import {\n  to = imkit_config.third\n  id = \"m\"\n}\n"))
	acctest.Says(t, c.Fails("plan"), "Unable to read configuration key", `"m"`, "The server does not know this call")
	c.Write(w.Config(both + third))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to create configuration key", "The server does not know this call")
	c.Write(w.Config("data \"imkit_config\" \"test\" {}\n"))
	acctest.Says(t, c.Fails("plan"), "Unable to read configuration", "The server does not know this call")
	c.Write(w.Config(both))
	acctest.Says(t, c.Fails("destroy", "-auto-approve", "-target=imkit_config.test"), "Unable to delete configuration key", "The server does not know this call")
}
