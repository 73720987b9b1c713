package imkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func TestMemberCallsSend(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	set := func(client, property string, value any) func(a *imkit.API) error {
		return func(a *imkit.API) error { return last(a.SetMemberProperty(ctx, "r", client, property, value)) }
	}
	for name, tc := range map[string]struct {
		call func(a *imkit.API) error
		want string
		body string
	}{
		"add":             {func(a *imkit.API) error { return together(a.AddMembers(ctx, "r", []string{"b", "a", "b"}, true)) }, "POST /rooms/r/members", `{"invitationRequired":false,"invitees":["a","b"],"systemMessage":true}`},
		"join":            {func(a *imkit.API) error { return joinRoom(ctx, a, "r", "a", false) }, "POST /rooms/r/members", `{"invitationRequired":false,"invitees":["a"],"systemMessage":false}`},
		"remove":          {func(a *imkit.API) error { return together(a.RemoveMembers(ctx, "r", []string{"c", "d"}, false)) }, "POST /rooms/r/delete/members", `{"members":["c","d"],"systemMessage":false}`},
		"leave":           {func(a *imkit.API) error { return last(a.RemoveMember(ctx, "r", "c", true)) }, "POST /rooms/r/delete/members", `{"members":["c"],"systemMessage":true}`},
		"role":            {set("a", "role", imkit.RoleAdmin), "PUT /rooms/r/member/a", `{"property":"role","value":"admin"}`},
		"property":        {set("x/y", "score", json.Number("1.50")), "PUT /rooms/r/member/x%2Fy", `{"property":"score","value":1.50}`},
		"property, null":  {set("a", "score", nil), "PUT /rooms/r/member/a", `{"property":"score","value":null}`},
		"property, map":   {set("a", "p", map[string]any{"x": []any{true}}), "PUT /rooms/r/member/a", `{"property":"p","value":{"x":[true]}}`},
		"mute":            {func(a *imkit.API) error { return last(a.MuteRoom(ctx, "c/d", "r r")) }, "POST /admin/clients/c%2Fd/mute/r%20r", ""},
		"unmute":          {func(a *imkit.API) error { return last(a.UnmuteRoom(ctx, "a", "r")) }, "DELETE /admin/clients/a/mute/r", ""},
		"nobody to add":   {func(a *imkit.API) error { return together(a.AddMembers(ctx, "r", nil, true)) }, "", ""},
		"nobody to leave": {func(a *imkit.API) error { return together(a.RemoveMembers(ctx, "r", []string{}, true)) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, withMembers("a", "b"))
			if err := tc.call(s.api(t)); err != nil {
				t.Fatal(err)
			}
			var body string
			if seen := s.seen(); len(seen) > 0 {
				body = seen[0].body
			}
			if got := strings.Join(s.calls(), " "); got != tc.want || body != tc.body {
				t.Errorf("asked for %s with %s", got, body)
			}
		})
	}
}

// One call is about a hundred members at most.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = time.Second
		a := s.api(t)
		for path, change := range map[string]func(context.Context, string, []string, bool) (map[string]error, error){
			joinPath: a.AddMembers, leavePath: a.RemoveMembers,
		} {
			if err := together(change(t.Context(), "r", numbered(250), false)); err != nil {
				t.Error(err)
			}
			var sent []string
			calls := s.changed(t, path)
			for _, c := range calls {
				sent = append(sent, c.ids()...)
			}
			if slices.Sort(sent); len(calls) != 3 || !slices.Equal(sent, slices.Sorted(slices.Values(numbered(250)))) {
				t.Errorf("%s: %d of 250 in %d calls", path, len(sent), len(calls))
			}
		}
	})
}

