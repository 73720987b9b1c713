package client_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

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
			if n := w.Count(http.MethodPost, acctest.RouteClients); n != 0 {
				t.Errorf("importing sent %d upserts", n)
			}
		})
	}
}

func TestClientImportOfNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Test(t, resource.TestStep{
		Config: w.Config(acctest.Client("robot")), ResourceName: acctest.ClientAddress,
		ImportState: true, ImportStateId: "Robot",
		ExpectError: regexp.MustCompile(`(?s)Client to import does not exist.*no client "Robot"`),
	})
}

// Terraform 1.12 is the first to send identities, so the protocol is spoken here
// as it would.
func TestClientImportByIdentity(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("a/b c", map[string]any{"nickname": "Robot"})
	c := w.Core(t, "imkit_client")
	if told := c.ImportByIdentity(map[string]string{"id": "a/b c"}); told.Failed() {
		t.Fatal(told)
	}
	if got := c.Text(c.State.Value, "nickname"); got != "Robot" {
		t.Errorf("nickname is %q after the import", got)
	}
	if diff := cmp.Diff(map[string]string{"id": "a/b c"}, c.Identity()); diff != "" {
		t.Errorf("identity after the read (-want +got):\n%s", diff)
	}
}
