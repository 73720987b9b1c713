package sandbox

import (
	"slices"
	"strings"
)

// Announcement is a message that the server itself writes into a room.
type Announcement struct {
	Type    string   `json:"type"`    // "addMembers", "deleteMembers" or "assignAdmin"
	Members []string `json:"members"` // whom it is about
}

// The types of announcements.
const (
	announceJoin  = "addMembers"
	announceLeave = "deleteMembers"
	announceAdmin = "assignAdmin"
)

// announce writes into a room what happened to members, if there are any.
func (s *Server) announce(room, kind string, members []string) {
	if len(members) == 0 {
		return
	}
	m := s.newMessage(room)
	m.announced = &Announcement{kind, slices.Clone(members)}
	m.fields["messageType"], m.fields["message"] = kind, strings.Join(s.names(members), ", ")
	s.messages.add(m)
}

// names are the nicknames of clients, or the ids of those who have none.
func (s *Server) names(ids []string) []string {
	names := slices.Clone(ids)
	for i, id := range ids {
		if c, ok := s.clients.byID[id]; ok {
			if nickname, ok := c.fields["nickname"].(string); ok {
				names[i] = nickname
			}
		}
	}
	return names
}

// Announcements lists what the server itself wrote into a room, oldest first.
func (s *Server) Announcements(room string) []Announcement {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Announcement
	for _, m := range s.messages.byRoom[room] {
		if m.announced != nil {
			found = append(found, Announcement{m.announced.Type, slices.Clone(m.announced.Members)})
		}
	}
	return found
}
