package imkit_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	oddToken = `t0k"en/<&>+ü` //nolint:gosec // opens nothing
	// unseenToken is opaque, and known only from a field of the same reply.
	unseenToken = "QX7ZJ4KD2MNB5RTW" //nolint:gosec // opens nothing
	redacted    = "(redacted)"
)

// secretSpellings are the ways in which a server may repeat the secrets.
func secretSpellings() []string {
	var all []string
	for _, s := range []string{apiKey, clientKey, oddToken} {
		j, _ := json.Marshal(s)
		q := strconv.Quote(s)
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), strings.ToLower(url.QueryEscape(s)),
			string(j[1:len(j)-1]), q[1:len(q)-1], html.EscapeString(s), strings.ReplaceAll(s, "/", `\/`),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
			fmt.Sprintf("%x", s), fmt.Sprintf("%X", s))
	}
	return all
}

// An API key is base64, which a server may decode.
func TestErrorsShowNoDecodedKey(t *testing.T) {
	t.Parallel()
	const decoded = "what the API key is made of"
	s := serve(t, sayJSON(400, `{"RC":400,"error":{"code":"X","message":"no application has the key `+decoded+`"}}`))
	a := s.api(t, func(c *imkit.Config) { c.APIKey = imkit.NewSecret(base64.StdEncoding.EncodeToString([]byte(decoded))) })
	if _, err := a.GetClient(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), redacted) || strings.Contains(err.Error(), "made of") {
		t.Errorf("the error is %v", err)
	}
}

func checkNoSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range append(secretSpellings(), unseenToken) {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q: %s", what, secret, text)
		}
	}
}

// A server that repeats every secret in every way gets them neither into an error nor
// into the log of attempts.
func TestErrorsShowNoSecrets(t *testing.T) {
	t.Parallel()
	echo := strings.Join(secretSpellings(), " and ")
	quoted, err := json.Marshal(echo)
	if err != nil || len(echo) < 200 {
		t.Fatalf("the test has no secrets: %v", err)
	}
	token, message := imkit.NewSecret(oddToken), string(quoted)
	for name, handler := range map[string]http.HandlerFunc{
		"message":       sayJSON(400, `{"RC":400,"RM":"no","error":{"code":"X","message":`+message+`}}`),
		"code":          sayJSON(400, `{"error":`+message+`}`),
		"RM":            sayJSON(500, `{"RC":500,"RM":`+message+`}`),
		"under 200":     sayJSON(200, `{"RC":1,"RM":`+message+`}`),
		"text":          say(400, "text/plain", echo),
		"wrong type":    sayJSON(200, `{"RC":0,"result":`+message+`}`),
		"other id":      sayJSON(200, `{"RC":0,"result":{"_id":`+message+`}}`),
		"not JSON":      sayJSON(200, `{"RC":0,"result":`+message),
		"content type":  say(404, "text/"+url.QueryEscape(apiKey), "x"),
		"redirect":      withHeader("Location", "https://"+apiKey+"@h/?"+url.QueryEscape(echo), say(302, "", "")),
		"redirect host": withHeader("Location", "https://"+url.PathEscape(clientKey)+"/", say(302, "", "")),
		"many tokens":   sayJSON(500, `{"RC":500,"RM":"no `+unseenToken+`","result":[`+strings.Repeat(`{"token":"another token"},{"token":"another-long-token"},`, 1000)+`{"token":"`+unseenToken+`"}]}`),
		"other fields":  sayJSON(500, `{"RC":500,"RM":"no `+unseenToken+`","result":{"data":[{"token":"`+unseenToken+`"}]}}`),
		"headers": func(w http.ResponseWriter, r *http.Request) {
			sayJSON(400, fmt.Sprintf(`{"RC":400,"RM":%q}`, fmt.Sprint(r.Header)))(w, r)
		},
		"protocol": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, apiKey+" "+oddToken+"\r\n\r\n")
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts []imkit.Attempt
			a := serve(t, handler).api(t, func(c *imkit.Config) {
				c.MaxRetries = 1
				c.OnAttempt = func(_ context.Context, at imkit.Attempt) { attempts = append(attempts, at) }
			})
			_, bind := a.BindToken(t.Context(), "a", token, time.Time{})
			for _, err := range []error{bind, a.RevokeToken(t.Context(), "a", token)} {
				if err == nil {
					t.Error("no error")
				}
				for ; err != nil; err = errors.Unwrap(err) {
					checkNoSecret(t, "the error", everyFormat(err)+err.Error())
				}
			}
			for _, at := range attempts {
				checkNoSecret(t, "the attempt", everyFormat(at)+everyFormat(at.Err))
			}
			if len(attempts) < 2 {
				t.Errorf("%d attempts", len(attempts))
			}
		})
	}
}

