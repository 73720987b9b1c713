package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// verified is a configuration whose provider has a client key.
func verified(w *acctest.World, key, body string) string {
	return fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key = %q\n  client_key = %q\n  request_timeout = \"500ms\"\n  max_retries = 1\n}\n%s",
		w.URL, sandbox.DefaultAPIKey, key, body)
}

func TestTokenRevokedElsewhereIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := acctest.TokenFor(`"robot"`, "auto_renew = false")
	c := w.CLI(t, body)
	c.Write(verified(w, sandbox.DefaultClientKey, body))
	c.Apply()
	c.Empty()
	c.Empty("-refresh-only")
	if n := w.Count(http.MethodGet, "/me"); n == 0 {
		t.Error("the token was never verified")
	}

	w.RevokeTokens("robot")
	acctest.Says(t, c.Must("plan", "-refresh-only"), "ready_for_renewal = false -> true")
	c.Apply("-refresh-only")
	acctest.Says(t, c.Must("plan", "-refresh=false"), replaces, "Token was revoked elsewhere", `client "robot" is not valid any more`)
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
	c.Empty()
	w.Alive(t, "robot", 1)
	for _, r := range w.Requests() {
		if r.Route == "/me" && r.Header.Get("IM-API-KEY") != "" {
			t.Error("the API key was sent to verify a token")
		}
	}
}

func TestTokenVerificationThatIsUnclearKeepsTheToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sandbox.Fault
		key   string
		say   string
	}{
		"wrong client key": {key: "wrong", say: "Check the provider's client_key."},
		"time-out":         {fault: sandbox.Fault{Delay: time.Minute}, say: "no complete reply within 500ms"},
		"server error":     {fault: sandbox.Fault{Status: 500, Body: `{"RC":500,"RM":"oops"}`}, say: "oops"},
		"unclear refusal":  {fault: sandbox.Fault{Status: 401, Body: `{"RC":401,"RM":"Unauthorized"}`}, say: "401"},
		"unknown shape":    {fault: sandbox.Fault{Status: 200, Body: `{"ok":true}`}, say: "_id"},
		"another client":   {fault: sandbox.Fault{Status: 200, Body: `{"RC":0,"result":{"_id":"somebody"}}`}, say: "another client"},
		"no such call":     {fault: sandbox.Fault{Status: 404, ContentType: "text/html", Body: "<html>"}, say: "The server does not know this call: remove the provider's client_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			body := acctest.Client("robot") + acctest.ClientToken() + strings.ReplaceAll(acctest.ClientToken(), `"test"`, `"second"`)
			cli := w.CLI(t, body)
			cli.Apply()
			key := sandbox.DefaultClientKey
			if c.key != "" {
				key = c.key
			} else {
				c.fault.Method, c.fault.Route = http.MethodGet, "/me"
				w.Inject(c.fault)
			}
			cli.Write(verified(w, key, body))
			output := cli.Empty()
			acctest.Says(t, output, c.say)
			acctest.SaidOnce(t, output, "Unable to verify tokens")
		})
	}
}

// A token past its own date needs no asking.
func TestTokenThatExpiredIsNotVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	c.Write(verified(w, sandbox.DefaultClientKey, acctest.TokenFor(`"robot"`, "auto_renew = false")))
	c.Apply()
	w.Advance(acctest.UntilExpiry)
	w.ResetRequests()
	acctest.Says(t, c.Empty(), "expired on")
	if n := w.Count(http.MethodGet, "/me"); n != 0 {
		t.Errorf("verified an expired token %d times", n)
	}
}

func TestTokenRevokedElsewhereWithIgnoredChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := acctest.TokenFor(`"robot"`, "lifecycle {\n    ignore_changes = all\n  }")
	c := w.CLI(t, body)
	c.Write(verified(w, sandbox.DefaultClientKey, body))
	c.Apply()
	w.RevokeTokens("robot")
	acctest.Says(t, c.Empty(), "is not valid any more", "ignore_changes")
}

func TestTokenKnownToBeDeadStaysDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := acctest.TokenFor(`"robot"`)
	c := w.CLI(t, body)
	c.Write(verified(w, sandbox.DefaultClientKey, body))
	c.Apply()
	w.RevokeTokens("robot")
	c.Apply("-refresh-only")
	w.Configure(func(o *sandbox.Options) { o.NoMeRoute = true })
	acctest.Says(t, c.Must("plan"), "Unable to verify tokens", replaces)
}

func TestTokenOfTheCallerIsOnlyWarnedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	body := acctest.TokenFor(`"robot"`, `token = "mine"`)
	c := w.CLI(t, body)
	c.Write(verified(w, sandbox.DefaultClientKey, body))
	c.Apply()
	acctest.SaysNot(t, c.Empty(), "Warning")
	w.RevokeTokens("robot")
	acctest.Says(t, c.Must("plan"), "Token is not valid any more", `client "robot"`, "does not replace a token that was configured", "No changes")
	c.Write(verified(w, sandbox.DefaultClientKey, acctest.TokenFor(`"robot"`, `token = "another"`)))
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	acctest.SaysNot(t, c.Empty(), "Warning") // about the one that is bound now
}

// What is write-only is in no state to ask about.
func TestTokenThatIsWriteOnlyIsNotVerified(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	w := newWorld(t, sandbox.Options{})
	body := acctest.TokenFor(`"robot"`, `token_wo = "mine"`, "token_wo_version = 1")
	c := w.CLI(t, body)
	c.Write(verified(w, sandbox.DefaultClientKey, body))
	c.Apply()
	c.Empty()
	if n := w.Count(http.MethodGet, "/me"); n != 0 {
		t.Errorf("a token whose value is not known was verified %d times", n)
	}
}
