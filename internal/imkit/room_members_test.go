package imkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// withMembers is a reply with a room that has these members, as ids.
func withMembers(ids ...string) http.HandlerFunc {
	encoded, err := json.Marshal(append([]string{}, ids...))
	if err != nil {
		panic(err)
	}
	return sayJSON(200, roomReply(`{"_id":"r","members":`+string(encoded)+`}`))
}

// people is a look-up that finds these clients, of those asked for.
func people(ids ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q map[string]map[string][]string
		if err := json.Unmarshal([]byte(r.URL.Query().Get("q")), &q); err != nil {
			panic(err)
		}
		found := slices.DeleteFunc(q["_id"]["$in"], func(id string) bool { return !slices.Contains(ids, id) })
		(&lookUpServer{}).list(found)(w, r)
	}
}

func TestMemberCallsSend(t *testing.T) {
	for name, tc := range map[string]struct {
		call func(a *API) error
		want string
		body string
	}{
		"add":            {func(a *API) error { return a.AddMembers(t.Context(), "r", []string{"b", "a", "b"}, true) }, "POST /rooms/r/members", `{"invitationRequired":false,"invitees":["a","b"],"systemMessage":true}`},
		"join":           {func(a *API) error { return a.JoinRoomAnyRole(t.Context(), "r", "a", false) }, "POST /rooms/r/members", `{"invitationRequired":false,"invitees":["a"],"systemMessage":false}`},
		"remove":         {func(a *API) error { return a.RemoveMembers(t.Context(), "r", []string{"c", "d"}, false) }, "POST /rooms/r/delete/members", `{"members":["c","d"],"systemMessage":false}`},
		"leave":          {func(a *API) error { return a.LeaveRoom(t.Context(), "r", "c", true) }, "POST /rooms/r/delete/members", `{"members":["c"],"systemMessage":true}`},
		"role":           {func(a *API) error { return a.SetMemberProperty(t.Context(), "r", "a", "role", RoleAdmin) }, "PUT /rooms/r/member/a", `{"property":"role","value":"admin"}`},
		"property":       {func(a *API) error { return a.SetMemberProperty(t.Context(), "r", "x/y", "score", json.Number("1.50")) }, "PUT /rooms/r/member/x%2Fy", `{"property":"score","value":1.50}`},
		"property, null": {func(a *API) error { return a.SetMemberProperty(t.Context(), "r", "a", "score", nil) }, "PUT /rooms/r/member/a", `{"property":"score","value":null}`},
		"property, map": {func(a *API) error {
			return a.SetMemberProperty(t.Context(), "r", "a", "p", map[string]any{"x": []any{true}})
		}, "PUT /rooms/r/member/a", `{"property":"p","value":{"x":[true]}}`},
		"mute":            {func(a *API) error { return a.MuteRoom(t.Context(), "c/d", "r r") }, "POST /admin/clients/c%2Fd/mute/r%20r", ""},
		"unmute":          {func(a *API) error { return a.UnmuteRoom(t.Context(), "a", "r") }, "DELETE /admin/clients/a/mute/r", ""},
		"nobody to add":   {func(a *API) error { return a.AddMembers(t.Context(), "r", nil, true) }, "", ""},
		"nobody to leave": {func(a *API) error { return a.RemoveMembers(t.Context(), "r", []string{}, true) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, withMembers("a", "b"))
			if err := tc.call(s.api(t)); err != nil {
				t.Fatal(err)
			}
			if tc.want == "" {
				if len(s.seen()) > 0 {
					t.Errorf("asked for %s", s.calls())
				}
				return
			}
			if got := fmt.Sprint(s.calls()); got != "["+tc.want+"]" || s.seen()[0].body != tc.body {
				t.Errorf("asked for %s with %s", got, s.seen()[0].body)
			}
		})
	}
}

// Members go out in hundreds.
func TestManyMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		a := s.api(t)
		if err := a.AddMembers(t.Context(), "r", numbered(250), false); err != nil || len(s.members("r")) != 250 {
			t.Errorf("%d are in: %v", len(s.members("r")), err)
		}
		if err := a.RemoveMembers(t.Context(), "r", numbered(250), false); err != nil || len(s.members("r")) != 0 {
			t.Errorf("%d are in: %v", len(s.members("r")), err)
		}
		for _, c := range s.seen("POST") {
			if n := strings.Count(c, ",") + 1; n > 100 {
				t.Errorf("%d in one call", n)
			}
		}
		if n := len(s.seen("")); n != 6 {
			t.Errorf("%d calls: %s", n, s.seen(""))
		}
	})
}

