package token_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// An account that this run made is there, although look-ups show it later, and nobody
// looks again.
func TestTokenOfAClientThatLookUpsShowLate(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{"issued": "", "bound": `token = "mine"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{ClientsShownAfter: time.Second})
			c := w.CLI(t, acctest.Client("robot")+acctest.ClientToken(lines))
			c.Apply()
			w.Alive(t, "robot", 1)
			if n := w.Count(http.MethodGet, acctest.RouteClients); n != 1 {
				t.Errorf("the client was looked up %d times, want once, before it was made", n)
			}
			w.Advance(time.Second)
			c.Empty()
		})
	}
}

// rewritten changes what the reply says when a client gets a token.
func rewritten(client, old, replacement string) sandbox.Fault {
	expression := regexp.MustCompile(old)
	return sandbox.Fault{
		Method: http.MethodPost, Route: acctest.RouteClients,
		Match:   func(_ *http.Request, body []byte) bool { return bytes.Contains(body, []byte(`"_id":"`+client+`"`)) },
		Rewrite: func(body []byte) []byte { return expression.ReplaceAll(body, []byte(replacement)) },
	}
}

// A token is kept whatever date its reply has. The JWT's counts then; where there is none,
// the plan says so once.
func TestTokenWhoseDateIsOdd(t *testing.T) {
	t.Parallel()
	dates := map[string]string{
		"past":    `"expirationDate":"1970-01-01T00:00:00.000Z"`,
		"word":    `"expirationDate":"never"`,
		"empty":   `"expirationDate":""`,
		"no-zone": `"expirationDate":"2026-03-08T12:00:00"`,
		"seconds": `"expirationDateMS":1772971200`,
		"at-once": `"expirationDate":"2026-03-01T12:00:00.000Z"`,
	}
	for name, opaque := range map[string]bool{"JWT": false, "opaque": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{OpaqueTokens: opaque, KeepTokensOnReissue: true})
			for client, date := range dates {
				w.PutClient(client, nil)
				w.Inject(rewritten(client, `"expirationDate":"[^"]*"`, date))
			}
			c := w.CLI(t, acctest.TokenFor("each.key", `for_each = toset(["past", "word", "empty", "no-zone", "seconds", "at-once"])`))
			c.Apply()
			state := c.ReadFile("terraform.tfstate")
			for client := range dates {
				if live := w.LiveTokens(client); len(live) != 1 || !strings.Contains(state, live[0]) {
					t.Errorf("%s: %d tokens are alive, want the one in state", client, len(live))
				}
			}
			output, expires := c.Empty(), strings.Count(state, `"expiration_date": "2026-03-08T12:00:00Z"`)
			if opaque {
				acctest.SaidOnce(t, output, "Expiry of token is not known")
			} else {
				acctest.SaysNot(t, output, "Warning")
			}
			if want := map[bool]int{false: len(dates)}[opaque]; expires != want {
				t.Errorf("%d tokens have the JWT's expiry, want %d:\n%s", expires, want, state)
			}
		})
	}
}

// Another clock than the server's says nothing about the dates of the server, but makes
// plans renew what is fresh.
func TestTokenWithAnotherClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"40 minutes ahead": 40 * time.Minute, "a day ahead": acctest.Day, "a day behind": -acctest.Day} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{TokenLifetime: time.Hour, OpaqueTokens: ahead > time.Hour})
			w.Ahead = ahead
			w.PutClient("other", nil)
			c := w.CLI(t, acctest.TokenFor("each.key", `for_each = toset(["robot", "other"])`))
			acctest.SaysNot(t, c.Apply(), "Warning")
			if n := strings.Count(c.ReadFile("terraform.tfstate"), `"expiration_date": "2026-03-01T13:00:00Z"`); n != 2 {
				t.Errorf("%d tokens have the server's date, want 2", n)
			}
			output := c.Apply()
			acctest.SaidOnce(t, output, "Server's clock differs from this machine's")
			acctest.Says(t, output, "It is 2026-03-01T12:00:00Z on the server", acctest.Epoch.Add(ahead).Format(time.RFC3339)+" on this machine")
		})
	}
	w := newWorld(t, sandbox.Options{})
	w.Ahead = time.Minute
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	c.Apply()
	acctest.SaysNot(t, c.Empty(), "Warning")
}

