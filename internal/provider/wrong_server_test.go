package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A base URL that leads elsewhere is an error, and nothing leaves the state: not
// in a plan, and not in a destroy, which would say that it is complete.
func TestWrongBaseURLDestroysNothing(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<!DOCTYPE html><title>Not found</title>")
	}))
	t.Cleanup(page.Close)
	w := acctest.NewWorld(t, sandbox.Options{BasePath: "/chat"})
	w.PutClient("robot", nil)
	body := acctest.TokenFor(`"robot"`)
	c := w.CLI(t, body)
	c.Apply()
	right := w.URL
	for name, wrong := range map[string]string{
		"another path":       strings.TrimSuffix(right, "/chat") + "/chit",
		"another web server": page.URL,
	} {
		w.URL = wrong
		c.Write(w.Config(body))
		for _, args := range [][]string{
			{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"},
			{"apply", "-auto-approve", "-refresh=false", "-replace=" + acctest.TokenAddress},
		} {
			acctest.Says(t, c.Fails(args...), "nothing shows that a chat server of IMKIT answers", "text/html", "Check the provider's base_url")
		}
		acctest.Says(t, c.Must("state", "list"), acctest.TokenAddress)
		if n := len(w.LiveTokens("robot")); n != 1 {
			t.Errorf("%s: %d tokens are alive, want the one in state", name, n)
		}
	}
	w.URL = right
	c.Write(w.Config(body))
	c.Empty()
}

// Of a server that cannot be reached, a few objects tell the whole story, and the
// others refer to the first in one line.
func TestOutageIsToldOnce(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := "resource \"imkit_client_token\" \"test\" {\n  count     = 40\n  client_id = \"robot ${count.index}\"\n}\n"
	for i := range 40 {
		w.PutClient(fmt.Sprintf("robot %d", i), nil)
	}
	c := w.CLI(t, body)
	c.Apply()
	listener := httptest.NewServer(nil)
	listener.Close() // nobody listens there any more
	w.URL = listener.URL
	c.Write(w.Config(body))
	output := c.Fails("destroy", "-auto-approve", "-refresh=false")
	errors, advice, referring := strings.Count(output, "Error: "), strings.Count(output, "whether this machine reaches"), strings.Count(output, "not asked")
	// Ten are under way at once when the first one fails.
	if errors != 40 || advice > 15 || referring < 25 {
		t.Errorf("%d errors, %d with advice and %d that refer to the first:\n%s", errors, advice, referring, output)
	}
}
