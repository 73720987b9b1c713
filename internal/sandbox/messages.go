package sandbox

import "slices"

// message is one stored message.
type message struct {
	id, room  string
	fields    map[string]any // as replies show them
	sent      map[string]any // the request, of a message that somebody sent
	announced *Announcement  // of one that the server wrote
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

// Message is a copy of a message that somebody sent.
type Message struct {
	ID   string
	Sent map[string]any // the request: "room", "sender", "message" and so on; numbers are json.Number
}

// Messages lists what was sent with POST /messages, oldest first. The messages of a room go with it.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Message
	for _, m := range s.messages.all {
		if m.announced == nil {
			found = append(found, Message{m.id, normalize(m.sent)})
		}
	}
	return found
}
