package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// classes are what callers ask of an error.
var classes = map[string]func(error) bool{
	"not found": imkit.IsNotFound, "conflict": imkit.IsConflict, "unauthorized": isKind(imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed), "key refused": isKind(imkit.KindUnauthorized),
	"invalid": isKind(imkit.KindInvalid), "unsupported": imkit.IsUnsupported, "foreign": isKind(imkit.KindForeign),
	"temporary": imkit.IsTemporary, "unreachable": isKind(imkit.KindUnreachable), "not asked": isKind(imkit.KindNotSent), "untrusted": isKind(imkit.KindUntrusted),
}

// Every shape of error gives up its status, code and message, and belongs to the
// classes that it should, whichever call it answers.
func TestErrorShapes(t *testing.T) {
	t.Parallel()
	const html, text, js = "text/html; charset=utf-8", "text/plain", "application/json"
	token := imkit.NewSecret("sekret-token")
	calls := map[string]func(context.Context, *imkit.API) error{
		"POST": bind,
		"GET":  readClient,
		"POST of a token": func(ctx context.Context, a *imkit.API) error {
			_, err := a.IssueToken(ctx, "a")
			return err
		},
		"DELETE": func(ctx context.Context, a *imkit.API) error { return a.RevokeToken(ctx, "a", token) },
		"merged": func(ctx context.Context, a *imkit.API) error {
			_, err := a.GetClient(ctx, "a")
			return err
		},
	}
	for _, tc := range []struct {
		name              string
		status            int
		contentType, body string
		rc                int
		code, message     string
		is                string // the classes it belongs to
	}{
		{"envelope with error", 401, js, `{"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_API_KEY","message":"Invalid key"}}`, 401, "INVALID_API_KEY", "Invalid key", "unauthorized, key refused"},
		{"flat", 404, js, `{"error":"CLIENT_NOT_FOUND","message":"Client with id 'a' not found"}`, 0, "CLIENT_NOT_FOUND", "Client with id 'a' not found", "not found"},
		{"flat without message", 404, js, `{"error":"TOKEN_NOT_FOUND"}`, 0, "TOKEN_NOT_FOUND", "", "not found"},
		{"RC and RM", 400, js, `{"RC":400,"RM":"Bad"}`, 400, "", "Bad", "invalid"},
		{"under 200", 200, js, `{"RC":404,"RM":"x","error":{"code":"CLIENT_NOT_FOUND","message":"gone"}}`, 404, "CLIENT_NOT_FOUND", "gone", "not found"},
		{"flat under 200", 200, js, `{"error":"USER_EXISTS","message":"there already"}`, 0, "USER_EXISTS", "there already", "conflict"},
		{"RC 409 under 200", 200, js, `{"RC":409,"RM":"token belongs to another"}`, 409, "", "token belongs to another", "conflict"},
		{"error beside RC 0", 200, js, `{"RC":0,"RM":"OK","error":{"code":"TOKEN_CONFLICT"}}`, 0, "TOKEN_CONFLICT", "", "conflict"},
		{"large RC", 200, js, `{"RC":10001,"RM":"x"}`, 10001, "", "x", ""},
		{"409", 409, js, `{"error":"TOKEN_CONFLICT","message":"m"}`, 0, "TOKEN_CONFLICT", "m", "conflict"},
		{"401 with flat code", 401, js, `{"error":"UNAUTHORIZED","message":"Invalid API key"}`, 0, "UNAUTHORIZED", "Invalid API key", "unauthorized, key refused"},
		{"a code that is prose", 400, js, `{"statusCode":400,"error":"Bad Request","message":"no _id"}`, 0, "", "Bad Request: no _id", "invalid"},
		{"wrong types", 400, js, `{"RC":"x","RM":[],"error":{"code":5,"message":{}},"message":1}`, 0, "", "", "invalid"},
		{"control characters", 400, js, `{"error":"X","message":"a\u001b[1m\nb"}`, 0, "X", "a [1m b", "invalid"},
		{"broken JSON 404", 404, js, `{"error":"CLIENT_NOT_F`, 0, "", "", "temporary"},
		{"empty JSON 404", 404, js, "", 0, "", "", "temporary"},
		{"HTML", 502, html, `<h1>secret page</h1>`, 0, "", "text/html", "temporary"},
		{"unknown type", 400, ";;", `<h1>`, 0, "", "", ""},

		// A route that is missing, of a server that is known.
		{"HTML 404", 404, html, `<h1>Cannot GET /admin/clients</h1>`, 0, "", "text/html", "unsupported"},
		{"text 405", 405, text, "no", 0, "", "text/plain", "unsupported"},
		{"empty 404", 404, "", "", 0, "", "", "unsupported"},
		{"blank 501", 501, text, " \n", 0, "", "", "unsupported"},

		// The server's own code says that something does not exist, or RC 404 with a
		// message to that effect. Nothing else does: the provider would forget what is
		// still there.
		{"RC 404 about a client", 404, js, `{"RC":404,"RM":"Client with id 'a' not found"}`, 404, "", "Client with id 'a' not found", "not found"},
		{"RC 404 about a token", 404, js, `{"RC":404,"RM":"the token does not exist"}`, 404, "", "the token does not exist", "not found"},
		{"RC 404 under 200", 200, js, `{"RC":404,"RM":"user not found"}`, 404, "", "user not found", "not found"},
		{"RC 404 under 500", 500, js, `{"RC":404,"RM":"user not found"}`, 404, "", "user not found", "not found"},
		{"RC 404 about a route", 404, js, `{"RC":404,"RM":"Cannot DELETE /admin/clients/a/token"}`, 404, "", "Cannot DELETE", ""},
		{"RC 404 about nothing", 404, js, `{"RC":404,"RM":"Not Found"}`, 404, "", "Not Found", ""},
		{"404 without RC", 404, js, `{"message":"user not found"}`, 0, "", "user not found", ""},
		{"404 that is prose", 404, js, `{"statusCode":404,"error":"Not Found","message":"Client not found"}`, 0, "", "Not Found: Client not found", ""},
		{"404 with RC 0", 404, js, `{"RC":0,"RM":"user not found"}`, 0, "", "user not found", ""},
		{"404 with RC 1", 404, js, `{"RC":1,"RM":"token not found"}`, 1, "", "token not found", ""},
		{"404 with RC 500", 404, js, `{"RC":500,"RM":"client not found"}`, 500, "", "client not found", ""},
		{"404 without anything", 404, js, `{}`, 0, "", "", ""},
		{"404 in text", 404, text, `user not found`, 0, "", "text/plain", "unsupported"},
		{"400 about a client", 400, js, `{"RC":400,"RM":"user not found"}`, 400, "", "user not found", "invalid"},
		{"500 about a client", 500, js, `{"RC":500,"RM":"user not found"}`, 500, "", "user not found", "temporary"},
		{"500 without RC", 500, js, `{"message":"client does not exist"}`, 0, "", "client does not exist", "temporary"},
		{"500 with an error", 500, js, `{"error":{"message":"token not found"}}`, 0, "", "token not found", "temporary"},
		{"503 about a client", 503, js, `{"RC":503,"RM":"user not found"}`, 503, "", "user not found", "temporary"},
		{"RC 500 under 200", 200, js, `{"RC":500,"RM":"user not found"}`, 500, "", "user not found", "temporary"},
		{"RC 1 under 200", 200, js, `{"RC":1,"RM":"user not found"}`, 1, "", "user not found", ""},
		{"no RC under 200", 200, js, `{"success":false,"message":"client not found"}`, 0, "", "client not found", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for kind, call := range calls {
				// The server is known for one of IMKIT by what it answers first.
				s := serve(t, inTurn(sayJSON(200, okClient), say(tc.status, tc.contentType, tc.body)))
				a := s.api(t, retries(0))
				if err := bind(t.Context(), a); err != nil {
					t.Fatal(err)
				}
				err := call(t.Context(), a)
				gone := strings.Contains(tc.is, "not found")
				if kind == "DELETE" && gone { // Nothing is left to do.
					if err != nil {
						t.Errorf("%s: %v", kind, err)
					}
					continue
				}
				e := failure(t, err)
				if e.Status != tc.status || e.RC != tc.rc || e.Code != tc.code || !strings.Contains(e.Message, tc.message) || strings.Contains(e.Message, "<h1>") {
					t.Errorf("%s: HTTP %d, RC %d, code %q, message %q", kind, e.Status, e.RC, e.Code, e.Message)
				}
				for _, part := range []string{e.Method + " " + e.Path, fmt.Sprint("HTTP ", tc.status), tc.code, e.Message} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s: the error does not say %q: %v", kind, part, err)
					}
				}
				for class, is := range classes {
					want := strings.Contains(tc.is, class)
					if class == "not found" && (kind == "GET" || kind == "merged") {
						want = false // Only a list can lack somebody; an error is no list.
					}
					if is(err) != want {
						t.Errorf("%s: %s is %t, want %t: %v", kind, class, !want, want, err)
					}
					if is(fmt.Errorf("wrapped: %w", err)) != want {
						t.Errorf("%s: %s is not found in a wrapped error", kind, class)
					}
				}
			}
		})
	}
	for class, is := range classes {
		if is(nil) || is(errors.New("x")) || imkit.OutcomeUnknown(nil) {
			t.Errorf("%s is true of another error", class)
		}
	}
}