// What is wrong with members that did not join is found out, and they are named, be
// it that they were added together or joined one by one at the same moment.
func TestAddMembers(t *testing.T) {
	t.Parallel()
	type handlers struct{ post, get, exists, clients, groups http.HandlerFunc }
	objection := sayJSON(400, `{"RC":400,"RM":"Bad Request","error":{"code":"INVALID_REQUEST","message":"a member does not exist"}}`)
	notListed, noRoom, noClient := sayJSON(200, okRoom), sayJSON(404, roomGone), sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`)
	bad, refused := sayJSON(400, `{"RC":400}`), sayJSON(403, forbidden)
	for name, tc := range map[string]struct {
		on    handlers
		want  string
		names string // the members at fault
	}{
		"all":                       {handlers{post: withMembers("x", "b", "a")}, "success", ""},
		"as objects":                {handlers{post: sayJSON(200, roomReply(`{"_id":"r","members":[{"_id":"a"},{"_id":"b","clientType":"group"}]}`))}, "success", ""},
		"not listed, read":          {handlers{post: notListed, get: withMembers("a", "b")}, "success", ""},
		"listed by nobody":          {handlers{post: notListed, get: notListed}, "members hidden", ""},
		"not listed, cannot read":   {handlers{post: notListed, get: bad}, "doubtful", ""},
		"invited":                   {handlers{post: withMembers("a"), clients: people("a", "b")}, "invited", "b"},
		"invited, cannot look":      {handlers{post: withMembers(), clients: bad}, "invited", "a b"},
		"unknown, left out":         {handlers{post: withMembers("a"), clients: people("a"), groups: groupsListed()}, "unknown member", "b"},
		"unknown":                   {handlers{post: objection, clients: people("a"), groups: groupsListed(`{"_id":"team"}`)}, "unknown member", "b"},
		"unknown, no groups":        {handlers{post: objection, clients: people()}, "unknown member", "a b"},
		"unknown by RC":             {handlers{post: sayJSON(200, `{"RC":1,"RM":"no"}`), clients: people("a"), groups: groupsListed()}, "unknown member", "b"},
		"a group":                   {handlers{post: objection, clients: people("a"), groups: groupsListed(`{"_id":"b"}`)}, "error", ""},
		"unknown, groups refused":   {handlers{post: objection, clients: people("a"), groups: refused}, "error", ""},
		"unknown, cannot look":      {handlers{post: objection, clients: bad}, "error", ""},
		"all known":                 {handlers{post: objection, clients: people("a", "b")}, "error", ""},
		"404, room there":           {handlers{post: noClient, exists: saysExists(true), clients: people("a"), groups: groupsListed()}, "unknown member", "b"},
		"404, room there by read":   {handlers{post: noRoom, get: withMembers(), clients: people("a"), groups: groupsListed()}, "unknown member", "b"},
		"404, room gone":            {handlers{post: noClient, exists: saysExists(false)}, "gone", ""},
		"404, room gone by read":    {handlers{post: noRoom, get: noRoom}, "gone", ""},
		"403, room gone":            {handlers{post: refused, exists: saysExists(false)}, "gone", ""},
		"403, room there":           {handlers{post: refused, exists: saysExists(true), clients: people("a", "b")}, "not allowed", ""},
		"no such call":              {handlers{get: withMembers()}, "unsupported", ""},
		"out of order":              {handlers{post: sayJSON(503, "")}, "doubtful", ""},
		"lost, done the next time":  {handlers{post: inTurn(cut, withMembers("a", "b"))}, "success", ""},
		"about another room, twice": {handlers{post: sayJSON(200, roomReply(`{"_id":"other","members":["a","b"]}`))}, "doubtful", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for way, add := range map[string]func(t *testing.T, a *imkit.API) (all string, b error){
				"add": func(t *testing.T, a *imkit.API) (string, error) {
					err := together(a.AddMembers(t.Context(), "r", []string{"a", "b"}, false))
					return fmt.Sprint(err), err
				},
				"join": func(t *testing.T, a *imkit.API) (string, error) {
					errs := atOnce([]string{"a", "b"}, func(id string) error { return joinRoom(t.Context(), a, "r", id, false) })
					if m := meaning(errs[0]); (m == "invited" || m == "unknown member") && tc.names == "b" {
						t.Errorf("the other one is blamed too: %v", errs[0])
					}
					return fmt.Sprint(errs[0], errs[1]), errs[1]
				},
			} {
				synctest.Test(t, func(t *testing.T) {
					a := serveInMemory(t, routes(map[string]http.HandlerFunc{
						"POST /rooms/r/members": tc.on.post, "GET /rooms/r": tc.on.get, "GET /rooms/r/exists": tc.on.exists,
						"GET /admin/clients": tc.on.clients, "GET /admin/groups": tc.on.groups,
					})).knownServer(t, retries(1))
					said, err := add(t, a)
					got := meaning(err)
					if got == "members hidden" && !imkit.OutcomeUnknown(err) {
						t.Errorf("%s: the outcome is not known: %v", way, err)
					}
					if got == "error" && imkit.OutcomeUnknown(err) {
						got = "doubtful"
					}
					if got != tc.want {
						t.Errorf("%s: %s, want %s: %v", way, got, tc.want, err)
					}
					if err != nil && !strings.Contains(err.Error(), "POST /rooms/{id}/members: ") {
						t.Errorf("%s: the error does not say what was tried: %v", way, err)
					}
					for _, id := range []string{"a", "b"} {
						if tc.names != "" && strings.Contains(said, fmt.Sprintf("%q", id)) != strings.Contains(tc.names, id) {
							t.Errorf("%s: at fault are %s: %s", way, tc.names, said)
						}
					}
				})
			}
		})
	}
}

// Who is not in the room is removed.
func TestRemoveMembers(t *testing.T) {
	t.Parallel()
	objection, bad := sayJSON(400, `{"RC":400,"RM":"not in the room"}`), sayJSON(400, `{"RC":400}`)
	notListed, noRoom := sayJSON(200, okRoom), sayJSON(404, roomGone)
	for name, tc := range map[string]struct {
		post, get, exists http.HandlerFunc
		want              string
		posts             int
	}{
		"removed":                  {withMembers("x"), nil, nil, "success", 1},
		"removed, not listed":      {notListed, withMembers("x"), nil, "success", 1},
		"removed, listed too late": {withMembers("a"), withMembers("x"), nil, "success", 1},
		"still there":              {withMembers("a"), withMembers("a"), nil, "stays", 1},
		"still there, gone":        {withMembers("a"), noRoom, nil, "gone", 1},
		"none is in":               {objection, withMembers("x"), nil, "success", 1},
		"one is in":                {inTurn(objection, withMembers("x")), withMembers("b", "x"), nil, "success", 2},
		"one is in, and stays":     {objection, withMembers("b"), nil, "refused", 4},
		"both are in":              {objection, withMembers("a", "b"), nil, "error", 3},
		"cannot be seen":           {objection, notListed, nil, "error", 3},
		"cannot be read":           {objection, bad, nil, "error", 3},
		"room gone":                {noRoom, nil, saysExists(false), "gone", 1},
		"404, none is in":          {noRoom, withMembers(), saysExists(true), "success", 1},
		"404 by code, none is in":  {sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), withMembers(), saysExists(true), "success", 1},
		"not allowed":              {sayJSON(401, `{"RC":401}`), nil, nil, "not allowed", 1},
		"no such call":             {nil, withMembers(), nil, "unsupported", 1},
		"lost":                     {cut, nil, nil, "error", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"POST /rooms/r/delete/members": tc.post, "GET /rooms/r": tc.get, "GET /rooms/r/exists": tc.exists,
				}))
				err := together(s.knownServer(t, retries(1)).RemoveMembers(t.Context(), "r", []string{"a", "b"}, false))
				if got, posts := meaning(err), s.count(http.MethodPost); got != tc.want || posts != tc.posts {
					t.Errorf("%s with %d calls, want %s with %d: %v", got, posts, tc.want, tc.posts, err)
				}
			})
		})
	}
}

// Who joins gets to know the role that the room shows, each their own.
func TestRolesOfWhoJoins(t *testing.T) {
	t.Parallel()
	listed := withMembers("a", "b")
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
			role, _, err := a.AddMember(t.Context(), "r", id, false)
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

func TestSetMemberProperty(t *testing.T) {
	t.Parallel()
	objection, noRoom := sayJSON(400, `{"RC":400,"RM":"not a member"}`), sayJSON(404, roomGone)
	for name, tc := range map[string]struct {
		put, get, exists http.HandlerFunc
		want             string
	}{
		"done":                  {sayJSON(200, okRoom), nil, nil, "success"},
		"done, any reply":       {sayJSON(200, `{"RC":0,"RM":"OK","result":{"_id":"other","members":7}}`), nil, nil, "success"},
		"done, no reply":        {sayJSON(200, `{"RC":0}`), nil, nil, "success"},
		"not a member":          {objection, withMembers("b"), nil, "not a member"},
		"a member":              {objection, withMembers("a"), nil, "error"},
		"cannot be seen":        {objection, sayJSON(200, okRoom), nil, "error"},
		"cannot be read":        {objection, sayJSON(400, `{"RC":400}`), nil, "error"},
		"404, not a member":     {sayJSON(404, `{"error":"USER_NOT_FOUND"}`), withMembers("b"), saysExists(true), "not a member"},
		"404, V, not a member":  {noRoom, withMembers("b"), nil, "not a member"},
		"404, room gone":        {noRoom, nil, saysExists(false), "gone"},
		"404, room gone by GET": {noRoom, noRoom, nil, "gone"},
		"403, room there":       {sayJSON(403, forbidden), withMembers("b"), saysExists(true), "not allowed"},
		"no such call":          {nil, withMembers("b"), nil, "unsupported"},
		"lost":                  {cut, nil, nil, "error"},
		"lost, not a member":    {cut, withMembers("b"), nil, "not a member"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"PUT /rooms/r/member/a": tc.put, "GET /rooms/r": tc.get, "GET /rooms/r/exists": tc.exists,
				})).knownServer(t, retries(1))
				err := last(a.SetMemberProperty(t.Context(), "r", "a", "role", imkit.RoleMember))
				if got := meaning(err); got != tc.want || err != nil && !strings.Contains(err.Error(), "PUT /rooms/{id}/member/{client}: ") {
					t.Errorf("%s, want %s: %v", got, tc.want, err)
				}
			})
		})
	}
}

func TestMutes(t *testing.T) {
	t.Parallel()
	notMuted := `{"RC":400,"RM":"Room is not muted","error":{"code":"ROOM_NOT_MUTED","message":"not in the mute list"}}`
	for name, tc := range map[string]struct {
		answer       http.HandlerFunc
		mute, unmute string
	}{
		"done":               {sayJSON(200, `{"RC":0,"RM":"OK","result":{"_id":"aaa","mute":["demo"]}}`), "success", "success"},
		"not muted":          {sayJSON(400, notMuted), "error", "success"},
		"not muted, by RC":   {sayJSON(200, `{"RC":400,"RM":"Room is not muted"}`), "error", "success"},
		"not muted, code":    {sayJSON(200, `{"error":"ROOM_NOT_MUTED"}`), "error", "success"},
		"not muted, no code": {sayJSON(400, `{"RC":400,"RM":"Not in the mute list"}`), "error", "success"},
		"another objection":  {sayJSON(400, `{"error":"MISSING_PARAMETER"}`), "error", "error"},
		"another, no code":   {sayJSON(400, `{"RC":400,"RM":"The room's id is not valid"}`), "error", "error"},
		"another's page":     {say(400, "text/html", "<h1>No</h1>"), "error", "error"},
		"no client or room":  {sayJSON(404, `{"error":"ROOM_OR_USER_NOT_FOUND"}`), "gone", "gone"},
		"no client":          {sayJSON(404, `{"RC":404,"RM":"nobody"}`), "gone", "gone"},
		"no such call":       {nil, "unsupported", "unsupported"},
		"another server":     {sayJSON(404, `{"message":"Not Found"}`), "error", "error"},
		"lost":               {cut, "error", "error"},
		"lost, then done":    {inTurn(cut, sayJSON(200, okClient), cut, sayJSON(400, notMuted)), "success", "success"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := serve(t, routes(map[string]http.HandlerFunc{
				"POST /admin/clients/aaa/mute/demo": tc.answer, "DELETE /admin/clients/aaa/mute/demo": tc.answer,
			})).knownServer(t, retries(1))
			mute, unmute := last(a.MuteRoom(t.Context(), "aaa", "demo")), last(a.UnmuteRoom(t.Context(), "aaa", "demo"))
			if meaning(mute) != tc.mute || meaning(unmute) != tc.unmute {
				t.Errorf("mute %s, want %s: %v\nunmute %s, want %s: %v", meaning(mute), tc.mute, mute, meaning(unmute), tc.unmute, unmute)
			}
		})
	}
}

// Look-ups show what is muted, or do not.
func TestMuted(t *testing.T) {
	t.Parallel()
	for mute, want := range map[string]string{
		``:                        "not reported",
		`,"mute":null`:            "not reported",
		`,"mute":"r"`:             "not reported",
		`,"mute":[]`:              "false",
		`,"mute":["x"]`:           "false",
		`,"mute":["x","r"]`:       "true",
		`,"mute":[{"_id":"r"},7]`: "true",
	} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":1,"data":[{"_id":"a"`+mute+`}]}}`))
		c, err := s.api(t).GetClient(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		got := "not reported"
		if f := c.Muted("r"); f.Reported {
			got = map[bool]string{true: "true", false: "false"}[*f.Value]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", mute, got, want)
		}
	}
}

