package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// members are those of a room as stored.
func (h *harness) members(room string) []string {
	h.t.Helper()
	found, ok := h.Room(room)
	if !ok {
		h.t.Fatalf("no room %s", room)
	}
	return found.Members
}

// roles are the roles that a read shows, by client; "-" where there is none.
func (h *harness) roles(room string) map[string]any {
	h.t.Helper()
	list, _ := h.ok("GET", "/rooms/"+room, "")["memberProperties"].([]any)
	roles := map[string]any{}
	for _, one := range list {
		properties, _ := one.(map[string]any)
		client, _ := properties["client"].(string)
		roles[client] = "-"
		if role, ok := properties["role"]; ok {
			roles[client] = role
		}
	}
	return roles
}

func TestMembersComeAndGo(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"members": []string{"ann"}})
	got := h.ok("POST", "/rooms/r/members", `{"invitees":["bob","ann","team"],"systemMessage":true,"invitationRequired":false}`)
	if diff := cmp.Diff([]any{"ann", "bob", "team"}, got["members"]); diff != "" {
		t.Errorf("members of the reply: %s", diff)
	}
	h.ok("POST", "/rooms/r/members", `{"invitees":["ann"],"systemMessage":true}`) // is there, nothing to announce
	h.ok("POST", "/rooms/r/members", `{"invitees":["cid"]}`)
	h.ok("POST", "/rooms/r/delete/members", `{"members":["cid"]}`)
	got = h.ok("POST", "/rooms/r/delete/members", `{"members":["bob","ann"],"systemMessage":true}`)
	if diff := cmp.Diff([]any{"team"}, got["members"]); diff != "" {
		t.Errorf("members of the reply: %s", diff)
	}
	want := []sandbox.Announcement{
		{Type: "addMembers", Members: []string{"bob", "team"}}, {Type: "deleteMembers", Members: []string{"ann", "bob"}},
	}
	if diff := cmp.Diff(want, h.Announcements("r")); diff != "" {
		t.Errorf("announced: %s", diff)
	}
}

func TestMemberRefusals(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"members": []string{"ann"}})
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"nobody invited":     {"POST /rooms/r/members", `{"invitees":[]}`, 400, "INVALID_REQUEST"},
		"no invitees":        {"POST /rooms/r/members", `{"systemMessage":true}`, 400, "MISSING_PARAMETER"},
		"members to add":     {"POST /rooms/r/members", `{"invitees":["bob"],"members":["bob"]}`, 400, "INVALID_REQUEST"},
		"an empty id":        {"POST /rooms/r/members", `{"invitees":["bob",""]}`, 400, "INVALID_REQUEST"},
		"a flag a number":    {"POST /rooms/r/members", `{"invitees":["bob"],"invitationRequired":0}`, 400, "INVALID_REQUEST"},
		"unknown invitee":    {"POST /rooms/r/members", `{"invitees":["bob","zoe"]}`, 400, "MEMBER_NOT_FOUND"},
		"no room to join":    {"POST /rooms/s/members", `{"invitees":["bob"]}`, 404, "ROOM_NOT_FOUND"},
		"nobody removed":     {"POST /rooms/r/delete/members", `{"members":[]}`, 400, "INVALID_REQUEST"},
		"no members":         {"POST /rooms/r/delete/members", `{}`, 400, "MISSING_PARAMETER"},
		"not in the room":    {"POST /rooms/r/delete/members", `{"members":["ann","bob"]}`, 400, "MEMBER_NOT_FOUND"},
		"no room to leave":   {"POST /rooms/s/delete/members", `{"members":["ann"]}`, 404, "ROOM_NOT_FOUND"},
		"no property":        {"PUT /rooms/r/member/ann", `{"value":1}`, 400, "MISSING_PARAMETER"},
		"no value":           {"PUT /rooms/r/member/ann", `{"property":"score"}`, 400, "MISSING_PARAMETER"},
		"property empty":     {"PUT /rooms/r/member/ann", `{"property":"","value":1}`, 400, "INVALID_REQUEST"},
		"two properties":     {"PUT /rooms/r/member/ann", `{"property":"a","value":1,"b":2}`, 400, "INVALID_REQUEST"},
		"no such role":       {"PUT /rooms/r/member/ann", `{"property":"role","value":"owner"}`, 400, "INVALID_REQUEST"},
		"role null":          {"PUT /rooms/r/member/ann", `{"property":"role","value":null}`, 400, "INVALID_REQUEST"},
		"the server's badge": {"PUT /rooms/r/member/ann", `{"property":"badge","value":1}`, 400, "INVALID_REQUEST"},
		"no member":          {"PUT /rooms/r/member/bob", `{"property":"score","value":1}`, 404, "MEMBER_NOT_FOUND"},
		"no room":            {"PUT /rooms/s/member/ann", `{"property":"score","value":1}`, 404, "ROOM_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			method, path, _ := strings.Cut(c.path, " ")
			h.refused(method, path, c.body, c.status, c.code)
			room, _ := h.Room("r")
			want := map[string]map[string]any{"ann": {}}
			if !slices.Equal(room.Members, []string{"ann"}) || !cmp.Equal(room.Properties, want) {
				t.Errorf("a refused request changed %+v", room)
			}
		})
	}
}

