package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestManyClientsDestroyedWarnOnce(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "resource \"imkit_client\" \"test\" {\n  count      = 4\n  id         = \"robot ${count.index}\"\n  on_destroy = count.index < 2 ? \"keep\" : \"revoke_tokens\"\n}\n")
	c.Apply()
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "4 destroyed", "left as they are", "Every access token it had was revoked")
	if n := strings.Count(output, "Client record remains on the server"); n != 2 {
		t.Errorf("the warning stands there %d times, want once for each outcome:\n%s", n, output)
	}
}

func TestClientDestroyOfOneThatIsGone(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot"))
	c.Apply()
	w.RemoveClient("robot")
	acctest.Says(t, c.Must("destroy", "-auto-approve", "-refresh=false"), "1 destroyed")
}

func TestWhatDestroyDoesToAClient(t *testing.T) {
	t.Parallel()
	for onDestroy, c := range map[string]struct {
		says        string
		alive, sent int
	}{
		"revoke_tokens": {"Every access token it had was revoked", 0, 1},
		"keep":          {"left as they are", 2, 0},
	} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			cli := w.CLI(t, acctest.Client("ro bot", fmt.Sprintf("on_destroy = %q", onDestroy)))
			cli.Apply()
			w.AddToken("ro bot", "one", acctest.Epoch.AddDate(1, 0, 0))
			w.AddToken("ro bot", "two", acctest.Epoch.AddDate(1, 0, 0))
			acctest.Says(t, cli.Must("destroy", "-auto-approve"), "Client record remains on the server", `client "ro bot"`, c.says, "1 destroyed")
			w.Alive(t, "ro bot", c.alive)
			if n := w.Count(http.MethodDelete, ""); n != c.sent {
				t.Errorf("%d calls to revoke, want %d", n, c.sent)
			}
		})
	}
}

func TestDestroyWhereTokensCannotBeRevoked(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoRevokeRoute: true})
	c := w.CLI(t, acctest.Client("robot")+acctest.BatchWith(`{ a = {}, b = {} }`, `on_destroy = "revoke_tokens"`))
	c.Apply()
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "could not be revoked", "Client records remain on the server", "Their access tokens could not be revoked.")
	acctest.SaidOnce(t, output, "Server cannot revoke tokens")
}
