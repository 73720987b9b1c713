package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The value of the token is unknown, so there is no request to revoke it alone.
func TestTokenWriteOnlyIsDestroyed(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	for onDestroy, c := range map[string]struct {
		says        string
		alive, sent int
	}{"revoke": {"Token was not revoked", 2, 0}, "revoke_all": {"1 destroyed", 0, 1}} {
		w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
		w.AddToken("robot", "another", acctest.Epoch.Add(acctest.Day))
		cli := w.CLI(t, acctest.TokenFor(`"robot"`, `token_wo = "mine"`, "token_wo_version = 1", fmt.Sprintf("on_destroy = %q", onDestroy)))
		cli.Apply()
		acctest.Says(t, cli.Must("destroy", "-auto-approve"), c.says)
		w.Alive(t, "robot", c.alive)
		if n := w.Count(http.MethodDelete, ""); n != c.sent {
			t.Errorf("%s: %d requests to revoke, want %d", onDestroy, n, c.sent)
		}
	}
}

// What create_before_destroy leaves behind must not take the new token along.
func TestTokenRevokeAllSparesTheNewToken(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	body := func(month, value string) string {
		return acctest.TokenFor(`"robot"`, `token_wo = "`+value+`"`, "token_wo_version = 1", `on_destroy = "revoke_all"`,
			`rotation_triggers = { month = "`+month+`" }`, acctest.CreateBeforeDestroy)
	}
	c := w.CLI(t, body("1", "old"))
	c.Apply()
	c.Write(w.Config(body("2", "new")))
	acctest.Says(t, c.Apply(), "Token was not revoked", "1 added, 0 changed, 1 destroyed")
	acctest.Equal(t, "live tokens", []string{"old", "new"}, w.LiveTokens("robot"))
}

func TestTokenCombinationsThatAreWrong(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	for _, row := range []struct{ lines, want []string }{
		{[]string{`token = "a"`, `token_wo = "b"`, "token_wo_version = 1"}, []string{"Both token and token_wo are configured", "token_wo"}},
		{[]string{`token_wo = "b"`}, []string{"Write-only token without a version", "token_wo_version"}},
		{[]string{"token_wo_version = 1"}, []string{"Version without a write-only token"}},
		{[]string{`token = "a"`, "token_wo_version = 1"}, []string{"Version without a write-only token"}},
		{[]string{`expiration_date = "2027-01-01T00:00:00Z"`}, []string{"Expiration date without a token"}},
		{[]string{`on_destroy = "revoke_all"`}, []string{"needs token_wo", `"revoke"`}},
		{[]string{`token = "a"`, `on_destroy = "revoke_all"`}, []string{"needs token_wo"}},
		{[]string{`token_wo = ""`, "token_wo_version = 1"}, []string{"token_wo"}},
	} {
		c.Write(w.Config(acctest.TokenFor(`"robot"`, row.lines...)))
		acctest.Says(t, c.Fails("validate", "-no-color"), row.want...)
	}
	// Past only when the clock is asked, so not before a plan.
	c.Write(w.Config(acctest.TokenFor(`"robot"`, `token_wo = "a"`, "token_wo_version = 1", `expiration_date = "2026-02-28T00:00:00Z"`)))
	c.Must("validate")
	acctest.Says(t, c.Fails("plan"), "Expiration date has passed", "2026-02-28T00:00:00Z")
}

// Terraform before 1.11 says that it has no write-only attributes.
func TestTokenWriteOnlyOnACoreThatIsTooOld(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_client_token")
	config := map[string]any{"client_id": "robot", "token_wo": "a-secret", "token_wo_version": 1}
	for old, want := range map[bool]int{false: 0, true: 1} {
		c.Old = old
		told := c.Validate(config)
		if len(told) != want {
			t.Errorf("too old %t: %d diagnostics, want %d", old, len(told), want)
		}
		for _, d := range told {
			if !strings.Contains(d.Detail, "1.11") || strings.Contains(d.Detail, "a-secret") {
				t.Errorf("the error is %q", d.Detail)
			}
		}
	}
}

func TestTokenImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.AddToken("robot", "mine", acctest.Epoch.Add(acctest.Day))

	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "mine"`))
	c.Must("import", acctest.TokenAddress, "robot")
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	c.Empty()
	acctest.Equal(t, "live tokens", []string{"mine"}, w.LiveTokens("robot"))

	if acctest.Knows(t, acctest.WriteOnly) {
		c = w.CLI(t, acctest.TokenFor(`"robot"`, `token_wo = "mine"`, "token_wo_version = 1"))
		c.Must("import", acctest.TokenAddress, "robot")
		acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
		c.Empty()
	}

	c = w.CLI(t, acctest.TokenFor(`"robot"`)+"import {\n  to = imkit_client_token.test\n  id = \"robot\"\n}\n")
	acctest.Says(t, c.Fails("plan"), "Issued token cannot be imported", "issue a new token")

	c = w.CLI(t, acctest.TokenFor(`"robbot"`, `token = "mine"`))
	acctest.Says(t, c.Fails("import", acctest.TokenAddress, "robbot"), "Client does not exist", `client "robbot"`)
}
