//go:build ignore

package provider

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// epoch is when every test begins.
var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// world is a chat server and a provider that share one clock.
type world struct {
	*sandbox.Server
	url string
}

func newWorld(t *testing.T, options sandbox.Options) *world {
	t.Helper()
	server := sandbox.New(options)
	server.SetTime(epoch)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &world{Server: server, url: listener.URL + options.BasePath}
}

func (w *world) options() options {
	return options{now: w.Now, retryWaitMin: time.Millisecond, retryWaitMax: 5 * time.Millisecond}
}

// config is a configuration with the provider block before it.
func (w *world) config(body string) string {
	return fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key  = %q\n}\n%s", w.url, sandbox.DefaultAPIKey, body)
}

func (w *world) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"imkit": providerserver.NewProtocol6WithError(newWithOptions("test", w.options())()),
	}
}

// test runs steps through the Terraform that TestMain found.
func (w *world) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.factories(), Steps: steps})
}

// advance moves the clock by d before a step.
func (w *world) advance(d time.Duration) func() {
	return func() { w.Advance(d) }
}

const (
	routeClients = "/admin/clients"
	routeToken   = "/admin/clients/{id}/token"
)

// upserts are the bodies of the profile and token calls so far.
func (w *world) upserts() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == routeClients {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}

// lastUpsert is the body of the newest one.
func (w *world) lastUpsert(t *testing.T) map[string]any {
	t.Helper()
	bodies := w.upserts()
	if len(bodies) == 0 {
		t.Fatal("no upsert was sent")
	}
	return bodies[len(bodies)-1]
}
