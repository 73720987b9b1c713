package token_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestTokenDestroy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line string
		live int
	}{"revoke": {"", 0}, "keep": {`on_destroy = "keep"`, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.PutClient("robot", nil)
			cli := w.CLI(t, acctest.TokenFor(`"robot"`, c.line))
			cli.Apply()
			cli.Must("destroy", "-auto-approve")
			if n := len(w.LiveTokens("robot")); n != c.live {
				t.Errorf("%d tokens are alive, want %d", n, c.live)
			}
		})
	}
}

func TestTokenAlreadyRevokedIsDestroyed(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	c.Apply()
	w.RevokeTokens("robot")
	acctest.Says(t, c.Must("destroy", "-auto-approve"), "1 destroyed")
}
