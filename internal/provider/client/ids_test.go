package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Client ids are the customer's own strings; each has to survive JSON, URL
// paths, queries, and the state.
func TestOddIDs(t *testing.T) {
	t.Parallel()
	ids := []string{
		"a b", " ", "a/b", "/", "100%", "%2F", `say "hi"`, "it's", "$where", "${x}", "%{ if }", "..", ".", "a/../b", "?a=b&c#d", `back\slash`,
		"ünïcødé-用戶-🤖", "tab\tand\nline", "+", ";", "a@b.c:d", strings.Repeat("x", 200), strings.Repeat("語", 200),
	}
	w := acctest.NewWorld(t, sandbox.Options{BasePath: "/chat"})
	w.PutClient("b", nil)
	w.AddToken("b", "token of another client", acctest.Epoch.AddDate(1, 0, 0))

	encoded, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	clients := fmt.Sprintf(`
locals {
  ids = jsondecode(%s)
}
resource "imkit_client" "test" {
  for_each = toset(local.ids)
  id       = each.value
  nickname = "Odd"
}
`, tfvalue.HCLString(string(encoded)))
	tokens := `
resource "imkit_client_token" "test" {
  for_each  = imkit_client.test
  client_id = each.value.id
}
`
	c := w.CLI(t, clients+tokens)
	c.Apply()
	c.Empty()
	got, want := w.ClientIDs(), append(slices.Clone(ids), "b")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("the server has the clients %q, want %q", got, want)
	}
	for _, id := range ids {
		if n := len(w.LiveTokens(id)); n != 1 {
			t.Errorf("client %q has %d live tokens, want 1", id, n)
		}
	}

	c.Write(w.Config(clients))
	c.Apply()
	for _, id := range ids {
		if n := len(w.LiveTokens(id)); n != 0 {
			t.Errorf("the token of client %q was not revoked", id)
		}
	}
	c.Must("destroy", "-auto-approve")
	if n := w.Count(http.MethodDelete, acctest.RouteToken); n != 2*len(ids) {
		t.Errorf("revoked %d times, want %d", n, 2*len(ids))
	}
	if len(w.ClientIDs()) != len(ids)+1 || len(w.LiveTokens("b")) != 1 {
		t.Error("another client was touched")
	}
}
