package acctest

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// Where [BatchWith] puts its resource, and what it calls.
const (
	BatchAddress = "imkit_client_batch.test"
	RouteBatch   = "/admin/clients/list"
)

// BatchCalls are the ids in each batch call so far.
func (w *World) BatchCalls() [][]string {
	var calls [][]string
	for _, r := range w.Requests() {
		if r.Route != RouteBatch {
			continue
		}
		var ids []string
		data, _ := r.JSON["data"].([]any)
		for _, record := range data {
			fields, _ := record.(map[string]any)
			ids = append(ids, fmt.Sprint(fields["_id"]))
		}
		calls = append(calls, ids)
	}
	return calls
}

// Sent checks the newest upsert, and that there was just one since the last
// reset.
func (w *World) Sent(t *testing.T, want map[string]any) resource.TestCheckFunc {
	return Check(func() {
		t.Helper()
		Equal(t, "upserts", []map[string]any{want}, w.Upserts())
	})
}

// Upserts are the bodies of the profile and token calls so far.
func (w *World) Upserts() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == RouteClients {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}

// LastUpsert is the body of the newest one.
func (w *World) LastUpsert(t *testing.T) map[string]any {
	t.Helper()
	bodies := w.Upserts()
	if len(bodies) == 0 {
		t.Fatal("no upsert was sent")
	}
	return bodies[len(bodies)-1]
}