func TestWhoIsUnknown(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", nil)
	const path = "/rooms/r/members"
	got := h.send("POST", path, `{"invitees":["ann","zoe"]}`)
	if got.status != 400 || !strings.Contains(got.body, "'zoe'") || strings.Contains(got.body, "ann") {
		t.Errorf("got %d %s", got.status, got.body)
	}
	h.Configure(func(o *sandbox.Options) { o.UnnamedMembers, o.UnknownMemberStatus = true, 404 })
	for path, body := range map[string]string{
		path: `{"invitees":["ann","zoe"]}`, "/rooms/": `{"owner":"zoe"}`, "/rooms/r/delete/members": `{"members":["zoe"]}`,
	} {
		if got := h.send("POST", path, body); got.status != 404 || strings.Contains(got.body, "zoe") || !strings.Contains(got.body, "MEMBER_NOT_FOUND") {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
	}
}

func TestAbsentMembersIgnored(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{IgnoreAbsentMembers: true})
	h.PutRoom("r", map[string]any{"members": []string{"ann", "bob"}})
	h.ok("POST", "/rooms/r/delete/members", `{"members":["cid","zoe","ann"]}`)
	if got := h.members("r"); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("members are %v", got)
	}
}

func TestMemberProperties(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"members": []string{"ann", "bob"}})
	for _, body := range []string{
		`{"property":"score","value":{"n":1.50,"list":[null,"a"]}}`, `{"property":"level","value":null}`, `{"property":"role","value":"admin"}`,
	} {
		h.ok("PUT", "/rooms/r/member/ann", body)
	}
	h.ok("PUT", "/rooms/r/member/bob", `{"property":"role","value":"member"}`)
	room, _ := h.Room("r")
	want := map[string]map[string]any{
		"ann": {"score": map[string]any{"n": json.Number("1.50"), "list": []any{nil, "a"}}, "level": nil, "role": "admin"},
		"bob": {"role": "member"},
	}
	if diff := cmp.Diff(want, room.Properties); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	list, _ := h.ok("GET", "/rooms/r", "")["memberProperties"].([]any)
	first, _ := list[0].(map[string]any)
	if first["client"] != "ann" || first["badge"] == nil || !cmp.Equal(first["score"], want["ann"]["score"]) || first["lastRead"] == nil {
		t.Errorf("shown: %v", first)
	}
	if level, there := first["level"]; !there || level != nil {
		t.Errorf("level is %v, %t", level, there)
	}
	// Each promotion is announced, also one that changes nothing.
	h.ok("PUT", "/rooms/r/member/ann", `{"property":"role","value":"admin"}`)
	promoted := sandbox.Announcement{Type: "assignAdmin", Members: []string{"ann"}}
	if diff := cmp.Diff([]sandbox.Announcement{promoted, promoted}, h.Announcements("r")); diff != "" {
		t.Errorf("announced: %s", diff)
	}
}

