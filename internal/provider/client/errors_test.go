package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestServerErrorsAreToldWithoutTheirBodies(t *testing.T) {
	t.Parallel()
	const leak = "internal-detail-of-a-page"
	for name, c := range map[string]struct {
		fault sandbox.Fault
		want  []string
	}{
		"envelope with error": {
			sandbox.Fault{Status: 403, Body: `{"RC":403,"RM":"Forbidden","error":{"code":"INSUFFICIENT_PERMISSIONS","message":"This key may not write."},"x":"` + leak + `"}`},
			[]string{"403", "INSUFFICIENT_PERMISSIONS", "This key may not write.", "Check the provider's api_key"},
		},
		"page of a proxy": {sandbox.Fault{Status: 502, ContentType: "text/html", Body: "<html>" + leak + "</html>"}, []string{"502", "text/html", "This may be temporary."}},
		"page under 200":  {sandbox.Fault{Status: 200, ContentType: "text/html", Body: "<html>" + leak + "</html>"}, []string{"200", "not JSON"}},
		"no client":       {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":{"x":"` + leak + `"}}}`}, []string{"it has no _id"}},
		"connection lost": {sandbox.Fault{Cut: true}, []string{"Check the provider's base_url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c.fault.Method, c.fault.Route = http.MethodPost, acctest.RouteClients
			w.Inject(c.fault)
			told := w.Core(t, "imkit_client").Converge(map[string]any{"id": "robot", "nickname": "Robot"})
			if n := told.Count(tfprotov6.DiagnosticSeverityError); n != 1 {
				t.Errorf("%d errors", n)
			}
			acctest.Says(t, told.String(), append(c.want, "Unable to create client", `Tried to create client "robot"`, "POST /admin/clients")...)
			acctest.SaysNot(t, told.String(), leak, sandbox.DefaultAPIKey)
		})
	}
}

// Only a look-up that works and does not show the client takes it out of the state,
// whatever an error says.
func TestClientReadThatFailsIsNotGone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"not found as JSON": {Status: 404, Body: `{"error":"CLIENT_NOT_FOUND","message":"none"}`},
		"empty object":      {Status: 200, Body: `{}`},
		"no data":           {Status: 200, Body: `{"RC":0,"result":{"totalCount":0}}`},
		"null":              {Status: 200, Body: `{"RC":0,"result":null}`},
		"other clients":     {Status: 200, Body: `{"RC":0,"result":{"totalCount":1,"data":[{"id":"x"}]}}`},
		"count says one":    {Status: 200, Body: `{"RC":0,"result":{"totalCount":1,"data":[]}}`},

		"500, envelope":  {Status: 500, Body: `{"RC":500,"RM":"user not found"}`},
		"500, error":     {Status: 500, Body: `{"RC":500,"RM":"Error","error":{"code":"INTERNAL_ERROR","message":"user not found"}}`},
		"500, flat":      {Status: 500, Body: `{"error":"INTERNAL_ERROR","message":"user not found"}`},
		"500, text":      {Status: 500, ContentType: "text/plain", Body: "user not found"},
		"404, envelope":  {Status: 404, Body: `{"RC":1,"RM":"user not found"}`},
		"404, no RC":     {Status: 404, Body: `{"RM":"user not found"}`},
		"404, error":     {Status: 404, Body: `{"RC":1,"RM":"Error","error":{"code":"NOT_FOUND","message":"user not found"}}`},
		"404, flat":      {Status: 404, Body: `{"error":"NOT_FOUND","message":"user not found"}`},
		"404, no code":   {Status: 404, Body: `{"message":"user not found"}`},
		"404, JSON text": {Status: 404, Body: `"user not found"`},
		"404, text":      {Status: 404, ContentType: "text/plain", Body: "user not found"},
		"404, page":      {Status: 404, ContentType: "text/html", Body: "<html>user not found</html>"},
		"404 under 200":  {Status: 200, Body: `{"RC":1,"RM":"user not found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.Core(t, "imkit_client")
			robot := map[string]any{"id": "robot"}
			c.MustConverge(robot)
			fault.Method, fault.Route = http.MethodGet, acctest.RouteClients
			w.Inject(fault)
			planned, told := c.Plan(robot)
			if fault.Status == http.StatusNotFound && fault.ContentType != "" { // nothing of IMKIT answered
				acctest.Says(t, told.String(), "Server cannot look up clients")
			} else {
				acctest.Says(t, told.String(), "Unable to read client", `client "robot"`)
			}
			if c.State == nil || told.Failed() == (planned.Action == acctest.NoChange) {
				t.Errorf("in state is %v, and the plan is to %s\n%s", c.State, planned.Action, told)
			}
			w.ClearFaults()
			c.MustPlan(robot, acctest.NoChange)
		})
	}
}

func TestServerWithoutLookUp(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoLookupRoute: true})
	c := w.CLI(t, acctest.Client("robot"))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to check whether the client exists", "adopt_existing = true")
	if n := len(w.Upserts()); n != 0 {
		t.Errorf("sent %d upserts all the same", n)
	}
	c.Write(w.Config(acctest.Client("robot", "adopt_existing = true") + acctest.ClientToken()))
	acctest.Says(t, c.Apply(), "Server cannot look up clients")
	acctest.SaidOnce(t, c.Empty(), "Server cannot look up clients")
	c.Must("destroy", "-auto-approve")
}

func TestServerThatStoresAnotherValue(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "A very long name"`, `custom_attributes = { n = 9007199254740993, tier = "gold" }`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Rewrite: func(body []byte) []byte {
		return []byte(strings.NewReplacer("A very long name", "A very long", "9007199254740993", "9007199254740992", `"gold"`, `"Gold"`).Replace(string(body)))
	}})
	acctest.Says(t, c.Apply(), "Server stored another value", `client "robot"`, "sent: custom_attributes.tier, nickname.")
}