// Where nothing expires, a clock does not matter.
func TestTokenWithoutAnExpiryAndAnotherClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.Ahead = acctest.Day
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "mine"`))
	c.Apply()
	acctest.SaysNot(t, c.Empty(), "Warning")
}

// A token that came with a reply about somebody else is not lost.
func TestTokenInAReplyAboutAnotherClient(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"another": `"_id":"somebody"`, "none": `"_id":null`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			w.Inject(rewritten("robot", `"_id":"robot"`, id))
			c := w.CLI(t, acctest.TokenFor(`"robot"`))
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Unable to issue a token for client", `client "robot"`, "The token in that reply is in the state")
			live := w.LiveTokens("robot")
			if len(live) != 1 || !strings.Contains(c.ReadFile("terraform.tfstate"), live[0]) {
				t.Errorf("%d tokens are alive, want the one in state", len(live))
			}
			w.ClearFaults()
			acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
			w.Alive(t, "robot", 1)
			c.Empty()
		})
	}
}

// Nobody would revoke an ephemeral one later.
func TestEphemeralTokenInAReplyAboutAnotherClient(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.Inject(rewritten("robot", `"_id":"robot"`, `"_id":"somebody"`))
	c := w.CLI(t, acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true", "revoke_on_close = false")+
		"provider \"imkit\" {\n  alias   = \"user\"\n  api_key = ephemeral.imkit_client_token.test.token\n}\ndata \"imkit_client\" \"x\" {\n  provider = imkit.user\n  id = \"robot\"\n}\n")
	acctest.Says(t, c.Fails("plan"), "Unable to issue a token for client", `another client, "somebody"`, "The token in that reply was revoked")
	w.Alive(t, "robot", 0)
	if timesOpened(w) == 0 || timesOpened(w) != timesClosed(w) {
		t.Errorf("opened %d tokens and closed %d", timesOpened(w), timesClosed(w))
	}
	w.Inject(refusesToRevoke)
	acctest.Says(t, c.Fails("plan"), "Ephemeral token was not revoked", "until it expires")
}

// The server's word about the end of a token that is bound is passed on.
func TestTokenBoundUntilAnotherTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ replied, warns string }{
		"as asked":               {`"token":"mine","expirationDate":"2026-04-01T00:00:00.250Z"`, ""},
		"without milliseconds":   {`"token":"mine","expirationDate":"2026-04-01T00:00:00Z"`, ""},
		"in another zone":        {`"token":"mine","expirationDate":"2026-04-01T08:00:00.25+08:00"`, ""},
		"not said":               {`"token":"mine"`, ""},
		"a date that is none":    {`"token":"mine","expirationDate":"1970-01-01T00:00:00.000Z"`, ""},
		"of another token":       {`"token":"other","expirationDate":"2026-03-15T00:00:00.000Z"`, ""},
		"earlier":                {`"token":"mine","expirationDate":"2026-03-15T00:00:00.000Z"`, "the server reports 2026-03-15T00:00:00Z"},
		"later, token not shown": {`"expirationDate":"2026-04-01T00:00:01.500Z"`, "the server reports 2026-04-01T00:00:01.5Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			w.Inject(rewritten("robot", `"_id":"robot"`, `"_id":"robot",`+c.replied))
			core := w.Core(t, "imkit_client_token")
			config := map[string]any{"client_id": "robot", "token": "mine", "expiration_date": "2026-04-01T02:00:00.25+02:00"}
			told := core.MustConverge(config)
			var warned []string
			for _, d := range told {
				warned = append(warned, d.Summary)
				acctest.Says(t, d.Detail, `client "robot"`, "2026-04-01T02:00:00.25+02:00", c.warns)
			}
			var want []string
			if c.warns != "" {
				want = []string{"Server set another expiration date"}
			}
			acctest.Equal(t, "warnings", want, warned)
		})
	}
}

// What is the matter with one token does not keep others from being verified.
func TestTokensBesideOneThatCannotBeVerified(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *acctest.World){
		"a header cannot hold it": func(w *acctest.World) { w.Inject(rewritten("odd", `"token":"[^"]*"`, `"token":"mi\u200bne"`)) },
		"another client has it": func(w *acctest.World) {
			w.Inject(rewritten("odd", `"token":"[^"]*"`, `"token":"shared-token"`))
			w.Inject(sandbox.Fault{
				Route: "/me", Body: `{"RC":0,"result":{"_id":"somebody"}}`,
				Match: func(r *http.Request, _ []byte) bool { return r.Header.Get("IM-Authorization") == "shared-token" },
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			w.PutClient("odd", nil)
			spoil(w)
			// One after the other, the odd one first.
			body := strings.ReplaceAll(acctest.TokenFor(`"odd"`), `"test"`, `"odd"`) + acctest.TokenFor(`"robot"`, "depends_on = [imkit_client_token.odd]")
			c := w.CLI(t, body)
			c.Write(verified(w, sandbox.DefaultClientKey, body))
			c.Apply()
			w.RevokeTokens("robot")
			output := c.Must("plan")
			acctest.Says(t, output, replaces, "Token was revoked elsewhere", "Unable to verify tokens", `client "odd"`)
			acctest.SaysNot(t, output, "client_key", "no other token")
		})
	}
}