// sayMessage answers with an error that has a message.
func sayMessage(message string) http.HandlerFunc {
	quoted, _ := json.Marshal(map[string]string{"message": message})
	return sayJSON(400, string(quoted))
}

// What a server says stays one line of reasonable length.
func TestMessagesAreCleaned(t *testing.T) {
	t.Parallel()
	const most = 500
	long := strings.Repeat("é", 2*most)
	for name, tc := range map[string]struct{ said, want string }{
		"plain":                 {"plain", "plain"},
		"control characters":    {" a\r\n\tb\x1b[31mc\x00 ", "a   b [31mc"},
		"odd spaces":            {"a\u202eb\u2028c", "a b c"},
		"the key twice":         {"the " + apiKey + apiKey, "the " + redacted + redacted},
		"long":                  {long, long[:2*most] + "…"},
		"cut within the key":    {long[:2*(most-5)] + apiKey, long[:2*(most-5)] + "(reda…"},
		"a token not seen":      {"got eyJh.eyJp.sig-na_t!", "got " + redacted + "!"},
		"an id":                 {"client a does not like 42", "client a does not like 42"},
		"a key within a word":   {"x" + clientKey + "x", "x" + redacted + "x"},
		"the URL's spelling":    {"?key=" + url.QueryEscape(apiKey) + "&x=1", "?key=" + redacted + "&x=1"},
		"in base64, unfinished": {base64.RawStdEncoding.EncodeToString([]byte(apiKey)) + ".", redacted + "."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := bind(t.Context(), serve(t, sayMessage(tc.said)).api(t))
			if got := failure(t, err).Message; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if !strings.HasSuffix(err.Error(), tc.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A key of the usual length is not shown however it is spelled, nor as much of it as would
// be found by chance nowhere.
func TestKeysInOtherSpellings(t *testing.T) {
	t.Parallel()
	const key = "Zm9v+mJhci9iYXo/cXV4IHF1dXgg/29yZ2U+IGdyYXVsdA=="
	replace := strings.NewReplacer
	jsonIn := func(s string) string { j, _ := json.Marshal(s); return string(j[1 : len(j)-1]) }
	for name, spelled := range map[string]string{
		"as it is":                  key,
		"without its padding":       strings.TrimRight(key, "="),
		"in base64url":              replace("+", "-", "/", "_").Replace(key),
		"a plus as a space":         replace("+", " ").Replace(key),
		"percent-encoded":           url.QueryEscape(key),
		"percent-encoded in part":   replace("+", "%2b", "Z", "%5A").Replace(key),
		"percent-encoded twice":     url.QueryEscape(url.QueryEscape(key)),
		"as HTML":                   replace("+", "&#43;", "/", "&#x2f;", "=", "&equals;").Replace(key),
		"as HTML in HTML":           replace("+", "&amp;#43;", "Z", "&amp;#90;").Replace(key),
		"as JSON":                   replace("/", `\u002f`, "+", `\u002B`).Replace(key),
		"as JSON in JSON":           replace("/", `\\u002f`, "+", `\\u002B`).Replace(key),
		"with slashes escaped":      replace("/", `\/`).Replace(key),
		"as Go":                     replace("/", `\x2f`, "+", `\U0000002b`).Replace(key),
		"on two lines":              key[:20] + "\r\n" + key[20:],
		"on two lines, as JSON":     key[:20] + jsonIn(jsonIn("\r\n")) + key[20:],
		"in groups":                 key[:10] + "-" + key[10:20] + "-" + key[20:],
		"in lower case":             strings.ToLower(key),
		"in capitals":               strings.ToUpper(key),
		"half of it":                key[:len(key)/2],
		"in base64":                 base64.StdEncoding.EncodeToString([]byte(key)),
		"in base64, after one":      base64.StdEncoding.EncodeToString([]byte("=" + key))[2:],
		"in base64, after a name":   base64.StdEncoding.EncodeToString([]byte("apikey=" + key))[12:],
		"in base64, after a scheme": base64.URLEncoding.EncodeToString([]byte("user:" + key))[8:],
		"in hex":                    fmt.Sprintf("%x", key),
		"in hex, capitals":          fmt.Sprintf("%X", key),
		"in hex, in pairs":          fmt.Sprintf("% x", key),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, sayMessage("the key "+spelled+" is wrong")).api(t).BindToken(t.Context(), "a", imkit.NewSecret(key), time.Time{})
			shown := failure(t, err).Message
			if shown != redacted && shown != "the key "+redacted+" is wrong" {
				t.Errorf("%q shows as %q", spelled, shown)
			}
		})
	}
	for _, short := range []string{"a\tb: cde!", "two\nlines"} { // too short for a run
		quoted := strconv.Quote(short)
		_, err := serve(t, sayMessage("got "+quoted)).api(t).BindToken(t.Context(), "a", imkit.NewSecret(short), time.Time{})
		if shown := failure(t, err).Message; shown != redacted {
			t.Errorf("%s shows as %q", quoted, shown)
		}
	}
	for _, said := range []string{
		"client Zm9vmJhci9iYXoc is not in room " + key[:15], // fifteen in a row, and words between them
		"100% of 5 &amp; 6 \\u00e9 \\n C:\\temp %zz &lt;br&gt; " + strings.Repeat("ab ", 40),
	} {
		_, err := serve(t, sayMessage(said)).api(t).BindToken(t.Context(), "a", imkit.NewSecret(key), time.Time{})
		if shown := failure(t, err).Message; shown != strings.TrimSpace(said) {
			t.Errorf("%q shows as %q", said, shown)
		}
	}
}

// Of a secret that has another one within it, nothing is left over.
func TestSecretsWithinOthers(t *testing.T) {
	t.Parallel()
	const longer = "x/" + clientKey + "/y"
	_, token := serve(t, sayMessage("got "+longer+" here")).api(t).BindToken(t.Context(), "a", imkit.NewSecret(longer), time.Time{})
	_, names := serve(t, sayMessage("got Ann Smithson here")).api(t).Broadcast(t.Context(), imkit.Broadcast{
		Type: "text", Text: "Smith", Recipients: []imkit.Recipient{{Client: "a", Variables: map[string]string{"name": "Ann Smithson"}}},
	})
	for _, err := range []error{token, names} {
		if got := failure(t, err).Message; got != "got "+redacted+" here" {
			t.Errorf("got %q", got)
		}
	}
}

// Wherever a token stands in a message, and whatever surrounds it, it is not shown.
func FuzzMessage(f *testing.F) {
	f.Add(oddToken, "", "")
	f.Add("an API token", "the token ", " is wrong")
	f.Add("a token with spaces", "a\x00token\u2028with\tspaces ", "\xff")
	f.Add("000000 0", "\xf3", "0000000\x1200")
	f.Add("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "token=", "&x=1")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		const shortest, most = 8, 500 // What is shorter appears by chance.
		if len(secret) < shortest || !utf8.ValidString(secret) || strings.TrimSpace(secret) != secret || strings.ContainsAny(secret, redacted) {
			return
		}
		s := &server{URL: "http://imkit.test", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			quoted, _ := json.Marshal(map[string]string{"message": before + secret + after})
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(quoted))), Request: r}, nil
		})}
		_, err := s.api(t).BindToken(t.Context(), "a", imkit.NewSecret(secret), time.Time{})
		shown := failure(t, err).Message
		if strings.Contains(shown, secret) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q shows %q", err, secret)
		}
		if !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > most+1 {
			t.Errorf("%q is not fit to be shown", shown)
		}
	})
}

// Nor does it show in an error that repeats what the server said, also where only the
// server knows it.
func TestWebhooksInReplies(t *testing.T) {
	t.Parallel()
	w := imkit.NewSecret(hookURL)
	quoted, err := json.Marshal(hookURL)
	if err != nil {
		t.Fatal(err)
	}
	for name, reply := range map[string]string{
		"echo":       fmt.Sprintf(`{"RC":400,"RM":"bad webhook %s"}`, strings.Trim(string(quoted), `"`)),
		"other room": fmt.Sprintf(`{"RC":500,"RM":"no webhook https://other.example.com/s3cr3t","result":{"webhook":"https://other.example.com/s3cr3t","name":%s}}`, quoted),
		"no room":    fmt.Sprintf(`{"RC":0,"result":{"webhook":[%s]}}`, quoted),
	} {
		a := serve(t, sayJSON(200, reply)).api(t, retries(0))
		_, _, update := a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{Webhook: &w})
		_, _, create := a.CreateRoom(t.Context(), "r", imkit.RoomSettings{Webhook: &w}, nil, false)
		for _, err := range []error{update, create} {
			if err == nil || strings.Contains(err.Error()+everyFormat(err), "s3cr3t") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
