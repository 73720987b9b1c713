package acctest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
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
	return RoomWith(append([]string{"id = " + value.HCLString(id)}, lines...)...)
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
