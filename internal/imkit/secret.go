package imkit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
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

// redactor replaces secrets, however they are spelled, by "(redacted)": any form of one
// as it is, and any run of letters and digits that a form has, whatever stands between
// them in the message and whether they are capitals.
type redactor []secretForm

// secretForm is a secret as it is, or encoded.
type secretForm struct {
	text    string
	letters string // and digits, in ASCII, in lower case
}

// newRedactor makes a redactor of secrets; empty ones are ignored.
func newRedactor(secrets ...string) redactor {
	var r redactor
	add := func(form string) {
		letters, _ := lettersOf(form)
		r = append(r, secretForm{form, letters})
	}
	for _, s := range secrets {
		if s == "" {
			continue
		}
		add(s)
		add(strings.ReplaceAll(s, " ", "+"))
		digits := hex.EncodeToString([]byte(s))
		add(digits)
		add(strings.ToUpper(digits))
		add(base64.RawStdEncoding.EncodeToString([]byte(s)))
		add(base64.RawURLEncoding.EncodeToString([]byte(s)))
		for _, before := range []string{"\x00", "\x00\x00"} { // base64 depends on the length of the text before it, modulo 3
			letters, _ := lettersOf(base64.RawStdEncoding.EncodeToString([]byte(before + s)))
			r = append(r, secretForm{letters: letters})
		}
	}
	return r
}

// replace returns the message, or as much of it as is read, without the secrets.
func (r redactor) replace(message string) string {
	message = message[:min(len(message), maxRead)]
	text := reading{text: message}
	for i := range len(message) + 1 {
		text.at = append(text.at, i)
	}
	found := r.find(text)
	for range maxEscapes {
		plain := text.unescape()
		if plain.text == text.text {
			break
		}
		text = plain
		found = append(found, r.find(text)...)
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	var shown strings.Builder
	done := 0
	for len(found) > 0 {
		start, end := found[0][0], found[0][1]
		for found = found[1:]; len(found) > 0 && found[0][0] < end; found = found[1:] {
			end = max(end, found[0][1])
		}
		shown.WriteString(message[done:start] + redacted)
		done = end
	}
	return shown.String() + message[done:]
}

// reading is the text of a message, as it is or unescaped.
type reading struct {
	text string
	at   []int // where each byte of the text, and its end, is in the message
}

// find returns where in the message the secrets start and end that show in the text.
func (r redactor) find(in reading) (found [][2]int) {
	add := func(start, end int) { found = append(found, [2]int{in.at[start], in.at[end]}) }
	for _, jwt := range jwtLike.FindAllStringIndex(in.text, -1) {
		add(jwt[0], jwt[1])
	}
	letters, at := lettersOf(in.text)
	isSecret := map[string]bool{} // by each run of the text
	for i := range len(letters) - secretRun + 1 {
		isSecret[letters[i:i+secretRun]] = false
	}
	for _, form := range r {
		for start := 0; form.text != ""; {
			i := strings.Index(in.text[start:], form.text)
			if i < 0 {
				break
			}
			add(start+i, start+i+len(form.text))
			start += i + len(form.text)
		}
		for i := range len(form.letters) - secretRun + 1 {
			if _, shows := isSecret[form.letters[i:i+secretRun]]; shows {
				isSecret[form.letters[i:i+secretRun]] = true
			}
		}
	}
	for i := range len(letters) - secretRun + 1 {
		if isSecret[letters[i:i+secretRun]] {
			add(at[i], at[i+secretRun-1]+1)
		}
	}
	return found
}

// lettersOf is the letters, in lower case, and digits of a text, and where in it each of them is.
func lettersOf(text string) (letters string, at []int) {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' {
			b.WriteByte(c)
			at = append(at, i)
		}
	}
	return b.String(), at
}

// unescape returns the text with each escaped character as it is.
func (t reading) unescape() reading {
	var text strings.Builder
	var at []int
	done := 0
	for _, match := range escape.FindAllStringIndex(t.text, -1) {
		start, end := match[0], match[1]
		text.WriteString(t.text[done:start])
		at = append(at, t.at[done:start]...)
		c := unescaped(t.text[start:end])
		text.WriteString(c)
		for range len(c) {
			at = append(at, t.at[start])
		}
		done = end
	}
	return reading{text.String() + t.text[done:], append(at, t.at[done:]...)}
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
