package provider

import (
	"net/http"
	"strings"
	"testing"

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
		"wrong types":          {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":"robot","nickname":{"x":"` + leak + `"}}}`}, []string{"nickname"}},
		"another client":       {sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":"somebody"}}`}, []string{"another client"}},
		"empty":                {sandbox.Fault{Status: 200, Body: " "}, []string{"200", "empty"}},
		"connection lost":      {sandbox.Fault{Cut: true}, []string{"Check the provider's base_url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			cli := w.cli(t, client("robot", `nickname = "Robot"`))
			c.fault.Method, c.fault.Route = http.MethodPost, routeClients
			w.Inject(c.fault)
			output := cli.fails("apply", "-auto-approve")
			says(t, output, append(c.want, "Unable to create client", `Tried to create client "robot"`, "POST /admin/clients")...)
			if strings.Contains(output, leak) || strings.Contains(output, sandbox.DefaultAPIKey) {
				t.Errorf("the error shows the body or the key:\n%s", output)
			}

			// Once the fault is gone, the next apply needs no help.
			w.ClearFaults()
			cli.apply()
			cli.empty()
			if fields, _ := w.Client("robot"); fields["nickname"] != "Robot" {
				t.Errorf("the client on the server is %v", fields)
			}
		})
	}
}

func TestPassingFaultsAreRiddenOut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"unavailable":   {Status: 503, ContentType: "text/plain", Body: "busy"},
		"lost before":   {Cut: true},
		"lost after":    {Cut: true, After: true},
		"cut off":       {CutBody: true},
		"page":          {Status: 200, ContentType: "text/html", Body: "<html>"},
		"rate limit":    {Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","message":"slow","retryAfter":0}`},
		"under 200":     {Status: 200, Body: `{"RC":503,"RM":"busy"}`},
		"other's reply": {Status: 200, Body: `{"RC":0,"result":{"_id":"x"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			fault.Times = 2
			w.Inject(fault)
			c := w.cli(t, client("robot", `nickname = "Robot"`)+clientToken())
			says(t, c.apply(), "2 added, 0 changed, 0 destroyed")
			c.empty()
		})
	}
}

// A client that was made by a call whose answer never came is found by looking.
func TestClientCreatedInTheDarkIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "Robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, After: true, Cut: true})
	says(t, c.apply(), "Client was created although the call failed", "1 added")
	w.ClearFaults()
	c.empty()
}

// Where even that fails, it is in state, and the next apply does not take it for
// somebody else's.
func TestClientCreatedInTheDarkIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "Robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, After: true, Cut: true})
	w.Inject(sandbox.Fault{Method: http.MethodGet, Route: routeClients, Skip: 1, Status: 503, Body: "{}"})
	says(t, c.fails("apply", "-auto-approve"), "Client is kept in state as tainted", "Unable to create client")
	if _, there := w.Client("robot"); !there {
		t.Fatal("the fault was meant to strike after the work")
	}
	says(t, c.must("state", "list"), clientAddress)
	w.ClearFaults()
	c.apply()
	c.empty()
}

// An account that others use is not replaced, which would revoke its tokens,
// because one call to adopt it failed.
func TestClientAdoptionThatFailsRevokesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	w.AddToken("robot", "of another system", epoch.AddDate(1, 0, 0))
	c := w.cli(t, client("robot", `nickname = "Robot"`, "adopt_existing = true"))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, Status: 502, ContentType: "text/html", Body: "<html>"})
	says(t, c.fails("apply", "-auto-approve"), "Unable to create client")
	w.ClearFaults()
	c.apply()
	c.empty()
	if len(w.LiveTokens("robot")) != 1 || w.Count(http.MethodDelete, routeToken) != 0 {
		t.Error("adopting the client after a failure revoked its tokens")
	}
}

// Nor is a client lost whose resource was destroyed to be replaced.
func TestClientReplacementThatFailsIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "Robot"`))
	c.apply()
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"no"}`})
	says(t, c.fails("apply", "-auto-approve", "-replace="+clientAddress), "Unable to create client", "Client is kept in state as tainted")
	w.ClearFaults()
	c.apply()
	c.empty()
}

func TestClientUpdateThatFailsKeepsTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "One"`))
	c.apply()
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, Status: 400, Body: `{"error":"INVALID_REQUEST","message":"no"}`})
	c.write(w.config(client("robot", `nickname = "Two"`)))
	says(t, c.fails("apply", "-auto-approve"), "Unable to update client", `client "robot"`, "INVALID_REQUEST")
	w.ClearFaults()
	says(t, c.must("plan"), `"One" -> "Two"`)
	c.apply()
	c.empty()
}

func TestClientReadThatFailsIsNotGone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"not found as JSON": {Status: 404, Body: `{"error":"CLIENT_NOT_FOUND","message":"none"}`},
		"empty object":      {Status: 200, Body: `{}`},
		"no data":           {Status: 200, Body: `{"RC":0,"result":{"totalCount":0}}`},
		"null":              {Status: 200, Body: `{"RC":0,"result":null}`},
		"other clients":     {Status: 200, Body: `{"RC":0,"result":{"totalCount":1,"data":[{"id":"x"}]}}`},
		"count says one":    {Status: 200, Body: `{"RC":0,"result":{"totalCount":1,"data":[]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			c := w.cli(t, client("robot"))
			c.apply()
			fault.Method, fault.Route = http.MethodGet, routeClients
			w.Inject(fault)
			says(t, c.fails("plan"), "Unable to read client", `client "robot"`)
			w.ClearFaults()
			c.empty()
		})
	}
}

func TestServerWithoutLookUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{NoLookupRoute: true})
	c := w.cli(t, client("robot"))
	says(t, c.fails("apply", "-auto-approve"), "Unable to check whether the client exists", "adopt_existing = true")
	if n := len(w.upserts()); n != 0 {
		t.Errorf("sent %d upserts all the same", n)
	}
	c.write(w.config(client("robot", "adopt_existing = true") + clientToken()))
	says(t, c.apply(), "Server cannot look up clients")
	saidOnce(t, c.empty(), "Server cannot look up clients")
	c.must("destroy", "-auto-approve")
}

func TestServerThatStoresAnotherValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.cli(t, client("robot", `nickname = "A very long name"`, `custom_attributes = { n = 9007199254740993 }`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, Rewrite: func(body []byte) []byte {
		return []byte(strings.NewReplacer("A very long name", "A very long", "9007199254740993", "9007199254740992").Replace(string(body)))
	}})
	says(t, c.apply(), "Server stored another value", `client "robot"`, "custom_attributes.n, nickname")
}

// A bound token whose call was cut off is in state, and bound again.
func TestTokenBoundInTheDarkIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, `token = "mine"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, After: true, Cut: true})
	says(t, c.fails("apply", "-auto-approve"), "Token may have been bound", "Unable to bind a token to client")
	says(t, c.must("state", "list"), tokenAddress)
	w.ClearFaults()
	c.apply()
	c.empty()
	if live := w.LiveTokens("robot"); len(live) != 1 {
		t.Errorf("live tokens: %v, want just mine", live)
	}
}

func TestTokenIssuedInTheDarkIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`))
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: routeClients, After: true, Cut: true})
	says(t, c.fails("apply", "-auto-approve"), "Unable to issue a token for client", "Each attempt may have made a token")
	w.ClearFaults()
	c.apply()
	c.empty()
}
