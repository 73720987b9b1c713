package client_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A plan looks whether clients exist with a few requests, about a tenth of their number,
// whatever the server's latency.
func TestPlanLooksAheadWithFewRequests(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		w := acctest.NewWorld(t, sandbox.Options{Latency: latency})
		c := w.CLI(t, "resource \"imkit_client\" \"test\" {\n  count = 200\n  id    = \"robot ${count.index}\"\n}\n")
		c.Must("plan")
		if n := w.Count(http.MethodGet, acctest.RouteClients); n == 0 || n > 40 { // 20 on a machine that is not busy: see package imkit
			t.Errorf("at %s: %d look-ups for 200 clients, want 40 at most", latency, n)
		}
	}
}
