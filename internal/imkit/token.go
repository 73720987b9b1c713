package imkit

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
	"unicode/utf8"
)

// Token is an access token of a client. However it is printed, logged or
// encoded, it shows "(redacted)"; [Token.Reveal] gives the value. The zero
// Token is invalid, and no other is empty.
type Token struct {
	// A pointer, so that fmt shows an address at most where it cannot call the
	// methods below: in another struct's unexported field.
	value *string
}

// NewToken makes a Token of a value, which must not be empty and must be
// valid UTF-8. The error does not repeat it.
func NewToken(s string) (Token, error) {
	switch {
	case s == "":
		return Token{}, errors.New("the token is empty")
	case !utf8.ValidString(s):
		return Token{}, errors.New("the token is not valid UTF-8")
	}
	return Token{value: &s}, nil
}

// Reveal returns the token's value, "" for the zero Token.
func (t Token) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// IsZero reports whether t is the zero Token.
func (t Token) IsZero() bool { return t.value == nil }

// Equal reports whether both have the same value. Do not compare with ==.
func (t Token) Equal(u Token) bool {
	return t.IsZero() == u.IsZero() && t.Reveal() == u.Reveal()
}

// String returns "(redacted)".
func (t Token) String() string { return redacted }

// GoString returns "(redacted)".
func (t Token) GoString() string { return redacted }

// Format prints "(redacted)" whatever the verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "(redacted)".
func (t Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "(redacted)", for encoding/json and the like.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Grant is a token that a client now has.
type Grant struct {
	// Token is the token; never zero.
	Token Token
	// ExpiresAt is when the token ends, in UTC; the zero time when unknown.
	ExpiresAt time.Time
	// IssuedAt is when the token was made, in UTC, if it says so (the claim
	// "iat" of a JWT); else the zero time.
	IssuedAt time.Time
	// Repeated is set when the server may have made other tokens, which nobody
	// holds: in attempts whose answers never came.
	Repeated bool
}
