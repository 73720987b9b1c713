package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// batchOf is a batch of n clients named user-0000 and so on, with further lines.
func batchOf(n int, nickname string, lines ...string) string {
	return fmt.Sprintf(`resource "imkit_client_batch" "test" {
  clients = { for i in range(%d) : format("user-%%04d", i) => { nickname = "%s ${i}" } }
  %s
}
`, n, nickname, strings.Join(lines, "\n  "))
}

func TestBatchOfAThousandInTenCalls(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, batchOf(1000, "User"))
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	if n, all := w.Count(http.MethodPost, acctest.RouteBatch), len(w.Requests()); n != 10 || all > 40 {
		t.Errorf("creating took %d batch calls of %d requests, want 10 of at most 40", n, all)
	}
	if n := len(w.ClientIDs()); n != 1000 {
		t.Fatalf("there are %d clients, want 1000", n)
	}
	w.ResetRequests()
	c.Empty()
	if all := len(w.Requests()); all > 25 { // ten, or some more on a busy machine
		t.Errorf("an unchanged plan took %d requests, want at most 25", all)
	}

	w.ResetRequests()
	c.Write(w.Config(strings.Replace(batchOf(1000, "User"), `nickname = "User ${i}"`, `nickname = i == 7 ? "Other" : "User ${i}"`, 1)))
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	acctest.Equal(t, "batch calls", [][]string{{"user-0007"}}, w.BatchCalls())
	c.Empty()
}

func TestBatchManagesOnlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("old", map[string]any{"nickname": "Old", "avatarUrl": "https://example.com/old.png", "description": "Kept"})
	c := w.CLI(t, acctest.BatchWith(`{ old = { nickname = "Renamed" }, new = {}, "odd / id" = { nickname = "", avatar_url = "https://example.com/a.png" } }`))
	c.Apply()
	c.Empty()
	old, _ := w.Client("old")
	if old["nickname"] != "Renamed" || old["avatarUrl"] != "https://example.com/old.png" || old["description"] != "Kept" {
		t.Errorf("a client that existed is now %v", old)
	}

	// Drift and vanished records are repaired alone; what is not managed is let be.
	w.PutClient("old", map[string]any{"nickname": "Drift", "avatarUrl": "https://example.com/other.png"})
	w.RemoveClient("odd / id")
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	acctest.Equal(t, "batch calls", [][]string{{"odd / id", "old"}}, w.BatchCalls())
	c.Empty()
}

func TestBatchLeavers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line  string
		alive int
	}{"keep": {"", 1}, "revoke": {`on_destroy = "revoke_tokens"`, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			cli := w.CLI(t, acctest.BatchWith(`{ a = {}, b = {}, c = {} }`, c.line))
			cli.Apply()
			for _, id := range []string{"a", "b", "c"} {
				w.AddToken(id, "token of "+id, acctest.Epoch.Add(acctest.Day))
			}
			cli.Write(w.Config(acctest.BatchWith(`{ a = {} }`, c.line)))
			cli.Apply()
			cli.Empty()
			if len(w.LiveTokens("a")) != 1 || len(w.LiveTokens("b")) != c.alive || len(w.LiveTokens("c")) != c.alive {
				t.Errorf("live tokens: %d of a, %d of b, %d of c", len(w.LiveTokens("a")), len(w.LiveTokens("b")), len(w.LiveTokens("c")))
			}
			acctest.Says(t, cli.Must("destroy", "-auto-approve"), "Client records remain on the server", "(1)")
			if len(w.LiveTokens("a")) != c.alive || len(w.ClientIDs()) != 3 {
				t.Errorf("after destroy: %d live tokens of a, %d clients", len(w.LiveTokens("a")), len(w.ClientIDs()))
			}
		})
	}
}

func TestBatchThatIsHalfMade(t *testing.T) {
	t.Parallel()
	for name, untaint := range map[string]bool{"replaced": false, "untainted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.CLI(t, batchOf(250, "User", `on_destroy = "revoke_tokens"`))
			w.RefuseIDs("user-0120")
			output := c.Fails("apply", "-auto-approve")
			acctest.Says(t, output, "Unable to synchronise 1 of 250 clients", `"user-0120"`, "terraform untaint", "POST /admin/clients/list")
			if n := len(w.ClientIDs()); n != 249 {
				t.Errorf("%d clients were made, want 249", n)
			}
			if n := w.Count(http.MethodPost, acctest.RouteBatch); n > 20 {
				t.Errorf("finding one refused record took %d calls", n)
			}
			w.AddToken("user-0000", "in use", acctest.Epoch.Add(acctest.Day))
			w.RefuseIDs()
			w.ResetRequests()
			if untaint {
				c.Must("untaint", acctest.BatchAddress)
			}
			c.Apply()
			c.Empty()
			sent := 0
			for _, ids := range w.BatchCalls() {
				sent += len(ids)
			}
			if want := map[bool]int{true: 1, false: 250}[untaint]; sent != want {
				t.Errorf("sent %d records again, want %d", sent, want)
			}
			if len(w.ClientIDs()) != 250 || len(w.LiveTokens("user-0000")) != 1 {
				t.Errorf("%d clients, %d live tokens of the first", len(w.ClientIDs()), len(w.LiveTokens("user-0000")))
			}
			acctest.Says(t, c.Must("state", "show", "-no-color", acctest.BatchAddress), `on_destroy`, `= "revoke_tokens"`)
		})
	}
}

