package token_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestTokenLifecycleArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	lifecycle := func(line string) string { return acctest.TokenFor(`"robot"`, "lifecycle {\n    "+line+"\n  }") }

	c := w.CLI(t, lifecycle("prevent_destroy = true"))
	c.Apply()
	w.Advance(acctest.UntilDue)
	acctest.Says(t, c.Fails("plan"), "prevent_destroy")
	w.Alive(t, "robot", 1)

	c.Write(w.Config(lifecycle("ignore_changes = all")))
	acctest.Says(t, c.Empty(), "Token is due for renewal", "ignore_changes")

	trigger := func(input string) string {
		return "resource \"terraform_data\" \"trigger\" {\n  input = \"" + input + "\"\n}\n" + lifecycle("replace_triggered_by = [terraform_data.trigger]")
	}
	c.Write(w.Config(trigger("1")))
	c.Apply()
	c.Empty()
	old := w.LiveTokens("robot")[0]
	c.Write(w.Config(trigger("2")))
	acctest.Says(t, c.Apply(), "1 added, 1 changed, 1 destroyed")
	if live := w.LiveTokens("robot"); len(live) != 1 || live[0] == old {
		t.Error("replace_triggered_by did not replace the token")
	}
	c.Empty()
}

func TestTokenBoundWithIgnoredChanges(t *testing.T) {
	t.Parallel()
	ways := [][]string{{`token = "mine"`}}
	if acctest.Knows(t, acctest.WriteOnly) {
		ways = append(ways, []string{`token_wo = "mine"`, "token_wo_version = 1"})
	}
	for _, lines := range ways {
		w := newWorld(t, sandbox.Options{})
		c := w.CLI(t, acctest.TokenFor(`"robot"`, lines...))
		c.Apply()
		c.Write(w.Config(acctest.TokenFor(`"robot"`, "lifecycle {\n    ignore_changes = all\n  }")))
		c.Empty()
	}
}

func TestTokenDependentsStayKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	dependent := "resource \"terraform_data\" \"dependent\" {\n  input = [imkit_client_token.test.token, imkit_client_token.test.id, imkit_client_token.test.expiration_date, imkit_client_token.test.issued_at]\n}\n"
	c := w.CLI(t, acctest.TokenFor(`"robot"`)+dependent)
	c.Apply()
	for _, line := range []string{`on_destroy = "keep"`, "auto_renew = false", `renew_before = "24h"`, `rotation_triggers = { a = "1" }`} {
		c.Write(w.Config(acctest.TokenFor(`"robot"`, line) + dependent))
		acctest.Says(t, c.Must("plan"), updates)
		c.Apply()
	}
	w.Advance(acctest.UntilDue + 2*acctest.Day)
	c.Write(w.Config(acctest.TokenFor(`"robot"`) + dependent))
	acctest.Says(t, c.Must("plan"), "1 to add, 1 to change, 1 to destroy")
	c.Apply()
	c.Empty()
}

func TestClientAndTokenReplacedTogether(t *testing.T) {
	t.Parallel()
	for _, lifecycle := range []string{"", acctest.CreateBeforeDestroy} {
		w := acctest.NewWorld(t, sandbox.Options{})
		c := w.CLI(t, acctest.Client("one", lifecycle)+acctest.ClientToken(lifecycle))
		c.Apply()
		c.Write(w.Config(acctest.Client("two", lifecycle) + acctest.ClientToken(lifecycle)))
		acctest.Says(t, c.Apply(), "2 added, 0 changed, 2 destroyed")
		c.Empty()
		if len(w.LiveTokens("one")) != 0 || len(w.LiveTokens("two")) != 1 {
			t.Errorf("live tokens: %d of the old client, %d of the new one", len(w.LiveTokens("one")), len(w.LiveTokens("two")))
		}
	}
}

// Tokens of one client that are made in the same second have an id each. An id that an
// earlier version made stays.
func TestTokenIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, "count = 3")+"output \"ids\" {\n  value = imkit_client_token.test[*].id\n}\n")
	c.Apply()
	var ids []string
	if err := json.Unmarshal([]byte(c.Must("output", "-json", "ids")), &ids); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != 3 || slices.ContainsFunc(ids, func(id string) bool { return !strings.HasPrefix(id, "robot/") }) {
		t.Errorf("ids: %q", ids)
	}
	c.WriteFile("terraform.tfstate", strings.ReplaceAll(c.ReadFile("terraform.tfstate"), ids[0], "robot/2026-03-01T12:00:00Z"))
	c.Empty()
}

func TestTokenAlreadyRevokedIsDestroyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	c.Apply()
	w.RevokeTokens("robot")
	acctest.Says(t, c.Must("destroy", "-auto-approve"), "1 destroyed")
}
