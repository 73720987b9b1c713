package provider

import (
	"testing"

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
			w := newWorld(t, sandbox.Options{})
			w.PutClient("robot", nil)
			cli := w.cli(t, tokenFor(`"robot"`, c.line))
			cli.apply()
			cli.must("destroy", "-auto-approve")
			if n := len(w.LiveTokens("robot")); n != c.live {
				t.Errorf("%d tokens are alive, want %d", n, c.live)
			}
		})
	}
}

func TestTokenAlreadyRevokedIsDestroyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`))
	c.apply()
	w.RevokeTokens("robot")
	says(t, c.must("destroy", "-auto-approve"), "1 destroyed")
}