// Whatever a server answers, nobody crashes; what is taken for a success is about
// what was asked; and an error is one line that shows no key.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		okClient, `{"_id":"a","token":"t","expirationDate":"2020-06-18T06:15:36.763Z"}`,
		`{"RC":0,"RM":"OK","result":{"token":"t","client":"a","expirationDate":"2017-02-06T08:42:58.391Z","expirationDateMS":1486370578391}}`,
		`{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"},{"_id":"b","isRobot":null,"level":9007199254740993}]}}`,
		`{"success":true,"message":"m","revokedTokens":1}`, `{"RC":0,"result":{"data":[{"token":"t"}]}}`,
		`{"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_API_KEY","message":"m"}}`,
		`{"error":"RATE_LIMIT_EXCEEDED","message":"m ` + apiKey + `","retryAfter":60}`,
		`{"RC":1e400}`, `{"RC":-0}`, `{"result":`, "[[[[", "\xff", "", "null", `{"RC":0,"result":{"_id":"a","nickname":5}}`,
		`{"RC":0,"result":{"_id":"a","expirationDateMS":99999999999999999999}}`, `{"message":"a\u2028b\u0000c"}`,
	} {
		for _, status := range []int{200, 404, 500} {
			f.Add(status, "application/json", []byte(seed))
		}
	}
	f.Add(404, "text/html", []byte("<h1>"))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		s := &server{URL: "http://imkit.test", Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {contentType}, "Retry-After": {contentType}},
				Body: io.NopCloser(strings.NewReader(string(body))),
			}, nil
		})}
		a := s.api(t, retries(0))
		check := func(err error) bool {
			if err == nil {
				if status > 299 {
					t.Errorf("status %d is a success", status)
				}
				return true
			}
			if text := err.Error(); text == "" || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\x00\u2028") || strings.Contains(text, apiKey) {
				t.Errorf("error %q", text)
			}
			return false
		}
		if c, _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{}); check(err) && c.ID != "a" {
			t.Error("another client")
		}
		found, err := a.GetClients(t.Context(), []string{"a", "b"})
		if check(err); len(found) > 2 {
			t.Errorf("found %v", found)
		}
		for id, c := range found {
			if c.ID != id || id != "a" && id != "b" {
				t.Errorf("found %q for %q", c.ID, id)
			}
		}
		if g, err := a.IssueToken(t.Context(), "a"); check(err) && g.Token.IsZero() {
			t.Error("a token that is none")
		} else if written := g.ExpiresAt.Format(time.RFC3339Nano); err == nil {
			if _, err := time.Parse(time.RFC3339Nano, written); err != nil {
				t.Error(err)
			}
		}
		if err := last(a.RevokeAllTokens(t.Context(), "a")); err != nil { // That there is none is a success.
			check(err)
		}
	})
}

