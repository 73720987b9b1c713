package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// revokeAll is the call that tests make which only need one that changes something.
func revokeAll(ctx context.Context, a *imkit.API, id string) error {
	return last(a.RevokeAllTokens(ctx, id))
}

// sampleJWT is the example of the API's documentation: issued at
// 2020-06-11T06:15:36Z, until a week later.
const sampleJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6InNzcyIsIm5pY2tuYW1lIjoiU1NTIiwiZXhwIjoxNTkyNDYwOTM2LCJpYXQiOjE1OTE4NTYxMzZ9.UXNfwcyOTJQT1ebElVBOPwNnkMByUZnzxZrlKIZ8LT8"

// endlessJWT has "exp":0 beside "iat":1591856136.
const endlessJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjAsImlhdCI6MTU5MTg1NjEzNn0.c2lnbmF0dXJl"

// dated gives a reply the date at which the sample was issued.
func dated(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Thu, 11 Jun 2020 06:15:36 GMT")
		h(w, r)
	}
}

// sayDate writes a date as RFC 3339 has it; "" is the zero time's.
func sayDate(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	return date.Format(time.RFC3339Nano)
}

func TestIssueToken(t *testing.T) {
	t.Parallel()
	const expiry, jwtExpiry, issued = "2020-06-18T06:15:36.763Z", "2020-06-18T06:15:36Z", "2020-06-11T06:15:36Z"
	jwt := `"token":"` + sampleJWT + `"`
	for name, tc := range map[string]struct {
		body            string
		expires, issued string
	}{
		"envelope":           {`{"RC":0,"result":{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763Z"}}`, expiry, issued},
		"flat":               {`{"_id":"a","issueAccessToken":true,` + jwt + `,"expirationDate":"2020-06-18T14:15:36.763+08:00"}`, expiry, issued},
		"legacy":             {`{"RC":0,"result":{` + jwt + `,"client":"a","expirationDateMS":1592460936763}}`, expiry, issued},
		"legacy with object": {`{"RC":0,"result":{` + jwt + `,"client":{"_id":"a"}}}`, jwtExpiry, issued},
		"both dates":         {`{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763Z","expirationDateMS":1}`, expiry, issued},
		"null dates":         {`{"_id":"a",` + jwt + `,"expirationDate":null,"expirationDateMS":null}`, jwtExpiry, issued},
		"microseconds":       {`{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763000Z"}`, expiry, issued},
		"opaque":             {`{"_id":"a","token":"t"}`, "", ""},
		"opaque with date":   {`{"_id":"a","token":"t","expirationDate":"2020-06-18T06:15:36.763Z"}`, expiry, ""},
	} {
		s := serve(t, dated(sayJSON(200, tc.body)))
		got, err := s.api(t).IssueToken(t.Context(), "a")
		if err != nil || got.Token.IsZero() || got.Repeated || sayDate(got.ExpiresAt) != tc.expires || sayDate(got.IssuedAt) != tc.issued {
			t.Errorf("%s: expires %s, issued %s: %v", name, got.ExpiresAt, got.IssuedAt, err)
		}
		if r := s.seen()[0]; r.method != "POST" || r.uri != "/admin/clients" || r.body != `{"_id":"a","issueAccessToken":true}` {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for name, body := range map[string]string{ //nolint:gosec // no credentials
		"no token":        `{"RC":0,"result":{"_id":"a"}}`,
		"empty token":     `{"_id":"a","token":""}`,
		"null token":      `{"_id":"a","token":null}`,
		"token of a type": `{"_id":"a","token":5}`,
		"another client":  `{"_id":"b",` + jwt + `}`,
		"another legacy":  `{"RC":0,"result":{` + jwt + `,"client":"b"}}`,
		"nobody":          `{"RC":0,"result":{` + jwt + `}}`,
	} {
		want := "" // a token that was made is not lost
		if strings.Contains(body, jwt) {
			want = sampleJWT
		}
		s := serve(t, sayJSON(200, body))
		if got, err := s.api(t).IssueToken(t.Context(), "a"); err == nil || got.Token.Reveal() != want || !imkit.OutcomeUnknown(err) || len(s.seen()) != 1 {
			t.Errorf("%s: %q after %d requests, %v", name, got.Token.Reveal(), len(s.seen()), err)
		}
	}
}

// A token is repeated when an attempt before may have made one as well.
func TestIssueTokenRepeated(t *testing.T) {
	t.Parallel()
	ok := sayJSON(200, `{"_id":"a","token":"t"}`)
	for name, tc := range map[string]struct {
		before http.HandlerFunc
		want   bool
	}{
		"rate limit":  {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0}`), false},
		"unavailable": {sayJSON(503, `{}`), true},
		"cut":         {cut, true},
		"empty":       {sayJSON(200, ``), true},
	} {
		s := serve(t, inTurn(tc.before, ok))
		if got, err := s.api(t).IssueToken(t.Context(), "a"); err != nil || got.Repeated != tc.want || len(s.seen()) != 2 {
			t.Errorf("%s: repeated is %t after %d requests: %v", name, got.Repeated, len(s.seen()), err)
		}
	}
}

func TestBindToken(t *testing.T) {
	t.Parallel()
	sent := time.Date(2030, 1, 2, 11, 4, 5, 999_999_999, time.FixedZone("", 8*60*60))
	seconds := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		token   string
		expires time.Time
		reply   string
		body    string
		want    string // the expiry
	}{
		"with expiry, nothing echoed": {"t", sent, `{"_id":"a"}`,
			`{"_id":"a","expirationDate":"2030-01-02T03:04:05.999Z","token":"t"}`, "2030-01-02T03:04:05.999Z"},
		"what was sent is the truth": {"t", sent, `{"_id":"a","token":"u","expirationDate":"2031-01-01T00:00:00.000Z"}`,
			`{"_id":"a","expirationDate":"2030-01-02T03:04:05.999Z","token":"t"}`, "2030-01-02T03:04:05.999Z"},
		"whole seconds": {"t", seconds, `{"_id":"a"}`,
			`{"_id":"a","expirationDate":"2030-01-01T00:00:00.000Z","token":"t"}`, "2030-01-01T00:00:00Z"},
		"without expiry, echoed": {"t", time.Time{}, `{"_id":"a","expirationDate":"2031-01-01T00:00:00.000Z"}`,
			`{"_id":"a","token":"t"}`, "2031-01-01T00:00:00Z"},
		"without expiry, nothing echoed": {"t", time.Time{}, `{"_id":"a"}`, `{"_id":"a","token":"t"}`, ""},
		"without expiry, a JWT": {sampleJWT, time.Time{}, `{"_id":"a"}`,
			`{"_id":"a","token":"` + sampleJWT + `"}`, "2020-06-18T06:15:36Z"},
	} {
		s := serve(t, dated(sayJSON(200, `{"RC":0,"result":`+tc.reply+`}`)))
		got, err := s.api(t).BindToken(t.Context(), "a", imkit.NewSecret(tc.token), tc.expires)
		if err != nil || got.Token.Reveal() != tc.token || sayDate(got.ExpiresAt) != tc.want {
			t.Errorf("%s: expires %s, want %s: %v", name, got.ExpiresAt, tc.want, err)
		}
		if r := s.seen()[0]; r.method != "POST" || r.uri != "/admin/clients" || r.body != tc.body {
			t.Errorf("%s: %+v", name, r)
		}
	}

	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	if _, err := a.BindToken(t.Context(), "a", imkit.Secret{}, time.Time{}); err == nil {
		t.Error("no token: no error")
	}
	if _, err := a.BindToken(t.Context(), "a", imkit.NewSecret("t"), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("a date that cannot be written: no error")
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// revoked is what a call that ends all tokens came to.
type revoked struct {
	tokens   int64 // -1: not known
	notFound bool
}

// revokeEach ends all tokens of a client, and returns what is known of them.
func revokeEach(ctx context.Context, a *imkit.API, id string) (revoked, error) {
	got, err := a.RevokeAllTokens(ctx, id)
	if got.Tokens.Value == nil {
		return revoked{-1, got.NotFound}, err
	}
	return revoked{*got.Tokens.Value, got.NotFound}, err
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"flat":                      {200, `{"success":true,"message":"Token revoked successfully","revokedTokens":1}`, true},
		"envelope":                  {200, `{"RC":0,"RM":"OK","result":{"data":[{"token":"0wn-t0ken","expirationDateMS":1592463789830}]}}`, true},
		"envelope with flat inside": {200, `{"RC":0,"result":{"success":true,"revokedTokens":1}}`, true},
		"bare envelope":             {200, `{"RC":0,"RM":"OK"}`, true},
		"none left":                 {200, `{"RC":0,"result":{"data":[]}}`, true},
		"token unknown":             {404, `{"error":"TOKEN_NOT_FOUND","message":"m"}`, true},
		"client unknown":            {404, `{"RC":404,"RM":"x","error":{"code":"CLIENT_NOT_FOUND"}}`, true},
		"unknown under 200":         {200, `{"RC":404,"RM":"x","error":{"code":"TOKEN_NOT_FOUND"}}`, true},
		"unknown without code":      {404, `{"RC":404,"RM":"Specified token not found for this client"}`, true},
		"404 HTML":                  {404, `<h1>`, false},
		"404 JSON":                  {404, `{"RC":404,"RM":"Not Found"}`, false},
		"empty":                     {200, ``, false},
		"no content":                {204, ``, false},
		"empty object":              {200, `{}`, false},
		"not JSON":                  {200, `OK`, false},
		"success false":             {200, `{"success":false,"message":"m"}`, false},
		"success false inside":      {200, `{"RC":0,"result":{"success":false}}`, false},
		"RC of a type":              {200, `{"RC":"0"}`, false},
		"another client":            {200, `{"RC":0,"result":{"_id":"b"}}`, false},
		"401":                       {401, `{"error":"UNAUTHORIZED"}`, false},
	} {
		a := serve(t, sayJSON(tc.status, tc.body)).api(t, retries(0))
		one, all := a.RevokeToken(t.Context(), "a", imkit.NewSecret("0wn-t0ken")), revokeAll(t.Context(), a, "a")
		if (one == nil) != tc.ok || (all == nil) != tc.ok {
			t.Errorf("%s: %v; %v", name, one, all)
		}
	}
}

// How many tokens were ended is told where the server tells it and no answer got lost.
func TestRevokedTokensAreCounted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answers []http.HandlerFunc
		want    revoked
	}{
		"counted":              {[]http.HandlerFunc{sayJSON(200, `{"success":true,"revokedTokens":3}`)}, revoked{tokens: 3}},
		"listed":               {[]http.HandlerFunc{sayJSON(200, `{"RC":0,"result":{"data":[{},{},{}]}}`)}, revoked{tokens: 3}},
		"not counted":          {[]http.HandlerFunc{sayJSON(200, `{"success":true}`)}, revoked{tokens: -1}},
		"no result":            {[]http.HandlerFunc{sayJSON(200, `{"RC":0,"RM":"OK"}`)}, revoked{tokens: -1}},
		"none":                 {[]http.HandlerFunc{sayJSON(404, `{"error":"TOKEN_NOT_FOUND"}`)}, revoked{-1, true}},
		"no such client":       {[]http.HandlerFunc{sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`)}, revoked{-1, true}},
		"refused, then done":   {[]http.HandlerFunc{sayJSON(429, `{}`), sayJSON(200, `{"success":true,"revokedTokens":3}`)}, revoked{tokens: 3}},
		"lost, then none left": {[]http.HandlerFunc{cut, sayJSON(200, `{"success":true,"revokedTokens":0}`)}, revoked{tokens: -1}},
		"lost, then not found": {[]http.HandlerFunc{cut, sayJSON(404, `{"error":"TOKEN_NOT_FOUND"}`)}, revoked{tokens: -1}},
	} {
		got, err := revokeEach(t.Context(), serve(t, inTurn(tc.answers...)).api(t), "a")
		if err != nil || got != tc.want {
			t.Errorf("%s: %+v, want %+v: %v", name, got, tc.want, err)
		}
	}
	for _, flat := range []bool{true, false} {
		withSandbox(t, sandbox.Options{KeepTokensOnReissue: true, FlatReplies: flat}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
			s.PutClient("a", nil)
			for _, token := range []string{"one", "two"} {
				s.AddToken("a", token, s.Now().AddDate(1, 0, 0))
			}
			if got, err := revokeEach(t.Context(), a, "a"); err != nil || got != (revoked{tokens: 2}) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// Where more than the one token was ended, or another, that is an error of its own.
func TestRevokedOthers(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]int64{
		`{"success":true,"revokedTokens":5}`:                                5,
		`{"RC":0,"result":{"success":true,"revokedTokens":2}}`:              2,
		`{"RC":0,"result":{"data":[{"token":"mine"},{"token":"another"}]}}`: 2,
		`{"RC":0,"result":{"data":[{},{},{}]}}`:                             3,
		`{"RC":0,"result":{"data":[{"token":"another"}]}}`:                  1,
		`{"RC":0,"result":{"data":[{"token":"mine"}]}}`:                     0,
		`{"RC":0,"result":{"data":[{}]}}`:                                   0,
	} {
		for _, handler := range []http.HandlerFunc{sayJSON(200, reply), inTurn(cut, sayJSON(200, reply))} {
			err := serve(t, handler).api(t).RevokeToken(t.Context(), "a", imkit.NewSecret("mine"))
			e, is := errors.AsType[*imkit.RevokedOthersError](err)
			if is != (want > 0) || is && (e.Tokens != want || e.ClientID != "a") || !is && err != nil || is != imkit.IsRevokedOthers(err) {
				t.Errorf("%s: %v", reply, err)
			}
		}
	}
	withSandbox(t, sandbox.Options{KeepTokensOnReissue: true, DropRevokeBody: true}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		s.PutClient("a", nil)
		s.AddToken("a", "one", s.Now().AddDate(1, 0, 0))
		s.AddToken("a", "two", s.Now().AddDate(1, 0, 0))
		if err := a.RevokeToken(t.Context(), "a", imkit.NewSecret("one")); !imkit.IsRevokedOthers(err) || len(s.LiveTokens("a")) > 0 {
			t.Error(err)
		}
	})
}

