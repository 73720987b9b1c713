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
	for _, wrong := range []string{strings.TrimSuffix(right, "/chat") + "/chit", page.URL} {
		w.URL = wrong
		c.Write(w.Config(body))
		for _, args := range [][]string{
			{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"},
			{"apply", "-auto-approve", "-refresh=false", "-replace=" + acctest.TokenAddress},
		} {
			output := c.Fails(args...)
			acctest.Says(t, output, "this does not look like an IMKIT chat server", "text/html", "path of base_url")
			if errors, advice := strings.Count(output, "Error: "), strings.Count(strings.ToLower(output), "check the"); advice != errors {
				t.Errorf("%d errors say %d times what to check:\n%s", errors, advice, output)
			}
		}
		acctest.Says(t, c.Must("state", "list"), acctest.TokenAddress)
		w.Alive(t, "robot", 1)
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
	errors, advice, referring := strings.Count(output, "Error: "), strings.Count(output, "whether this machine can reach"), strings.Count(output, "not sent")
	// Ten are under way at once when the first one fails.
	if errors != 40 || advice > 15 || referring < 25 {
		t.Errorf("%d errors, %d with advice and %d that refer to the first:\n%s", errors, advice, referring, output)
	}
}

// A wrong key is told once in full. What follows is one error for each object, which
// Terraform does not fold, and each is short.
func TestWrongKeyIsToldOnce(t *testing.T) {
	t.Parallel()
	const objects = 100
	w := acctest.NewWorld(t, sandbox.Options{})
	body := fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  count = %d\n  id    = \"robot ${count.index}\"\n}\n", objects)
	c := w.CLI(t, body)
	c.Apply()
	c.Write(fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key  = %q\n}\n%s", w.URL, wrongKey, body))
	for _, command := range []struct {
		args []string
		// lines are those of each error, all but two or three of which are Terraform's own.
		lines int
	}{
		{[]string{"plan"}, 9},
		{[]string{"destroy", "-auto-approve", "-refresh=false"}, 6},
	} {
		output := c.Fails(command.args...)
		_, diagnostics, _ := strings.Cut(output, "Warning: ")
		full, short, lines := strings.Count(output, "Check the provider's api_key"), strings.Count(output, "Error: "), strings.Count(diagnostics, "\n")
		if full != 1 || short != objects || lines > objects*command.lines+20 {
			t.Errorf("%v: %d full errors, %d short ones, %d lines:\n%s", command.args, full, short, lines, output)
		}
	}
}
