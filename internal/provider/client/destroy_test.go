package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientDestroyRevokesEveryToken(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, acctest.Client("ro bot"))
	c.Apply()
	w.AddToken("ro bot", "one", acctest.Epoch.AddDate(1, 0, 0))
	w.AddToken("ro bot", "two", acctest.Epoch.AddDate(1, 0, 0))
	acctest.Says(t, c.Must("destroy", "-auto-approve"), "Client record remains on the server", `client "ro bot"`, "Every access token it had was revoked", "1 destroyed")
	if live := w.LiveTokens("ro bot"); len(live) != 0 {
		t.Errorf("tokens %v are alive", live)
	}
}

func TestClientDestroyKeeps(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `on_destroy = "keep"`))
	c.Apply()
	w.AddToken("robot", "one", acctest.Epoch.AddDate(1, 0, 0))
	acctest.Says(t, c.Must("destroy", "-auto-approve"), "Client record remains on the server", `client "robot"`, "left as they are", "1 destroyed")
	if live := w.LiveTokens("robot"); len(live) != 1 || w.Count(http.MethodDelete, "") != 0 {
		t.Error("keep revoked tokens")
	}
}

func TestManyClientsDestroyedWarnOnce(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, `
resource "imkit_client" "test" {
  count      = 4
  id         = "robot ${count.index}"
  on_destroy = count.index < 2 ? "keep" : "revoke_tokens"
}
`)
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

func TestDestroyWhereTokensCannotBeRevoked(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoRevokeRoute: true, KeepTokensOnReissue: true})
	c := w.CLI(t, acctest.Client("robot")+acctest.ClientToken(acctest.CreateBeforeDestroy))
	c.Apply()
	w.Advance(acctest.UntilDue)
	acctest.Says(t, c.Apply(), "Server cannot revoke tokens", "1 added, 0 changed, 1 destroyed")
	c.Empty()
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "could not be revoked", "2 destroyed")
	acctest.SaidOnce(t, output, "Server cannot revoke tokens")
}

func TestBatchDestroyWhereTokensCannotBeRevoked(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoRevokeRoute: true})
	c := w.CLI(t, acctest.BatchWith(`{ a = {}, b = {} }`, `on_destroy = "revoke_tokens"`))
	c.Apply()
	output := c.Must("destroy", "-auto-approve")
	acctest.Says(t, output, "Client records remain on the server", "Their access tokens could not be revoked.")
	acctest.SaidOnce(t, output, "Server cannot revoke tokens")
}

func TestOneTokenDestroyedLeavesTheOthers(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	body := acctest.Client("robot") + `
resource "imkit_client_token" "a" {
  client_id = imkit_client.test.id
}
`
	b := `
resource "imkit_client_token" "b" {
  client_id = imkit_client.test.id
}
`
	c := w.CLI(t, body+b)
	c.Apply()
	w.AddToken("robot", "made elsewhere", acctest.Epoch.AddDate(1, 0, 0))
	if n := len(w.LiveTokens("robot")); n != 3 {
		t.Fatalf("there are %d live tokens, want 3", n)
	}
	c.Write(w.Config(body))
	c.Apply()
	if n := len(w.LiveTokens("robot")); n != 2 {
		t.Errorf("there are %d live tokens, want 2", n)
	}
	for _, r := range w.Requests() {
		if r.Method == http.MethodDelete && r.JSON["token"] == nil {
			t.Error("a DELETE without a token was sent")
		}
	}
	c.Empty()
}