// What cannot be right is an error before anything is sent.
func TestBadMembers(t *testing.T) {
	t.Parallel()
	s := serve(t, withMembers())
	a := s.api(t)
	ctx := t.Context()
	long := strings.Repeat("x", 7000)
	for _, id := range []string{"", "a\xff", long + long} {
		for name, err := range map[string]error{
			"add, room":       together(a.AddMembers(ctx, id, []string{"a"}, false)),
			"add, member":     together(a.AddMembers(ctx, "r", []string{id}, false)),
			"remove, room":    together(a.RemoveMembers(ctx, id, []string{"a"}, false)),
			"remove, member":  together(a.RemoveMembers(ctx, "r", []string{id}, false)),
			"join, room":      joinRoom(ctx, a, id, "a", false),
			"join, member":    joinRoom(ctx, a, "r", id, false),
			"leave, room":     last(a.RemoveMember(ctx, id, "a", false)),
			"leave, member":   last(a.RemoveMember(ctx, "r", id, false)),
			"property, room":  last(a.SetMemberProperty(ctx, id, "a", "p", 1)),
			"property, them":  last(a.SetMemberProperty(ctx, "r", id, "p", 1)),
			"mute, room":      last(a.MuteRoom(ctx, "a", id)),
			"mute, client":    last(a.MuteRoom(ctx, id, "r")),
			"unmute, room":    last(a.UnmuteRoom(ctx, "a", id)),
			"unmute, client":  last(a.UnmuteRoom(ctx, id, "r")),
			"both, too long":  last(a.MuteRoom(ctx, long, long)),
			"both, property":  last(a.SetMemberProperty(ctx, long, long, "p", 1)),
			"property, none":  last(a.SetMemberProperty(ctx, "r", "a", "", 1)),
			"property, badge": last(a.SetMemberProperty(ctx, "r", "a", "badge", 1)),
			"property, part":  last(a.SetMemberProperty(ctx, "r", "a", "client.x", 1)),
			"property, $":     last(a.SetMemberProperty(ctx, "r", "a", "$set", 1)),
			"property, value": last(a.SetMemberProperty(ctx, "r", "a", "p", func() {})),
		} {
			if err == nil || imkit.OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	for _, id := range []string{".", ".."} {
		for name, err := range map[string]error{
			"join, room":     joinRoom(ctx, a, id, "a", false),
			"join, member":   joinRoom(ctx, a, "r", id, false),
			"property, them": last(a.SetMemberProperty(ctx, "r", id, "p", 1)),
			"mute, room":     last(a.MuteRoom(ctx, "a", id)),
		} {
			if err == nil || !strings.Contains(err.Error(), "proxies remove") {
				t.Errorf("%s of %q: %v", name, id, err)
			}
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests: %s", n, s.calls())
	}
	// A server may have let such a member in, and its id is not in the path.
	if err := last(a.RemoveMember(ctx, "r", ".", false)); err != nil {
		t.Error(err)
	}
}
