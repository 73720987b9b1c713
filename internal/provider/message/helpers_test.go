package message_test

import (
	"maps"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// lobby is a server with a room, its people, and a robot.
func lobby(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, id := range []string{"ann", "bob", "robot"} {
		w.PutClient(id, nil)
	}
	w.PutRoom("lobby", map[string]any{"members": []any{"ann", "bob"}})
	return w
}

// with is a configuration with some attributes changed; nil removes one.
func with(config map[string]any, changes ...any) map[string]any {
	changed := maps.Clone(config)
	for i := 0; i < len(changes); i += 2 {
		changed[changes[i].(string)] = changes[i+1] //nolint:forcetypeassert,gosec // a mistake of the test's
	}
	return changed
}

// invoke invokes an action that has to succeed, and returns its last line.
func invoke(t *testing.T, w *acctest.World, action string, config map[string]any) string {
	t.Helper()
	progress, told := w.Core(t, "").Invoke(action, config)
	if len(told) > 0 || len(progress) < 2 {
		t.Fatalf("progress %q:\n%s", progress, told)
	}
	return progress[len(progress)-1]
}

// refused invokes an action that has to fail, with these words, and sends nothing.
func refused(t *testing.T, w *acctest.World, action string, config map[string]any, words ...string) {
	t.Helper()
	_, told := w.Core(t, "").Invoke(action, config)
	if !told.Failed() {
		t.Errorf("%v was accepted", config)
	}
	acctest.Says(t, told.String(), words...)
	if n := len(w.Messages()) + len(w.Broadcasts()) + len(w.Pushes()); n > 0 {
		t.Errorf("%d were sent:\n%s", n, told)
	}
}

// notPlanned plans an action that has to fail, with these words, and asks nothing.
func notPlanned(t *testing.T, w *acctest.World, action string, config map[string]any, words ...string) {
	t.Helper()
	c := w.Core(t, "")
	_, invoked := c.InvokeUnplanned(action, config)
	for when, told := range map[string]acctest.Said{"at once": c.PlanAction(action, config), "from variables": c.PlanFromVariables(action, config), "unplanned": invoked} {
		if !told.Failed() {
			t.Errorf("%s, %v was planned", when, config)
		}
		acctest.Says(t, told.String(), words...)
	}
	if n := len(w.Requests()); n > 0 {
		t.Errorf("the plan made %d requests", n)
	}
}
