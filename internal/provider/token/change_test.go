//go:build ignore

package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A bound token that takes the place of another is in force, and in state, before
// the old one is revoked; a revocation that failed is made up for.
func TestTokenRevocationThatFailsIsRepeated(t *testing.T) {
	t.Parallel()
	refused := sandbox.Fault{Method: http.MethodDelete, Route: routeToken, Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"no"}`}
	for name, c := range map[string]struct {
		next func(cli *cli, w *world)
		live []string
	}{
		"by the next apply": {func(cli *cli, _ *world) { cli.apply(); cli.empty() }, []string{"second"}},
		"by the next token": {func(cli *cli, w *world) {
			cli.write(w.config(tokenFor(`"robot"`, `token = "third"`)))
			cli.apply()
			cli.empty()
		}, []string{"third"}},
		"by the token before": {func(cli *cli, w *world) {
			cli.write(w.config(tokenFor(`"robot"`, `token = "first"`)))
			cli.apply()
			cli.empty()
		}, []string{"first"}},
		"on destroy": {func(cli *cli, _ *world) { cli.must("destroy", "-auto-approve") }, nil},
		"or given up": {func(cli *cli, w *world) {
			cli.write(w.config(tokenFor(`"robot"`, `token = "second"`, `on_destroy = "keep"`)))
			cli.apply()
			cli.empty()
		}, []string{"first", "second"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			w.PutClient("robot", nil)
			cli := w.cli(t, tokenFor(`"robot"`, `token = "first"`))
			cli.apply()
			w.Inject(refused)
			cli.write(w.config(tokenFor(`"robot"`, `token = "second"`)))
			says(t, cli.fails("apply", "-auto-approve"), "Unable to revoke token", `token "robot/2026-03-01T12:00:00Z"`, "INSUFFICIENT_PERMISSIONS", "It stays in the state, and the next apply tries again.")
			says(t, cli.fails("apply", "-auto-approve"), "Unable to revoke token")
			if diff := cmp.Diff([]string{"first", "second"}, w.LiveTokens("robot")); diff != "" {
				t.Fatalf("live tokens (-want +on the server):\n%s", diff)
			}
			w.ClearFaults()
			c.next(cli, w)
			if diff := cmp.Diff(c.live, w.LiveTokens("robot")); diff != "" {
				t.Errorf("live tokens (-want +on the server):\n%s", diff)
			}
		})
	}
}

// What is still to be revoked is known, even if the token in its place is not.
func TestTokenToBeRevokedIsBehindAWriteOnlyOne(t *testing.T) {
	t.Parallel()
	if !knows(t, writeOnly) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	cli := w.cli(t, tokenFor(`"robot"`, `token = "first"`))
	cli.apply()
	w.Inject(sandbox.Fault{Method: http.MethodDelete, Route: routeToken, Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"no"}`})
	cli.write(w.config(tokenFor(`"robot"`, `token_wo = "second"`, "token_wo_version = 1")))
	says(t, cli.fails("apply", "-auto-approve"), "Unable to revoke token")
	w.ClearFaults()
	says(t, cli.must("destroy", "-auto-approve"), "Token was not revoked")
	if diff := cmp.Diff([]string{"second"}, w.LiveTokens("robot")); diff != "" {
		t.Errorf("live tokens (-want +on the server):\n%s", diff)
	}
}

