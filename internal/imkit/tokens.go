package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

const (
	pathToken = "/admin/clients/{id}/token"
	pathMe    = "/me"
)

var errNoToken = errors.New("the token is missing")

// Grant is a token that a client now has.
type Grant struct {
	// Token is the token; never zero.
	Token Secret
	// ExpiresAt is when the token ends, in UTC; the zero time when unknown.
	ExpiresAt time.Time
	// RepliedExpiry is the expiry that the reply shows, in UTC; the zero time where it
	// shows none that counts. Of a token that was bound, it may be another than was sent.
	RepliedExpiry time.Time
	// IssuedAt is the claim "iat" of a JWT, in UTC; else the zero time.
	IssuedAt time.Time
	// Repeated is set when attempts whose answers never came may have made other tokens,
	// which nobody holds.
	Repeated bool
}

// IssueToken has the server make a new access token for a client. The server may end
// the client's other tokens, and creates a client that does not exist: look it up
// first. A call whose answer is lost is repeated, see [Grant.Repeated]; a reply that
// makes no sense is an error, and is not. If such a reply has a token all the same, it is
// in the Grant beside the error, so that it can be revoked.
//
// https://docs.imkit.io: POST /admin/clients with issueAccessToken.
func (a *API) IssueToken(ctx context.Context, clientID string) (Grant, error) {
	if err := CheckID(clientID); err != nil {
		return Grant{}, err
	}
	var grant Grant
	body := map[string]any{fieldID: clientID, "issueAccessToken": true}
	_, err := request(ctx, a, call{
		method: http.MethodPost, path: pathClients, body: body, absence: absentByName,
	}, func(reply answer) (_ struct{}, err error) {
		grant, err = decodeGrant(reply, clientID)
		if err == nil && grant.Token.IsZero() {
			err = errors.New("it has no token")
		}
		grant.Repeated = reply.exchange.unknown
		return struct{}{}, err
	})
	return grant, err
}

// BindToken gives a client a token of the caller's own, until expires; the zero time
// leaves it to the server. The server creates a client that does not exist: look it up
// first. The token and expiry of the Grant are the ones that were sent; without an expiry
// of the caller's, the one in the reply, else the JWT's.
//
// https://docs.imkit.io: POST /admin/clients with token and expirationDate.
func (a *API) BindToken(ctx context.Context, clientID string, t Secret, expires time.Time) (Grant, error) {
	if err := CheckID(clientID); err != nil {
		return Grant{}, err
	}
	switch {
	case t.IsZero():
		return Grant{}, errNoToken
	case !utf8.ValidString(t.Reveal()):
		return Grant{}, errors.New("the token is not valid UTF-8")
	}
	body := map[string]any{fieldID: clientID, "token": t.Reveal()}
	if !expires.IsZero() {
		expires = expires.UTC().Truncate(time.Millisecond)
		if !writable(expires) {
			return Grant{}, errors.New("the token's expiry is not between the years 1 and 9999")
		}
		body["expirationDate"] = expires.Format("2006-01-02T15:04:05.000Z") // as the server writes dates
	}
	return request(ctx, a, call{
		method: http.MethodPost, path: pathClients, body: body, hide: []string{t.Reveal()}, absence: absentByName,
	}, func(reply answer) (Grant, error) {
		echo, err := decodeGrant(reply, clientID)
		if err != nil {
			return Grant{}, err
		}
		grant := newGrant(t)
		if echo.Token.IsZero() || echo.Token.Equal(t) {
			grant.RepliedExpiry = echo.RepliedExpiry
		}
		switch {
		case !expires.IsZero():
			grant.ExpiresAt = expires
		case !grant.RepliedExpiry.IsZero():
			grant.ExpiresAt = grant.RepliedExpiry
		}
		return grant, nil
	})
}

// decodeGrant takes the token and its expiry from a client object, or from
// {"token":...,"client":...,"expirationDate":...,"expirationDateMS":...}. Both may be
// missing. An expiry that cannot be read, or that is not after the moment of issue, by the
// JWT or the reply's date, does not count: then the JWT's does, if it is after that. A reply
// that is not about the client is an error, beside what it has.
func decodeGrant(reply answer, clientID string) (Grant, error) {
	o, err := reply.object()
	if err != nil {
		return Grant{}, err
	}
	token, _ := o["token"].(string)
	grant := newGrant(NewSecret(token))
	counts := func(expires time.Time) bool { return expires.After(grant.IssuedAt) && expires.After(reply.date) }
	if expires := expiry(o); counts(expires) {
		grant.ExpiresAt, grant.RepliedExpiry = expires, expires
	} else if !counts(grant.ExpiresAt) {
		grant.ExpiresAt = time.Time{}
	}
	return grant, checkAboutClient(o, clientID, true)
}

// newGrant is what a token says of itself.
func newGrant(t Secret) Grant {
	grant := Grant{Token: t}
	claims, err := DecodeToken(t.Reveal())
	if err != nil {
		return grant // opaque
	}
	if claims.IssuedAt != nil {
		grant.IssuedAt = *claims.IssuedAt
	}
	if claims.ExpiresAt != nil {
		grant.ExpiresAt = *claims.ExpiresAt
	}
	return grant
}

// checkAboutClient checks that an object is about a client: by "_id" or, in a token's
// object, by "client". One of them must be there if required.
func checkAboutClient(o map[string]any, clientID string, required bool) error {
	_, isClient := o[fieldID]
	client, isToken := o["client"]
	if !isClient && isToken {
		id, _ := idOf(client)
		o = map[string]any{fieldID: id}
	} else if !isClient && !required {
		return nil
	}
	return checkAbout(o, "client", clientID)
}

