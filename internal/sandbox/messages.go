package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// message is one stored message.
type message struct {
	id, room  string
	fields    map[string]any // as replies show them
	sent      map[string]any // the request, of a message that somebody sent
	announced *Announcement  // of one that the server wrote
}

// newMessage is a message with what the server puts into every one. It is not stored yet.
func (s *Server) newMessage(room string) *message {
	id, now := s.newID(), number(s.now().UnixMilli())
	return &message{id: id, room: room, fields: map[string]any{
		"_id": id, "id": id, "room": room, "appID": s.opts.AppID, "sender": nil,
		"messageTimeMS": now, "createdAtMS": now, "updatedAtMS": now,
	}}
}

// lastMessage is the newest message of a room, or nil.
func (s *Server) lastMessage(room string) *message {
	for _, m := range slices.Backward(s.messages) {
		if m.room == room {
			return m
		}
	}
	return nil
}

var messageFields = fieldChecks{
	"room": isFilled, "sender": isFilled, "message": isFilled, "messageType": isFilled, "push": isFlag, "skipTotalBadge": isFlag, "mentions": isIDList,
}

// sendMessage serves POST /messages. An "_id" in it would change a message that is there, and is refused.
func (s *Server) sendMessage(c *call) (reply, *apiError) {
	body, err := messageFields.decode(c, "room", "sender", "message", "messageType")
	if err != nil {
		return reply{}, err
	}
	roomID, _ := body["room"].(string)
	sender, _ := body["sender"].(string)
	switch r, ok := s.rooms.byID[roomID]; {
	case !ok:
		return reply{}, roomNotFound()
	case r.frozen():
		return reply{}, refuse(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS", "The room is not active")
	case !s.isPerson(sender):
		return reply{}, clientNotFound(sender)
	}
	m := s.newMessage(roomID)
	m.sent = body
	maps.Copy(m.fields, pick(body, "sender", "message", "messageType", "mentions"))
	s.messages = append(s.messages, m)
	return success(maps.Clone(m.fields)), nil
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
	for _, m := range s.messages {
		if m.announced == nil {
			found = append(found, Message{m.id, normalize(m.sent)})
		}
	}
	return found
}

// Announcement is a message that the server itself writes into a room.
type Announcement struct {
	Type    string   `json:"type"`    // "addMembers", "deleteMembers", "leaveRoom" or "assignAdmin"
	Members []string `json:"members"` // whom it is about
}

// The types of announcements.
const (
	announceJoin    = "addMembers"
	announceRemoval = "deleteMembers"
	announceLeave   = "leaveRoom"
	announceAdmin   = "assignAdmin"
)

// announce writes into a room what happened to members, if there are any.
func (s *Server) announce(room, kind string, members []string) {
	if len(members) == 0 {
		return
	}
	m := s.newMessage(room)
	m.announced = &Announcement{kind, slices.Clone(members)}
	m.fields["messageType"], m.fields["message"] = kind, strings.Join(s.names(members), ", ")
	s.messages = append(s.messages, m)
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
	for _, m := range s.messages {
		if m.room == room && m.announced != nil {
			found = append(found, Announcement{m.announced.Type, slices.Clone(m.announced.Members)})
		}
	}
	return found
}

var broadcastFields = fieldChecks{
	"message": isFilled, "messageType": isFilled, "sender": isFilled, "push": isFlag, "skipTotalBadge": isFlag,
	"paras": isRecipients, "extra": isObject,
}

// sendBroadcast serves POST /messages/batch.
func (s *Server) sendBroadcast(c *call) (reply, *apiError) {
	body, err := broadcastFields.decode(c, "message", "messageType", "paras")
	if err != nil {
		return reply{}, err
	}
	if sender, ok := body["sender"].(string); ok && !s.isPerson(sender) {
		return reply{}, clientNotFound(sender)
	}
	text, _ := body["message"].(string)
	recipients, _ := body["paras"].([]any)
	b := Broadcast{ID: s.newID(), Sent: body}
	for _, value := range recipients {
		recipient, _ := value.(map[string]any)
		if err := s.checkRecipient(recipient); err != nil {
			return reply{}, err
		}
		b.Texts = append(b.Texts, fillIn(text, recipient))
	}
	s.broadcasts = append(s.broadcasts, b)
	return success(map[string]any{"batchID": b.ID, "count": len(recipients)}), nil
}

// checkRecipient wants the room or, where none is named, the client to exist.
func (s *Server) checkRecipient(recipient map[string]any) *apiError {
	if roomID, ok := recipient["room"].(string); ok {
		if _, there := s.rooms.byID[roomID]; !there {
			return roomNotFound()
		}
		return nil
	}
	if receiver, _ := recipient["receiver"].(string); !s.isPerson(receiver) {
		return clientNotFound(receiver)
	}
	return nil
}

// fillIn puts a recipient's values in the place of the placeholders. What is in the values is no placeholder.
func fillIn(text string, recipient map[string]any) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(recipient)) {
		if value, ok := recipient[name].(string); ok && isPlaceholder(name) {
			pairs = append(pairs, name, value)
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func isPlaceholder(name string) bool {
	return len(name) > 2 && strings.HasPrefix(name, "$") && strings.HasSuffix(name, "$")
}

// isRecipients wants a list of objects, each with a receiver or a room and values for placeholders.
func isRecipients(value any) string {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return "must be an array of recipients"
	}
	for _, one := range list {
		recipient, _ := one.(map[string]any)
		_, toClient := recipient["receiver"]
		_, toRoom := recipient["room"]
		if !toClient && !toRoom {
			return "must name a receiver or a room each time"
		}
		for name, value := range recipient {
			if name != "receiver" && name != "room" && !isPlaceholder(name) {
				return "must have placeholders such as $name$ besides receiver and room"
			}
			if isText(value) != "" {
				return "must have strings as values"
			}
		}
	}
	return ""
}

// Broadcast is a copy of a batch of messages that is queued. None of it is ever sent.
type Broadcast struct {
	ID    string         `json:"id"`
	Sent  map[string]any `json:"-"`     // the request; numbers are json.Number
	Texts []string       `json:"texts"` // the message for each of the recipients
}

// Broadcasts lists what was sent with POST /messages/batch, oldest first.
func (s *Server) Broadcasts() []Broadcast {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make([]Broadcast, 0, len(s.broadcasts))
	for _, b := range s.broadcasts {
		found = append(found, Broadcast{b.ID, normalize(b.Sent), slices.Clone(b.Texts)})
	}
	return found
}

var (
	pushFields    = fieldChecks{"clients": isSomeIDs, "payload": isObject}
	payloadFields = fieldChecks{
		"type": isText, "expiry": isNumber, "alert": isAlert, "badge": isNumberOrText, "sound": isText, "topic": isText,
		"title": isText, "body": isText, "icon": isText, "collapseKey": isText,
	}
	alertFields = fieldChecks{"loc-key": isText, "loc-args": isTextList}
)

// push serves POST /push/push2clients. Whether anybody gets it is not told.
func (s *Server) push(c *call) (reply, *apiError) {
	body, err := pushFields.decode(c, "clients", "payload")
	if err != nil {
		return reply{}, err
	}
	payload, _ := body["payload"].(map[string]any)
	if err := payloadFields.check(payload); err != nil {
		return reply{}, err
	}
	s.pushes = append(s.pushes, Push{texts(body["clients"]), payload})
	return success(map[string]any{}), nil
}

// isNumberOrText suits a badge, of which one page has a number and the other a string.
func isNumberOrText(value any) string {
	if isNumber(value) != "" && isText(value) != "" {
		return "must be a number or a string"
	}
	return ""
}

// isAlert wants a string, or the key and the arguments of a text in the app's languages.
func isAlert(value any) string {
	object, ok := value.(map[string]any)
	if !ok && isText(value) != "" || alertFields.check(object) != nil {
		return "must be a string, or an object with loc-key and loc-args"
	}
	return ""
}

// Push is a copy of a push notification. It reaches nobody.
type Push struct {
	Clients []string       `json:"clients"`
	Payload map[string]any `json:"payload"` // numbers are json.Number
}

// Pushes lists what was sent with POST /push/push2clients, oldest first.
func (s *Server) Pushes() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make([]Push, 0, len(s.pushes))
	for _, p := range s.pushes {
		found = append(found, Push{slices.Clone(p.Clients), normalize(p.Payload)})
	}
	return found
}
