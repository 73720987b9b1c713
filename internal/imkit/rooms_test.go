package imkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// everything is every setting of a room.
func everything(t *testing.T) imkit.RoomSettings {
	t.Helper()
	w := imkit.NewSecret("hook")
	return imkit.RoomSettings{
		Name: new("N <&>"), Cover: new(""), Description: new("d"), Tags: &[]string{"t"}, Webhook: &w, BotMode: new(false),
		ExtParams: new("a=1&b=2"), Owner: new("o"), Open: new(true), Frozen: new(true), Managers: &[]string{"m"},
	}
}

// What is sent is what was given, and no more.
func TestRoomCallsSend(t *testing.T) {
	t.Parallel()
	with := func(more map[string]any) map[string]any {
		all := map[string]any{"_id": "r", "roomType": "group"}
		maps.Copy(all, more)
		return all
	}
	settings := everything(t)
	empty := imkit.NewSecret("")
	for name, tc := range map[string]struct {
		call func(a *imkit.API) error
		want string
		body map[string]any
	}{
		"create, everything": {
			func(a *imkit.API) error {
				return last3(a.CreateRoom(t.Context(), "r", settings, []string{"a", "b"}, true))
			},
			"POST /rooms/",
			with(map[string]any{
				"name": "N <&>", "cover": "", "description": "d", "roomTags": []any{"t"}, "webhook": "hook", "botMode": false,
				"extParams": "a=1&b=2", "owner": "o", "members": []any{"a", "b"}, "systemMessage": true,
			}),
		},
		"create, nothing": {
			func(a *imkit.API) error {
				return last3(a.CreateRoom(t.Context(), "r", imkit.RoomSettings{}, nil, false))
			},
			"POST /rooms/",
			with(map[string]any{"members": []any{}, "systemMessage": false}),
		},
		"update, everything": {
			func(a *imkit.API) error { return last3(a.UpdateRoom(t.Context(), "r", settings)) },
			"PUT /rooms/r",
			map[string]any{
				"name": "N <&>", "cover": "", "description": "d", "roomTags": []any{"t"}, "webhook": "hook", "botMode": false,
				"extParams": "a=1&b=2", "owner": "o", "opening": json.Number("1"), "status": json.Number("0"), "managers": []any{"m"},
			},
		},
		"update, cleared": {
			func(a *imkit.API) error {
				return last3(a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{
					Name: new(""), Tags: &[]string{}, Webhook: &empty, Owner: new(""), Open: new(false), Frozen: new(false), Managers: new([]string(nil)),
				}))
			},
			"PUT /rooms/r",
			map[string]any{
				"name": "", "roomTags": []any{}, "webhook": "", "owner": "", "opening": json.Number("0"), "status": json.Number("1"), "managers": []any{},
			},
		},
		"update, nothing": {
			func(a *imkit.API) error {
				return last3(a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{}))
			},
			"GET /rooms/r", nil,
		},
		"read":   {func(a *imkit.API) error { return last(a.GetRoom(t.Context(), "r")) }, "GET /rooms/r", nil},
		"delete": {func(a *imkit.API) error { return last(a.DeleteRoom(t.Context(), "r")) }, "DELETE /rooms/r", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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
			if r.header.Get("IM-API-KEY") != apiKey || r.header.Get("IM-CLIENT-KEY") != "" {
				t.Errorf("headers %v", r.header)
			}
		})
	}

	_, later := settings.Split()
	if diff := cmp.Diff(imkit.RoomSettings{Open: new(true), Frozen: new(true), Managers: &[]string{"m"}}, later); diff != "" {
		t.Error(diff)
	}
}