func TestTokenToBeRevokedIsBehindAnExpiredOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	expires := fmt.Sprintf("expiration_date = %q", epoch.Add(10*day).Format(time.RFC3339))
	cli := w.cli(t, tokenFor(`"robot"`, `token = "first"`, expires))
	cli.apply()
	w.Inject(sandbox.Fault{Method: http.MethodDelete, Route: routeToken, Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"no"}`})
	cli.write(w.config(tokenFor(`"robot"`, `token = "second"`, expires)))
	says(t, cli.fails("apply", "-auto-approve"), "Unable to revoke token")
	w.Advance(11 * day)
	says(t, cli.must("plan"), "No changes", "Token is due for renewal")
}

func TestTokenChangedInPlaceIsKeptAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, `token = "first"`, `on_destroy = "keep"`))
	c.apply()
	c.write(w.config(tokenFor(`"robot"`, `token = "second"`, `on_destroy = "keep"`)))
	c.apply()
	if diff := cmp.Diff([]string{"first", "second"}, w.LiveTokens("robot")); diff != "" {
		t.Errorf("live tokens (-want +on the server):\n%s", diff)
	}
}

// A module passes on what its caller left out as null.
func TestTokenArgumentsThatAreNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	arguments := map[string]string{
		"token": "string", "token_wo_version": "number", "expiration_date": "string", "renew_before": "string",
		"auto_renew": "bool", "rotation_triggers": "map(string)", "on_destroy": "string",
	}
	hasWriteOnly := knows(t, writeOnly)
	if hasWriteOnly {
		arguments["token_wo"] = "string"
	}
	var variables, lines []string
	for name, kind := range arguments {
		variables = append(variables, fmt.Sprintf("variable %q {\n  type    = %s\n  default = null\n}\n", name, kind))
		lines = append(lines, fmt.Sprintf("%s = var.%s", name, name))
	}
	c := w.cli(t, strings.Join(variables, "")+tokenFor(`"robot"`, lines...))
	c.must("validate")
	c.apply()
	c.empty()
	says(t, c.apply("-var=token=mine"), "1 added, 0 changed, 1 destroyed")
	c.empty("-var=token=mine")
	if hasWriteOnly {
		says(t, c.fails("plan", "-var=token=mine", "-var=token_wo=x", "-var=token_wo_version=1"), "Both token and token_wo are configured")
	}
	says(t, c.fails("plan", "-var=expiration_date=2027-01-01T00:00:00Z"), "Expiration date without a token")
}

// A token that was not known when it was planned may turn out to be none.
func TestTokenThatTurnsOutNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	body := func(run, token string) string {
		return "resource \"terraform_data\" \"run\" {\n  triggers_replace = \"" + run + "\"\n}\n" + tokenFor(`"robot"`, "token = "+token)
	}
	c := w.cli(t, body("1", `"mine"`))
	c.apply()
	c.write(w.config(body("2", `length(terraform_data.run.id) > 0 ? null : "x"`)))
	c.apply()
	c.empty()
	if live := w.LiveTokens("robot"); len(live) != 1 || live[0] == "mine" {
		t.Errorf("live tokens: %d, want one that was issued", len(live))
	}
}

func TestTokenRenewalWithAnIgnoredDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, "lifecycle {\n    ignore_changes = [expiration_date]\n  }"))
	c.apply()
	w.Advance(untilDue)
	says(t, c.apply(), "1 added, 0 changed, 1 destroyed")
	c.empty()
}

// A client that is gone is not conjured up by another token for it either.
func TestTokenBoundToAClientThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, `token = "first"`))
	c.apply()
	w.RemoveClient("robot")
	c.write(w.config(tokenFor(`"robot"`, `token = "second"`)))
	says(t, c.fails("apply", "-auto-approve", "-refresh=false"), "Client does not exist")
	if ids := w.ClientIDs(); len(ids) != 0 {
		t.Errorf("the clients %v were conjured up", ids)
	}
}

func TestTokenWithSettingsUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	body := func(window string) string {
		return "resource \"terraform_data\" \"window\" {\n  input = \"" + window + "\"\n}\n" +
			tokenFor(`"robot"`, "renew_before = terraform_data.window.output", "auto_renew = terraform_data.window.output != \"\"")
	}
	c := w.cli(t, body("48h"))
	c.apply()
	w.Advance(4 * day) // half its life is over, but renewal is not due
	c.write(w.config(body("47h")))
	says(t, c.apply(), "0 added, 2 changed, 0 destroyed")
	c.empty()
	w.Advance(2 * day)
	says(t, c.apply(), "1 added, 0 changed, 1 destroyed")
}
