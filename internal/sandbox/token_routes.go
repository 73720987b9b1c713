package sandbox

import (
	"bytes"
	"net/http"
)

// replaceToken serves PUT /admin/clients/{id}/token.
func (s *Server) replaceToken(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	value, err := requiredString(body, "token")
	if err != nil {
		return reply{}, err
	}
	if _, err = requiredString(body, "expirationDate"); err != nil {
		return reply{}, err
	}
	expires, err := optionalTime(body, "expirationDate")
	if err != nil {
		return reply{}, err
	}
	cl, ok := s.clients.byID[c.clientID]
	if !ok {
		return reply{}, clientNotFound(c.clientID)
	}
	if err := s.checkConflict(cl.id, value); err != nil {
		return reply{}, err
	}
	t := s.bind(cl.id, value, expires)
	if !s.opts.FlatReplies {
		return success(map[string]any{
			"token": t.value, "client": cl.id,
			"expirationDate": formatTime(t.expires), "expirationDateMS": t.expires.UnixMilli(),
		}), nil
	}
	flat := map[string]any{
		"_id": cl.id, "issueAccessToken": false, "token": t.value,
		"expirationDate": formatTime(t.expires), "updatedAt": formatTime(t.updated),
	}
	for _, name := range []string{"nickname", "avatarUrl"} {
		if value, ok := cl.fields[name]; ok {
			flat[name] = value
		}
	}
	return jsonReply(http.StatusOK, flat), nil
}

// revoke serves DELETE /admin/clients/{id}/token: one token, or all when the body names none.
func (s *Server) revoke(c *call) (reply, *apiError) {
	body := map[string]any{}
	if c.tooLarge || len(bytes.TrimSpace(c.body)) > 0 {
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
		value, err := requiredString(body, "token")
		if err != nil {
			return reply{}, err
		}
		t := s.tokens.find(value, s.now())
		if t == nil || t.clientID != c.clientID {
			return reply{}, &apiError{
				status: http.StatusNotFound, code: "TOKEN_NOT_FOUND", message: "Specified token not found for this client",
			}
		}
		ended, message = []*token{t}, "Token revoked successfully"
	}
	data := []any{}
	for _, t := range ended {
		s.tokens.end(t)
		data = append(data, showRevoked(t))
	}
	if s.opts.FlatReplies {
		return jsonReply(http.StatusOK, map[string]any{"success": true, "message": message, "revokedTokens": len(ended)}), nil
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
