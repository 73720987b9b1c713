package sandbox

import (
	"slices"
	"strings"
)

// message is one stored message.
type message struct {
	id, room  string
	fields    map[string]any // as replies show them
	announced *Announcement  // nil for what was sent by somebody
}

// messageStore holds the messages in the order of their arrival.
type messageStore struct {
	all    []*message
	byRoom map[string][]*message
}

func newMessageStore() messageStore { return messageStore{byRoom: map[string][]*message{}} }

func (ms *messageStore) add(m *message) {
	ms.all = append(ms.all, m)
	ms.byRoom[m.room] = append(ms.byRoom[m.room], m)
}

// last is the newest message of a room, or nil.
func (ms *messageStore) last(room string) *message {
	if of := ms.byRoom[room]; len(of) > 0 {
		return of[len(of)-1]
	}
	return nil
}

// removeAll deletes the messages of a room.
func (ms *messageStore) removeAll(room string) {
	delete(ms.byRoom, room)
	ms.all = slices.DeleteFunc(ms.all, func(m *message) bool { return m.room == room })
}

// newMessage is a message with what the server puts into every one. It is not stored yet.
func (s *Server) newMessage(room string) *message {
	id, now := s.newID(), number(s.now().UnixMilli())
	return &message{id: id, room: room, fields: map[string]any{
		"_id": id, "id": id, "room": room, "appID": s.opts.AppID, "sender": nil,
		"messageTimeMS": now, "createdAtMS": now, "updatedAtMS": now,
	}}
}

// Announcement is a message that the server itself writes into a room.
type Announcement struct {
	Type    string   // "addMembers", "deleteMembers" or "assignAdmin"
	Members []string // whom it is about
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
