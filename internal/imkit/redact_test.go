package imkit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const testToken = `t0k"en/<&>+ü` //nolint:gosec // opens nothing

// unseenToken is opaque, and known only from a field of the same reply.
const unseenToken = "QX7ZJ4KD2MNB5RTW" //nolint:gosec // opens nothing

// secretSpellings is written apart from the code it tests.
func secretSpellings() []string {
	var all []string
	for _, s := range []string{testKey, testClientKey, testToken} {
		j, _ := json.Marshal(s)
		q := strconv.Quote(s)
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), strings.ToLower(url.QueryEscape(s)),
			string(j[1:len(j)-1]), q[1:len(q)-1], html.EscapeString(s), strings.ReplaceAll(s, "/", `\/`),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)), fmt.Sprintf("%x", s))
	}
	return all
}

func checkNoSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range append(secretSpellings(), unseenToken) {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q: %s", what, secret, text)
		}
	}
}

// A server that echoes every secret in every way cannot get them into an error.
func TestErrorsShowNoSecrets(t *testing.T) {
	echo := strings.Join(secretSpellings(), " and ")
	if len(echo) < 200 {
		t.Fatal("the test has no secrets")
	}
	quoted, err := json.Marshal(echo)
	if err != nil {
		t.Fatal(err)
	}
	token, err := NewToken(testToken)
	if err != nil {
		t.Fatal(err)
	}
	message := string(quoted)
	for name, handler := range map[string]http.HandlerFunc{
		"message":       sayJSON(401, `{"RC":401,"RM":"no","error":{"code":"X","message":`+message+`}}`),
		"code":          sayJSON(401, `{"error":`+message+`}`),
		"RM":            sayJSON(500, `{"RC":500,"RM":`+message+`}`),
		"under 200":     sayJSON(200, `{"RC":1,"RM":`+message+`}`),
		"text":          say(400, "text/plain", echo),
		"wrong type":    sayJSON(200, `{"RC":0,"result":`+message+`}`),
		"other id":      sayJSON(200, `{"RC":0,"result":{"_id":`+message+`}}`),
		"bad date":      sayJSON(200, `{"RC":0,"result":{"_id":"a","expirationDate":`+message+`}}`),
		"not JSON":      sayJSON(200, `{"RC":0,"result":`+message),
		"content type":  say(404, "text/"+url.QueryEscape(testKey), "x"),
		"redirect":      withHeader("Location", "https://"+testKey+"@h/?"+url.QueryEscape(echo), say(302, "", "")),
		"redirect host": withHeader("Location", "https://"+url.PathEscape(testClientKey)+"/", say(302, "", "")),
		"other fields":  sayJSON(500, `{"RC":500,"RM":"no `+unseenToken+`","result":{"data":[{"token":"`+unseenToken+`"}]}}`),
		"protocol": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, testKey+" "+testToken+"\r\n\r\n")
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handler)
			var attempts []Attempt
			a := s.api(t, func(c *Config) {
				c.MaxRetries = 1
				c.OnAttempt = func(_ context.Context, at Attempt) { attempts = append(attempts, at) }
			})
			_, bind := a.BindToken(t.Context(), "a", token, time.Time{})
			revoke := a.RevokeToken(t.Context(), "a", token)
			if bind == nil || revoke == nil && name != "bad date" { // which that call does not read
				t.Fatalf("no error: %v, %v", bind, revoke)
			}
			for _, err := range []error{bind, revoke} {
				for e := err; e != nil; e = errors.Unwrap(e) {
					checkNoSecret(t, "the error", everyFormat(e)+e.Error())
				}
			}
			checkNoSecret(t, "the attempt", everyFormat(attempts))
		})
	}
}