// What is wrong with members that did not join is found out, and they are named.
func TestAddMembers(t *testing.T) {
	objection := sayJSON(400, `{"RC":400,"RM":"Bad Request","error":{"code":"INVALID_REQUEST","message":"a member does not exist"}}`)
	notListed := sayJSON(200, roomReply(`{"_id":"r"}`))
	for name, tc := range map[string]struct {
		post, get, exists, clients, groups http.HandlerFunc
		want                               string
		ids                                []string
	}{
		"all":                       {post: withMembers("x", "b", "a"), want: "success"},
		"as objects":                {post: sayJSON(200, roomReply(`{"_id":"r","members":[{"_id":"a"},{"_id":"b","clientType":"group"}]}`)), want: "success"},
		"not listed, read":          {post: notListed, get: withMembers("a", "b"), want: "success"},
		"listed by nobody":          {post: notListed, get: notListed, want: "hidden members"},
		"not listed, cannot read":   {post: notListed, get: sayJSON(400, `{"RC":400}`), want: "doubtful"},
		"invited":                   {post: withMembers("a"), clients: people("a", "b"), want: "invited", ids: []string{"b"}},
		"invited, cannot look":      {post: withMembers(), clients: sayJSON(400, `{"RC":400}`), want: "invited", ids: []string{"a", "b"}},
		"unknown, left out":         {post: withMembers("a"), clients: people("a"), groups: groupsListed(), want: "unknown", ids: []string{"b"}},
		"unknown":                   {post: objection, clients: people("a"), groups: groupsListed(`{"_id":"team"}`), want: "unknown", ids: []string{"b"}},
		"unknown, no groups":        {post: objection, clients: people(), want: "unknown", ids: []string{"a", "b"}},
		"a group":                   {post: objection, clients: people("a"), groups: groupsListed(`{"_id":"b"}`), want: "error"},
		"unknown, groups refused":   {post: objection, clients: people("a"), groups: sayJSON(403, forbidden), want: "error"},
		"unknown, cannot look":      {post: objection, want: "error"},
		"all known":                 {post: objection, clients: people("a", "b"), want: "error"},
		"unknown by RC":             {post: sayJSON(200, `{"RC":1,"RM":"no"}`), clients: people("a"), groups: groupsListed(), want: "unknown", ids: []string{"b"}},
		"404, room there":           {post: sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), exists: saysExists(true), clients: people("a"), groups: groupsListed(), want: "unknown", ids: []string{"b"}},
		"404, room there by read":   {post: sayJSON(404, roomGone), get: withMembers(), clients: people("a"), groups: groupsListed(), want: "unknown", ids: []string{"b"}},
		"404, room gone":            {post: sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), exists: saysExists(false), want: "gone"},
		"404, room gone by read":    {post: sayJSON(404, roomGone), get: sayJSON(404, roomGone), want: "gone"},
		"403, room gone":            {post: sayJSON(403, forbidden), exists: saysExists(false), want: "gone"},
		"403, room there":           {post: sayJSON(403, forbidden), exists: saysExists(true), clients: people(), want: "not allowed"},
		"no such call":              {get: withMembers(), want: "unsupported"},
		"out of order":              {post: sayJSON(503, ""), want: "doubtful"},
		"lost, done the next time":  {post: inTurn(cut, withMembers("a", "b")), want: "success"},
		"about another room, twice": {post: sayJSON(200, roomReply(`{"_id":"other","members":["a","b"]}`)), want: "doubtful"},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{}
			for path, handler := range map[string]http.HandlerFunc{
				"POST /rooms/r/members": tc.post, "GET /rooms/r": tc.get, "GET /rooms/r/exists": tc.exists,
				"GET /admin/clients": tc.clients, "GET /admin/groups": tc.groups,
			} {
				if handler != nil {
					handlers[path] = handler
				}
			}
			for way, add := range map[string]func(a *API) error{
				"add": func(a *API) error { return a.AddMembers(t.Context(), "r", []string{"a", "b"}, false) },
				"join": func(a *API) error { // as those do who go out together
					_, errs := a.joinAll(t.Context(), joining{room: "r"}, []string{"a", "b"})
					if tc.want == "invited" && len(errs) != len(tc.ids) { // the others are in
						t.Errorf("errors %v", errs)
					}
					return errs["b"]
				},
			} {
				err := add(serve(t, routes(handlers)).api(t, func(c *Config) { c.MaxRetries = 1 }))
				got := whatItMeans(err)
				switch {
				case IsInvited(err):
					got = "invited"
				case IsUnknownMember(err):
					got = "unknown"
				case IsMembersHidden(err) && OutcomeUnknown(err):
					got = "hidden members"
				case OutcomeUnknown(err):
					got = "doubtful"
				}
				if got != tc.want {
					t.Errorf("%s: %s, want %s: %v", way, got, tc.want, err)
				}
				if err != nil && !strings.Contains(err.Error(), "POST /rooms/{id}/members: ") {
					t.Errorf("%s: the error does not say what was tried: %v", way, err)
				}
				if m, ok := errors.AsType[*MembersError](err); way == "add" && ok {
					if diff := cmp.Diff(tc.ids, m.IDs); diff != "" {
						t.Errorf("%s: %s", diff, err)
					}
				}
			}
		})
	}
}

