package imkit

import (
	"context"
	"errors"
	"net/http"
)

const pathMe = "/me"

// CanVerifyTokens tells whether there is a client key, which
// [API.TokenIsAlive] needs.
func (a *API) CanVerifyTokens() bool { return !a.clientKey.IsZero() }

// TokenIsAlive asks the server whether a token of a client is valid. False
// means that the server said so in as many words (INVALID_TOKEN: never valid,
// expired or revoked). All else that is not a clear answer is an error: a wrong
// client key, a reply about another client, a server without the call.
//
// https://docs.imkit.io: GET /me with IM-CLIENT-KEY and IM-Authorization.
func (a *API) TokenIsAlive(ctx context.Context, clientID string, t Token) (bool, error) {
	switch {
	case !a.CanVerifyTokens():
		return false, errors.New("there is no client key to verify tokens with")
	case t.IsZero():
		return false, errNoToken
	case !isHeaderValue(t.Reveal()): // it would arrive as another, or not at all
		return false, errors.New("the token cannot be verified: a header cannot hold it")
	}
	err := a.do(ctx, call{
		method: http.MethodGet,
		path:   pathMe,
		user:   t,
		secret: t,
		decode: func(reply answer) error {
			me, err := reply.object()
			if err != nil {
				return err
			}
			return checkAbout(me, clientID, true)
		},
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == CodeInvalidToken {
		return false, nil
	}
	return err == nil, err
}
