package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// signedIn is a server whose clients have that many tokens each.
func signedIn(t *testing.T, options sandbox.Options, tokens map[string]int) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, options)
	for id, n := range tokens {
		w.PutClient(id, nil)
		for i := range n {
			w.AddToken(id, fmt.Sprintf("token %d of %s", i, id), acctest.Epoch.AddDate(1, 0, 0))
		}
	}
	return w
}

func revokeOf(t *testing.T, w *acctest.World, ids ...any) ([]string, acctest.Said) {
	t.Helper()
	c := w.Core(t, "")
	c.Settings["requests_per_minute"] = 0
	return c.Invoke("imkit_revoke_tokens", map[string]any{"client_ids": ids})
}

func last(lines []string) string { return lines[len(lines)-1] }

func TestRevokeTokens(t *testing.T) {
	t.Parallel()
	for _, flat := range []bool{true, false} {
		w := signedIn(t, sandbox.Options{FlatReplies: flat}, map[string]int{"ann": 2, "bob": 1, "idle": 0, "eve": 1})
		progress, told := revokeOf(t, w, "ann", "bob", "idle")
		if len(told) > 0 || last(progress) != "Revoked 3 tokens of 3 clients" {
			t.Errorf("%q:\n%s", progress, told)
		}
		if len(w.LiveTokens("ann"))+len(w.LiveTokens("bob")) > 0 || len(w.LiveTokens("eve")) != 1 {
			t.Error("not those tokens were revoked, and no others")
		}
		if n := len(w.Requests()); n != 3 {
			t.Errorf("%d requests", n)
		}
	}
}

// Many clients make a few lines of progress, and fewer requests at a time.
func TestRevokeTokensOfMany(t *testing.T) {
	t.Parallel()
	tokens := map[string]int{}
	var ids []any
	for i := range 250 {
		id := fmt.Sprintf("client-%03d", i)
		tokens[id], ids = 1, append(ids, id)
	}
	w := signedIn(t, sandbox.Options{}, tokens)
	progress, told := revokeOf(t, w, ids...)
	if len(told) > 0 || last(progress) != "Revoked 250 tokens of 250 clients" || len(progress) != 11 {
		t.Errorf("%d lines: %q:\n%s", len(progress), progress, told)
	}
}

// Every client is tried, and the error names those that failed.
func TestRevokeTokensOfSome(t *testing.T) {
	t.Parallel()
	w := signedIn(t, sandbox.Options{}, map[string]int{"ann": 1, "bob": 1, "eve": 2})
	w.Inject(sandbox.Fault{Status: http.StatusForbidden, Body: `{"RC":403,"RM":"no"}`, Match: func(r *http.Request, _ []byte) bool {
		return strings.Contains(r.URL.Path, "ann")
	}})
	progress, told := revokeOf(t, w, "ann", "bob", "Bob", "eve")
	acctest.Says(t, told.String(), "Unable to revoke the tokens of 2 of 4 clients", `may still be signed in: "Bob", "ann".`, "the others (2 clients) were revoked",
		`- "Bob": There is no such client`, `- "ann": DELETE /admin/clients/{id}/token: HTTP 403`)
	if last(progress) != "Revoked 3 tokens of 2 clients" || len(w.LiveTokens("ann")) != 1 || len(w.LiveTokens("bob"))+len(w.LiveTokens("eve")) > 0 {
		t.Errorf("%q:\n%s", progress, told)
	}
}

// On servers that cannot do it, or do not say what they did, nobody reads that it
// was done.
func TestRevokeTokensOnOldServers(t *testing.T) {
	t.Parallel()
	w := signedIn(t, sandbox.Options{NoRevokeRoute: true}, map[string]int{"ann": 1})
	_, told := revokeOf(t, w, "ann")
	acctest.Says(t, told.String(), "Unable to revoke the tokens of 1 of 1 clients", "does not know this call")

	w = signedIn(t, sandbox.Options{}, map[string]int{"ann": 1})
	w.Inject(sandbox.Fault{Body: `{"success":true}`, After: true})
	if progress, told := revokeOf(t, w, "ann"); len(told) > 0 || last(progress) != "Revoked every token of 1 client" {
		t.Errorf("%q:\n%s", progress, told)
	}

	// No such client, or no token of it: that looks the same without a look-up.
	for _, lookUp := range []bool{true, false} {
		w = signedIn(t, sandbox.Options{NoLookupRoute: !lookUp}, map[string]int{"ann": 1})
		progress, told := revokeOf(t, w, "ann", "nobody")
		if told.Failed() != lookUp || !strings.Contains(last(progress), "Revoked 1 token of ") {
			t.Errorf("%q:\n%s", progress, told)
		}
	}
	w = signedIn(t, sandbox.Options{}, map[string]int{"ann": 1})
	w.Inject(sandbox.Fault{Method: http.MethodGet, Status: http.StatusBadRequest, Body: `{"RC":400,"RM":"no"}`})
	_, told = revokeOf(t, w, "ann", "nobody")
	acctest.Says(t, told.String(), "1 of 2 clients", `"nobody": It has no token or does not exist`)
}

func TestRevokeTokensIsNotPlanned(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "")
	for _, ids := range []any{[]any{}, []any{""}, nil} {
		config := map[string]any{"client_ids": ids}
		_, invoked := c.InvokeUnplanned("imkit_revoke_tokens", config)
		for when, told := range map[string]acctest.Said{
			"at once": c.PlanAction("imkit_revoke_tokens", config), "from variables": c.PlanFromVariables("imkit_revoke_tokens", config), "unplanned": invoked,
		} {
			if !told.Failed() || len(w.Requests()) > 0 {
				t.Errorf("%s, %v was planned", when, ids)
			}
		}
	}
	if told := c.PlanAction("imkit_revoke_tokens", map[string]any{"client_ids": acctest.Unknown}); len(told) > 0 {
		t.Error(told)
	}
	c.Settings["base_url"] = acctest.Unknown
	_, told := c.InvokeUnplanned("imkit_revoke_tokens", map[string]any{"client_ids": []any{"ann"}})
	acctest.Says(t, told.String(), "not configured yet")
}

// Through a real Terraform, by hand.
func TestRevokeTokensThroughTerraform(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Actions) {
		return
	}
	w := signedIn(t, sandbox.Options{}, map[string]int{"ann": 2, "bob": 1})
	c := w.CLI(t, "")
	c.Write(w.Config("variable \"ids\" {\n  type = set(string)\n}\naction \"imkit_revoke_tokens\" \"leaked\" {\n  config {\n    client_ids = var.ids\n  }\n}\n"))
	acctest.Says(t, c.Must("apply", "-auto-approve", "-invoke=action.imkit_revoke_tokens.leaked", `-var=ids=["ann"]`),
		`Revoking the tokens of 1 client: "ann"`, "Revoked 2 tokens of 1 client")
	if len(w.LiveTokens("ann")) > 0 || len(w.LiveTokens("bob")) != 1 {
		t.Error("not those tokens were revoked, and no others")
	}
	// Terraform validates before it knows its variables.
	acctest.Says(t, c.Fails("plan", "-invoke=action.imkit_revoke_tokens.leaked", "-var=ids=[]"), "client_ids set must contain at least 1 elements")
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-invoke=action.imkit_revoke_tokens.leaked", `-var=ids=["Bob"]`), `may still be signed in: "Bob"`)
}
