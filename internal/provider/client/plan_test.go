package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A client that is destroyed and created at once may have got another name; what is
// replaced, or swaps its id with another, has not.
func TestPlanSaysOfAClientThatItMayBeRenamed(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	swapped := func(a, b string) string {
		return fmt.Sprintf("resource \"imkit_client\" \"a\" {\n  id = %q\n}\nresource \"imkit_client\" \"b\" {\n  id = %q\n}\n", a, b)
	}
	c := w.CLI(t, swapped("one", "two"))
	c.Apply()
	for name, output := range map[string]string{
		"replaced": c.Must("plan", "-replace=imkit_client.a"),
		"tainted":  c.Must("taint", "imkit_client.b") + c.Must("plan"),
		"swapped":  func() string { c.Write(w.Config(swapped("two", "one"))); return c.Must("plan") }(),
		"renamed": func() string {
			c.Write(w.Config(strings.ReplaceAll(swapped("one", "two"), `"a"`, `"c"`)))
			return c.Must("plan")
		}(),
	} {
		if strings.Contains(output, "at once") != (name == "renamed") {
			t.Errorf("%s:\n%s", name, output)
		}
	}
}

// Clients that are adopted are counted by Terraform, under one warning.
func TestManyClientsTakenOverAreOneWarning(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for i := range 4 {
		w.PutClient(fmt.Sprintf("robot %d", i), nil)
	}
	c := w.CLI(t, "resource \"imkit_client\" \"test\" {\n  count          = 5\n  id             = \"robot ${count.index}\"\n  adopt_existing = true\n}\n")
	output := c.Apply()
	if n := strings.Count(output, "Existing client was adopted"); n != 1 || !strings.Contains(output, "3 more similar warnings") {
		t.Errorf("the warning stands there %d times, want once for four clients:\n%s", n, output)
	}
}

// What an apply that did not end left behind does not take along the tokens of
// what was made in its place.
func TestClientLeftBehindKeepsTheTokens(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	body := func(command string) string {
		return acctest.Client("robot", "adopt_existing = true", acctest.CreateBeforeDestroy) + acctest.TokenFor(`"robot"`) + acctest.Then(acctest.ClientAddress, command)
	}
	c := w.CLI(t, body("true"))
	w.PutClient("robot", nil)
	c.Apply()
	// What comes between the new object and the end of the old one fails.
	c.Write(w.Config(body("false")))
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.ClientAddress), "local-exec provisioner error")
	live := len(w.LiveTokens("robot"))
	c.Write(w.Config(body("true") + strings.ReplaceAll(acctest.Client("another"), `"test"`, `"another"`)))
	output := c.Apply()
	acctest.Says(t, output, "Tokens were not revoked", `client "robot"`)
	acctest.SaysNot(t, output, "at once") // as a plan says
	if now := len(w.LiveTokens("robot")); live != 1 || now != live {
		t.Errorf("%d tokens were alive, and %d are after the object before was destroyed", live, now)
	}
	c.Apply() // some cores leave the old terraform_data for another run
	c.Empty()
	c.Must("destroy", "-auto-approve")
	w.Alive(t, "robot", 0)
}

// Neither does the object whose replacement was made first. That its tokens are alive is said.
func TestClientReplacedByOneMadeFirstKeepsTheTokens(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", "adopt_existing = true", acctest.CreateBeforeDestroy))
	c.Apply()
	w.AddToken("robot", "leaked", acctest.Epoch.AddDate(1, 0, 0))
	output := c.Apply("-replace=" + acctest.ClientAddress)
	acctest.SaidOnce(t, output, "Tokens were not revoked")
	acctest.SaidOnce(t, output, "Existing client was adopted")
	acctest.SaysNot(t, output, "moved", "will be adopted")
	w.Alive(t, "robot", 1)
	c.Empty()
}

// An object that is replaced under another id loses its tokens, unless the new one is
// made first.
func TestClientReplacedByAnother(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{false, true} {
		w := acctest.NewWorld(t, sandbox.Options{})
		lifecycle := fmt.Sprintf("lifecycle {\n    create_before_destroy = %t\n  }", first)
		c := w.CLI(t, acctest.Client("old", lifecycle))
		c.Apply()
		w.AddToken("old", "of the old one", acctest.Epoch.AddDate(1, 0, 0))
		c.Write(w.Config(acctest.Client("new", lifecycle)))
		output := c.Apply()
		if n := len(w.LiveTokens("old")); n != map[bool]int{false: 0, true: 1}[first] {
			t.Errorf("%d tokens are alive", n)
		}
		if first {
			acctest.Says(t, output, "Tokens were not revoked", `client "old"`, "import it and destroy it")
		}
	}
}

func TestBatchSaysWhatItsPlanMeans(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.BatchWith(`{ a = {}, b = {}, c = {} }`))
	c.Apply()
	c.Write(w.Config(acctest.BatchWith(`{ a = {} }`)))
	acctest.Says(t, c.Must("plan"), "Clients removed from the batch keep their tokens", `removes clients from the batch (2)`, `"b", "c"`)
	c.Write(w.Config(acctest.BatchWith(`{ a = {} }`, `on_destroy = "revoke_tokens"`)))
	acctest.SaysNot(t, c.Must("plan"), "Warning")
	acctest.Says(t, c.Fails("import", acctest.BatchAddress, "x"), "Batch cannot be imported", "Remove the import and apply")
}

func TestClientInTwoBatches(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := acctest.BatchWith(`{ a = { nickname = "A" }, b = {} }`) + strings.ReplaceAll(acctest.BatchWith(`{ b = { nickname = "B" } }`), `"test"`, `"second"`)
	c := w.CLI(t, body)
	acctest.Says(t, c.Must("plan"), "Client is in two batches", `"b"`)
	output := c.Apply()
	acctest.Says(t, output, "Client is in two batches", `the same clients (1): "b"`)
	if one, two := strings.Contains(output, "with "+acctest.BatchAddress), strings.Contains(output, "with imkit_client_batch.second"); !one || !two {
		if !strings.Contains(output, "similar warning") {
			t.Errorf("only one of the batches is warned of:\n%s", output)
		}
	}
	c = w.CLI(t, acctest.BatchWith(`{ a = {}, b = {} }`))
	c.Apply()
	acctest.SaysNot(t, c.Empty(), "two batches")
	output = c.Apply("-replace=" + acctest.BatchAddress)
	acctest.Says(t, output, "1 added")
	acctest.SaysNot(t, output, "two batches")
}
