package imkit_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"PUT /rooms/r/member/a": tc.put, "GET /rooms/r": tc.get, "GET /rooms/r/exists": tc.exists,
				})).acquainted(t, retries(1))
				err := a.SetMemberProperty(t.Context(), "r", "a", "role", imkit.RoleMember)
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
			})).acquainted(t, retries(1))
			mute, unmute := a.MuteRoom(t.Context(), "aaa", "demo"), a.UnmuteRoom(t.Context(), "aaa", "demo")
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
		c, err := s.api(t).LookUpClient(t.Context(), "a")
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
			"add, room":       a.AddMembers(ctx, id, []string{"a"}, false),
			"add, member":     a.AddMembers(ctx, "r", []string{"a", id}, false),
			"remove, room":    a.RemoveMembers(ctx, id, []string{"a"}, false),
			"remove, member":  a.RemoveMembers(ctx, "r", []string{id}, false),
			"join, room":      joinRoom(ctx, a, id, "a", false),
			"join, member":    joinRoom(ctx, a, "r", id, false),
			"leave, room":     a.LeaveRoom(ctx, id, "a", false),
			"leave, member":   a.LeaveRoom(ctx, "r", id, false),
			"property, room":  a.SetMemberProperty(ctx, id, "a", "p", 1),
			"property, them":  a.SetMemberProperty(ctx, "r", id, "p", 1),
			"mute, room":      a.MuteRoom(ctx, "a", id),
			"mute, client":    a.MuteRoom(ctx, id, "r"),
			"unmute, room":    a.UnmuteRoom(ctx, "a", id),
			"unmute, client":  a.UnmuteRoom(ctx, id, "r"),
			"both, too long":  a.MuteRoom(ctx, long, long),
			"both, property":  a.SetMemberProperty(ctx, long, long, "p", 1),
			"property, none":  a.SetMemberProperty(ctx, "r", "a", "", 1),
			"property, badge": a.SetMemberProperty(ctx, "r", "a", "badge", 1),
			"property, value": a.SetMemberProperty(ctx, "r", "a", "p", func() {}),
		} {
			if err == nil || imkit.OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests: %s", n, s.calls())
	}
}
