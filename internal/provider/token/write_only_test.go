package token_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestTokenWriteOnlyIsStoredNowhere(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	const first, second = "write-only-first-5e1f", "write-only-second-9c2d"
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true, EchoBoundTokens: true})
	w.PutClient("robot", nil)
	variables := "variable \"secret\" {\n  ephemeral = true\n}\n"
	config := func(version string, lines ...string) string {
		return variables + acctest.TokenFor(`"robot"`, append(lines, "token_wo = var.secret", "token_wo_version = "+version)...)
	}
	c := w.CLI(t, config("1"))
	c.Env = append(c.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(c.Dir, "trace.log"))
	var printed strings.Builder
	step := func(value string, args ...string) {
		t.Helper()
		args = slices.Insert(args, 1, "-var=secret="+value)
		printed.WriteString(c.Must(args...))
	}
	step(first, "plan", "-out=saved")
	step(first, "apply", "saved")
	if diff := cmp.Diff([]string{first}, w.LiveTokens("robot")); diff != "" {
		t.Fatalf("live tokens (-want +on the server):\n%s", diff)
	}

	w.ResetRequests()
	step(second, "plan", "-out=saved")
	step(second, "apply", "saved") // same version: nothing happens
	if n := w.Count(http.MethodPost, acctest.RouteClients); n != 0 {
		t.Errorf("a write-only value was bound again without a new version")
	}
	c.Write(w.Config(config("2")))
	step(second, "plan", "-out=saved")
	step(second, "apply", "saved")
	if live := w.LiveTokens("robot"); len(live) != 2 {
		t.Errorf("live tokens %v: a new version binds, and the value before is not known", live)
	}

	// An error of the server that repeats what it was sent.
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"bad token ` + first + `"}`})
	c.Write(w.Config(config("3")))
	printed.WriteString(c.Fails("apply", "-auto-approve", "-var=secret="+first))
	w.ClearFaults()

	printed.WriteString(c.Must("show"))
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		content, err := os.ReadFile(filepath.Join(c.Dir, name)) //nolint:gosec // the names stand above
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(content)
	}
	// A plan file holds the configuration as well, and the key is in that.
	printed.WriteString(strings.ReplaceAll(acctest.Unzipped(t, filepath.Join(c.Dir, "saved")), sandbox.DefaultAPIKey, ""))
	// Terraform itself logs the command line with the variable in it.
	log, err := os.ReadFile(filepath.Join(c.Dir, "trace.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.SplitSeq(log, []byte("\n")) {
		if !bytes.Contains(line, []byte("CLI command args")) && !bytes.Contains(line, []byte("CLI args")) {
			printed.Write(line)
		}
	}
	for _, secret := range []string{first, second, sandbox.DefaultAPIKey} {
		if at := strings.Index(printed.String(), secret); at >= 0 {
			t.Errorf("%q was printed or stored: ...%s", secret, printed.String()[max(0, at-200):at+len(secret)])
		}
	}

	acctest.Says(t, c.Must("destroy", "-auto-approve", "-var=secret=x"), "Token was not revoked", `client "robot"`)
	if n := len(w.LiveTokens("robot")); n != 2 {
		t.Errorf("%d tokens are alive, want 2", n)
	}
	for _, r := range w.Requests() {
		if r.Method == http.MethodDelete {
			t.Error("a DELETE was sent without knowing the token")
		}
	}
}

func TestTokenWriteOnlyRevokesAll(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	w.AddToken("robot", "another", acctest.Epoch.Add(acctest.Day))
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token_wo = "mine"`, "token_wo_version = 1", `on_destroy = "revoke_all"`))
	c.Apply()
	c.Must("destroy", "-auto-approve")
	if live := w.LiveTokens("robot"); len(live) != 0 {
		t.Errorf("tokens %v are alive", live)
	}
}

// What create_before_destroy leaves behind must not take the new token along.
func TestTokenRevokeAllSparesTheNewToken(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	body := func(month, value string) string {
		return acctest.TokenFor(`"robot"`, `token_wo = "`+value+`"`, "token_wo_version = 1", `on_destroy = "revoke_all"`,
			`rotation_triggers = { month = "`+month+`" }`, acctest.CreateBeforeDestroy)
	}
	c := w.CLI(t, body("1", "old"))
	c.Apply()
	c.Write(w.Config(body("2", "new")))
	acctest.Says(t, c.Apply(), "Token was not revoked", "1 added, 0 changed, 1 destroyed")
	if diff := cmp.Diff([]string{"old", "new"}, w.LiveTokens("robot")); diff != "" {
		t.Errorf("live tokens (-want +on the server):\n%s", diff)
	}
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
		{[]string{`on_destroy = "revoke_all"`}, []string{"is for write-only tokens", `"revoke"`}},
		{[]string{`token = "a"`, `on_destroy = "revoke_all"`}, []string{"is for write-only tokens"}},
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
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	w.AddToken("robot", "mine", acctest.Epoch.Add(acctest.Day))

	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "mine"`))
	c.Must("import", acctest.TokenAddress, "robot")
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	c.Empty()
	if diff := cmp.Diff([]string{"mine"}, w.LiveTokens("robot")); diff != "" {
		t.Errorf("live tokens (-want +on the server):\n%s", diff)
	}

	if acctest.Knows(t, acctest.WriteOnly) {
		c = w.CLI(t, acctest.TokenFor(`"robot"`, `token_wo = "mine"`, "token_wo_version = 1"))
		c.Must("import", acctest.TokenAddress, "robot")
		acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
		c.Empty()
	}

	c = w.CLI(t, acctest.TokenFor(`"robot"`)+"import {\n  to = imkit_client_token.test\n  id = \"robot\"\n}\n")
	acctest.Says(t, c.Fails("plan"), "Issued token cannot be imported", "create a new token")

	c = w.CLI(t, acctest.TokenFor(`"robbot"`, `token = "mine"`))
	acctest.Says(t, c.Fails("import", acctest.TokenAddress, "robbot"), "Client does not exist", `client "robbot"`)
}
