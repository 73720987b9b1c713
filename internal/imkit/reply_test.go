package imkit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Every shape of error gives up its status, code and message.
func TestErrorShapes(t *testing.T) {
	const html, text, js = "text/html; charset=utf-8", "text/plain", "application/json"
	for _, tc := range []struct {
		name              string
		status            int
		contentType, body string
		want              string // Error(), without the call
		is                string // the classes it belongs to
	}{
		{"envelope with error", 401, js, `{"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_API_KEY","message":"Invalid key"}}`,
			"HTTP 401, RC 401, INVALID_API_KEY: Invalid key", "unauthorized"},
		{"flat", 404, js, `{"error":"CLIENT_NOT_FOUND","message":"Client with id 'a' not found"}`,
			"HTTP 404, CLIENT_NOT_FOUND: Client with id 'a' not found", "not found"},
		{"flat without message", 404, js, `{"error":"TOKEN_NOT_FOUND"}`, "HTTP 404, TOKEN_NOT_FOUND", "not found"},
		{"RC and RM", 403, js, `{"RC":403,"RM":"Forbidden"}`, "HTTP 403, RC 403: Forbidden", "unauthorized"},
		{"RC 404 about a client", 404, js, `{"RC":404,"RM":"Client with id 'a' not found"}`,
			"HTTP 404, RC 404: Client with id 'a' not found", "not found"},
		{"RC 404 about a route", 404, js, `{"RC":404,"RM":"Cannot DELETE /admin/clients/a/token"}`,
			"HTTP 404, RC 404: Cannot DELETE /admin/clients/a/token", ""},
		{"RC 404 about nothing", 404, js, `{"RC":404,"RM":"Not Found"}`, "HTTP 404, RC 404: Not Found", ""},
		{"under 200", 200, js, `{"RC":404,"RM":"x","error":{"code":"CLIENT_NOT_FOUND","message":"gone"}}`,
			"HTTP 200, RC 404, CLIENT_NOT_FOUND: gone", "not found"},
		{"flat under 200", 200, js, `{"error":"USER_EXISTS","message":"there already"}`,
			"HTTP 200, USER_EXISTS: there already", "conflict"},
		{"RC 409 under 200", 200, js, `{"RC":409,"RM":"token belongs to another"}`,
			"HTTP 200, RC 409: token belongs to another", "conflict"},
		{"error beside RC 0", 200, js, `{"RC":0,"RM":"OK","error":{"code":"TOKEN_CONFLICT"}}`, "HTTP 200, TOKEN_CONFLICT", "conflict"},
		{"large RC", 200, js, `{"RC":10001,"RM":"x"}`, "HTTP 200, RC 10001: x", ""},
		{"409", 409, js, `{"error":"TOKEN_CONFLICT","message":"m"}`, "HTTP 409, TOKEN_CONFLICT: m", "conflict"},
		{"401 with flat code", 401, js, `{"error":"UNAUTHORIZED","message":"Invalid API key"}`,
			"HTTP 401, UNAUTHORIZED: Invalid API key", "unauthorized"},
		{"a code that is prose", 400, js, `{"statusCode":400,"error":"Bad Request","message":"no _id"}`,
			"HTTP 400: Bad Request: no _id", ""},
		{"a JSON 404 that is prose", 404, js, `{"error":"Not Found"}`, "HTTP 404: Not Found", ""},
		{"wrong types", 400, js, `{"RC":"x","RM":[],"error":{"code":5,"message":{}},"message":1}`,
			"HTTP 400: the reply does not say why", ""},
		{"empty object", 404, js, `{}`, "HTTP 404: the reply does not say why", ""},
		{"HTML", 502, html, `<h1>secret page</h1>`, "HTTP 502: the reply is not a JSON object but text/html", ""},
		{"HTML 404", 404, html, `<pre>Cannot GET /admin/clients</pre>`, "HTTP 404: the reply is not a JSON object but text/html", "unsupported"},
		{"text 405", 405, text, "no", "HTTP 405: the reply is not a JSON object but text/plain", "unsupported"},
		{"empty 404", 404, "", "", "HTTP 404: the reply has no body", "unsupported"},
		{"blank 501", 501, text, " \n", "HTTP 501: the reply has no body", "unsupported"},
		{"empty JSON 404", 404, js, "", "HTTP 404: the reply has no body", ""},
		{"broken JSON 404", 404, js, `{"error":"CLIENT_NOT_F`, "HTTP 404: the reply is not a JSON object but application/json", ""},
		{"unknown type", 400, ";;", `x`, "HTTP 400: the reply is not a JSON object but of unknown type", ""},
		{"control characters", 400, js, `{"error":"X","message":"a\u001b[1m\nb"}`, "HTTP 400, X: a [1m b", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, known(say(tc.status, tc.contentType, tc.body)))
			err := upsert(t, s.api(t, func(c *Config) { c.MaxRetries = 0 }))
			e := failure(t, err)
			if got := strings.TrimPrefix(err.Error(), "POST /admin/clients: "); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if e.Status != tc.status {
				t.Errorf("status %d", e.Status)
			}
			for class, is := range map[string]bool{
				"not found": IsNotFound(err), "conflict": IsConflict(err),
				"unsupported": IsUnsupported(err), "unauthorized": IsUnauthorized(err),
			} {
				if want := class == tc.is; is != want {
					t.Errorf("%s: %t, want %t", class, is, want)
				}
			}
		})
	}
}

