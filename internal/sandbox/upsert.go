package sandbox

import (
	"net/http"
	"slices"
)

// serverOwned are the fields of a client that requests cannot set: they are ignored there.
var serverOwned = map[string]bool{
	"_id": true, "id": true, "__v": true, "appID": true, "mute": true, "address": true, "userAgent": true,
	"lastJoinOrCreateRoomTime": true, "lastLoginTimeMS": true, "updatedAt": true,
}

// merge stores the fields sent and leaves the others as they are.
func (c *client) merge(fields map[string]any) {
	for name, value := range fields {
		if !serverOwned[name] {
			c.fields[name] = value
		}
	}
}

// upsert serves POST /admin/clients: create or update one client, and give it a token if so asked.
func (s *Server) upsert(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	id, err := requiredString(body, "_id")
	if err != nil {
		return reply{}, err
	}
	if err := checkProfile(body); err != nil {
		return reply{}, err
	}
	op, err := s.tokenOperation(id, body)
	if err != nil {
		return reply{}, err
	}
	if err := s.checkUpsert(id, op.wanted()); err != nil {
		return reply{}, err
	}
	for _, name := range []string{"issueAccessToken", "token", "expirationDate"} {
		delete(body, name)
	}
	for name, value := range body {
		if name != "isRobot" && !slices.Contains(profileTexts, name) {
			body[name] = s.stored(value)
		}
	}
	cl := s.ensureClient(id)
	cl.merge(body)
	return s.upsertReply(cl, op), nil
}

// stored is what the server stores of a value of the application's own.
func (s *Server) stored(value any) any {
	if s.opts.Store == nil {
		return value
	}
	return s.opts.Store(value)
}

// checkUpsert refuses what the server is set to refuse.
func (s *Server) checkUpsert(id string, tokenWanted bool) *apiError {
	_, known := s.clients.byID[id]
	switch {
	case s.refused[id]:
		return invalidRequest("A record was refused")
	case known && s.opts.RejectExistingOnUpsert:
		return &apiError{status: http.StatusConflict, code: "USER_EXISTS", message: "User with _id '" + id + "' already exists"}
	case !known && s.opts.RejectUnknownOnUpsert,
		!known && s.opts.RequireKnownClientForTokens && tokenWanted:
		return clientNotFound(id)
	}
	return nil
}

// upsertReply does the token's part of an upsert and shows the client.
func (s *Server) upsertReply(c *client, op tokenOperation) reply {
	s.replies++
	shown := s.show(c)
	if !op.wanted() {
		return success(shown)
	}
	if s.opts.FlatReplies {
		shown = map[string]any{"_id": c.id, "issueAccessToken": op.issue}
		for _, name := range []string{"nickname", "avatarUrl"} {
			if value, ok := c.fields[name]; ok {
				shown[name] = value
			}
		}
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
	if s.opts.FlatReplies {
		return jsonReply(http.StatusOK, shown)
	}
	return success(shown)
}