// Nothing is kept of a batch of which nothing was made, so nothing is tainted.
func TestBatchThatIsNotMade(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, batchOf(150, "User"))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"No."}`})
	output := c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Unable to synchronise 150 of 150 clients", "None of the clients was synchronised.")
	if state := c.Must("state", "list"); strings.Contains(output, "untaint") || state != "" {
		t.Errorf("the state has %s after:\n%s", state, output)
	}
	w.ClearFaults()
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 0 destroyed")
	c.Empty()
}

func TestBatchUpdateThatFailsMidway(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, batchOf(300, "User"))
	c.Apply()
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteBatch, Status: 500, Body: `{"RC":500,"RM":"oops"}`,
		Match: func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), "user-0150") }})
	c.Write(w.Config(batchOf(300, "Renamed")))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to synchronise 100 of 300 clients", `"user-0100"`, "and 95 more", "oops")
	w.ClearFaults()
	w.ResetRequests()
	c.Apply()
	if calls := w.BatchCalls(); len(calls) != 1 || len(calls[0]) != 100 || !slices.Contains(calls[0], "user-0150") {
		t.Errorf("the next apply made %d calls", len(calls))
	}
	c.Empty()
}

func TestBatchLeaverWhoseTokensCannotBeRevoked(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.BatchWith(`{ a = {}, b = {}, c = {} }`, `on_destroy = "revoke_tokens"`))
	c.Apply()
	w.AddToken("b", "old", acctest.Epoch.Add(acctest.Day))
	w.Inject(sandbox.Fault{Method: http.MethodDelete, Status: 403, Body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"No."}`,
		Match: func(r *http.Request, _ []byte) bool { return strings.Contains(r.URL.Path, "/b/") }})
	c.Write(w.Config(acctest.BatchWith(`{ c = {} }`, `on_destroy = "revoke_tokens"`)))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to revoke the tokens of 1 of 2 clients",
		`These clients stay in the state, and the next apply tries again; the others were removed from the batch. - "b": DELETE`, "Check the provider's api_key")
	w.ClearFaults()
	c.Apply()
	c.Empty()
	if tokens := w.LiveTokens("b"); len(tokens) != 0 {
		t.Errorf("the client that left has the tokens %v", tokens)
	}
}

func TestBatchBadInput(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	for _, row := range []struct{ body, want string }{
		{acctest.BatchWith(`{ "" = {} }`), "Invalid client ID"},
		{acctest.BatchWith(fmt.Sprintf("{ %q = {} }", strings.Repeat("long", 2000))), `…" cannot be the ID of a client: the client id is too long`},
		{acctest.BatchWith(`{ a = {}, b = { avatar_url = "not a url" } }`), `It is "not a url" of client "b".`},
		{acctest.BatchWith(`{ a = {}, b = { nick = "B" } }`), `does not have the field "nick", only nickname and avatar_url: see client "b".`},
		{acctest.BatchWith(`{ b = { nick = "B" } }`), "  clients = { b = { nick"}, // the attribute, not the whole block
		{acctest.BatchWith(`{ for i in range(1000) : "u${i}" => { avatar_url = "x", nick = "" } }`), `"x" of client "u101" and 995 more.`},
		{acctest.BatchWith(`{ for i in range(1000) : "u${i}" => { avatar_url = "x", nick = "" } }`), `see client "u0", "u1", "u10", "u100", "u101" and 995 more.`},
		{acctest.BatchWith(`{}`, `on_destroy = "revoke"`), "on_destroy"},
	} {
		c.Write(w.Config(row.body))
		acctest.Says(t, c.Fails("validate", "-no-color"), row.want)
	}
	c.Write(w.Config(acctest.BatchWith("{}")))
	c.Apply()
	c.Empty()
	acctest.SaysNot(t, c.Must("destroy", "-auto-approve"), "remain on the server")
	if n := len(w.Requests()); n != 0 {
		t.Errorf("an empty batch made %d requests", n)
	}
}

// Another batch may have a client that the new one lacks. So its tokens
// are left alone, and named.
func TestBatchReplacedByASmallerOne(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	lines := []string{`on_destroy = "revoke_tokens"`, acctest.CreateBeforeDestroy}
	c := w.CLI(t, acctest.BatchWith(`{ a = {}, b = {} }`, lines...))
	c.Apply()
	w.AddToken("a", "in use", acctest.Epoch.Add(acctest.Day))
	w.AddToken("b", "old", acctest.Epoch.Add(acctest.Day))
	c.Write(w.Config(acctest.BatchWith(`{ a = {} }`, lines...)))
	acctest.Says(t, c.Apply("-replace="+acctest.BatchAddress), "Tokens were not revoked", `were not revoked (1): "b"`, "1 destroyed")
	if a, b := w.LiveTokens("a"), w.LiveTokens("b"); len(a) != 1 || len(b) != 1 {
		t.Errorf("the client that stays has the tokens %v, the one that left %v", a, b)
	}
	c.Empty()
}
