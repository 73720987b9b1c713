package imkit

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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

// maxMessage is the length that messages of others are cut at, in characters.
const maxMessage = 500

// jwtLike matches what looks like a JWT, which this package may never have seen.
var jwtLike = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)

// replacer replaces secrets, however they are spelled, by "(redacted)"; empty ones are
// ignored.
func replacer(secrets ...string) *strings.Replacer {
	var forms []string
	for _, s := range secrets {
		if s != "" {
			forms = append(forms, spellings(s)...)
		}
	}
	// Where several match, the replacer takes the first of its list.
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// clean makes a message of others fit to be shown: without secrets and control
// characters, and cut at maxMessage characters.
func clean(s string, secrets *strings.Replacer) string {
	s = jwtLike.ReplaceAllString(secrets.Replace(s), redacted)
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(secrets.Replace(s)) // a secret with spaces may only now be one
	if utf8.RuneCountInString(s) > maxMessage {
		s = string([]rune(s)[:maxMessage]) + "…"
	}
	return s
}

// spellings lists how a secret may appear in a message: as it is, escaped as in a URL, in
// JSON, in a Go string and in HTML, and in base64 and hexadecimal.
func spellings(s string) []string {
	forms := []string{
		s,
		url.QueryEscape(s), url.PathEscape(s),
		unquote(strconv.Quote(s)), unquote(strconv.QuoteToASCII(s)),
		strings.ReplaceAll(s, "/", `\/`),
		html.EscapeString(s),
	}
	if encoded, err := json.Marshal(s); err == nil {
		forms = append(forms, unquote(string(encoded)))
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(s)))
	}
	digits := hex.EncodeToString([]byte(s))
	forms = append(forms, digits, strings.ToUpper(digits))
	for _, f := range forms[1:3] {
		forms = append(forms, lowerEscapes.ReplaceAllStringFunc(f, strings.ToLower))
	}
	return forms
}

var lowerEscapes = regexp.MustCompile(`%[0-9A-F]{2}`)

func unquote(s string) string { return s[1 : len(s)-1] }
