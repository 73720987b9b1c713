package sandbox

import "maps"

// The methods of this file are edits of groups behind the caller's back, and looks at them.

// PutGroup creates a group or merges fields into it: "nickname", "avatarUrl" and "members", a list of ids. Values
// must be what JSON can say. The id must not be a client's.
func (s *Server) PutGroup(id string, fields map[string]any) {
	normal := normalize(fields)
	delete(normal, "_id")
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.clients.byID[id]
	switch {
	case !ok:
		s.addGroup(id, normal)
	case !g.group:
		panic("sandbox: PutGroup: " + id + " is a client")
	default:
		maps.Copy(g.fields, normal)
		s.noteListed(g)
	}
}

// Group is a copy of every stored field of a group.
func (s *Server) Group(id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.clients.byID[id]
	if !ok || !g.group {
		return nil, false
	}
	return normalize(g.fields), true
}

// GroupIDs lists the groups in the order of making.
func (s *Server) GroupIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, g := range s.groups() {
		ids = append(ids, g.id)
	}
	return ids
}

// RemoveGroup deletes a group and its tokens, for which the API has no call.
func (s *Server) RemoveGroup(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.clients.byID[id]; ok && g.group {
		s.clients.remove(id)
		s.tokens.endAll(id, nil)
	}
}
