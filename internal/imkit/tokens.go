package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const pathToken = "/admin/clients/{id}/token"

var errNoToken = errors.New("the token is missing")

// IssueToken has the server make a new access token for a client. The server
// may end the client's other tokens, and creates a client that does not exist:
// look it up first. A reply without a token is an error.
//
// https://docs.imkit.io: POST /admin/clients with issueAccessToken.
func (a *API) IssueToken(ctx context.Context, clientID string) (Grant, error) {
	if err := CheckID(clientID); err != nil {
		return Grant{}, err
	}
	var grant Grant
	err := a.do(ctx, call{
		method: http.MethodPost,
		path:   pathClients,
		body:   map[string]any{fieldID: clientID, "issueAccessToken": true},
		decode: func(reply answer) error {
			var err error
			grant, err = decodeGrant(reply, clientID)
			if err == nil && grant.Token.IsZero() {
				err = errors.New("it has no token")
			}
			grant.Repeated = reply.repeated
			return err
		},
	})
	if err != nil {
		return Grant{}, err
	}
	return grant.complete(), nil
}

// BindToken gives a client a token of the caller's own, until expires; the
// zero time leaves the expiry to the server. Dates have a precision of one
// millisecond. The server creates a client that does not exist: look it up
// first. The token and expiry of the Grant are the ones that were sent; without
// an expiry of the caller's, the one in the reply, else the JWT's.
//
// https://docs.imkit.io: POST /admin/clients with token and expirationDate.
func (a *API) BindToken(ctx context.Context, clientID string, t Token, expires time.Time) (Grant, error) {
	if err := CheckID(clientID); err != nil {
		return Grant{}, err
	}
	if t.IsZero() {
		return Grant{}, errNoToken
	}
	body := map[string]any{fieldID: clientID, "token": t.Reveal()}
	if !expires.IsZero() {
		expires = expires.UTC().Truncate(time.Millisecond)
		if !writable(expires) {
			return Grant{}, errors.New("the token's expiry is not between the years 1 and 9999")
		}
		body["expirationDate"] = formatDate(expires)
	}
	grant := Grant{Token: t, ExpiresAt: expires}
	err := a.do(ctx, call{
		method: http.MethodPost,
		path:   pathClients,
		body:   body,
		secret: t,
		decode: func(reply answer) error {
			echo, err := decodeGrant(reply, clientID)
			if err == nil && expires.IsZero() {
				grant.ExpiresAt = echo.ExpiresAt
			}
			return err
		},
	})
	if err != nil {
		return Grant{}, err
	}
	return grant.complete(), nil
}

// RevokeToken ends one token of a client, at once and for good. That the token
// or the client does not exist is success. A zero Token is an error, and
// nothing is sent: without a token the server would end all of them.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token.
func (a *API) RevokeToken(ctx context.Context, clientID string, t Token) error {
	if t.IsZero() {
		return errNoToken
	}
	_, err := a.revoke(ctx, clientID, map[string]any{"token": t.Reveal()}, t)
	return err
}

// RevokeAllTokens ends every token of a client, at once and for good. That the
// client or a token does not exist is success.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token with an empty body.
func (a *API) RevokeAllTokens(ctx context.Context, clientID string) error {
	_, err := a.SignOut(ctx, clientID)
	return err
}

// SignedOut is what [API.SignOut] came to.
type SignedOut struct {
	// Tokens is how many tokens were ended. It is not reported where the server does
	// not say, or where an attempt whose answer never came may have ended others.
	Tokens Field[int64]
	// NotFound tells that the server knows no such client, or no token of it.
	NotFound bool
}

// SignOut is [API.RevokeAllTokens] for those who want to know what it ended.
func (a *API) SignOut(ctx context.Context, clientID string) (SignedOut, error) {
	return a.revoke(ctx, clientID, nil, Token{})
}

