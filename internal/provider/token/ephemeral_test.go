package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// timesOpened and timesClosed count what ephemeral tokens did on the server.
func timesOpened(w *acctest.World) int { return w.Count(http.MethodPost, acctest.RouteClients) }
func timesClosed(w *acctest.World) int { return w.Count(http.MethodDelete, acctest.RouteToken) }

func TestEphemeralTokenValue(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"imkit": w.Factories()["imkit"],
			"echo":  echoprovider.NewProviderServer(),
		},
		Steps: []resource.TestStep{{
			Config: w.Config(acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true")) + `
provider "echo" {
  data = ephemeral.imkit_client_token.test
}
resource "echo" "test" {}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("token"), knownvalue.StringRegexp(acctest.JWTPattern)),
				statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("expiration_date"), knownvalue.StringExact("2026-03-08T12:00:00Z")),
			},
		}},
	})
	if timesOpened(w) == 0 || timesOpened(w) != timesClosed(w) || len(w.LiveTokens("robot")) != 0 {
		t.Errorf("opened %d tokens and closed %d; %d are alive", timesOpened(w), timesClosed(w), len(w.LiveTokens("robot")))
	}
}

func TestEphemeralTokenOpensAndCloses(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.AddToken("robot", "of another system", acctest.Epoch.AddDate(1, 0, 0))
	c := w.CLI(t, acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true")+"resource \"terraform_data\" \"x\" {\n  input = 1\n}\n")
	for _, step := range []struct {
		args []string
		// OpenTofu opens what a step needs, Terraform what the configuration has.
		opens, opensInTofu int
	}{
		{[]string{"plan"}, 1, 1},
		{[]string{"apply", "-auto-approve"}, 2, 1},
		{[]string{"plan", "-refresh-only"}, 1, 1},
		{[]string{"plan", "-out=saved"}, 1, 1},
		{[]string{"apply", "saved"}, 1, 0},
		{[]string{"destroy", "-auto-approve"}, 1, 1},
	} {
		w.ResetRequests()
		c.Must(step.args...)
		want := step.opens
		if acctest.IsTofu(c.Binary) {
			want = step.opensInTofu
		}
		if timesOpened(w) != want || timesClosed(w) != want {
			t.Errorf("%v: opened %d tokens and closed %d, want %d of each", step.args, timesOpened(w), timesClosed(w), want)
		}
		for _, r := range w.Requests() {
			if r.Method == http.MethodDelete && r.JSON["token"] == nil {
				t.Errorf("%v: closing revoked every token", step.args)
			}
		}
	}
	if live := w.LiveTokens("robot"); len(live) != 1 || live[0] != "of another system" {
		t.Errorf("%d tokens are alive, want just the one of another system", len(live))
	}
	if strings.Contains(c.Must("show"), "imkit") {
		t.Error("the ephemeral token is in the state")
	}
}

func TestEphemeralTokenKeptOpen(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true", "revoke_on_close = false"))
	c.Must("plan")
	if timesClosed(w) != 0 || len(w.LiveTokens("robot")) != 1 {
		t.Errorf("revoke_on_close = false closed %d tokens", timesClosed(w))
	}
}

func TestEphemeralTokenErrors(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.EphemeralToken(`"robot"`))
	acctest.Says(t, c.Fails("validate", "-no-color"), "may end the client's other tokens", "allow_token_invalidation = true", "imkit_client_token")
	c.Write(w.Config("resource \"terraform_data\" \"no\" {\n  input = false\n}\n" + acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = terraform_data.no.output")))
	if acctest.IsTofu(c.Binary) { // which does not open what nothing needs
		c.Apply()
	} else {
		acctest.Says(t, c.Fails("apply", "-auto-approve"), "may end the client's other tokens")
	}
	if timesOpened(w) != 0 {
		t.Error("a token was issued without permission")
	}

	c.Write(w.Config(acctest.EphemeralToken(`"robbot"`, "allow_token_invalidation = true")))
	acctest.Says(t, c.Fails("plan"), "Client does not exist", `client "robbot"`)
	if n := len(w.ClientIDs()); n != 1 {
		t.Errorf("there are %d clients, want 1", n)
	}

	w.Inject(refusesToRevoke)
	c.Write(w.Config(acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true")))
	acctest.Says(t, c.Must("plan"), "Ephemeral token was not revoked", `client "robot"`, "INSUFFICIENT_PERMISSIONS", "until it expires")
}

func TestEphemeralTokenWithSettingsNotKnownYet(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	c.Write(fmt.Sprintf(`
resource "terraform_data" "key" {
  input = %q
}
provider "imkit" {
  base_url = %q
  api_key  = terraform_data.key.output
}
`, sandbox.DefaultAPIKey, w.URL) + acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true"))
	output := c.Fails("plan")
	acctest.Says(t, output, "Provider is not configured yet", "with -target")
	if strings.Contains(output, "not wholly known") || strings.Count(output, "Error: ") != 1 {
		t.Errorf("the plan has another error:\n%s", output)
	}
	c.Apply("-target=terraform_data.key")
	if timesOpened(w) != 0 {
		t.Error("a token was issued with a key that was not known")
	}
	c.Apply()
	if timesOpened(w) == 0 || timesOpened(w) != timesClosed(w) {
		t.Errorf("opened %d tokens and closed %d", timesOpened(w), timesClosed(w))
	}
}
