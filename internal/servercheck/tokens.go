package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const revoke = "DELETE /admin/clients/{id}/token"

// tokens is how tokens are made, told alive and ended.
var tokens = topic{
	title: "Tokens", page: "resources/client_token.md",
	questions: []question{
		{"echo-bound-tokens", "Does the reply show a token that was bound?", "A warning tells if the expiry is another than was sent.", "What was sent counts."},
		{"flat-replies", "Are token calls answered without the envelope RC, RM, result?", "The provider reads both shapes.", ""},
		{"opaque-tokens", "Are issued tokens opaque, instead of JWTs?", "decode_token cannot read them.", "decode_token reads them."},
		{"omit-expiration", "Is the expiry of an issued token left out of the reply?", "The JWT's counts. A token without one is not renewed by itself.", "Tokens are renewed before they expire."},
		{"token-lifetime", "How long does an issued token live?", "Plan at least once in renew_before, or in half of this time where that is less.", ""},
		{"no-me-route", "Does it lack GET /me?", "Tokens revoked elsewhere are not noticed.", "With client_key, tokens revoked elsewhere are noticed."},
		{"client-key-accepted", "Does it accept the client key?", "Tokens can be verified.", "Check IMKIT_CLIENT_KEY."},
		{"no-revoke-route", "Does it lack the call that revokes tokens?", "Tokens end when they expire, or when another ends them.", "Tokens are revoked when they are replaced or destroyed."},
		{"ids-in-paths", "Does a call whose path has such an id reach the account?", "Tokens of any account can be revoked.", "Use ids of letters, digits and hyphens, or tokens cannot be revoked."},
		{"keep-tokens", "Do older tokens live on when an account gets another?", "The provider revokes the token that it replaces.", "Have one token for each account."},
		{"drop-revoke-body", "Does a revocation of one token end others?", "Have one token for each account. An error says when others were ended.", "The provider ends no token but its own."},
		{"revoke-one", "Does a revocation end the token?", "A token is of no use once it is replaced or destroyed.", "It reports success, and the token lives until it expires."},
		{"revoke-all", "Does a revocation without a token end them all?", "revoke_tokens signs an account out.", "An account cannot be signed out as a whole."},
	},
	find: (*check).findTokens,
}

func (c *check) findTokens(ctx context.Context) {
	expires := time.Now().Add(time.Hour + c.clockAhead()).UTC().Format("2006-01-02T15:04:05.000Z")
	bound := c.must(ctx, upsert, map[string]any{"_id": c.a, "token": prefix + rand.Text(), "expirationDate": expires})
	c.answer("echo-bound-tokens", bound.fields()["token"] != nil)
	c.findRevoke(ctx)
	first := c.issue(ctx)
	c.findMe(ctx, first)
	c.findRevocations(ctx, first)
}

// issue gets the first account one more token.
func (c *check) issue(ctx context.Context) string {
	r := c.must(ctx, upsert, map[string]any{"_id": c.a, "issueAccessToken": true})
	token, _ := r.fields()["token"].(string)
	if token == "" {
		c.fail(errors.New("the reply has no token"))
	}
	_, enveloped := r.Object["RC"]
	c.answer("flat-replies", !enveloped)
	claims, err := imkit.DecodeToken(token)
	c.answer("opaque-tokens", err != nil)
	text, told := r.fields()["expirationDate"].(string)
	c.answer("omit-expiration", !told)
	expires, err := time.Parse(time.RFC3339, text)
	if err != nil && claims.ExpiresAt != nil {
		expires, err = *claims.ExpiresAt, nil
	}
	if err == nil {
		c.answer("token-lifetime", expires.Sub(time.Now().Add(c.clockAhead())).Round(time.Minute).String())
	}
	return token
}

// me asks for the profile behind a token.
func (c *check) me(ctx context.Context, api *imkit.API, token imkit.Secret) reply {
	return c.send(ctx, api, "GET /me", imkit.Request{User: token})
}

// findMe asks with an invented token and key and, if there is a client key, with that: by the live token and by an invented one.
func (c *check) findMe(ctx context.Context, live string) {
	switch {
	case c.lacks("no-me-route", c.me(ctx, c.stranger, noSecret)):
		c.unknown("client-key-accepted", errors.New("the server does not have GET /me"))
		return
	case !c.api.CanVerifyTokens():
		c.unknown("client-key-accepted", errors.New("IMKIT_CLIENT_KEY is not set"))
		return
	}
	mine := c.me(ctx, c.api, imkit.NewSecret(live))
	other := c.me(ctx, c.api, noSecret)
	if mine.did() || mine.refuses() && mine.means() == http.StatusForbidden {
		c.answer("client-key-accepted", mine.did())
	}
	c.usableMe = mine.did() && other.refuses() && other.means() == http.StatusUnauthorized
}

// revoke ends one token of the first account, and reports whether there was one to end.
func (c *check) revoke(ctx context.Context, token string) bool {
	r := c.mustAnswer(c.call(ctx, revoke, map[string]any{"token": token}, c.a))
	if r.refuses() && r.means() != http.StatusNotFound {
		c.fail(r.err)
	}
	list, listed := r.fields()["data"].([]any)
	return r.did() && (!listed || len(list) > 0)
}

// invented is a token that nobody has.
var invented = map[string]any{"token": noSecret.Reveal()}

// findRevoke revokes an invented token, to see whether there is the call and whether its answers mean anything; and one of the
// account whose id is hard to write in a path.
func (c *check) findRevoke(ctx context.Context) {
	r := c.call(ctx, revoke, invented, c.a)
	if c.lacks("no-revoke-route", r) {
		return
	}
	c.revokes = c.mustAnswer(r).refuses()
	if c.is("ids-kept") {
		odd := c.call(ctx, revoke, invented, c.b)
		if !odd.noRoute() {
			c.mustAnswer(odd)
		}
		c.answer("ids-in-paths", imkit.KindOf(odd.err) == imkit.KindOf(r.err))
	}
}

// alive reports whether a token of the first account lives: by GET /me or, where that cannot be used, by revoking it.
func (c *check) alive(ctx context.Context, token string) bool {
	switch {
	case c.usableMe:
		r := c.mustAnswer(c.me(ctx, c.api, imkit.NewSecret(token)))
		if r.refuses() && r.means() != http.StatusUnauthorized {
			c.fail(r.err)
		}
		return r.did()
	case c.revokes:
		return c.revoke(ctx, token)
	}
	c.fail(errors.New("neither GET /me with IMKIT_CLIENT_KEY nor a revocation reports whether a token lives"))
	return false
}

// findRevocations gets tokens beside the first, and ends them, one by one and all at once.
func (c *check) findRevocations(ctx context.Context, first string) {
	second := c.issue(ctx)
	c.answer("keep-tokens", c.alive(ctx, first))
	if c.is("no-revoke-route") {
		c.fail(errors.New("the server does not have " + revoke))
	}
	c.mustAnswer(c.call(ctx, revoke, invented, c.a))
	c.answer("drop-revoke-body", !c.alive(ctx, second))

	third := c.issue(ctx)
	c.revoke(ctx, third)
	c.answer("revoke-one", !c.alive(ctx, third))

	fourth := c.issue(ctx)
	c.must(ctx, revoke, nil, c.a)
	c.answer("revoke-all", !c.alive(ctx, fourth))
}
