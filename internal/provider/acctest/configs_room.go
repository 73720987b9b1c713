package acctest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// RoomAddress is where [Room] and [RoomWith] put their resource.
const RoomAddress = "imkit_room.test"

// Routes of the calls about rooms as the sandbox names them.
const (
	RouteRooms  = "/rooms/"
	RouteRoom   = "/rooms/{id}"
	RouteExists = "/rooms/{id}/exists"
	RouteJoin   = "/rooms/{id}/members"
	RouteLeave  = "/rooms/{id}/delete/members"
)

// Room is a room with this id and these lines in its body.
func Room(id string, lines ...string) string {
	return RoomWith(append([]string{"id = " + tfvalue.HCLString(id)}, lines...)...)
}

// RoomWith is a room with these lines in its body.
func RoomWith(lines ...string) string {
	return fmt.Sprintf("resource \"imkit_room\" \"test\" {\n  %s\n}\n", strings.Join(lines, "\n  "))
}

// People makes clients with these ids.
func (w *World) People(ids ...string) {
	for _, id := range ids {
		w.PutClient(id, map[string]any{"nickname": strings.ToUpper(id)})
	}
}

// RoomChanges are the calls so far that made, changed or deleted rooms, each as
// its method and route, and the bodies that were sent.
func (w *World) RoomChanges() (calls []string, bodies []map[string]any) {
	for _, r := range w.Requests() {
		if r.Method != http.MethodGet && strings.HasPrefix(r.Route, RouteRooms) {
			calls = append(calls, r.Method+" "+r.Route)
			bodies = append(bodies, r.JSON)
		}
	}
	return calls, bodies
}

// Chat has a client write into a room, which must work.
func (w *World) Chat(t *testing.T, room, sender string) {
	t.Helper()
	body := fmt.Sprintf(`{"room":%q,"sender":%q,"message":"Hello","messageType":"text"}`, room, sender)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messages", strings.NewReader(body))
	r.Header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		t.Fatalf("a message was refused: %d %s", answer.Code, answer.Body)
	}
}

// Where [Member] puts its resource, and routes of the calls about members.
const (
	MemberAddress  = "imkit_room_member.test"
	RouteProperty  = "/rooms/{id}/member/{client}"
	RouteMute      = "/admin/clients/{client}/mute/{room}"
	memberTemplate = "resource \"imkit_room_member\" \"test\" {\n  room_id   = %s\n  client_id = %s\n  %s\n}\n"
)

// Member is a member of a room with these lines in its body.
func Member(room, client string, lines ...string) string {
	return fmt.Sprintf(memberTemplate, tfvalue.HCLString(room), tfvalue.HCLString(client), strings.Join(lines, "\n  "))
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
