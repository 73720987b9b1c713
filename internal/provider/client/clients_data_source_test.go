package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// clientsData is the data source with these lines, and what it found as outputs.
func clientsData(lines string) string {
	return "data \"imkit_clients\" \"test\" {\n" + lines + "\n}\n" + `
output "ids" {
  value = data.imkit_clients.test.clients[*].id
}
output "total" {
  value = data.imkit_clients.test.total_count
}
output "tiers" {
  value = [for c in data.imkit_clients.test.clients : try(c.custom_attributes.tier, "none")]
}
`
}

func TestClientsDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("b", map[string]any{"isRobot": true, "tier": "gold"})
	w.PutClient("c", map[string]any{"isRobot": false, "tier": map[string]any{"level": 3}})
	w.PutClient("a", map[string]any{"isRobot": true})
	found := func(lines string, total int64, ids ...string) resource.TestStep {
		var checks []knownvalue.Check
		for _, id := range ids {
			checks = append(checks, knownvalue.StringExact(id))
		}
		return resource.TestStep{
			Config: w.Config(clientsData(lines)),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("ids", knownvalue.TupleExact(checks)),
				statecheck.ExpectKnownOutputValue("total", knownvalue.Int64Exact(total)),
			},
		}
	}
	robots := found(`filter = jsonencode({ isRobot = true })`, 2, "a", "b")
	robots.ConfigStateChecks = append(robots.ConfigStateChecks,
		statecheck.ExpectKnownOutputValue("tiers", knownvalue.TupleExact([]knownvalue.Check{knownvalue.StringExact("none"), knownvalue.StringExact("gold")})))
	w.Test(t,
		found("", 3, "a", "b", "c"),
		robots,
		found(`ids = ["c", "a", "missing"]`, 2, "a", "c"),
		found(`ids = ["c", "a", "missing"]`+"\nmax_results = 1", 2, "a"),
		found(`filter = jsonencode({ _id = "missing" })`, 0),
	)
}

func TestClientsDataSourcePages(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for i := range 250 {
		w.PutClient(fmt.Sprintf("user-%04d", 999-i), map[string]any{"nickname": "User"})
	}
	c := w.CLI(t, clientsData(""))
	acctest.Says(t, c.Apply(), "total = 250", `"user-0750"`, `"user-0999"`)
	if n := w.Count(http.MethodGet, acctest.RouteClients); n > 6 { // planned and applied
		t.Errorf("250 clients took %d look-ups", n)
	}
	c.Write(w.Config(clientsData("max_results = 120")))
	c.Apply()
	acctest.Says(t, c.Must("output", "-json", "ids"), `"user-0880"`)

	w.Configure(func(o *sandbox.Options) { o.IgnoreSkip = true })
	c.Write(w.Config(clientsData("")))
	acctest.Says(t, c.Fails("plan"), "Unable to look up clients", "ignore skip")
}

func TestClientsDataSourceBadInput(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	for _, row := range []struct{ lines, want string }{
		{`filter = "isRobot"`, "must be a JSON object"},
		{`filter = "[]"`, "must be a JSON object"},
		{`filter = "{} {}"`, "must be a JSON object"},
		{"ids = [\"a\"]\nfilter = \"{}\"", "Both ids and filter are configured"},
		{`ids = [""]`, "Invalid client ID"},
		{`max_results = 0`, "max_results"},
	} {
		c.Write(w.Config(clientsData(row.lines)))
		acctest.Says(t, c.Fails("validate", "-no-color"), row.want)
	}
	c.Write(w.Config(clientsData(`filter = jsonencode({ a = { "$where" = 1 } })`)))
	acctest.Says(t, c.Fails("plan", "-no-color"), "Unable to look up clients", "INVALID_QUERY", "filter = jsonencode")
}
