//go:build unix

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The provider as its users run it ends at Ctrl-C: a request that the server
// does not answer, once it was given time to, and at once those that wait for
// their turn after it. What was done before is in the state.
func TestInterruptThroughTerraform(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{KeepTokensOnReissue: true})
	arrived, left := make(chan struct{}, 1), make(chan time.Time, 1)
	server.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Skip: 1, Delay: forever, After: true})
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts := r.Method == http.MethodPost && server.Count(http.MethodPost, acctest.RouteClients) == 1 // the client is made
		if posts {
			arrived <- struct{}{}
		}
		server.ServeHTTP(w, r)
		if posts {
			left <- time.Now()
		}
	}))
	t.Cleanup(listener.Close)
	c := acctest.BinaryCLI(t)
	c.Env = append(c.Env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey)
	c.Write(acctest.Client("robot") + `
resource "imkit_client_token" "test" {
  count     = 3
  client_id = imkit_client.test.id
}
`)

	apply, printed := c.Command("apply", "-auto-approve")
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	interrupted := time.Now()
	if err := apply.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	gaveUp := (<-left).Sub(interrupted)
	err := apply.Wait()
	exited := time.Since(interrupted)
	t.Logf("the provider gave up after %s, Terraform was gone after %s", gaveUp, exited)
	if gaveUp < imkit.InterruptGrace || gaveUp > imkit.InterruptGrace+patience {
		t.Errorf("the provider gave up after %s", gaveUp)
	}
	if err == nil || exited > imkit.InterruptGrace+10*patience { // Terraform's own part, on a machine that may be busy
		t.Errorf("Terraform ended after %s: %v", exited, err)
	}
	acctest.Says(t, printed.String(), "Unable to issue a token for client", "interrupted", "Each attempt may have made a token")
	acctest.Says(t, c.Must("state", "list"), acctest.ClientAddress)
	lost := len(server.LiveTokens("robot"))

	server.ClearFaults()
	acctest.Says(t, c.Apply(), "3 added, 0 changed, 0 destroyed")
	c.Empty()
	if live := len(server.LiveTokens("robot")); lost != 1 || live != 4 {
		t.Errorf("%d tokens were lost, %d are alive in the end", lost, live)
	}
}

// Of many tokens that are under way when somebody presses Ctrl-C, none is lost:
// what the server has made is in the state.
func TestInterruptLosesNoToken(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{KeepTokensOnReissue: true})
	server.Inject(sandbox.Fault{Method: http.MethodPost, Delay: 400 * time.Millisecond, After: true})
	arrived := make(chan struct{})
	arrive := sync.OnceFunc(func() { close(arrived) })
	server.SetHook(func(*http.Request) {
		if server.Count(http.MethodPost, acctest.RouteClients) == 13 {
			arrive()
		}
	})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	c := acctest.BinaryCLI(t)
	c.Env = append(c.Env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey)
	for i := range 40 {
		server.PutClient(fmt.Sprintf("robot %d", i), nil)
	}
	c.Write(`
resource "imkit_client_token" "test" {
  count     = 40
  client_id = "robot ${count.index}"
}
`)
	apply, printed := c.Command("apply", "-auto-approve")
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	if err := apply.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := apply.Wait(); err == nil {
		t.Error("the apply ended as if nobody had interrupted it")
	}
	live := 0
	for i := range 40 {
		live += len(server.LiveTokens(fmt.Sprintf("robot %d", i)))
	}
	if held := strings.Count(c.Must("state", "list"), "imkit_client_token"); live < 13 || live >= 40 || held != live {
		t.Errorf("%d tokens are alive, and %d are in the state:\n%s", live, held, printed)
	}
}

// A provider that is served for a debugger goes through many runs, and one that was
// interrupted says nothing of the next.
func TestInterruptEndsWithItsRun(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot"))
	c.Apply()
	c.Write(w.Config(acctest.Client("robot", `nickname = "Robot"`)))
	w.Inject(sandbox.Fault{Method: http.MethodGet, Delay: forever})
	arrived := make(chan struct{})
	arrive := sync.OnceFunc(func() { close(arrived) })
	w.SetHook(func(*http.Request) { arrive() })
	plan, _ := c.Command("plan") // while an apply plans, Terraform tells nobody
	if err := plan.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	if err := plan.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := plan.Wait(); err == nil {
		t.Error("the plan ended as if nobody had interrupted it")
	}
	w.ClearFaults()
	c.Apply()
	c.Empty()
}
