package imkit

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// A room that is there after an answer that was lost has been made; one that is
// not is made once more, and not twice.
func TestCreateRoomAfterALostAnswer(t *testing.T) {
	made, gone, there := sayJSON(200, okRoom), sayJSON(404, roomGone), sayJSON(200, roomReply(`{"_id":"r","name":"there"}`))
	conflict, senseless := sayJSON(409, `{"RC":409,"RM":"exists"}`), sayJSON(200, `{"RC":0,"result":{"_id":"other"}}`)
	for name, tc := range map[string]struct {
		post, get, exists http.HandlerFunc
		name              string // of the room in the end
		want              string
		unknown           bool
		calls             string
	}{
		"answered":              {made, nil, nil, "N", "success", false, "POST"},
		"refused":               {sayJSON(400, `{"error":"INVALID_REQUEST"}`), nil, nil, "", "error", false, "POST"},
		"exists":                {conflict, there, nil, "", "error", false, "POST"},
		"busy":                  {inTurn(sayJSON(429, ""), made), nil, nil, "N", "success", false, "POST POST"},
		"lost, there":           {cut, there, nil, "there", "success", false, "POST GET"},
		"502, there":            {say(502, "text/html", ""), there, nil, "there", "success", false, "POST GET"},
		"makes no sense, there": {senseless, there, nil, "there", "success", false, "POST GET"},
		"lost, hidden":          {cut, sayJSON(403, forbidden), saysExists(true), "", "success", false, "POST GET GET"},
		"lost, not there":       {inTurn(cut, made), gone, nil, "N", "success", false, "POST GET POST"},
		"lost, 403, not there":  {inTurn(cut, made), sayJSON(403, forbidden), saysExists(false), "N", "success", false, "POST GET GET POST"},
		"lost, late":            {inTurn(cut, conflict), inTurn(gone, there), nil, "there", "success", false, "POST GET POST GET"},
		"lost, then refused":    {inTurn(cut, conflict), gone, nil, "", "error", false, "POST GET POST GET"},
		"lost twice, there":     {cut, inTurn(gone, there), nil, "there", "success", false, "POST GET POST GET"},
		"lost twice, not there": {cut, gone, nil, "", "error", true, "POST GET POST GET"},
		"lost, cannot look":     {cut, sayJSON(400, `{"RC":400,"RM":"no"}`), nil, "", "error", true, "POST GET"},
		"lost, cannot tell":     {inTurn(cut, conflict), inTurn(gone, sayJSON(400, `{"RC":400}`)), nil, "", "error", true, "POST GET POST GET"},
		"not allowed":           {sayJSON(403, forbidden), nil, nil, "", "not allowed", false, "POST GET"},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{"POST /rooms/": tc.post, "GET /admin/clients": sayJSON(200, noBody)}
			if tc.get != nil {
				handlers["GET /rooms/r"] = tc.get
			}
			if tc.exists != nil {
				handlers["GET /rooms/r/exists"] = tc.exists
			}
			s := serve(t, routes(handlers))
			room, err := s.api(t, func(c *Config) { c.MaxRetries = 2 }).CreateRoom(t.Context(), "r", RoomSettings{}, nil, false)
			var methods []string
			for _, r := range s.seen() {
				methods = append(methods, r.method)
			}
			if got := strings.Join(methods, " "); got != tc.calls {
				t.Errorf("asked %s, want %s", got, tc.calls)
			}
			if got := whatItMeans(err); got != tc.want || OutcomeUnknown(err) != tc.unknown {
				t.Errorf("%s, unknown %t: %v", got, OutcomeUnknown(err), err)
			}
			switch {
			case err != nil && room != nil, err == nil && room.ID != "r":
				t.Errorf("%+v", room)
			case err == nil && tc.name != "" && *room.Name.Value != tc.name:
				t.Errorf("%q, want %q", *room.Name.Value, tc.name)
			}
		})
	}
}

// An interrupted create is not settled, and says so.
func TestCreateRoomInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		cut(w, r)
	})
	_, err := s.api(t).CreateRoom(ctx, "r", RoomSettings{}, nil, false)
	if len(s.seen()) != 1 || !OutcomeUnknown(err) {
		t.Errorf("%s, unknown %t: %v", s.calls(), OutcomeUnknown(err), err)
	}
}
