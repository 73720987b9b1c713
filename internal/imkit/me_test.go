package imkit_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Only the server's plain word says that a token is dead; all else that is not a clear
// answer is an error.
func TestTokenIsAlive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange   func(*sandbox.Server)
		clientKey string
		alive     bool
		fails     string
	}{
		"alive":          {arrange: func(*sandbox.Server) {}, alive: true},
		"revoked":        {arrange: func(s *sandbox.Server) { s.RevokeTokens("robot") }},
		"expired":        {arrange: func(s *sandbox.Server) { s.Advance(2 * time.Hour) }},
		"wrong key":      {arrange: func(*sandbox.Server) {}, clientKey: "other", fails: imkit.CodeInvalidClientKey},
		"no such call":   {arrange: func(s *sandbox.Server) { s.Configure(func(o *sandbox.Options) { o.NoMeRoute = true }) }, fails: "HTTP 404"},
		"another client": {arrange: rewriteMe(`{"RC":0,"result":{"_id":"somebody"}}`, 200), fails: "GET /me"},
		"unclear 401":    {arrange: rewriteMe(`{"RC":401,"RM":"Unauthorized"}`, 401), fails: "HTTP 401"},
		"no sense":       {arrange: rewriteMe(`[]`, 200), fails: "GET /me"},
		"unavailable":    {arrange: rewriteMe(`busy`, 503), fails: "HTTP 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, api := start(t, sandbox.Options{}, func(cfg *imkit.Config) {
				cfg.ClientKey = sandbox.DefaultClientKey
				if c.clientKey != "" {
					cfg.ClientKey = c.clientKey
				}
			})
			server.PutClient("robot", nil)
			server.AddToken("robot", "sekret-token", server.Now().Add(time.Hour))
			c.arrange(server)
			alive, err := api.TokenIsAlive(t.Context(), "robot", newToken(t, "sekret-token"))
			if alive != c.alive || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got %t and %v, want %t and an error with %q", alive, err, c.alive, c.fails)
			}
			if err != nil && strings.Contains(err.Error(), "sekret") {
				t.Errorf("the error shows the token: %v", err)
			}
			for _, r := range server.Requests() {
				if r.Header.Get("IM-API-KEY") != "" && r.Header.Get("IM-Authorization") != "" {
					t.Error("the API key was sent, which would vouch for any token")
				}
			}
		})
	}
}

// A token that a header would change is not asked about: the answer would be
// about another one.
func TestTokenIsAliveNeedsAHeader(t *testing.T) {
	t.Parallel()
	server, api := start(t, sandbox.Options{}, func(cfg *imkit.Config) { cfg.ClientKey = sandbox.DefaultClientKey })
	for _, value := range []string{" sekret", "sekret\n", "sekret\x00", "sekrét"} {
		alive, err := api.TokenIsAlive(t.Context(), "robot", newToken(t, value))
		if alive || err == nil || strings.Contains(err.Error(), "sekr") {
			t.Errorf("%q: %t, %v", value, alive, err)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func rewriteMe(body string, status int) func(*sandbox.Server) {
	return func(s *sandbox.Server) {
		s.Inject(sandbox.Fault{Method: http.MethodGet, Route: "/me", Status: status, Body: body})
	}
}
