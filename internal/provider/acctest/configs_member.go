package acctest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// Where [Member] puts its resource, and routes of the calls about members.
const (
	MemberAddress  = "imkit_room_member.test"
	RouteProperty  = "/rooms/{id}/member/{client}"
	RouteMute      = "/admin/clients/{client}/mute/{room}"
	memberTemplate = "resource \"imkit_room_member\" \"test\" {\n  room_id   = %s\n  client_id = %s\n  %s\n}\n"
)

// Member is a member of a room with these lines in its body.
func Member(room, client string, lines ...string) string {
	return fmt.Sprintf(memberTemplate, value.HCLString(room), value.HCLString(client), strings.Join(lines, "\n  "))
}

// MemberCalls are the changes of rooms and of what is muted so far, each as
// "METHOD route" with what tells it from others of the kind.
func (w *World) MemberCalls() []string {
	var calls []string
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet || r.RoomID == "" {
			continue
		}
		call := []string{r.Method, r.Route}
		for _, name := range []string{"invitees", "members", "property", "value"} {
			if sent, ok := r.JSON[name]; ok {
				call = append(call, fmt.Sprint(sent))
			}
		}
		if r.JSON["systemMessage"] == true {
			call = append(call, "announced")
		}
		calls = append(calls, strings.Join(call, " "))
	}
	return calls
}
