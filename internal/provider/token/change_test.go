package token_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// refusesToRevoke has no token revoked.
var refusesToRevoke = sandbox.Fault{
	Method: http.MethodDelete, Route: acctest.RouteToken, Status: http.StatusForbidden, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"no"}`,
}

// A bound token that takes the place of another is in force, and in state, before
// the old one is revoked; a revocation that failed is made up for.
func TestTokenRevocationThatFailsIsRepeated(t *testing.T) {
	t.Parallel()
	second := `token = "second"`
	for name, c := range map[string]struct {
		next []string // lines; none is a destroy
		live []string
	}{
		"by the next apply":   {[]string{second}, []string{"second"}},
		"by the next token":   {[]string{`token = "third"`}, []string{"third"}},
		"by the token before": {[]string{`token = "first"`}, []string{"first"}},
		"on destroy":          {nil, nil},
		"or given up":         {[]string{second, `on_destroy = "keep"`}, []string{"first", "second"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			cli := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`))
			cli.Apply()
			w.Inject(refusesToRevoke)
			cli.Write(w.Config(acctest.TokenFor(`"robot"`, second)))
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to revoke token", `token "robot/`, "INSUFFICIENT_PERMISSIONS", "It stays in the state, and the next apply tries again.")
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to revoke token")
			acctest.Equal(t, "live tokens", []string{"first", "second"}, w.LiveTokens("robot"))
			w.ClearFaults()
			if c.next == nil {
				cli.Must("destroy", "-auto-approve")
			} else {
				cli.Write(w.Config(acctest.TokenFor(`"robot"`, c.next...)))
				cli.Apply()
				cli.Empty()
			}
			acctest.Equal(t, "live tokens", c.live, w.LiveTokens("robot"))
		})
	}
}

// What is still to be revoked is known, even if the token in its place is not.
func TestTokenToBeRevokedIsBehindAWriteOnlyOne(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	cli := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`))
	cli.Apply()
	w.Inject(refusesToRevoke)
	cli.Write(w.Config(acctest.TokenFor(`"robot"`, `token_wo = "second"`, "token_wo_version = 1")))
	acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to revoke token")
	w.ClearFaults()
	acctest.Says(t, cli.Must("destroy", "-auto-approve"), "Token was not revoked")
	acctest.Equal(t, "live tokens", []string{"second"}, w.LiveTokens("robot"))
}

func TestTokenToBeRevokedIsBehindAnExpiredOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	expires := fmt.Sprintf("expiration_date = %q", acctest.Epoch.Add(10*acctest.Day).Format(time.RFC3339))
	cli := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`, expires))
	cli.Apply()
	w.Inject(refusesToRevoke)
	cli.Write(w.Config(acctest.TokenFor(`"robot"`, `token = "second"`, expires)))
	acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to revoke token")
	w.Advance(11 * acctest.Day)
	acctest.Says(t, cli.Must("plan"), "No changes", "Token is due for renewal")
}

func TestTokenChangedInPlaceIsKeptAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`, `on_destroy = "keep"`))
	c.Apply()
	c.Write(w.Config(acctest.TokenFor(`"robot"`, `token = "second"`, `on_destroy = "keep"`)))
	c.Apply()
	acctest.Equal(t, "live tokens", []string{"first", "second"}, w.LiveTokens("robot"))
}

// A module passes on what its caller left out as null.
func TestTokenArgumentsThatAreNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	arguments := map[string]string{
		"token": "string", "token_wo_version": "number", "expiration_date": "string", "renew_before": "string",
		"auto_renew": "bool", "rotation_triggers": "map(string)", "on_destroy": "string",
	}
	hasWriteOnly := acctest.Knows(t, acctest.WriteOnly)
	if hasWriteOnly {
		arguments["token_wo"] = "string"
	}
	var variables, lines []string
	for name, kind := range arguments {
		variables = append(variables, fmt.Sprintf("variable %q {\n  type    = %s\n  default = null\n}\n", name, kind))
		lines = append(lines, fmt.Sprintf("%s = var.%s", name, name))
	}
	c := w.CLI(t, strings.Join(variables, "")+acctest.TokenFor(`"robot"`, lines...))
	c.Must("validate")
	c.Apply()
	c.Empty()
	acctest.Says(t, c.Apply("-var=token=mine"), "1 added, 0 changed, 1 destroyed")
	c.Empty("-var=token=mine")
	if hasWriteOnly {
		acctest.Says(t, c.Fails("plan", "-var=token=mine", "-var=token_wo=x", "-var=token_wo_version=1"), "Both token and token_wo are configured")
	}
	acctest.Says(t, c.Fails("plan", "-var=expiration_date=2027-01-01T00:00:00Z"), "Expiration date without a token")
}

