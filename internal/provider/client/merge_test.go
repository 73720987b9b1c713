package client_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// How far reads are merged depends on how busy the machine is; the bounds leave
// room for that, and "make bench" has the figures.
func TestReadsAtTheSameMomentAreOneLookUp(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Latency: 20 * time.Millisecond})
	c := w.CLI(t, "")
	c.Write(fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key = %q\n  requests_per_minute = 0\n}\n", w.URL, sandbox.DefaultAPIKey) +
		"resource \"imkit_client\" \"test\" {\n  count = 300\n  id    = \"user-${count.index}\"\n}\n")
	c.Apply("-parallelism=100")
	for flag, most := range map[string]int{"-parallelism=10": 160, "-parallelism=100": 80} {
		w.ResetRequests()
		c.Empty(flag)
		if n := w.Count(http.MethodGet, acctest.RouteClients); n > most {
			t.Errorf("%s: a plan of 300 clients took %d look-ups, want at most %d", flag, n, most)
		}
	}
}
