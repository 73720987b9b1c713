package sandbox

import (
	"encoding/json"
	"slices"
)

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

func isNumber(value any) string {
	if _, ok := value.(json.Number); !ok {
		return "must be a number"
	}
	return ""
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
