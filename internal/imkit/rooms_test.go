package imkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// routes answers each "METHOD /path" with a handler of its own, and everything
// else as a chat server does that knows no such call.
func routes(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	return known(func(w http.ResponseWriter, r *http.Request) {
		if handler, ok := handlers[r.Method+" "+r.URL.EscapedPath()]; ok {
			handler(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// calls lists what a server was asked, each as "METHOD /path", but not who it is.
func (s *testServer) calls() []string {
	var all []string
	for _, r := range s.seen() {
		if path, _, _ := strings.Cut(r.uri, "?"); path != pathMe {
			all = append(all, r.method+" "+path)
		}
	}
	return all
}

// sent decodes the body of a request.
func (r recorded) sent(t *testing.T) map[string]any {
	t.Helper()
	o, err := decodeObject([]byte(r.body))
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.uri, err)
	}
	return o
}

const okRoom = `{"RC":0,"RM":"OK","result":{"_id":"r","name":"N"}}`

// everything is every setting of a room.
func everything(t *testing.T) RoomSettings {
	t.Helper()
	w := webhook(t, "hook")
	return RoomSettings{
		Name: ptr("N <&>"), Cover: ptr(""), Description: ptr("d"), Tags: &[]string{"t"}, Webhook: &w, BotMode: ptr(false),
		ExtParams: ptr("a=1&b=2"), Owner: ptr("o"), Open: ptr(true), Frozen: ptr(true), Managers: &[]string{"m"},
	}
}

// What is sent is what was given, and no more.
func TestRoomCallsSend(t *testing.T) {
	with := func(more map[string]any) map[string]any {
		all := map[string]any{"_id": "r", "roomType": "group"}
		maps.Copy(all, more)
		return all
	}
	settings := everything(t)
	empty := webhook(t, "")
	for name, tc := range map[string]struct {
		call func(a *API) error
		want string
		body map[string]any
	}{
		"create, everything": {
			func(a *API) error {
				_, err := a.CreateRoom(t.Context(), "r", settings, []string{"a", "b"}, true)
				return err
			},
			"POST /rooms/",
			with(map[string]any{
				"name": "N <&>", "cover": "", "description": "d", "roomTags": []any{"t"}, "webhook": "hook", "botMode": false,
				"extParams": "a=1&b=2", "owner": "o", "members": []any{"a", "b"}, "systemMessage": true,
			}),
		},
		"create, nothing": {
			func(a *API) error {
				_, err := a.CreateRoom(t.Context(), "r", RoomSettings{}, nil, false)
				return err
			},
			"POST /rooms/",
			with(map[string]any{"members": []any{}, "systemMessage": false}),
		},
		"update, everything": {
			func(a *API) error { _, err := a.UpdateRoom(t.Context(), "r", settings); return err },
			"PUT /rooms/r",
			map[string]any{
				"name": "N <&>", "cover": "", "description": "d", "roomTags": []any{"t"}, "webhook": "hook", "botMode": false,
				"extParams": "a=1&b=2", "owner": "o", "opening": json.Number("1"), "status": json.Number("0"), "managers": []any{"m"},
			},
		},
		"update, cleared": {
			func(a *API) error {
				_, err := a.UpdateRoom(t.Context(), "r", RoomSettings{
					Name: ptr(""), Tags: &[]string{}, Webhook: &empty, Owner: ptr(""), Open: ptr(false), Frozen: ptr(false), Managers: ptr([]string(nil)),
				})
				return err
			},
			"PUT /rooms/r",
			map[string]any{
				"name": "", "roomTags": []any{}, "webhook": "", "owner": "", "opening": json.Number("0"), "status": json.Number("1"), "managers": []any{},
			},
		},
		"update, nothing": {
			func(a *API) error { _, err := a.UpdateRoom(t.Context(), "r", RoomSettings{}); return err },
			"GET /rooms/r", nil,
		},
		"read":   {func(a *API) error { _, err := a.Room(t.Context(), "r", false); return err }, "GET /rooms/r", nil},
		"delete": {func(a *API) error { return a.DeleteRoom(t.Context(), "r") }, "DELETE /rooms/r", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, sayJSON(200, okRoom))
			if err := tc.call(s.api(t)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.calls()); got != "["+tc.want+"]" {
				t.Errorf("asked for %s, want %s", got, tc.want)
			}
			r := s.seen()[0]
			if tc.body == nil && r.body != "" {
				t.Errorf("sent %s", r.body)
			} else if tc.body != nil {
				if diff := cmp.Diff(tc.body, r.sent(t)); diff != "" {
					t.Error(diff)
				}
			}
			if r.header.Get("IM-API-KEY") != testKey || r.header.Get("IM-CLIENT-KEY") != "" {
				t.Errorf("headers %v", r.header)
			}
		})
	}

	if diff := cmp.Diff(RoomSettings{Open: ptr(true), Frozen: ptr(true), Managers: &[]string{"m"}}, settings.Later()); diff != "" {
		t.Error(diff)
	}
}

// What cannot be right is an error before anything is sent.
func TestBadRoomIDs(t *testing.T) {
	s := serve(t, sayJSON(200, okRoom))
	a := s.api(t)
	ctx := t.Context()
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000)} {
		for name, err := range map[string]error{
			"room id": CheckRoomID(id),
			"read":    func() error { _, err := a.Room(ctx, id, false); return err }(),
			"exists":  func() error { _, err := a.RoomExists(ctx, id); return err }(),
			"create":  func() error { _, err := a.CreateRoom(ctx, id, RoomSettings{}, nil, false); return err }(),
			"update":  func() error { _, err := a.UpdateRoom(ctx, id, RoomSettings{Name: ptr("N")}); return err }(),
			"delete":  a.DeleteRoom(ctx, id),
			"member":  func() error { _, err := a.CreateRoom(ctx, "r", RoomSettings{}, []string{id}, false); return err }(),
			"manager": func() error { _, err := a.UpdateRoom(ctx, "r", RoomSettings{Managers: &[]string{"a", id}}); return err }(),
			"owner": func() error {
				if id == "" { // which takes the owner away
					return fmt.Errorf("the owner's id is fine")
				}
				_, err := a.CreateRoom(ctx, "r", RoomSettings{Owner: &id}, nil, false)
				return err
			}(),
		} {
			if err == nil || !strings.Contains(err.Error(), " id ") || OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	if _, err := a.CreateRoom(ctx, "r", RoomSettings{}, numbered(101), false); err == nil || !strings.Contains(err.Error(), "at most 100 members") {
		t.Errorf("101 members: %v", err)
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
	if _, err := a.CreateRoom(ctx, "r", RoomSettings{}, numbered(100), false); err != nil {
		t.Error(err)
	}
}

const (
	roomGone  = `{"RC":404,"RM":"Room not found","error":{"code":"ROOM_NOT_FOUND","message":"The specified room does not exist"}}`
	forbidden = `{"RC":403,"RM":"Forbidden","error":{"code":"INSUFFICIENT_PERMISSIONS","message":"Only members"}}`
	noBody    = `{"RC":0,"RM":"OK","result":{"totalCount":0,"data":[]}}` // a look-up that finds nobody
)

func saysExists(exists bool) http.HandlerFunc {
	return sayJSON(200, fmt.Sprintf(`{"RC":0,"RM":"OK","result":{"exists":%t}}`, exists))
}

// What a refusal means, for every call about a room: gone, hidden, not allowed,
// or none of these.
func TestRoomRefusals(t *testing.T) {
	type call struct {
		method string
		do     func(a *API) error
	}
	read := call{"GET", func(a *API) error { _, err := a.Room(t.Context(), "r", false); return err }}
	readFrozen := call{"GET", func(a *API) error { _, err := a.Room(t.Context(), "r", true); return err }}
	find := call{"GET", func(a *API) error { _, err := a.FindRoom(t.Context(), "r"); return err }}
	update := call{"PUT", func(a *API) error { _, err := a.UpdateRoom(t.Context(), "r", RoomSettings{Name: ptr("N")}); return err }}
	remove := call{"DELETE", func(a *API) error { return a.DeleteRoom(t.Context(), "r") }}

	clear404, html404 := sayJSON(404, roomGone), say(404, "text/html", "<h1>Not Found</h1>")
	other404, under200 := sayJSON(404, `{"status":404,"error":"Not Found"}`), sayJSON(200, `{"error":"ROOM_NOT_FOUND"}`)
	refused, unknown := sayJSON(403, forbidden), sayJSON(401, `{"error":"INVALID_API_KEY"}`)
	busy, none := sayJSON(503, ""), http.HandlerFunc(nil)

	for name, tc := range map[string]struct {
		call            call
		answer          http.HandlerFunc
		exists, clients http.HandlerFunc // nil: no such call
		want            string
		requests        int
	}{
		"404":                             {read, clear404, none, none, "gone", 1},
		"404 by RC":                       {read, sayJSON(200, `{"RC":404,"RM":"nope"}`), none, none, "gone", 1},
		"404 by code":                     {read, under200, none, none, "gone", 1},
		"404 with HTML":                   {read, html404, none, none, "unsupported", 2},
		"404 with HTML, gone":             {read, html404, saysExists(false), none, "gone", 2},
		"404 with HTML, there":            {read, html404, saysExists(true), none, "hidden", 2},
		"404 of another kind":             {read, other404, other404, none, "error", 2},
		"404 of another kind, gone":       {read, other404, saysExists(false), none, "gone", 2},
		"404 of a frozen one":             {readFrozen, clear404, none, none, "unclear", 2},
		"404 of a frozen one, gone":       {readFrozen, clear404, saysExists(false), none, "gone", 2},
		"404 of a frozen one, there":      {readFrozen, clear404, saysExists(true), none, "hidden", 2},
		"404 of a frozen one, refused":    {readFrozen, clear404, refused, none, "error", 2},
		"404 of a frozen one, 404":        {readFrozen, clear404, clear404, none, "unclear", 2},
		"404, found by a member":          {find, clear404, none, none, "gone", 2},
		"404, found by a member, gone":    {find, clear404, saysExists(false), none, "gone", 2},
		"404, found by a member, there":   {find, clear404, saysExists(true), none, "hidden", 2},
		"404, found by a member, busy":    {find, clear404, busy, none, "error", 4},
		"404 with HTML, found":            {find, html404, none, none, "unsupported", 2},
		"403, found by a member":          {find, refused, none, sayJSON(200, noBody), "unclear", 3},
		"403, gone":                       {read, refused, saysExists(false), none, "gone", 2},
		"403, there":                      {read, refused, saysExists(true), none, "hidden", 2},
		"403 of a frozen one, gone":       {readFrozen, refused, saysExists(false), none, "gone", 3},
		"403 of a frozen one, there":      {readFrozen, refused, saysExists(true), none, "hidden", 2},
		"403, cannot tell":                {read, refused, none, sayJSON(200, noBody), "unclear", 3},
		"403, 404":                        {read, refused, clear404, sayJSON(200, noBody), "unclear", 3},
		"403, cannot tell, bad key":       {read, refused, none, unknown, "unauthorized", 3},
		"403, 403":                        {read, refused, refused, sayJSON(200, noBody), "not allowed", 3},
		"403, 403, bad key":               {read, refused, refused, unknown, "unauthorized", 3},
		"403, out of order":               {read, refused, busy, none, "unauthorized", 4},
		"403, makes no sense":             {read, refused, sayJSON(200, `{"RC":0,"result":{}}`), none, "unauthorized", 4},
		"401":                             {read, unknown, saysExists(false), sayJSON(200, noBody), "not allowed", 2},
		"401, bad key":                    {read, unknown, saysExists(false), unknown, "unauthorized", 2},
		"401, old server":                 {read, unknown, none, none, "unauthorized", 2},
		"400":                             {read, sayJSON(400, `{"error":"INVALID_REQUEST"}`), none, none, "error", 1},
		"405":                             {read, say(405, "text/html", ""), none, none, "unsupported", 1},
		"409":                             {update, sayJSON(409, `{"RC":409,"RM":"no"}`), none, none, "error", 1},
		"update, 404":                     {update, clear404, none, none, "gone", 2},
		"update, 404, gone":               {update, clear404, saysExists(false), none, "gone", 2},
		"update, 404, there":              {update, clear404, saysExists(true), none, "error", 2},
		"update, 404 with HTML":           {update, html404, none, none, "unsupported", 2},
		"update, 403, gone":               {update, refused, saysExists(false), none, "gone", 2},
		"update, 403, there":              {update, refused, saysExists(true), sayJSON(200, noBody), "not allowed", 3},
		"update, 403, there, bad key":     {update, refused, saysExists(true), unknown, "unauthorized", 3},
		"update, client not found, there": {update, sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), saysExists(true), none, "error", 2},
		"delete":                          {remove, sayJSON(200, `{"RC":0,"result":{"n":1,"ok":1}}`), none, none, "success", 1},
		"delete, n 0":                     {remove, sayJSON(200, `{"RC":0,"result":{"n":0,"ok":1}}`), none, none, "success", 1},
		"delete, no result":               {remove, sayJSON(200, `{"RC":0,"RM":"deleted"}`), none, none, "success", 1},
		"delete, flat":                    {remove, sayJSON(200, `{"success":true}`), none, none, "success", 1},
		"delete, n of a wrong type":       {remove, sayJSON(200, `{"RC":0,"result":{"n":"1"}}`), none, none, "error", 3},
		"delete, 404":                     {remove, clear404, none, none, "success", 2},
		"delete, 404, there":              {remove, clear404, saysExists(true), none, "error", 2},
		"delete, 404 with HTML":           {remove, html404, none, none, "unsupported", 2},
		"delete, 403, gone":               {remove, refused, saysExists(false), none, "success", 2},
		"delete, 403, there":              {remove, refused, saysExists(true), sayJSON(200, noBody), "not allowed", 3},
		"delete, 403, cannot tell":        {remove, refused, none, sayJSON(200, noBody), "unclear", 3},
		"delete, lost, then 404":          {remove, inTurn(cut, clear404), saysExists(false), none, "success", 3},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{tc.call.method + " /rooms/r": tc.answer}
			if tc.exists != nil {
				handlers["GET /rooms/r/exists"] = tc.exists
			}
			if tc.clients != nil {
				handlers["GET /admin/clients"] = tc.clients
			}
			s := serve(t, routes(handlers))
			err := tc.call.do(s.api(t, func(c *Config) { c.MaxRetries = 2 }))
			if got := whatItMeans(err); got != tc.want {
				t.Errorf("%s, want %s: %v", got, tc.want, err)
			}
			if n := len(s.calls()); n != tc.requests {
				t.Errorf("%d requests, want %d: %s", n, tc.requests, s.calls())
			}
			if err != nil && !strings.Contains(err.Error(), tc.call.method+" /rooms/{id}: ") {
				t.Errorf("the error does not say what was tried: %v", err)
			}
		})
	}
}

