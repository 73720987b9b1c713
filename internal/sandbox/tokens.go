package sandbox

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// token is an access token that has not been ended. It may have expired.
type token struct {
	value, clientID           string
	created, updated, expires time.Time // expires is zero for a token that never does
}

func (t *token) live(now time.Time) bool { return t.expires.IsZero() || now.Before(t.expires) }

// tokenStore holds the tokens by value and, in the order of making, by client.
type tokenStore struct {
	byValue  map[string]*token
	byClient map[string][]*token
}

// put makes a token, or gives the client's own a new expiry. A token of another client's becomes this one's.
func (ts *tokenStore) put(clientID, value string, now, expires time.Time) *token {
	if t, ok := ts.byValue[value]; ok {
		if t.clientID == clientID {
			t.updated, t.expires = now, expires
			return t
		}
		ts.end(t)
	}
	t := &token{value: value, clientID: clientID, created: now, updated: now, expires: expires}
	ts.byValue[value] = t
	ts.byClient[clientID] = append(ts.byClient[clientID], t)
	return t
}

func (ts *tokenStore) end(t *token) {
	delete(ts.byValue, t.value)
	ts.byClient[t.clientID] = slices.DeleteFunc(ts.byClient[t.clientID], func(o *token) bool { return o == t })
}

// endAll ends every token of a client but the one to keep, which may be nil.
func (ts *tokenStore) endAll(clientID string, keep *token) {
	for _, t := range slices.Clone(ts.byClient[clientID]) {
		if t != keep {
			ts.end(t)
		}
	}
}

// find is the live token of that value, or nil.
func (ts *tokenStore) find(value string, now time.Time) *token {
	if t, ok := ts.byValue[value]; ok && t.live(now) {
		return t
	}
	return nil
}

// liveOf lists a client's live tokens in the order of making.
func (ts *tokenStore) liveOf(clientID string, now time.Time) []*token {
	var live []*token
	for _, t := range ts.byClient[clientID] {
		if t.live(now) {
			live = append(live, t)
		}
	}
	return live
}

// bind gives a client a token, and ends the older ones unless the server is set to keep them.
func (s *Server) bind(clientID, value string, expires time.Time) *token {
	t := s.tokens.put(clientID, value, s.now(), expires)
	if !s.opts.KeepTokensOnReissue {
		s.tokens.endAll(clientID, t)
	}
	return t
}

// issue makes a new token for a client.
func (s *Server) issue(c *client) *token {
	now := s.now()
	expires := now.Add(s.opts.TokenLifetime).Truncate(time.Millisecond)
	value := rand.Text()
	if !s.opts.OpaqueTokens {
		claims := map[string]any{"id": c.id, "iat": now.Unix(), "exp": expires.Unix(), "jti": value}
		if nickname, ok := c.fields["nickname"].(string); ok {
			claims["nickname"] = nickname
		}
		value = signJWT(s.secret, claims)
	}
	return s.bind(c.id, value, expires)
}

