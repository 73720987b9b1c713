package client_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientImportThenPlanIsEmpty(t *testing.T) {
	t.Parallel()
	fields := map[string]any{"nickname": "Robot", "isRobot": true, "tier": "gold", "level": 3, "nested": map[string]any{"a": []any{1, "b", nil}}, "cleared": nil}
	importBlock := "import {\n  to = imkit_client.test\n  id = \"robot\"\n}\n"
	for name, body := range map[string]string{
		"all of it configured": acctest.Client("robot", `nickname = "Robot"`, `is_robot = true`,
			`custom_attributes = { tier = "gold", level = 3, nested = { a = [1, "b", null] } }`),
		"only the id configured": acctest.Client("robot"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.PutClient("robot", fields)
			c := w.CLI(t, importBlock+body)
			acctest.Says(t, c.Apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
			c.Empty()
			w.NothingSent(t)
		})
	}
}