// The classes say no to everything that is not an *Error, and find one that is
// wrapped.
func TestClassesOfOtherErrors(t *testing.T) {
	for _, err := range []error{nil, errors.New("x")} {
		if IsNotFound(err) || IsConflict(err) || IsUnsupported(err) || IsUnauthorized(err) || OutcomeUnknown(err) {
			t.Errorf("%v belongs to a class", err)
		}
	}
	wrapped := errors.Join(errors.New("x"), &Error{Status: 404, Code: CodeTokenNotFound})
	if !IsNotFound(wrapped) {
		t.Error("a wrapped error is not found")
	}
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		okClient, `{"_id":"a","token":"t","expirationDate":"2020-06-18T06:15:36.763Z"}`,
		`{"RC":0,"RM":"OK","result":{"token":"t","client":"a","expirationDate":"2017-02-06T08:42:58.391Z","expirationDateMS":1486370578391}}`,
		`{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"},{"_id":"b","isRobot":null,"level":9007199254740993}]}}`,
		`{"success":true,"message":"m","revokedTokens":1}`, `{"RC":0,"result":{"data":[{"token":"t"}]}}`,
		`{"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_API_KEY","message":"m"}}`,
		`{"error":"RATE_LIMIT_EXCEEDED","message":"m","retryAfter":60}`,
		`{"RC":1e400}`, `{"RC":-0}`, `{"result":`, "[[[[", "\xff", "", "null", `{"RC":0,"result":{"_id":"a","nickname":5}}`,
		`{"RC":0,"result":{"_id":"a","expirationDateMS":99999999999999999999}}`,
	} {
		for _, status := range []int{200, 404, 500} {
			f.Add(status, "application/json", []byte(seed))
		}
	}
	f.Add(404, "text/html", []byte("<h1>"))
	now := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		r := reply{status: status, header: http.Header{"Content-Type": {contentType}, "Retry-After": {contentType}}, body: body}
		a, e := r.answer(now)
		if e != nil {
			e.Message = newRedactor("key").clean(e.Message)
			if e.Error() == "" || !utf8.ValidString(e.Error()) || strings.ContainsAny(e.Error(), "\n\x00") {
				t.Errorf("error %q", e.Error())
			}
			if e.wait < 0 || e.wait > maxServerWait {
				t.Errorf("wait %s", e.wait)
			}
			return
		}
		if status < 200 || status > 299 {
			t.Fatalf("status %d is a success", status)
		}
		found, bad, err := decodeLookUp(a, []string{"a", "b"})
		if len(found)+len(bad) > 2 || err == nil && len(bad) > 0 || found["a"] != nil && bad["a"] {
			t.Errorf("found %v, bad %v: %v", found, bad, err)
		}
		if c, err := decodeClientOf(a, "a"); err == nil && c.ID != "a" {
			t.Error("another client")
		}
		if g, err := decodeGrant(a, "a"); err == nil && !g.ExpiresAt.IsZero() {
			if _, err := time.Parse(time.RFC3339, formatDate(g.ExpiresAt)); err != nil {
				t.Error(err)
			}
		}
		if n, err := decodeRevoked(a, "a"); err == nil && n.Reported == (n.Value == nil) {
			t.Errorf("%+v", n)
		}
	})
}
