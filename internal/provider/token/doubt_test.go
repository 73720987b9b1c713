package token_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// An account that this run made is there, although look-ups show it later, and nobody
// looks again.
func TestTokenOfAClientThatLookUpsShowLate(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{"issued": "", "bound": `token = "mine"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{ClientsShownAfter: time.Second})
			c := w.CLI(t, acctest.Client("robot")+acctest.ClientToken(lines))
			c.Apply()
			w.Alive(t, "robot", 1)
			if n := w.Count(http.MethodGet, acctest.RouteClients); n != 1 {
				t.Errorf("the client was looked up %d times, want once, before it was made", n)
			}
			w.Advance(time.Second)
			c.Empty()
		})
	}
}