// Revoking one token always names it, in every attempt; only revoking all has an
// empty body.
func TestRevokeBodies(t *testing.T) {
	t.Parallel()
	s := serve(t, inTurn(cut, sayJSON(500, ""), sayJSON(200, `{"success":true}`)))
	a := s.api(t)
	if err := a.RevokeToken(t.Context(), "a", imkit.Secret{}); err == nil || len(s.seen()) != 0 {
		t.Fatalf("without a token: %d requests, error %v", len(s.seen()), err)
	}
	if err := a.RevokeToken(t.Context(), "a", imkit.NewSecret(`t"`)); err != nil {
		t.Fatal(err)
	}
	if err := revokeAll(t.Context(), a, "a"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.seen() {
		got = append(got, r.method+" "+r.uri+" "+r.header.Get("Content-Type")+" "+r.body)
	}
	one := `DELETE /admin/clients/a/token application/json; charset=utf-8 {"token":"t\""}`
	want := []string{one, one, one, "DELETE /admin/clients/a/token  "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

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
		"wrong key":      {arrange: func(*sandbox.Server) {}, clientKey: "other", fails: "INVALID_CLIENT_KEY"},
		"no such call":   {arrange: func(s *sandbox.Server) { s.Configure(func(o *sandbox.Options) { o.NoMeRoute = true }) }, fails: "HTTP 404"},
		"another client": {arrange: rewriteMe(`{"RC":0,"result":{"_id":"somebody"}}`, 200), fails: "GET /me"},
		"unclear 401":    {arrange: rewriteMe(`{"RC":401,"RM":"Unauthorized"}`, 401), fails: "HTTP 401"},
		"no sense":       {arrange: rewriteMe(`[]`, 200), fails: "GET /me"},
		"unavailable":    {arrange: rewriteMe(`busy`, 503), fails: "HTTP 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, api := start(t, sandbox.Options{}, func(cfg *imkit.Config) {
				cfg.ClientKey = imkit.NewSecret(sandbox.DefaultClientKey)
				if c.clientKey != "" {
					cfg.ClientKey = imkit.NewSecret(c.clientKey)
				}
			})
			server.PutClient("robot", nil)
			server.AddToken("robot", "sekret-token", server.Now().Add(time.Hour))
			c.arrange(server)
			alive, err := api.TokenIsAlive(t.Context(), "robot", imkit.NewSecret("sekret-token"))
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
	server, api := start(t, sandbox.Options{}, func(cfg *imkit.Config) { cfg.ClientKey = imkit.NewSecret(sandbox.DefaultClientKey) })
	for _, value := range []string{" sekret", "sekret\n", "sekret\x00", "sekrét"} {
		alive, err := api.TokenIsAlive(t.Context(), "robot", imkit.NewSecret(value))
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

// A token that the server made and showed is kept, whatever else the reply has.
// An expiry that cannot be read, or that is not after the moment of issue, is not
// known: then the token's own counts.
func TestTokenIsKeptWhateverItsDate(t *testing.T) {
	t.Parallel()
	for _, date := range []string{
		`"expirationDate":"2026-12-07 14:00:00"`, `"expirationDate":"tomorrow"`, `"expirationDate":5`, `"expirationDate":{}`,
		`"expirationDateMS":"5"`, `"expirationDateMS":999999999999999`, `"expirationDateMS":-1`, `"expirationDateMS":1.5`,
		`"expirationDate":"2020-06-11T06:15:36.000Z"`, `"expirationDate":"1970-01-01T00:00:00.000Z"`, `"expirationDateMS":1`,
	} {
		for token, want := range map[string]string{"tok-1234567890abcdef": "", sampleJWT: "2020-06-18T06:15:36Z", endlessJWT: ""} {
			s := serve(t, dated(sayJSON(200, fmt.Sprintf(`{"RC":0,"result":{"_id":"a","token":%q,%s}}`, token, date))))
			got, err := s.api(t).IssueToken(t.Context(), "a")
			if err != nil || len(s.seen()) != 1 {
				t.Errorf("%s: %d tokens made, none kept: %v", date, len(s.seen()), err)
				continue
			}
			if got.Token.Reveal() != token || sayDate(got.ExpiresAt) != want {
				t.Errorf("%s: expires %s, want %q", date, got.ExpiresAt, want)
			}
		}
	}
}

// Nor does a date that cannot be read fail the binding of a token.
func TestBindTokenWhateverTheDate(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"result":{"_id":"a","token":"token-1","expirationDate":"2026-12-07 14:00:00"}}`))
	got, err := s.api(t).BindToken(t.Context(), "a", imkit.NewSecret("token-1"), time.Time{})
	if err != nil || !got.ExpiresAt.IsZero() || len(s.seen()) != 1 {
		t.Errorf("%d requests, expires %s: %v", len(s.seen()), got.ExpiresAt, err)
	}
}

// A count of tokens of another type is not reported, and the revocation is done.
func TestRevokedCountOfWrongType(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"success":true,"revokedTokens":"1"}`, `{"RC":0,"result":{"data":5}}`} {
		s := serve(t, sayJSON(200, body))
		if got, err := revokeEach(t.Context(), s.api(t), "a"); err != nil || got != (revoked{tokens: -1}) || len(s.seen()) != 1 {
			t.Errorf("%s: %d requests, %+v: %v", body, len(s.seen()), got, err)
		}
	}
}

// Complete JSON that is no object is not asked for again, least of all where each
// attempt makes a token.
func TestReplyThatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[]`, `"ok"`, `null`} {
		s := serve(t, sayJSON(200, body))
		if _, err := s.api(t).IssueToken(t.Context(), "a"); !is(err, imkit.KindUnexpected) || s.count("") != 1 {
			t.Errorf("%s: %d requests, %v", body, s.count(""), err)
		}
	}
}

// That a user's token is invalid says nothing of the API key.
func TestInvalidTokenIsNotTheKey(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(401, `{"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_TOKEN","message":"expired"}}`))
	a := s.api(t)
	for range 2 {
		if err := a.RevokeToken(t.Context(), "a", imkit.NewSecret("0pAque")); !is(err, imkit.KindUnauthorized) {
			t.Errorf("%v", err)
		}
	}
	if s.count("") != 2 {
		t.Errorf("%d requests", s.count(""))
	}
}
