package imkit

import (
	"context"
	"errors"
	"time"
)

// IssueToken has the server make a new access token for a client. The server
// may end the client's other tokens, and creates a client that does not exist:
// look it up first. A reply without a token is an error.
//
// https://docs.imkit.io: POST /admin/clients with issueAccessToken.
func (a *API) IssueToken(ctx context.Context, clientID string) (Grant, error) {
	return Grant{}, errors.New("not implemented")
}

// BindToken gives a client a token of the caller's own, until expires; the
// zero time leaves the expiry to the server. Dates have a precision of one
// millisecond. The server creates a client that does not exist: look it up
// first. The token and expiry of the Grant are the ones that were sent; without
// an expiry of the caller's, the one in the reply, else the JWT's.
//
// https://docs.imkit.io: POST /admin/clients with token and expirationDate.
func (a *API) BindToken(ctx context.Context, clientID string, t Token, expires time.Time) (Grant, error) {
	return Grant{}, errors.New("not implemented")
}

// RevokeToken ends one token of a client, at once and for good. That the token
// or the client does not exist is success. A zero Token is an error, and
// nothing is sent: without a token the server would end all of them.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token.
func (a *API) RevokeToken(ctx context.Context, clientID string, t Token) error {
	return errors.New("not implemented")
}

// RevokeAllTokens ends every token of a client, at once and for good. That the
// client or a token does not exist is success.
//
// https://docs.imkit.io: DELETE /admin/clients/{id}/token with an empty body.
func (a *API) RevokeAllTokens(ctx context.Context, clientID string) error {
	return errors.New("not implemented")
}
