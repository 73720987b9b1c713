package acctest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Epoch is when every test begins.
var Epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// World is a chat server and a provider. They share one clock, unless Ahead is set.
type World struct {
	*sandbox.Server
	// URL is the base URL.
	URL string
	// SkipProbe has the provider not ask who answers when it is configured.
	SkipProbe bool
	// Ahead is how far the provider's clock is ahead of the server's.
	Ahead time.Duration
	// Unlimited has configurations set no limit of requests in a minute: a test that
	// makes hundreds would wait for its turn most of the time.
	Unlimited bool
	// SecondLook is how long after a look that found nothing another one follows; 0 means
	// a millisecond.
	SecondLook time.Duration
}

// NewWorld starts a server that behaves as the options say, at [Epoch].
func NewWorld(t *testing.T, options sandbox.Options) *World {
	t.Helper()
	server := NewServer(options)
	server.SetTime(Epoch)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &World{Server: server, URL: listener.URL + options.BasePath}
}

// NewWorldInMemory starts a server in memory that behaves as the options say, for a
// bubble of testing/synctest. It goes by the bubble's clock, unless the test sets a time.
func NewWorldInMemory(t *testing.T, options sandbox.Options) *World {
	t.Helper()
	server := NewServer(options)
	return &World{Server: server, URL: "http://" + ServeInMemory(t, server).Address + options.BasePath}
}

// NewServer is a sandbox that neither logs nor disturbs the question that the provider
// asks when it is configured: tests are about the calls of what they do.
func NewServer(options sandbox.Options) *sandbox.Server {
	server := sandbox.New(options)
	server.SetUnobserved(IsProbe)
	return server
}

// IsProbe reports whether a request is the question that the provider asks when it is
// configured.
func IsProbe(r *http.Request) bool {
	isLookUp := strings.HasSuffix(r.URL.Path, RouteClients) && r.URL.Query().Get("q") == `{"_id":{"$in":[]}}`
	return r.Method == http.MethodGet && (isLookUp || strings.HasSuffix(r.URL.Path, "/me") && r.Header.Get("IM-API-KEY") != "")
}

func (w *World) options() provider.Options {
	return provider.Options{
		Now:          func() time.Time { return w.Now().Add(w.Ahead) },
		RetryWaitMin: time.Millisecond, RetryWaitMax: 5 * time.Millisecond, SecondLook: cmp.Or(w.SecondLook, time.Millisecond), SkipProbe: w.SkipProbe,
	}
}

// newServer is the provider as Terraform talks to it.
func (w *World) newServer() tfprotov6.ProviderServer {
	return provider.NewServer(provider.NewWithOptions("test", w.options())())
}

// Config is a configuration with the provider block before it.
func (w *World) Config(body string) string {
	more := ""
	if w.Unlimited {
		more = "  requests_per_minute = 0\n"
	}
	return fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key  = %q\n%s}\n%s", w.URL, sandbox.DefaultAPIKey, more, body)
}

// Factories start the provider, for the test library.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"imkit": func() (tfprotov6.ProviderServer, error) { return w.newServer(), nil },
	}
}

// Test runs steps through the Terraform that TestMain found.
func (w *World) Test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}

// Later moves the clock by d, as the PreConfig of a step.
func (w *World) Later(d time.Duration) func() {
	return func() { w.Advance(d) }
}

// Routes of the API as the sandbox names them.
const (
	RouteClients = "/admin/clients"
	RouteToken   = "/admin/clients/{id}/token"
)

// Times in the life of a token.
const (
	// Day is a day without a change of clocks.
	Day = 24 * time.Hour
	// UntilDue is from issuing to T for a token of seven days with the default window.
	UntilDue = 5 * Day
	// UntilExpiry is from issuing to the end of such a token.
	UntilExpiry = 7 * Day
)
