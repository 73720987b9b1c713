package acctest

import (
	"fmt"
	"net/http"
	"testing"
)

// AdoptAll has a real Terraform list all objects of a type, generate configuration for
// them, and import them. Of those, count fit into configuration. It checks that nothing
// changes by that, neither here nor on the server.
func (w *World) AdoptAll(t *testing.T, resourceType string, count int) {
	t.Helper()
	c := w.CLI(t, "")
	c.WriteFile("all.tfquery.hcl", fmt.Sprintf("list %q \"all\" {\n  provider = imkit\n}\n", resourceType))
	c.Must("query", "-generate-config-out=generated.tf")
	Says(t, c.Must("plan", "-out=saved"), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", count))
	Says(t, c.Must("apply", "saved"), fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", count))
	c.Empty()
	if n := w.Count(http.MethodPost, ""); n != 0 {
		t.Errorf("%d requests changed something", n)
	}
}