func TestShownRoles(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"members": []string{"ann", "bob", "cid"}})
	for client, role := range map[string]string{"ann": "admin", "bob": "member", "cid": "admin"} {
		h.SetMemberProperty("r", client, "role", role)
	}
	h.RemoveMembers("r", "cid")
	h.AddMembers("r", "team")
	for name, c := range map[string]struct {
		opts sandbox.RoomOptions
		want map[string]any
	}{
		"admins only": {sandbox.RoomOptions{}, map[string]any{"ann": "admin", "bob": "-", "cid": "admin", "team": "-"}},
		"all":         {sandbox.RoomOptions{ShowPlainRole: true}, map[string]any{"ann": "admin", "bob": "member", "cid": "admin", "team": "member"}},
		"none":        {sandbox.RoomOptions{ShowPlainRole: true, HideRoles: true}, map[string]any{"ann": "-", "bob": "-", "cid": "-", "team": "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			h.Configure(func(o *sandbox.Options) { o.Rooms = c.opts })
			if diff := cmp.Diff(c.want, h.roles("r")); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPropertiesOfLeavers(t *testing.T) {
	for forget, want := range map[bool]string{false: "admin", true: "-"} {
		h := serveRooms(t, sandbox.RoomOptions{ForgetLeavers: forget})
		h.PutRoom("r", map[string]any{"members": []string{"ann"}})
		h.ok("PUT", "/rooms/r/member/ann", `{"property":"role","value":"admin"}`)
		h.ok("POST", "/rooms/r/delete/members", `{"members":["ann"]}`)
		room, _ := h.Room("r")
		if _, kept := room.Properties["ann"]; kept == forget || len(room.Members) != 0 {
			t.Errorf("forget %t: left are %+v", forget, room)
		}
		h.ok("POST", "/rooms/r/members", `{"invitees":["ann"]}`)
		if got := h.roles("r")["ann"]; got != want {
			t.Errorf("forget %t: came back as %v", forget, got)
		}
	}
}

func TestOwnerIsMember(t *testing.T) {
	for counts, want := range map[bool][]string{false: {"ann"}, true: {"ann", "bob", "cid"}} {
		h := serveRooms(t, sandbox.RoomOptions{OwnerIsMember: counts})
		h.ok("POST", "/rooms/", `{"_id":"r","members":["ann"],"owner":"bob"}`)
		h.ok("PUT", "/rooms/r", `{"owner":"cid"}`)
		if got := ids(t, h.ok("GET", "/rooms/r", "")["members"]); !slices.Equal(got, want) {
			t.Errorf("counts %t: members are %v", counts, got)
		}
	}
}

func TestInvitations(t *testing.T) {
	for name, c := range map[string]struct {
		opts    sandbox.RoomOptions
		room    string
		field   string
		invited bool
	}{
		"by default none":      {sandbox.RoomOptions{}, "r", ``, false},
		"asked for":            {sandbox.RoomOptions{}, "r", `,"invitationRequired":true`, true},
		"the server's default": {sandbox.RoomOptions{InviteByDefault: true}, "r", ``, true},
		"refused":              {sandbox.RoomOptions{InviteByDefault: true}, "r", `,"invitationRequired":false`, false},
		"all the same":         {sandbox.RoomOptions{InviteAlways: true}, "r", `,"invitationRequired":false`, true},
		"not between two":      {sandbox.RoomOptions{InviteAlways: true}, "direct", `,"invitationRequired":true`, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := serveRooms(t, c.opts)
			h.PutRoom("r", nil)
			h.PutRoom("direct", map[string]any{"roomType": "direct"})
			got := h.ok("POST", "/rooms/"+c.room+"/members", `{"invitees":["ann"],"systemMessage":true`+c.field+`}`)
			room, _ := h.Room(c.room)
			if in := len(ids(t, got["members"])) == 1; in == c.invited || len(room.Invited) == 1 != c.invited {
				t.Errorf("members of the reply are %v, stored %+v", got["members"], room)
			}
			if said := h.Announcements(c.room); (len(said) == 0) != c.invited {
				t.Errorf("announced %v", said)
			}
			h.AddMembers(c.room, "ann") // accepted
			if room, _ := h.Room(c.room); len(room.Invited) != 0 || !slices.Equal(room.Members, []string{"ann"}) {
				t.Errorf("after accepting: %+v", room)
			}
		})
	}
}

func TestMute(t *testing.T) {
	const path = "/admin/clients/ann/mute/r"
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", nil)
	h.PutClient("ann", map[string]any{"mute": []string{"other"}})
	h.refused("DELETE", path, "", 400, "ROOM_NOT_MUTED")
	for range 2 {
		if got := h.ok("POST", path, ""); got["_id"] != "ann" || !cmp.Equal(got["mute"], []any{"other", "r"}) {
			t.Errorf("muted: %v", got)
		}
	}
	for hide, want := range map[bool]any{false: []any{"other", "r"}, true: nil} {
		h.Configure(func(o *sandbox.Options) { o.HideMute = hide })
		data, _ := h.ok("GET", `/admin/clients?q={"_id":"ann"}`, "")["data"].([]any)
		if found, _ := data[0].(map[string]any); !cmp.Equal(found["mute"], want) || found["nickname"] != "ANN" {
			t.Errorf("looked up, hidden %t: %v", hide, found)
		}
	}
	if got := h.ok("DELETE", path, ""); !cmp.Equal(got["mute"], []any{"other"}) {
		t.Errorf("unmuted: %v", got)
	}
	for _, method := range []string{"POST", "DELETE"} {
		h.refused(method, "/admin/clients/zoe/mute/r", "", 404, "CLIENT_NOT_FOUND")
		h.refused(method, "/admin/clients/team/mute/r", "", 404, "CLIENT_NOT_FOUND")
		h.refused(method, "/admin/clients/ann/mute/s", "", 404, "ROOM_NOT_FOUND")
	}
	if last := h.Requests()[0]; last.ClientID != "ann" || last.RoomID != "r" || last.Route != "/admin/clients/{client}/mute/{room}" {
		t.Errorf("logged %+v", last)
	}
}
