package provider

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A client's life, to see that what plays Terraform's part does.
func TestProtocolLifeOfAClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.core(t, "imkit_client")
	config := map[string]any{"id": "robot", "nickname": "Robot", "custom_attributes": map[string]any{"level": 3}}
	step := func(config map[string]any, want action) {
		t.Helper()
		planned, told := c.plan(config)
		if planned.action != want || told.failed() {
			t.Fatalf("planned to %s, want %s:\n%s", planned.action, want, told)
		}
		if told := c.apply(planned); told.failed() {
			t.Fatal(told)
		}
	}
	step(config, toCreate)
	step(config, noChange)
	config["nickname"] = "Robbie"
	step(config, toUpdate)
	if fields, _ := w.Client("robot"); fields["nickname"] != "Robbie" || c.text(c.state.value, "nickname") != "Robbie" {
		t.Errorf("the server has %v, the state %s", fields, c.state.value)
	}
	config["id"] = "other"
	step(config, toReplace)
	w.RemoveClient("other")
	step(config, toCreate)
	c.state.tainted = true
	step(config, toReplace)
	step(config, noChange)
	step(nil, toDestroy)
	step(nil, noChange)
}