// RevokedOthersError is the error of [API.RevokeToken] where the server says that it ended
// more tokens than the one, or another: a proxy may have dropped the body of the request.
type RevokedOthersError struct {
	ClientID string
	Tokens   int64 // that were ended
}

func (e *RevokedOthersError) Error() string {
	if e.Tokens <= 1 {
		return fmt.Sprintf("the server revoked another token of client %q instead of this one", e.ClientID)
	}
	return fmt.Sprintf("the server revoked %d tokens of client %q instead of one", e.Tokens, e.ClientID)
}

// IsRevokedOthers reports whether an error is a [*RevokedOthersError].
func IsRevokedOthers(err error) bool {
	_, is := errors.AsType[*RevokedOthersError](err)
	return is
}

// RevokeToken ends one token of a client, at once and for good. That the token or the
// client does not exist is success. That others were ended as well is a
// [*RevokedOthersError]. A zero token is an error, and nothing is sent: without a token
// the server would end all of them.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token.
func (a *API) RevokeToken(ctx context.Context, clientID string, t Secret) error {
	if t.IsZero() {
		return errNoToken
	}
	revoked, err := a.revoke(ctx, clientID, t)
	if n := valueOr(revoked.Tokens, 0); err == nil && (n > 1 || revoked.another) {
		return &RevokedOthersError{ClientID: clientID, Tokens: n}
	}
	return err
}

// Revoked is what [API.RevokeAllTokens] came to.
type Revoked struct {
	// Tokens is how many tokens were ended. It is not reported where the server does
	// not say, or where an attempt whose answer never came may have ended others.
	Tokens Field[int64]
	// NotFound tells that the server knows no such client, or no token of it.
	NotFound bool
	// another is set where the one token that was ended is not the one that was named.
	another bool
}

// RevokeAllTokens ends every token of a client, at once and for good. That the client
// or a token does not exist is success.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token with an empty body.
func (a *API) RevokeAllTokens(ctx context.Context, clientID string) (Revoked, error) {
	return a.revoke(ctx, clientID, Secret{})
}

// revoke ends one token, or all of them where it is zero.
func (a *API) revoke(ctx context.Context, clientID string, t Secret) (Revoked, error) {
	if err := CheckID(clientID); err != nil {
		return Revoked{}, err
	}
	c := call{method: http.MethodDelete, path: pathToken, args: []string{clientID}, absence: absentByName}
	if !t.IsZero() {
		c.body, c.hide = map[string]any{"token": t.Reveal()}, []string{t.Reveal()}
	}
	revoked, err := request(ctx, a, c, func(reply answer) (Revoked, error) { return decodeRevoked(reply, clientID, t) })
	if IsNotFound(err) {
		// What an attempt before has ended is not found any more.
		return Revoked{NotFound: !OutcomeUnknown(err)}, nil
	}
	return revoked, err
}

// decodeRevoked checks that a reply says that tokens were revoked:
// {"success":true,"revokedTokens":1}, or the tokens as an envelope's result.data.
// t is the one that was to be; zero for all.
func decodeRevoked(reply answer, clientID string, t Secret) (revoked Revoked, err error) {
	if reply.isEmpty() {
		return revoked, nil
	}
	o, err := reply.object()
	if err != nil {
		return revoked, err
	}
	if err := checkAboutClient(o, clientID, false); err != nil {
		return revoked, err
	}
	switch success, known := o["success"].(bool); {
	case known && !success:
		return revoked, errors.New("success is false")
	case !known && !reply.enveloped:
		return revoked, errors.New("it does not say whether the token was revoked")
	case reply.exchange.unknown && t.IsZero(): // the count is not that of all attempts
		return revoked, nil
	}
	if n, err := integer(o["revokedTokens"]); err == nil {
		revoked.Tokens = reported(n)
	} else if list, ok := o["data"].([]any); ok {
		revoked.Tokens = reported(int64(len(list)))
		revoked.another = !t.IsZero() && slices.ContainsFunc(list, func(entry any) bool {
			o, _ := entry.(map[string]any)
			token, shown := o["token"].(string)
			return shown && token != t.Reveal()
		})
	}
	return revoked, nil
}

// CanVerifyTokens reports whether there is a client key, which [API.TokenIsAlive] needs.
func (a *API) CanVerifyTokens() bool { return !a.cfg.ClientKey.IsZero() }

// TokenIsAlive asks the server whether a token of a client is valid. False means that the
// server said so (INVALID_TOKEN: never valid, expired or revoked). Everything else is an
// error: a wrong client key, a reply about another client, a server without the call.
//
// https://docs.imkit.io: GET /me with IM-CLIENT-KEY and IM-Authorization.
func (a *API) TokenIsAlive(ctx context.Context, clientID string, t Secret) (bool, error) {
	switch {
	case !a.CanVerifyTokens():
		return false, errors.New("there is no client key to verify tokens with")
	case t.IsZero():
		return false, errNoToken
	case !isHeaderValue(t.Reveal()): // it would arrive as another, or not at all
		return false, errors.New("the token cannot be verified: it has a character that a header cannot hold")
	}
	_, err := request(ctx, a, call{method: http.MethodGet, path: pathMe, user: t}, func(reply answer) (struct{}, error) {
		me, err := reply.object()
		if err == nil {
			err = checkAboutClient(me, clientID, true)
		}
		return struct{}{}, err
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == codeInvalidToken {
		return false, nil
	}
	return err == nil, err
}
