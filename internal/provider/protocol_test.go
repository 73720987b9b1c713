package provider_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A client's life, to see that what plays Terraform's part does.
func TestProtocolLifeOfAClient(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_client")
	config := map[string]any{"id": "robot", "nickname": "Robot", "custom_attributes": map[string]any{"level": 3}}
	step := func(config map[string]any, want acctest.Action) {
		t.Helper()
		planned, told := c.Plan(config)
		if planned.Action != want || told.Failed() {
			t.Fatalf("planned to %s, want %s:\n%s", planned.Action, want, told)
		}
		if told := c.Apply(planned); told.Failed() {
			t.Fatal(told)
		}
	}
	step(config, acctest.ToCreate)
	step(config, acctest.NoChange)
	config["nickname"] = "Robbie"
	step(config, acctest.ToUpdate)
	if fields, _ := w.Client("robot"); fields["nickname"] != "Robbie" || c.Text(c.State.Value, "nickname") != "Robbie" {
		t.Errorf("the server has %v, the state %s", fields, c.State.Value)
	}
	config["id"] = "other"
	step(config, acctest.ToReplace)
	w.RemoveClient("other")
	step(config, acctest.ToCreate)
	c.State.Tainted = true
	step(config, acctest.ToReplace)
	step(config, acctest.NoChange)
	step(nil, acctest.ToDestroy)
	step(nil, acctest.NoChange)
}
