package imkit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const redacted = "(redacted)"

// Secret is a key, an access token, or a webhook. However it is printed or logged, it
// shows "(redacted)", and encoding it is an error; only [Secret.Reveal] gives the
// value. The zero Secret has none, and is what an empty value becomes.
type Secret struct {
	value *string // fmt, which calls no methods of unexported fields, shows an address
}

// NewSecret makes a Secret of a value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value, "" where there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether both have the same value. Do not compare with ==.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String returns "(redacted)".
func (s Secret) String() string { return redacted }

// Format prints "(redacted)" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "(redacted)".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText fails, and so does encoding/json: what sends a secret calls [Secret.Reveal].
func (s Secret) MarshalText() ([]byte, error) { return nil, errors.New("a secret is not encoded") }

const (
	// maxMessage is the length that messages of others are cut at, in characters.
	maxMessage = 500
	// maxRead is how much of a message is read, in bytes: more than is shown, because
	// secrets make it shorter.
	maxRead = 16 << 10
	// secretRun is how many letters and digits in a row a message must not share with a
	// secret.
	secretRun = 16
	// maxEscapes is how often what is escaped may be escaped again.
	maxEscapes = 3
)

var (
	// jwtLike matches what looks like a JWT, which this package may never have seen.
	jwtLike = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)
	// escape matches a character as it is escaped in URLs, in HTML, in JSON and in Go.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]{1,8};|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.`)
)

// clean makes a message of others fit to be shown: without secrets and control
// characters, and cut at maxMessage characters.
func clean(s string, secrets redactor) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(secrets.replace(s), "\uFFFD"))
	s = strings.TrimSpace(secrets.replace(s)) // a secret with spaces may only now be one
	if utf8.RuneCountInString(s) > maxMessage {
		s = string([]rune(s)[:maxMessage]) + "…"
	}
	return s
}

// redactor removes secrets, however they are spelled: any form of one as it is, and any run
// of letters and digits that a form has, whatever stands between them in the message and
// whether they are capitals.
type redactor []secretForm

// secretForm is a secret as it is, or encoded.
type secretForm struct {
	text    string
	letters string // and digits, in ASCII, in lower case
}

// newRedactor makes a redactor of secrets; empty ones are ignored.
func newRedactor(secrets ...string) redactor {
	var r redactor
	for _, s := range secrets {
		if s == "" {
			continue
		}
		digits := hex.EncodeToString([]byte(s))
		for _, form := range []string{
			s, strings.ReplaceAll(s, " ", "+"), url.QueryEscape(s), digits, strings.ToUpper(digits),
			base64.RawStdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			r = append(r, secretForm{form, lettersOf(form)})
		}
		for _, before := range []string{"\x00", "\x00\x00"} { // base64 depends on the length of the text before it, modulo 3
			r = append(r, secretForm{letters: lettersOf(base64.RawStdEncoding.EncodeToString([]byte(before + s)))})
		}
		// An API key is base64, which a server may decode.
		if decoded, err := base64.StdEncoding.DecodeString(s); err == nil && len(decoded) >= secretRun {
			r = append(r, secretForm{string(decoded), lettersOf(string(decoded))})
		}
	}
	return r
}

// replace returns the message, or as much of it as is read, with "(redacted)" in the place
// of each form of a secret; forms that overlap are one. Where one shows in another spelling,
// it stands for the whole message.
func (r redactor) replace(message string) string {
	message = message[:min(len(message), maxRead)]
	found := jwtLike.FindAllStringIndex(message, -1)
	for _, form := range r {
		for end := 0; form.text != ""; {
			i := strings.Index(message[end:], form.text)
			if i < 0 {
				break
			}
			start := end + i
			end = start + len(form.text)
			found = append(found, []int{start, end})
		}
	}
	slices.SortFunc(found, func(a, b []int) int { return a[0] - b[0] })
	var shown strings.Builder
	done := 0
	for _, at := range found {
		if at[0] >= done {
			shown.WriteString(message[done:at[0]] + redacted)
		}
		done = max(done, at[1])
	}
	message = shown.String() + message[done:]
	text := message
	for range maxEscapes + 1 {
		if r.showsIn(text) {
			return redacted
		}
		text = escape.ReplaceAllStringFunc(text, unescaped)
	}
	return message
}

// showsIn reports whether a text has a secret.
func (r redactor) showsIn(text string) bool {
	letters := lettersOf(text)
	runs := map[string]bool{}
	for i := range len(letters) - secretRun + 1 {
		runs[letters[i:i+secretRun]] = true
	}
	for _, form := range r {
		if form.text != "" && strings.Contains(text, form.text) {
			return true
		}
		for i := range len(form.letters) - secretRun + 1 {
			if runs[form.letters[i:i+secretRun]] {
				return true
			}
		}
	}
	return jwtLike.MatchString(text)
}

// lettersOf is the letters, in lower case, and digits of a text.
func lettersOf(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'A' <= c && c <= 'Z':
			return c - 'A' + 'a'
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z':
			return c
		}
		return -1
	}, text)
}

// unescaped is the character that an escape stands for.
func unescaped(escape string) string {
	if escape[0] == '&' {
		return html.UnescapeString(escape)
	}
	code, err := strconv.ParseUint(strings.TrimLeft(escape, `%\xuU`), 16, 32)
	switch kind := escape[1]; {
	case err == nil && (kind == 'u' || kind == 'U') && len(escape) > 2:
		return string(rune(code)) //nolint:gosec // An invalid one becomes U+FFFD.
	case err == nil && len(escape) > 2:
		return string([]byte{byte(code)}) //nolint:gosec // It has two digits.
	}
	if c, err := strconv.Unquote(`"` + escape + `"`); err == nil {
		return c
	}
	return escape[1:]
}
