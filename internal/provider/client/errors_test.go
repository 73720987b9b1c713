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
		"flat": {
			sandbox.Fault{Status: 400, Body: `{"error":"INVALID_REQUEST","message":"Bad nickname."}`},
			[]string{"400", "INVALID_REQUEST", "Bad nickname."},
		},
		"envelope only":        {sandbox.Fault{Status: 422, Body: `{"RC":422,"RM":"No such thing"}`}, []string{"422", "No such thing"}},
		"error under 200":      {sandbox.Fault{Status: 200, Body: `{"RC":9,"RM":"Went wrong"}`}, []string{"200", "9", "Went wrong"}},
		"flat error under 200": {sandbox.Fault{Status: 200, Body: `{"error":"INVALID_REQUEST","message":"Bad."}`}, []string{"INVALID_REQUEST", "Bad."}},
		"page of a proxy":      {sandbox.Fault{Status: 502, ContentType: "text/html", Body: "<html>" + leak + "</html>"}, []string{"502", "text/html", "This may pass."}},
		"page under 200":       {sandbox.Fault{Status: 200, ContentType: "text/html", Body: "<html>" + leak + "</html>"}, []string{"200", "not JSON"}},
		"cut-off JSON":         {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":"rob`}, []string{"cut short"}},
		"no client":            {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":{"x":"` + leak + `"}}}`}, []string{"it has no _id"}},
		"another client":       {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":"somebody"}}`}, []string{"another client"}},
		"empty":                {sandbox.Fault{Status: 200, Body: " "}, []string{"200", "empty"}},
		"connection lost":      {sandbox.Fault{Cut: true}, []string{"Check the provider's base_url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			core := w.Core(t, "imkit_client")
			robot := map[string]any{"id": "robot", "nickname": "Robot"}
			c.fault.Method, c.fault.Route = http.MethodPost, acctest.RouteClients
			w.Inject(c.fault)
			told := core.Converge(robot)
			if n := told.Count(tfprotov6.DiagnosticSeverityError); n != 1 {
				t.Errorf("%d errors", n)
			}
			acctest.Says(t, told.String(), append(c.want, "Unable to create client", `Tried to create client "robot"`, "POST /admin/clients")...)
			if strings.Contains(told.String(), leak) || strings.Contains(told.String(), sandbox.DefaultAPIKey) {
				t.Errorf("the error shows the body or the key:\n%s", told)
			}

			// Once the fault is gone, the next apply needs no help.
			w.ClearFaults()
			if told := core.Converge(robot); told.Failed() {
				t.Error(told)
			}
			if planned, told := core.Plan(robot); told.Failed() || planned.Action != acctest.NoChange {
				t.Errorf("the plan is to %s\n%s", planned.Action, told)
			}
			if fields, _ := w.Client("robot"); fields["nickname"] != "Robot" {
				t.Errorf("the client on the server is %v", fields)
			}
		})
	}
}

func TestPassingFaultsAreRiddenOut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"unavailable": {Status: 503, ContentType: "text/plain", Body: "busy"},
		"lost before": {Cut: true},
		"lost after":  {Cut: true, After: true},
		"cut off":     {CutBody: true},
		"page":        {Status: 200, ContentType: "text/html", Body: "<html>"},
		"rate limit":  {Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","message":"slow","retryAfter":0}`},
		"under 200":   {Status: 200, Body: `{"RC":503,"RM":"busy"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			fault.Times = 2
			w.Inject(fault)
			c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`)+acctest.ClientToken())
			acctest.Says(t, c.Apply(), "2 added, 0 changed, 0 destroyed")
			c.Empty()
		})
	}
}

// A client that was made by a call whose answer never came is found by looking.
func TestClientCreatedInTheDarkIsFound(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, After: true, Cut: true})
	acctest.Says(t, c.Apply(), "Client was created although the call failed", "1 added")
	w.ClearFaults()
	c.Empty()
}

// Where even that fails, it is in state, and the next apply does not take it for
// somebody else's.
func TestClientCreatedInTheDarkIsKept(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, After: true, Cut: true})
	w.Inject(sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteClients, Skip: 1, Status: 503, Body: "{}"})
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Client is kept in state as tainted", "Unable to create client")
	if _, there := w.Client("robot"); !there {
		t.Fatal("the fault was meant to strike after the work")
	}
	acctest.Says(t, c.Must("state", "list"), acctest.ClientAddress)
	w.ClearFaults()
	c.Apply()
	c.Empty()
}

// An account that others use is not replaced, which would revoke its tokens,
// because one call to adopt it failed.
func TestClientAdoptionThatFailsRevokesNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	w.AddToken("robot", "of another system", acctest.Epoch.AddDate(1, 0, 0))
	c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`, "adopt_existing = true"))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Status: 502, ContentType: "text/html", Body: "<html>"})
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to create client")
	w.ClearFaults()
	c.Apply()
	c.Empty()
	if len(w.LiveTokens("robot")) != 1 || w.Count(http.MethodDelete, acctest.RouteToken) != 0 {
		t.Error("adopting the client after a failure revoked its tokens")
	}
}

// Nor is a client lost whose resource was destroyed to be replaced.
func TestClientReplacementThatFailsIsRepeated(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`))
	c.Apply()
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"no"}`})
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.ClientAddress), "Unable to create client", "Client is kept in state as tainted")
	w.ClearFaults()
	c.Apply()
	c.Empty()
}

// What an update that failed was to write is not in state: a plan that asks nobody
// finds it still to do.
func TestClientUpdateThatFailsKeepsTheState(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot", `nickname = "One"`))
	c.Apply()
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"no"}`})
	c.Write(w.Config(acctest.Client("robot", `nickname = "Two"`)))
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to update client", `client "robot"`, "INVALID_REQUEST")
	w.ClearFaults()
	acctest.Says(t, c.Must("plan", "-refresh=false"), `"One" -> "Two"`)
	c.Apply()
	c.Empty()
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
			if told := c.Converge(robot); told.Failed() {
				t.Fatal(told)
			}
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
			if planned, told := c.Plan(robot); told.Failed() || planned.Action != acctest.NoChange {
				t.Errorf("afterwards, the plan is to %s\n%s", planned.Action, told)
			}
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

// A bound token whose call was cut off is in state, and bound again.
func TestTokenBoundInTheDarkIsKept(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "mine"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, After: true, Cut: true})
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Token may have been bound", "Unable to bind a token to client")
	acctest.Says(t, c.Must("state", "list"), acctest.TokenAddress)
	w.ClearFaults()
	c.Apply()
	c.Empty()
	if live := w.LiveTokens("robot"); len(live) != 1 {
		t.Errorf("live tokens: %v, want just mine", live)
	}
}

func TestTokenIssuedInTheDarkIsTold(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteClients, After: true, Cut: true})
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to issue a token for client", "Each attempt may have made a token")
	w.ClearFaults()
	c.Apply()
	c.Empty()
}