// What cannot be right is an error before anything is sent.
func TestBadRoomIDs(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, okRoom))
	a := s.api(t)
	ctx := t.Context()
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000)} {
		for name, err := range map[string]error{
			"room id": imkit.CheckRoomID(id),
			"read":    last(a.GetRoom(ctx, id)),
			"exists":  last(a.RoomExists(ctx, id)),
			"create":  last3(a.CreateRoom(ctx, id, imkit.RoomSettings{}, nil, false)),
			"update":  last3(a.UpdateRoom(ctx, id, imkit.RoomSettings{Name: new("N")})),
			"delete":  last(a.DeleteRoom(ctx, id)),
			"member":  last3(a.CreateRoom(ctx, "r", imkit.RoomSettings{}, []string{id}, false)),
			"manager": last3(a.UpdateRoom(ctx, "r", imkit.RoomSettings{Managers: &[]string{"a", id}})),
			"owner": func() error {
				if id == "" { // which takes the owner away
					return fmt.Errorf("the owner's id is fine")
				}
				return last3(a.CreateRoom(ctx, "r", imkit.RoomSettings{Owner: &id}, nil, false))
			}(),
		} {
			if err == nil || !strings.Contains(err.Error(), " id ") || imkit.OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	if _, _, err := a.CreateRoom(ctx, "r", imkit.RoomSettings{}, numbered(101), false); err == nil || !strings.Contains(err.Error(), "at most 100 members") {
		t.Errorf("101 members: %v", err)
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
	if _, _, err := a.CreateRoom(ctx, "r", imkit.RoomSettings{}, numbered(100), false); err != nil {
		t.Error(err)
	}
}

// What a 403 or a 404 means, for every call about a room: gone, hidden, not allowed,
// or none of these. Only a room of which [imkit.API.RoomExists] or this API's own 404
// says so is gone.
func TestRoomRefusals(t *testing.T) {
	t.Parallel()
	type call struct {
		method string
		do     func(t *testing.T, a *imkit.API) error
	}
	read := call{"GET", func(t *testing.T, a *imkit.API) error { return last(a.GetRoom(t.Context(), "r")) }}
	update := call{"PUT", func(t *testing.T, a *imkit.API) error {
		return last3(a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{Name: new("N")}))
	}}
	remove := call{"DELETE", func(t *testing.T, a *imkit.API) error { return last(a.DeleteRoom(t.Context(), "r")) }}

	clear404, html404, other404 := sayJSON(404, roomGone), say(404, "text/html", "<h1>Not Found</h1>"), sayJSON(404, `{"status":404,"error":"Not Found"}`)
	refused, unauthorized, busy := sayJSON(403, forbidden), sayJSON(401, `{"RC":401,"RM":"no"}`), sayJSON(503, "")
	none, gone, there := http.HandlerFunc(nil), saysExists(false), saysExists(true)

	for name, tc := range map[string]struct {
		call   call
		answer http.HandlerFunc
		exists http.HandlerFunc // nil: no such call
		want   string
	}{
		"404":                             {read, clear404, none, "gone"},
		"404, gone":                       {read, clear404, gone, "gone"},
		"404, there":                      {read, clear404, there, "hidden"},
		"404, no answer":                  {read, clear404, busy, "error"},
		"404, refused":                    {read, clear404, refused, "error"},
		"404 by RC":                       {read, sayJSON(200, `{"RC":404,"RM":"nope"}`), none, "gone"},
		"404 by code":                     {read, sayJSON(200, `{"error":"ROOM_NOT_FOUND"}`), none, "gone"},
		"404 with HTML":                   {read, html404, none, "unsupported"},
		"404 with HTML, gone":             {read, html404, gone, "gone"},
		"404 with HTML, there":            {read, html404, there, "hidden"},
		"404 of another API":              {read, other404, other404, "error"},
		"404 of another API, gone":        {read, other404, gone, "gone"},
		"403, gone":                       {read, refused, gone, "gone"},
		"403, there":                      {read, refused, there, "hidden"},
		"403, no such call":               {read, refused, none, "unclear"},
		"403, 404":                        {read, refused, clear404, "unclear"},
		"403, 403":                        {read, refused, refused, "not allowed"},
		"403, no answer":                  {read, refused, busy, "error"},
		"403, makes no sense":             {read, refused, sayJSON(200, `{"RC":0,"result":{}}`), "error"},
		"401":                             {read, unauthorized, gone, "not allowed"},
		"400":                             {read, sayJSON(400, `{"error":"INVALID_REQUEST"}`), none, "error"},
		"405":                             {read, say(405, "text/html", ""), none, "unsupported"},
		"409":                             {update, sayJSON(409, `{"RC":409,"RM":"no"}`), none, "error"},
		"update, 404":                     {update, clear404, none, "gone"},
		"update, 404, gone":               {update, clear404, gone, "gone"},
		"update, 404, there":              {update, clear404, there, "error"},
		"update, 404 with HTML":           {update, html404, none, "unsupported"},
		"update, 403, gone":               {update, refused, gone, "gone"},
		"update, 403, there":              {update, refused, there, "not allowed"},
		"update, client not found, there": {update, sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), there, "error"},
		"delete":                          {remove, sayJSON(200, `{"RC":0,"result":{"n":1,"ok":1}}`), none, "success"},
		"delete, n 0":                     {remove, sayJSON(200, `{"RC":0,"result":{"n":0,"ok":1}}`), none, "success"},
		"delete, no result":               {remove, sayJSON(200, `{"RC":0,"RM":"deleted"}`), none, "success"},
		"delete, flat":                    {remove, sayJSON(200, `{"success":true}`), none, "success"},
		"delete, 404":                     {remove, clear404, none, "success"},
		"delete, 404, there":              {remove, clear404, there, "error"},
		"delete, 404 with HTML":           {remove, html404, none, "unsupported"},
		"delete, 403, gone":               {remove, refused, gone, "success"},
		"delete, 403, there":              {remove, refused, there, "not allowed"},
		"delete, 403, no such call":       {remove, refused, none, "unclear"},
		"delete, lost, then 404":          {remove, inTurn(cut, clear404), gone, "success"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, routes(map[string]http.HandlerFunc{tc.call.method + " /rooms/r": tc.answer, "GET /rooms/r/exists": tc.exists}))
				err := tc.call.do(t, s.knownServer(t, retries(2)))
				if got := meaning(err); got != tc.want {
					t.Errorf("%s, want %s: %v", got, tc.want, err)
				}
				if errors.Is(err, imkit.ErrUnconfirmed) != (imkit.IsNotFound(err) && tc.exists == nil) {
					t.Errorf("unconfirmed %t: %v", errors.Is(err, imkit.ErrUnconfirmed), err)
				}
				if err != nil && !strings.Contains(err.Error(), tc.call.method+" /rooms/{id}: ") {
					t.Errorf("the error does not say what was tried: %v", err)
				}
				if n := len(s.seen()); n > 5 {
					t.Errorf("%d requests: %s", n, s.calls())
				}
			})
		})
	}
}