// Complete JSON that makes no sense is not asked for again, whatever the call.
func TestNonsenseIsAskedOnce(t *testing.T) {
	t.Parallel()
	settles := map[string]int{"upsert": 1} // by a look whether it was done
	for name, call := range map[string]func(*imkit.API) error{
		"upsert":   func(a *imkit.API) error { return upsert(t.Context(), a) },
		"look up":  func(a *imkit.API) error { return last(a.GetClient(t.Context(), "a")) },
		"look ups": func(a *imkit.API) error { return last(a.GetClients(t.Context(), []string{"a"})) },
		"find":     func(a *imkit.API) error { _, _, err := a.ListClients(t.Context(), nil, 0); return err },
		"issue":    func(a *imkit.API) error { return last(a.IssueToken(t.Context(), "a")) },
		"revoke":   func(a *imkit.API) error { return revokeAll(t.Context(), a, "a") },
	} {
		s := serve(t, sayJSON(200, `{"hello":"world"}`))
		if err := call(s.api(t)); err == nil || imkit.IsNotFound(err) || len(s.seen()) != 1+settles[name] {
			t.Errorf("%s: %d requests: %v", name, len(s.seen()), err)
		}
	}
}

// A field that is nested deeper than a decoder goes fails neither the fields beside it nor
// other clients; brackets in strings are no levels, and what is cut short stays so.
func TestDeepFieldsFailNothingElse(t *testing.T) {
	t.Parallel()
	const most = 20_000
	deep := strings.Repeat(`[`, most) + strings.Repeat(`]`, most)
	text := strings.Repeat(`[\"{`, most)
	reply := `{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a","deep":` + deep + `,"text":"` + text + `"},{"_id":"b","deep":{"x":` + deep + `},"n":1}]}}`
	clients, _, err := serve(t, sayJSON(200, reply)).api(t).ListClients(t.Context(), nil, 0)
	if err != nil || len(clients) != 2 {
		t.Fatalf("%d clients: %v", len(clients), err)
	}
	if got := clients[0].Custom["text"]; got != strings.ReplaceAll(text, `\"`, `"`) {
		t.Errorf("the text has %d bytes", len(fmt.Sprint(got)))
	}
	if clients[1].Custom["n"] == nil || clients[1].Custom["deep"] == nil {
		t.Errorf("what is beside it: %v", clients[1].Custom["n"])
	}
	_, _, err = serve(t, sayJSON(200, reply[:500+most])).api(t, retries(0)).ListClients(t.Context(), nil, 0)
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("cut short: %v", err)
	}
}
