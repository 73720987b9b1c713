package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// Broadcast is a copy of a batch of messages that is queued. None of it is ever sent.
type Broadcast struct {
	ID    string
	Sent  map[string]any // the request; numbers are json.Number
	Texts []string       // the message for each of the recipients
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