// signJWT makes a JSON Web Token, signed with HMAC SHA-256.
func signJWT(secret []byte, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("sandbox: claims cannot be encoded: " + err.Error())
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// tokenOperation is what an upsert asks for besides the profile.
type tokenOperation struct {
	issue   bool
	token   string // to bind
	expires time.Time
}

func (op tokenOperation) wanted() bool { return op.issue || op.token != "" }

// tokenOperation reads the token options of an upsert. A mixture that is none of the documented ones is refused.
func (s *Server) tokenOperation(id string, body map[string]any) (tokenOperation, *apiError) {
	op := tokenOperation{issue: body["issueAccessToken"] == true, expires: readTime(body["expirationDate"])}
	op.token, _ = body["token"].(string)
	_, hasExpiry := body["expirationDate"]
	switch {
	case op.issue && (op.token != "" || hasExpiry):
		return op, invalidRequest("issueAccessToken cannot be combined with token or expirationDate")
	case hasExpiry && op.token == "":
		return op, invalidRequest("expirationDate needs a token")
	}
	return op, s.checkConflict(id, op.token)
}

// checkConflict refuses to bind a token that belongs to another client.
func (s *Server) checkConflict(id, token string) *apiError {
	if t := s.tokens.find(token, s.now()); t != nil && t.clientID != id {
		return refuse(http.StatusConflict, "TOKEN_CONFLICT", "Token already exists for another client")
	}
	return nil
}

// upsertReply does the token's part of an upsert and shows the client.
func (s *Server) upsertReply(c *client, op tokenOperation) reply {
	s.replies++
	if !op.wanted() {
		return success(s.show(c))
	}
	shown, answer := s.show(c), success
	if s.opts.FlatReplies {
		shown, answer = flatClient(c, op.issue), flat
	}
	var t *token
	if op.issue {
		t = s.issue(c)
	} else {
		t = s.bind(c.id, op.token, op.expires)
	}
	if op.issue || s.opts.EchoBoundTokens {
		shown["token"] = t.value
		if !t.expires.IsZero() && (!op.issue || !s.opts.OmitExpiration) {
			shown["expirationDate"] = formatTime(t.expires)
		}
	}
	return answer(shown)
}

// flat is a result without the envelope.
func flat(result any) reply { return jsonReply(http.StatusOK, result) }

// flatClient is what flat replies to token calls show of a client.
func flatClient(c *client, issued bool) map[string]any {
	shown := pick(c.fields, "_id", "nickname", "avatarUrl")
	shown["issueAccessToken"] = issued
	return shown
}

var tokenFields = fieldChecks{"token": isFilled, "expirationDate": isTime}

// replaceToken serves PUT /admin/clients/{id}/token.
func (s *Server) replaceToken(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	if err := tokenFields.checkTypes(body, "token", "expirationDate"); err != nil {
		return reply{}, err
	}
	cl, ok := s.clients.byID[c.clientID]
	if !ok {
		return reply{}, clientNotFound(c.clientID)
	}
	value, _ := body["token"].(string)
	if err := s.checkConflict(cl.id, value); err != nil {
		return reply{}, err
	}
	t := s.bind(cl.id, value, readTime(body["expirationDate"]))
	if s.opts.FlatReplies {
		shown := flatClient(cl, false)
		shown["token"], shown["expirationDate"], shown["updatedAt"] = t.value, formatTime(t.expires), formatTime(t.updated)
		return flat(shown), nil
	}
	return success(map[string]any{
		"token": t.value, "client": cl.id,
		"expirationDate": formatTime(t.expires), "expirationDateMS": t.expires.UnixMilli(),
	}), nil
}

// revoke serves DELETE /admin/clients/{id}/token: one token, or all when the body names none.
func (s *Server) revoke(c *call) (reply, *apiError) {
	body := map[string]any{}
	if !s.opts.DropRevokeBody && (c.tooLarge || len(bytes.TrimSpace(c.body)) > 0) {
		var err *apiError
		if body, err = decodeBody(c); err != nil {
			return reply{}, err
		}
	}
	if _, ok := s.clients.byID[c.clientID]; !ok {
		return reply{}, clientNotFound(c.clientID)
	}
	ended := s.tokens.liveOf(c.clientID, s.now())
	message := "All tokens revoked successfully"
	if _, one := body["token"]; one {
		if err := tokenFields.checkTypes(body); err != nil {
			return reply{}, err
		}
		value, _ := body["token"].(string)
		t := s.tokens.find(value, s.now())
		if t == nil || t.clientID != c.clientID {
			return reply{}, refuse(http.StatusNotFound, "TOKEN_NOT_FOUND", "Specified token not found for this client")
		}
		ended, message = []*token{t}, "Token revoked successfully"
	}
	data := []any{}
	for _, t := range ended {
		s.tokens.end(t)
		data = append(data, showRevoked(t))
	}
	if s.opts.FlatReplies {
		return flat(map[string]any{"success": true, "message": message, "revokedTokens": len(ended)}), nil
	}
	return success(map[string]any{"data": data}), nil
}

func showRevoked(t *token) map[string]any {
	shown := map[string]any{
		"token": t.value, "createdAt": formatTime(t.created), "updatedAt": formatTime(t.updated),
	}
	if !t.expires.IsZero() {
		shown["expirationDate"], shown["expirationDateMS"] = formatTime(t.expires), t.expires.UnixMilli()
	}
	return shown
}

// me serves GET /me: the profile of the client whose token is sent.
func (s *Server) me(c *call) (reply, *apiError) {
	s.replies++
	return success(s.show(s.clients.byID[c.user])), nil
}

// AddToken gives a client, which must exist, one more token. A zero expiry means never.
func (s *Server) AddToken(id, token string, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.clients.byID[id]; !ok {
		panic("sandbox: AddToken: no client " + id)
	}
	s.tokens.put(id, token, s.now(), expires.UTC())
}

// RevokeTokens ends every token of a client.
func (s *Server) RevokeTokens(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.endAll(id, nil)
}

// LiveTokens lists a client's tokens that have neither ended nor expired, in the order of making.
func (s *Server) LiveTokens(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var values []string
	for _, t := range s.tokens.liveOf(id, s.now()) {
		values = append(values, t.value)
	}
	return values
}