// A server without the second call is asked for it once. An absence that it cannot
// confirm is one all the same, each time, for the caller to believe or not.
func TestRoomsWithoutExists(t *testing.T) {
	t.Parallel()
	s := serve(t, routes(map[string]http.HandlerFunc{"GET /rooms/r": sayJSON(404, roomGone)}))
	a := s.knownServer(t)
	for range 3 {
		if _, err := a.GetRoom(t.Context(), "r"); !imkit.IsNotFound(err) || !errors.Is(err, imkit.ErrUnconfirmed) {
			t.Error(err)
		}
	}
	if got := strings.Join(s.calls(), ", "); got != "GET /rooms/r, GET /rooms/r/exists"+strings.Repeat(", GET /rooms/r", 5) { // two looks each time
		t.Errorf("asked for %s", got)
	}
}

// A key that the server does not know is not one that may not make this call.
func TestRoomsWithABadKey(t *testing.T) {
	t.Parallel()
	bad := sayJSON(401, `{"RC":401,"error":{"code":"INVALID_API_KEY","message":"bad key"}}`)
	for call, do := range map[string]func(*imkit.API) error{
		"read": func(a *imkit.API) error { return last(a.GetRoom(t.Context(), "r")) },
		"update": func(a *imkit.API) error {
			return last3(a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{Name: new("N")}))
		},
		"delete": func(a *imkit.API) error { return last(a.DeleteRoom(t.Context(), "r")) },
	} {
		s := serve(t, bad)
		if err := do(s.api(t)); !is(err, imkit.KindUnauthorized) || meaning(err) != "error" || len(s.seen()) != 1 {
			t.Errorf("%s: %s: %v", call, s.calls(), err)
		}
	}
}

// Whoever answers at a wrong address says nothing about rooms.
func TestRoomsOfAForeignServer(t *testing.T) {
	t.Parallel()
	a := serve(t, http.NotFound).api(t)
	_, read := a.GetRoom(t.Context(), "r")
	_, _, update := a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{Name: new("N")})
	_, _, create := a.CreateRoom(t.Context(), "r", imkit.RoomSettings{}, nil, false)
	_, exists := a.RoomExists(t.Context(), "r")
	_, groups := a.FindGroup(t.Context(), "g")
	for name, err := range map[string]error{
		"read": read, "update": update, "create": create, "exists": exists, "delete": last(a.DeleteRoom(t.Context(), "r")),
		"join": joinRoom(t.Context(), a, "r", "a", false), "leave": last(a.RemoveMember(t.Context(), "r", "a", false)),
		"property": last(a.SetMemberProperty(t.Context(), "r", "a", "p", 1)), "unmute": last(a.UnmuteRoom(t.Context(), "a", "r")), "groups": groups,
	} {
		if meaning(err) != "error" || imkit.OutcomeUnknown(err) {
			t.Errorf("%s: %s: %v", name, meaning(err), err)
		}
	}
}