// Who is not in the room is removed.
func TestRemoveMembers(t *testing.T) {
	objection := sayJSON(400, `{"RC":400,"RM":"not in the room"}`)
	notListed := sayJSON(200, roomReply(`{"_id":"r"}`))
	for name, tc := range map[string]struct {
		post, get, exists http.HandlerFunc
		want              string
		calls             string
	}{
		"removed":                  {withMembers("x"), nil, nil, "success", "POST"},
		"removed, not listed":      {notListed, nil, nil, "success", "POST"},
		"removed, listed too late": {withMembers("a"), withMembers("x"), nil, "success", "POST GET"},
		"still there":              {withMembers("a"), withMembers("a"), nil, "stays", "POST GET"},
		"still there, gone":        {withMembers("a"), sayJSON(404, roomGone), nil, "gone", "POST GET"},
		"none is in":               {objection, withMembers("x"), nil, "success", "POST GET"},
		"one is in":                {inTurn(objection, withMembers("x")), withMembers("b", "x"), nil, "success", "POST GET POST"},
		"one is in, and stays":     {objection, withMembers("b"), nil, "error", "POST GET POST GET"},
		"both are in":              {objection, withMembers("a", "b"), nil, "error", "POST GET"},
		"cannot be seen":           {objection, notListed, nil, "error", "POST GET"},
		"cannot be read":           {objection, sayJSON(400, `{"RC":400}`), nil, "error", "POST GET"},
		"room gone":                {sayJSON(404, roomGone), nil, saysExists(false), "gone", "POST GET"},
		"404, none is in":          {sayJSON(404, roomGone), withMembers(), saysExists(true), "success", "POST GET GET"},
		"404 by code, none is in":  {sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), withMembers(), saysExists(true), "success", "POST GET GET"},
		"unauthorized":             {sayJSON(401, `{"RC":401}`), nil, nil, "unauthorized", "POST GET"},
		"no such call":             {nil, withMembers(), nil, "unsupported", "POST GET GET"},
		"lost":                     {cut, nil, nil, "error", "POST POST"},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{}
			for path, handler := range map[string]http.HandlerFunc{
				"POST /rooms/r/delete/members": tc.post, "GET /rooms/r": tc.get, "GET /rooms/r/exists": tc.exists,
			} {
				if handler != nil {
					handlers[path] = handler
				}
			}
			s := serve(t, routes(handlers))
			err := s.api(t, func(c *Config) { c.MaxRetries = 1 }).RemoveMembers(t.Context(), "r", []string{"a", "b"}, false)
			got := whatItMeans(err)
			if hasProblem(err, MemberStays) {
				got = "stays"
			}
			var methods []string
			for _, c := range s.calls() {
				method, _, _ := strings.Cut(c, " ")
				methods = append(methods, method)
			}
			if said := strings.Join(methods, " "); got != tc.want || said != tc.calls {
				t.Errorf("%s, want %s; asked %s, want %s: %v", got, tc.want, said, tc.calls, err)
			}
		})
	}
}

// One of many that cannot be removed does not keep the others in.
func TestOneBadLeaveAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		s.rooms["r"] = numbered(20)
		s.refuses = func(_ string, ids []string) int {
			if slices.Contains(ids, "client-007") || slices.Contains(ids, "nobody") {
				return 400
			}
			return 0
		}
		_, errs := s.api(t).joinAll(t.Context(), joining{room: "r", leave: true}, append(numbered(20), "nobody"))
		if len(errs) != 1 || errs["client-007"] == nil || fmt.Sprint(s.members("r")) != "[client-007]" {
			t.Errorf("%v, in are %s", errs, s.members("r"))
		}
	})
}

// Who joins gets to know the role that the room shows, each their own.
func TestRolesOfWhoJoins(t *testing.T) {
	listed := sayJSON(200, roomReply(`{"_id":"r","members":["a","b"]}`))
	withRoles := sayJSON(200, roomReply(`{"_id":"r","members":["a","b"],"memberProperties":[{"client":"a","role":"admin"},{"client":"b"}]}`))
	for name, tc := range map[string]struct {
		post, get http.HandlerFunc
		want      map[string]string
	}{
		"shown":         {withRoles, nil, map[string]string{"a": "admin", "b": "member"}},
		"not shown":     {listed, withRoles, map[string]string{"a": "", "b": ""}},
		"shown by read": {sayJSON(200, okRoom), withRoles, map[string]string{"a": "admin", "b": "member"}},
	} {
		a := serve(t, routes(map[string]http.HandlerFunc{"POST /rooms/r/members": tc.post, "GET /rooms/r": tc.get})).api(t)
		for id, want := range tc.want {
			role, err := a.JoinRoom(t.Context(), "r", id, false)
			got := ""
			if role.Value != nil {
				got = *role.Value
			}
			if err != nil || got != want || role.Reported != (want != "") {
				t.Errorf("%s: %s has the role %q, want %q: %v", name, id, got, want, err)
			}
		}
	}
}
