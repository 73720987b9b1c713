package sandbox

import "maps"

// showCreated is a new room as the reply to its creation has it: no more than the documented example.
func showCreated(r *room) map[string]any {
	shown := map[string]any{"members": asList(r.members)}
	for _, name := range []string{"_id", "__v", "appID", "name", "cover", "roomType", "roomTags"} {
		if value, ok := r.fields[name]; ok {
			shown[name] = value
		}
	}
	return shown
}

// showChanged is a room as replies to changes have it.
func (s *Server) showChanged(r *room) map[string]any {
	return s.showRoom(r, s.opts.Rooms.PopulateReplies)
}

// showRoom is a room, with clients for ids if it is populated. What changes by itself is new in every reply.
func (s *Server) showRoom(r *room, populated bool) map[string]any {
	s.replies++
	whole := maps.Clone(r.fields)
	whole["id"] = r.id
	whole["members"] = asList(r.members)
	whole["memberProperties"] = s.showProperties(r)
	whole["unread"] = s.replies % 100
	whole["botState"] = []string{"CONTACT", "IDLE"}[s.replies%2]
	whole["isSuperuser"] = true
	if last := s.messages.last(r.id); last != nil {
		whole["lastMessage"] = last.fields
	}
	if populated {
		whole["members"] = s.populate(r.members)
		if owner, ok := r.fields["owner"].(string); ok {
			whole["owner"] = s.showPerson(owner)
		}
	}
	if len(s.opts.Rooms.Fields) == 0 {
		return whole
	}
	shown := map[string]any{"_id": r.id}
	for _, name := range s.opts.Rooms.Fields {
		if value, ok := whole[name]; ok {
			shown[name] = value
		}
	}
	return shown
}

// populate puts client objects in the place of ids. Whoever is gone has none.
func (s *Server) populate(ids []string) []any {
	people := []any{}
	for _, id := range ids {
		if person := s.showPerson(id); person != nil {
			people = append(people, person)
		}
	}
	return people
}

// showPerson is a client, or a group, as rooms show it; nil if it is gone.
func (s *Server) showPerson(id string) any {
	c, ok := s.clients.byID[id]
	if !ok {
		return nil
	}
	whole, shown := s.show(c), map[string]any{}
	for _, name := range []string{"_id", "id", "nickname", "avatarUrl", "description", "isRobot", "clientType", "lastLoginTimeMS"} {
		if value, ok := whole[name]; ok {
			shown[name] = value
		}
	}
	return shown
}