// whatItMeans names the predicate that is true of an error of a room's call.
func whatItMeans(err error) string {
	switch {
	case err == nil:
		return "success"
	case IsNotFound(err):
		return "gone"
	case IsRoomHidden(err):
		return "hidden"
	case IsRoomUnclear(err):
		return "unclear"
	case IsKeyNotAllowed(err):
		return "not allowed"
	case IsUnauthorized(err):
		return "unauthorized"
	case IsUnsupported(err):
		return "unsupported"
	}
	return "error"
}

// That the key may make an administrator's call is asked once.
func TestAdministratorIsAskedOnce(t *testing.T) {
	s := serve(t, routes(map[string]http.HandlerFunc{
		"GET /rooms/r":       sayJSON(401, `{"RC":401,"RM":"no"}`),
		"GET /admin/clients": inTurn(sayJSON(401, `{"RC":401,"RM":"no"}`), sayJSON(200, noBody)),
	}))
	a := s.api(t)
	for i, want := range []string{"unauthorized", "not allowed", "not allowed", "not allowed"} {
		_, err := a.Room(t.Context(), "r", false)
		if got := whatItMeans(err); got != want {
			t.Errorf("%d: %s, want %s: %v", i, got, want, err)
		}
	}
	if n := len(s.seen()); n != 6 {
		t.Errorf("%d requests: %s", n, s.calls())
	}
}
