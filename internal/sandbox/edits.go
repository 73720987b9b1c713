package sandbox

import (
	"maps"
	"slices"
	"time"
)

// The methods of this file are edits and looks behind the caller's back, as somebody else would make them. They
// take ids exactly as they are and leave no trace in the request log.

// PutClient creates a client or merges fields into it, as an admin console would. Fields that change by
// themselves, such as updatedAt, keep the value put here. Values must be what JSON can say.
func (s *Server) PutClient(id string, fields map[string]any) {
	normal := normalize(fields)
	delete(normal, "_id")
	delete(normal, "id")
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ensureClient(id)
	maps.Copy(c.fields, normal)
}

// RemoveFields takes fields away from a client.
func (s *Server) RemoveFields(id string, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients.byID[id]
	if !ok {
		return
	}
	for _, name := range names {
		if name != "_id" {
			delete(c.fields, name)
		}
	}
}

// RemoveClient deletes a client and its tokens, for which the API has no call.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients.remove(id)
	s.tokens.endAll(id, nil)
}

// Client is a copy of every stored field of a client, "_id" included and those that change by themselves not.
// Numbers are json.Number. A group is no client here.
func (s *Server) Client(id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients.byID[id]
	if !ok || c.group {
		return nil, false
	}
	return normalize(c.fields), true
}

// ClientIDs lists the clients, groups aside, in the order of insertion.
func (s *Server) ClientIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.clients.order))
	for _, c := range s.clients.order {
		if !c.group {
			ids = append(ids, c.id)
		}
	}
	return ids
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
	return slices.Clip(values)
}
