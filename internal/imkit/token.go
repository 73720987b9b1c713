package imkit

import (
	"errors"
	"time"
	"unicode/utf8"
)

// Token is an access token of a client. However it is printed, logged or
// encoded, it shows "(redacted)"; [Token.Reveal] gives the value. The zero
// Token is invalid, and no other is empty.
type Token struct{ secret }

// NewToken makes a Token of a value, which must not be empty and must be
// valid UTF-8. The error does not repeat it.
func NewToken(s string) (Token, error) {
	switch {
	case s == "":
		return Token{}, errors.New("the token is empty")
	case !utf8.ValidString(s):
		return Token{}, errors.New("the token is not valid UTF-8")
	}
	return Token{secret{&s}}, nil
}

// Equal reports whether both have the same value. Do not compare with ==.
func (t Token) Equal(u Token) bool { return t.equal(u.secret) }

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
