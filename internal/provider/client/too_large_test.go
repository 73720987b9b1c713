package client_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Fields that are too large, or that are numbers beyond any range, are left out, and named:
// neither the client's other fields nor other clients suffer from them.
func TestDataSourcesLeaveOutWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("ann", map[string]any{"tier": "silver"})
	w.PutClient("bob", map[string]any{
		"tier":     "gold",
		"deep":     json.RawMessage(strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)),
		"digits":   json.RawMessage(strings.Repeat("7", 4_000_000)),
		"infinite": json.RawMessage("1e999999999"),
		"mute":     json.RawMessage("[" + strings.Repeat("[],", 100_000) + "[]]"),
		"wide":     json.RawMessage("[" + strings.Repeat("{},", 100_000) + "{}]"),
	})
	// Together they are too large, and the largest is left out.
	w.PutClient("cid", map[string]any{"a": json.RawMessage("[" + strings.Repeat("0,", 60_000) + "0]"), "b": json.RawMessage("[" + strings.Repeat("0,", 50_000) + "0]"), "tier": "gold"})
	c := w.CLI(t, `
data "imkit_client" "bob" {
  id = "bob"
}

data "imkit_clients" "all" {}

output "read" {
  value = [keys(data.imkit_client.bob.custom_attributes), [for c in data.imkit_clients.all.clients : keys(c.custom_attributes)]]
}
`)
	output := c.Apply()
	acctest.SaidOnce(t, output, `Some fields of client "bob" are too large`)
	acctest.SaidOnce(t, output, "Some fields of clients are too large")
	acctest.Says(t, output, `read them: "deep", "digits", "infinite", "wide", "mute". `,
		`client "bob": "deep", "digits", "infinite", "wide", "mute", client "cid": "a". `)
	acctest.Equal(t, "read", `[["tier"],[["tier"],["tier"],["b","tier"]]]`, strings.Join(strings.Fields(c.Must("output", "-json", "read")), ""))
}

// A managed field that is too large keeps what the state has, and the one beside it is read.
func TestFieldBesideOneThatIsTooLarge(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("ann", `custom_attributes = { k = "a", n = 1 }`))
	c.Apply()
	w.PutClient("ann", map[string]any{"k": json.RawMessage("1e999999999"), "n": 2})
	w.ResetRequests()
	acctest.Says(t, c.Apply(), "~ n = 2 -> 1", "1 changed", `read them: "k". `)
	acctest.Equal(t, "sent", []map[string]any{{"_id": "ann", "n": acctest.Number("1")}}, w.Upserts())
}

// Names of fields are in the server's hands. They reach the terminal in quotes, escaped,
// and cut where they are long.
func TestNamesDoNotReachTheTerminalRaw(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	infinite := json.RawMessage("1e999999999")
	w.PutClient("用戶", map[string]any{"\x1b[31m\a\u202egold\nError: all is lost": infinite, strings.Repeat("long", 10_000): infinite})
	output := w.CLI(t, "data \"imkit_client\" \"test\" {\n  id = \"用戶\"\n}\n").Must("plan")
	acctest.Says(t, output, `client "用戶"`, `"\x1b[31m\a\u202egold\nError: all is lost"`, "long…")
	for _, raw := range []string{"\x1b", "\a", "\u202e", "\nError"} {
		if strings.Contains(output, raw) {
			t.Errorf("the output has %q: %q", raw, output)
		}
	}
	if len(output) > 3000 {
		t.Errorf("the output has %d bytes", len(output))
	}
}

// So does a name that came into the configuration from elsewhere, and is not in quotes.
func TestWarningsDoNotChangeTheTerminal(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Store: func(any) any { return "other" }})
	output := w.CLI(t, acctest.Client("ann", `custom_attributes = { "a\u202e\u001bz" = "x" }`)).Apply()
	_, warning, _ := strings.Cut(output, "Warning: ")
	acctest.Says(t, warning, "Server stored another value", "custom_attributes.a  z")
	if strings.ContainsAny(warning, "\u202e\x1b") {
		t.Errorf("%q", warning)
	}
}