// A server that keeps one token for each client ends the first when it issues the second.
func TestTwoTokensForOneClient(t *testing.T) {
	t.Parallel()
	const got = `Client "robot" got more than one token`
	two := func(lines ...string) string {
		return acctest.TokenFor(`"robot"`, lines...) + strings.ReplaceAll(acctest.TokenFor(`"robot"`, lines...), `"test"`, `"second"`)
	}
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	acctest.SaysNot(t, c.Apply(), got)
	c.Write(w.Config(acctest.TokenFor(`"robot"`, acctest.CreateBeforeDestroy, "auto_renew = true")))
	acctest.SaysNot(t, c.Apply("-replace="+acctest.TokenAddress), got)
	c.Must("destroy", "-auto-approve")

	c.Write(w.Config(two()))
	output := c.Apply()
	acctest.SaidOnce(t, output, got)
	acctest.Says(t, output, "Some servers keep only the newest", "configure one issued token per client")
	w.Advance(acctest.UntilDue)
	output = c.Apply()
	acctest.Says(t, output, "2 added, 0 changed, 2 destroyed")
	acctest.SaysNot(t, output, got)
	c.Must("destroy", "-auto-approve")

	c.Write(w.Config(two(`token = "mine"`)))
	acctest.SaysNot(t, c.Apply(), got)
}

// Terraform does not close what a resource that failed used.
func TestEphemeralTokenOfWhatFails(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	w := newWorld(t, sandbox.Options{})
	use := func(command string) string {
		return acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true") + fmt.Sprintf("resource \"terraform_data\" \"use\" {\n"+
			"  provisioner \"local-exec\" {\n    command     = %q\n    environment = { TOKEN = ephemeral.imkit_client_token.test.token }\n  }\n}\n", command)
	}
	c := w.CLI(t, use("false"))
	c.Fails("apply", "-auto-approve")
	w.Alive(t, "robot", 1)
	c.Write(w.Config(use("true")))
	c.Apply()
	w.Alive(t, "robot", 0)
}

// A server that ends every token where one is to be revoked: the error says so, the token
// counts as revoked, and nothing is revoked a second time.
func TestTokenRevokedWithOthers(t *testing.T) {
	t.Parallel()
	options := sandbox.Options{KeepTokensOnReissue: true, DropRevokeBody: true}
	begin := func(t *testing.T, config string) (*acctest.World, *acctest.CLI) {
		w := newWorld(t, options)
		w.AddToken("robot", "of another system", acctest.Epoch.AddDate(1, 0, 0))
		c := w.CLI(t, config)
		c.Apply()
		w.ResetRequests()
		return w, c
	}
	says := func(t *testing.T, output string) {
		t.Helper()
		acctest.Says(t, output, "Other tokens were revoked as well", "tokens of client \"robot\" instead of one", "-replace", "client_key")
	}
	t.Run("destroyed", func(t *testing.T) {
		t.Parallel()
		w, c := begin(t, acctest.TokenFor(`"robot"`))
		says(t, c.Fails("destroy", "-auto-approve"))
		w.AddToken("robot", "made since", acctest.Epoch.AddDate(1, 0, 0))
		c.Must("destroy", "-auto-approve")
		w.Alive(t, "robot", 1)
		if n := timesClosed(w); n != 1 {
			t.Errorf("revoked %d times, want once", n)
		}
	})
	t.Run("replaced", func(t *testing.T) {
		t.Parallel()
		w, c := begin(t, acctest.TokenFor(`"robot"`))
		says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.TokenAddress))
		c.Apply()
		w.Alive(t, "robot", 1)
		c.Empty()
		if n := timesClosed(w); n != 1 {
			t.Errorf("revoked %d times, want once", n)
		}
	})
	for name, more := range map[string]string{"created before, with a client key": "", "created before": "-replace=" + acctest.TokenAddress} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := acctest.TokenFor(`"robot"`, "lifecycle {", "  create_before_destroy = true", "}")
			w, c := begin(t, config)
			args := []string{"apply", "-auto-approve"}
			if more == "" {
				c.Write(verified(w, sandbox.DefaultClientKey, config))
			} else {
				args = append(args, more)
			}
			says(t, c.Fails("apply", "-auto-approve", "-replace="+acctest.TokenAddress))
			w.Alive(t, "robot", 0)
			w.Configure(func(o *sandbox.Options) { o.DropRevokeBody = false })
			c.Must(args...)
			w.Alive(t, "robot", 1)
			c.Empty()
		})
	}
	t.Run("bound", func(t *testing.T) {
		t.Parallel()
		w, c := begin(t, acctest.TokenFor(`"robot"`, `token = "first"`))
		c.Write(w.Config(acctest.TokenFor(`"robot"`, `token = "second"`)))
		says(t, c.Fails("apply", "-auto-approve"))
		w.Alive(t, "robot", 0)
		c.Apply()
		if live := w.LiveTokens("robot"); len(live) != 1 || live[0] != "second" {
			t.Errorf("alive are %q", live)
		}
		c.Empty()
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		if !acctest.Knows(t, acctest.EphemeralValues) {
			return
		}
		w := newWorld(t, options)
		w.AddToken("robot", "of another system", acctest.Epoch.AddDate(1, 0, 0))
		says(t, w.CLI(t, acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true")).Fails("plan"))
	})
}
