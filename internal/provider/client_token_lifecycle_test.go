package provider

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestTokenLifecycleArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	lifecycle := func(line string) string { return tokenFor(`"robot"`, "lifecycle {\n    "+line+"\n  }") }

	c := w.cli(t, lifecycle("prevent_destroy = true"))
	c.apply()
	w.Advance(untilDue)
	says(t, c.fails("plan"), "prevent_destroy")
	if len(w.LiveTokens("robot")) != 1 {
		t.Error("the token is gone")
	}

	c.write(w.config(lifecycle("ignore_changes = all")))
	says(t, c.empty(), "Token is due for renewal", "ignore_changes")

	trigger := func(input string) string {
		return "resource \"terraform_data\" \"trigger\" {\n  input = \"" + input + "\"\n}\n" + lifecycle("replace_triggered_by = [terraform_data.trigger]")
	}
	c.write(w.config(trigger("1")))
	c.apply()
	c.empty()
	old := w.LiveTokens("robot")[0]
	c.write(w.config(trigger("2")))
	says(t, c.apply(), "1 added, 1 changed, 1 destroyed")
	if live := w.LiveTokens("robot"); len(live) != 1 || live[0] == old {
		t.Error("replace_triggered_by did not replace the token")
	}
	c.empty()
}

func TestTokenBoundWithIgnoredChanges(t *testing.T) {
	t.Parallel()
	ways := [][]string{{`token = "mine"`}}
	if knows(t, writeOnly) {
		ways = append(ways, []string{`token_wo = "mine"`, "token_wo_version = 1"})
	}
	for _, lines := range ways {
		w := newWorld(t, sandbox.Options{})
		w.PutClient("robot", nil)
		c := w.cli(t, tokenFor(`"robot"`, lines...))
		c.apply()
		c.write(w.config(tokenFor(`"robot"`, "lifecycle {\n    ignore_changes = all\n  }")))
		c.empty()
	}
}

func TestTokenDependentsStayKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	dependent := "resource \"terraform_data\" \"dependent\" {\n  input = [imkit_client_token.test.token, imkit_client_token.test.id, imkit_client_token.test.expiration_date, imkit_client_token.test.issued_at]\n}\n"
	c := w.cli(t, tokenFor(`"robot"`)+dependent)
	c.apply()
	for _, line := range []string{`on_destroy = "keep"`, "auto_renew = false", `renew_before = "24h"`, `rotation_triggers = { a = "1" }`} {
		c.write(w.config(tokenFor(`"robot"`, line) + dependent))
		says(t, c.must("plan"), updates)
		c.apply()
	}
	w.Advance(untilDue + 2*day)
	c.write(w.config(tokenFor(`"robot"`) + dependent))
	says(t, c.must("plan"), "1 to add, 1 to change, 1 to destroy")
	c.apply()
	c.empty()
}

func TestClientAndTokenReplacedTogether(t *testing.T) {
	t.Parallel()
	for _, lifecycle := range []string{"", "lifecycle {\n    create_before_destroy = true\n  }"} {
		w := newWorld(t, sandbox.Options{})
		c := w.cli(t, client("one", lifecycle)+clientToken(lifecycle))
		c.apply()
		c.write(w.config(client("two", lifecycle) + clientToken(lifecycle)))
		says(t, c.apply(), "2 added, 0 changed, 2 destroyed")
		c.empty()
		if len(w.LiveTokens("one")) != 0 || len(w.LiveTokens("two")) != 1 {
			t.Errorf("live tokens: %d of the old client, %d of the new one", len(w.LiveTokens("one")), len(w.LiveTokens("two")))
		}
	}
}
