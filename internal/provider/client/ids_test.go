package client_test

import (
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
		"a b", " ", "a/b", "/", "100%", "%2F", `say "hi"`, "it's", "$where", "${x}", "%{ if }", "...", "a/../b", "?a=b&c#d", `back\slash`,
		"ünïcødé-用戶-🤖", "tab\tand\nline", "+", ";", "a@b.c:d", strings.Repeat("x", 200), strings.Repeat("語", 200),
	}
	w := acctest.NewWorld(t, sandbox.Options{BasePath: "/chat"})
	w.PutClient("b", nil)
	w.AddToken("b", "token of another client", acctest.Epoch.AddDate(1, 0, 0))

	var quoted []string
	for _, id := range ids {
		quoted = append(quoted, tfvalue.HCLString(id))
	}
	clients := fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  for_each = toset([%s])\n  id       = each.value\n}\n", strings.Join(quoted, ", "))
	tokens := "resource \"imkit_client_token\" \"test\" {\n  for_each  = imkit_client.test\n  client_id = each.value.id\n}\n"
	c := w.CLI(t, clients+tokens)
	c.Apply()
	c.Empty()
	acctest.Equal(t, "clients", slices.Sorted(slices.Values(append(ids, "b"))), slices.Sorted(slices.Values(w.ClientIDs())))
	for _, id := range ids {
		w.Alive(t, id, 1)
	}

	c.Write(w.Config(clients))
	c.Apply()
	for _, id := range ids {
		w.Alive(t, id, 0)
	}
	c.Must("destroy", "-auto-approve")
	if n := w.Count(http.MethodDelete, acctest.RouteToken); n != 2*len(ids) {
		t.Errorf("revoked %d times, want %d", n, 2*len(ids))
	}
	if len(w.ClientIDs()) != len(ids)+1 || len(w.LiveTokens("b")) != 1 {
		t.Error("another client was touched")
	}
}