// A token that was not known when it was planned may turn out to be none.
func TestTokenThatTurnsOutNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := func(run, token string) string {
		return "resource \"terraform_data\" \"run\" {\n  triggers_replace = \"" + run + "\"\n}\n" + acctest.TokenFor(`"robot"`, "token = "+token)
	}
	c := w.CLI(t, body("1", `"mine"`))
	c.Apply()
	c.Write(w.Config(body("2", `length(terraform_data.run.id) > 0 ? null : "x"`)))
	c.Apply()
	c.Empty()
	if live := w.LiveTokens("robot"); len(live) != 1 || live[0] == "mine" {
		t.Errorf("live tokens: %d, want one that was issued", len(live))
	}
}

func TestTokenRenewalWithAnIgnoredDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, "lifecycle {\n    ignore_changes = [expiration_date]\n  }"))
	c.Apply()
	w.Advance(acctest.UntilDue)
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
	c.Empty()
}

// A client that is gone is not conjured up by another token for it either.
func TestTokenBoundToAClientThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`))
	c.Apply()
	w.RemoveClient("robot")
	c.Write(w.Config(acctest.TokenFor(`"robot"`, `token = "second"`)))
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-refresh=false"), "Client does not exist")
	if ids := w.ClientIDs(); len(ids) != 0 {
		t.Errorf("the clients %v were conjured up", ids)
	}
}

func TestTokenWithSettingsUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := func(window string) string {
		return "resource \"terraform_data\" \"window\" {\n  input = \"" + window + "\"\n}\n" +
			acctest.TokenFor(`"robot"`, "renew_before = terraform_data.window.output", "auto_renew = terraform_data.window.output != \"\"")
	}
	c := w.CLI(t, body("48h"))
	c.Apply()
	w.Advance(4 * acctest.Day) // half its life is over, but renewal is not due
	c.Write(w.Config(body("47h")))
	acctest.Says(t, c.Apply(), "Setting is not known yet", "renew_before, auto_renew", "0 added, 1 changed, 0 destroyed")
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	c.Empty()
	w.Advance(2 * acctest.Day)
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
}

// Settings that are not known yet, and turn out to be what they were once the
// token is due, do not part the plan from what is applied.
func TestTokenWithSettingsThatTurnOutTheSame(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{
		`renew_before = terraform_data.x.output == "" ? "1h" : "48h"`,
		`auto_renew   = terraform_data.x.output != ""`,
		`on_destroy   = terraform_data.x.output == "" ? "keep" : "revoke"`,
	} {
		w := newWorld(t, sandbox.Options{})
		body := func(x string) string {
			return "resource \"terraform_data\" \"x\" {\n  input = \"" + x + "\"\n}\n" + acctest.TokenFor(`"robot"`, setting)
		}
		c := w.CLI(t, body("one"))
		c.Apply()
		w.Advance(acctest.UntilDue - time.Hour)
		c.Write(w.Config(body("two")))
		acctest.Says(t, c.Must("plan", "-out=saved"), "0 to add, 1 to change, 0 to destroy")
		w.Advance(2 * time.Hour)
		acctest.Says(t, c.Must("apply", "saved"), "0 added, 1 changed, 0 destroyed")
		acctest.Says(t, c.Must("plan"), replaces)
	}
}

// A private state that another version wrote is an error, and stays as it is: it may hold
// tokens that are still to be revoked.
func TestTokenPrivateStateThatCannotBeReadIsKept(t *testing.T) {
	t.Parallel()
	for name, private := range map[string]string{
		"another field": `{"mode":"bound","to_revoke":["secret-one"]}`,
		"another type":  `{"mode":"bound","unrevoked":{"secret-one":true}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`))
			c.Apply()
			encode := func(inner string) string {
				parts, err := json.Marshal(map[string][]byte{"token": []byte(inner)})
				if err != nil {
					t.Fatal(err)
				}
				return base64.StdEncoding.EncodeToString(parts)
			}
			state := strings.Replace(c.ReadFile("terraform.tfstate"), encode(`{"mode":"bound"}`), encode(private), 1)
			if !strings.Contains(state, encode(private)) {
				t.Fatalf("the state has another private part than expected:\n%s", state)
			}
			c.WriteFile("terraform.tfstate", state)
			w.ResetRequests()
			c.Write(w.Config(acctest.TokenFor(`"robot"`, `token = "second"`)))
			for _, command := range [][]string{{"plan"}, {"plan", "-refresh=false"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"}} {
				output := c.Fails(command...)
				acctest.Says(t, output, "Unable to read private state of token", `token of client "robot"`, "terraform state rm")
				acctest.SaysNot(t, output, "secret-one") // which is in private state
			}
			_, now, _ := strings.Cut(c.ReadFile("terraform.tfstate"), `"private": "`)
			now, _, _ = strings.Cut(now, `"`)
			var parts map[string][]byte
			decoded, _ := base64.StdEncoding.DecodeString(now)
			if err := json.Unmarshal(decoded, &parts); err != nil || string(parts["token"]) != private {
				t.Errorf("the private part is %s now (%v)", parts["token"], err)
			}
			for _, r := range w.Requests() {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s was sent", r.Method, r.Route)
				}
			}
		})
	}
}