// What a server says stays one line of reasonable length.
func TestMessagesAreCleaned(t *testing.T) {
	r := newRedactor("secret")
	long := strings.Repeat("é", 2*maxMessage)
	for in, want := range map[string]string{
		"plain":                   "plain",
		" a\r\n\tb\x1b[31mc\x00 ": "a   b [31mc",
		"a\u202eb\u2028c":         "a b c",
		"bad\xffutf8":             "bad\uFFFDutf8",
		"the secretsecret":        "the (redacted)(redacted)",
		long:                      long[:2*maxMessage] + "…",
		long[:990] + "secretsecr": long[:990] + "(reda…",
		"got eyJh.eyJp.sig-na_t!": "got (redacted)!",
		"secr\x00et":              "secr et",
	} {
		if got := r.clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := newRedactor("", "").clean("ab"); got != "ab" {
		t.Errorf("without secrets: %q", got)
	}
	if got := newRedactor("ab", "abc").clean("abcab"); got != redacted+redacted {
		t.Errorf("a secret that begins like another: %q", got)
	}
}

// Nothing that holds a secret shows it, however it is printed.
func TestValuesShowNoSecrets(t *testing.T) {
	token, err := NewToken(testToken)
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(t, "https://app.imkit.io")
	a := newAPI(t, cfg)
	type hidden struct {
		token Token
		api   *API
	}
	for name, v := range map[string]any{
		"config":         cfg,
		"config pointer": &cfg,
		"api":            a,
		"token":          token,
		"token pointer":  &token,
		"grant":          Grant{Token: token},
		"in a map":       map[string]any{"t": token, "c": cfg, "a": a},
		"unexported":     hidden{token: token, api: a},
		"call":           call{method: "POST", path: pathClients, body: map[string]any{"token": testToken}, secret: token},
		"exchange":       &exchange{api: a, call: call{user: token, body: testToken}},
	} {
		text := everyFormat(v)
		checkNoSecret(t, name, text)
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
		checkNoSecret(t, name+" logged", logged.String())
	}
	if !strings.Contains(fmt.Sprintf("%v %#v", cfg, a), "app.imkit.io") {
		t.Error("the server's name may be shown, and helps")
	}
	if got := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); got != strings.Repeat(redacted+" ", 3)+redacted {
		t.Errorf("a token prints as %s", got)
	}
	var none *API
	if none.String() == "" {
		t.Error("a nil API must print")
	}
}

func TestToken(t *testing.T) {
	for _, bad := range []string{"", "a\xffb"} {
		if token, err := NewToken(bad); err == nil || !token.IsZero() {
			t.Errorf("NewToken(%q): %v", bad, err)
		}
	}
	a, errA := NewToken("x")
	b, errB := NewToken("x")
	c, errC := NewToken("y")
	if err := errors.Join(errA, errB, errC); err != nil {
		t.Fatal(err)
	}
	if a.Reveal() != "x" || a.IsZero() || !a.Equal(b) || a.Equal(c) || a.Equal(Token{}) || !(Token{}).Equal(Token{}) {
		t.Error("tokens are equal when their values are")
	}
	if (Token{}).Reveal() != "" || !(Token{}).IsZero() {
		t.Error("the zero Token has no value")
	}
}

// Wherever a secret stands, and whatever surrounds it, it is not shown.
func FuzzRedactor(f *testing.F) {
	f.Add(testKey, "the key ", " is wrong")
	f.Add(testToken, "", "")
	f.Add("a secret with spaces", "a\x00secret\u2028with\tspaces ", "\xff")
	f.Add("000000 0", "\xf3", "0000000\x1200")
	f.Add("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "token=", "&x=1")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		const shortest = 8 // what is shorter appears by chance
		if len(secret) < shortest || !utf8.ValidString(secret) || strings.TrimSpace(secret) != secret || strings.ContainsAny(secret, "(redacted)") {
			return
		}
		shown := newRedactor(secret).clean(before + secret + after)
		if strings.Contains(shown, secret) {
			t.Errorf("%q shows %q", shown, secret)
		}
		if !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > maxMessage+1 {
			t.Errorf("%q is not fit to be shown", shown)
		}
	})
}