// revoke sends body nil for all tokens.
func (a *API) revoke(ctx context.Context, clientID string, body map[string]any, secret Token) (SignedOut, error) {
	if err := CheckID(clientID); err != nil {
		return SignedOut{}, err
	}
	var done SignedOut
	c := call{
		method: http.MethodDelete,
		path:   pathToken,
		id:     clientID,
		secret: secret,
		decode: func(reply answer) error {
			tokens, err := decodeRevoked(reply, clientID)
			if !reply.repeated {
				done.Tokens = tokens
			}
			return err
		},
	}
	if body != nil {
		c.body = body
	}
	err := a.do(ctx, c)
	if IsNotFound(err) {
		// What an attempt before has ended is not found any more.
		return SignedOut{NotFound: !OutcomeUnknown(err)}, nil
	}
	return done, err
}

// decodeRevoked checks that a reply says that tokens were revoked:
// {"success":true,"revokedTokens":1}, or the tokens as an envelope's
// result.data. It returns how many.
func decodeRevoked(reply answer, clientID string) (tokens Field[int64], err error) {
	if reply.enveloped && reply.result == nil {
		return tokens, nil
	}
	o, err := reply.object()
	if err != nil {
		return tokens, err
	}
	if err := checkAbout(o, clientID, false); err != nil {
		return tokens, err
	}
	if count, ok := o["revokedTokens"]; ok {
		n, err := integer(count)
		if err != nil {
			return tokens, fmt.Errorf("revokedTokens %w", err)
		}
		tokens = Field[int64]{Reported: true, Value: &n}
	}
	if data, ok := o["data"]; ok {
		list, ok := data.([]any)
		if !ok {
			return tokens, fmt.Errorf("data is %s, not an array", kind(data))
		}
		n := int64(len(list))
		tokens = Field[int64]{Reported: true, Value: &n}
	}
	success, err := typed[bool](o, "success")
	switch {
	case err != nil:
		return tokens, err
	case success.Value != nil && !*success.Value:
		return tokens, errors.New("success is false")
	case success.Value == nil && !reply.enveloped:
		return tokens, errors.New("it does not say whether the token was revoked")
	}
	return tokens, nil
}

// decodeGrant takes the token and its expiry from a client object, or from
// {"token":...,"client":...,"expirationDate":...,"expirationDateMS":...}. Both
// may be missing.
func decodeGrant(reply answer, clientID string) (Grant, error) {
	o, err := reply.object()
	if err != nil {
		return Grant{}, err
	}
	if err := checkAbout(o, clientID, true); err != nil {
		return Grant{}, err
	}
	value, err := typed[string](o, "token")
	if err != nil {
		return Grant{}, err
	}
	var grant Grant
	if value.Value != nil && *value.Value != "" {
		if grant.Token, err = NewToken(*value.Value); err != nil {
			return Grant{}, err
		}
	}
	grant.ExpiresAt, err = expiry(o)
	return grant, err
}

// checkAbout checks that an object is about a client: by "_id" or, in a
// token's object, by "client". One of them must be there if required.
func checkAbout(o map[string]any, clientID string, required bool) error {
	for _, name := range []string{fieldID, "client"} {
		raw, ok := o[name]
		if !ok {
			continue
		}
		if nested, ok := raw.(map[string]any); ok && name == "client" {
			raw = nested[fieldID]
		}
		id, ok := raw.(string)
		if !ok {
			return fmt.Errorf("%s is %s, not a string", name, kind(raw))
		}
		if id != clientID {
			return errors.New("it is about another client")
		}
		return nil
	}
	if required {
		return errors.New("it has no _id")
	}
	return nil
}

// complete fills in what only the token itself says.
func (g Grant) complete() Grant {
	claims, err := DecodeToken(g.Token.Reveal())
	if err != nil {
		return g // opaque
	}
	if g.ExpiresAt.IsZero() && claims.ExpiresAt != nil {
		g.ExpiresAt = *claims.ExpiresAt
	}
	if claims.IssuedAt != nil {
		g.IssuedAt = *claims.IssuedAt
	}
	return g
}
