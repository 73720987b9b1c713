package sandbox

import (
	"maps"
	"net/http"
)

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
		return reply{}, &apiError{status: http.StatusForbidden, code: "INSUFFICIENT_PERMISSIONS", message: "The room is not active"}
	case !s.isPerson(sender):
		return reply{}, clientNotFound(sender)
	}
	m := s.newMessage(roomID)
	m.sent = body
	for _, name := range []string{"sender", "message", "messageType", "mentions"} {
		if value, ok := body[name]; ok {
			m.fields[name] = value
		}
	}
	s.messages.add(m)
	return success(maps.Clone(m.fields)), nil
}
