package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// edit makes a control request and checks its status.
func edit(t *testing.T, h http.Handler, target, body string, status int) string {
	t.Helper()
	method, path, _ := strings.Cut(target, " ")
	got, reply := ask(t, h, local, method, "/_sandbox/"+path, body)
	if got != status {
		t.Errorf("%s %s: got %d %s, want %d", target, body, got, reply, status)
	}
	return reply
}

func TestRooms(t *testing.T) {
	server, h := controlled(t)
	if shown := edit(t, h, "GET rooms", "", 200); strings.TrimSpace(shown) != "[]" {
		t.Errorf("no rooms shown as %s", shown)
	}
	edit(t, h, "PUT rooms/a%2F%2Fb", `{"name":"N","webhook":"https://example.com/?key=hush","members":["ann","bob"]}`, 200)
	edit(t, h, "PUT rooms/a%2F%2Fb/members/x%2Fy", ``, 200)
	edit(t, h, "DELETE rooms/a%2F%2Fb/members/ann", ``, 200)
	edit(t, h, "POST rooms/a%2F%2Fb/freeze", ``, 200)
	room, _ := server.Room("a//b")
	if !slices.Equal(room.Members, []string{"bob", "x/y"}) || room.Fields["name"] != "N" || room.Fields["status"] != json.Number("0") {
		t.Errorf("stored %+v", room)
	}
	shown := edit(t, h, "GET rooms", "", 200)
	for _, want := range []string{`"id":"a//b"`, `"members":["bob","x/y"]`, `"name":"N"`, `"ann":{}`, `"webhook":"(not shown)"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("rooms lack %s: %s", want, shown)
		}
	}
	if strings.Contains(shown, "hush") {
		t.Errorf("the webhook is shown: %s", shown)
	}
	edit(t, h, "PUT rooms/a%2F%2Fb", `{"status":1`, 400)
	edit(t, h, "PUT rooms/a%2F%2Fb", `{"status":1}`, 200)
	if room, _ := server.Room("a//b"); room.Fields["status"] != json.Number("1") || len(room.Members) != 2 {
		t.Errorf("thawed: %+v", room)
	}
	edit(t, h, "DELETE rooms/a%2F%2Fb", ``, 200)
	for _, target := range []string{"DELETE rooms/a", "POST rooms/a/freeze", "PUT rooms/a/members/ann", "DELETE rooms/a/members/ann"} {
		edit(t, h, target, ``, 404)
	}
	if ids := server.RoomIDs(); len(ids) != 0 || server.Count("", "") != 0 {
		t.Errorf("still there: %v", ids)
	}
}

func TestGroups(t *testing.T) {
	server, h := controlled(t)
	server.PutClient("ann", nil)
	edit(t, h, "PUT groups/team%20a", `{"nickname":"A","members":["ann"]}`, 200)
	edit(t, h, "PUT groups/team%20a", `{"nickname":"B"}`, 200)
	if g, _ := server.Group("team a"); g["nickname"] != "B" || !cmp.Equal(g["members"], []any{"ann"}) {
		t.Errorf("stored %v", g)
	}
	if shown := edit(t, h, "GET groups", "", 200); !strings.Contains(shown, `"_id":"team a"`) {
		t.Errorf("shown %s", shown)
	}
	edit(t, h, "PUT groups/team%20a", `[]`, 400)
	edit(t, h, "PUT groups/ann", `{"nickname":"A"}`, 409)
	edit(t, h, "DELETE groups/ann", ``, 404)
	edit(t, h, "DELETE groups/team%20a", ``, 200)
	if left := server.GroupIDs(); len(left) != 0 || len(server.ClientIDs()) != 1 {
		t.Errorf("left %v", left)
	}
}

func TestConfig(t *testing.T) {
	server, h := controlled(t)
	edit(t, h, "PUT config/a%3Fb", `{"n":12345678901234567890}`, 200)
	edit(t, h, "PUT config/c", `null`, 200)
	want := map[string]any{"a?b": map[string]any{"n": json.Number("12345678901234567890")}, "c": nil}
	if diff := cmp.Diff(want, server.Config()); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if shown := edit(t, h, "GET config", "", 200); !strings.Contains(shown, `"a?b":{"n":12345678901234567890}`) {
		t.Errorf("shown %s", shown)
	}
	edit(t, h, "PUT config/c", ``, 400)
	edit(t, h, "DELETE config/c", ``, 200)
	edit(t, h, "DELETE config/c", ``, 404)
	if _, there := server.Config()["c"]; there {
		t.Error("the key is still there")
	}
}

func TestSent(t *testing.T) {
	server, h := controlled(t)
	want := `{"messages":[],"broadcasts":[],"pushes":[]}`
	if shown := edit(t, h, "GET sent", "", 200); strings.TrimSpace(shown) != want {
		t.Errorf("nothing sent is shown as %s", shown)
	}
	server.PutClient("ann", nil)
	server.PutRoom("r", nil)
	for path, body := range map[string]string{
		"/messages":          `{"room":"r","sender":"ann","message":"M1","messageType":"text"}`,
		"/messages/batch":    `{"message":"M2 $n$","messageType":"text","paras":[{"room":"r","$n$":"X"}]}`,
		"/push/push2clients": `{"clients":["ann"],"payload":{"title":"M3"}}`,
	} {
		if status, reply := ask(t, h, local, "POST", path, body); status != 200 {
			t.Errorf("%s: %d %s", path, status, reply)
		}
	}
	shown := edit(t, h, "GET sent", "", 200)
	for _, want := range []string{`"message":"M1"`, `"texts":["M2 X"]`, `"payload":{"title":"M3"}`, `"clients":["ann"]`} {
		if !strings.Contains(shown, want) {
			t.Errorf("sent lacks %s: %s", want, shown)
		}
	}
	if _, log := ask(t, h, local, "GET", "/_sandbox/requests", ""); strings.Contains(log, "M1") {
		t.Errorf("a body is shown: %s", log)
	}
}

func TestFlagsForServers(t *testing.T) {
	o := parse(t, "-foreign-server", "-refuse-user-level", "403", "-hide-mute", "-no-message-routes",
		"-no-room-routes", "-no-exists-route", "-little-rooms", "-hide-roles", "-owner-is-member", "-forget-leavers", "-invite-by-default",
		"-invite-always", "-missing-room-status", "403", "-frozen-room-status", "404", "-room-write-delay", "1ms",
		"-no-group-routes", "-update-groups", "-merge-group-members",
		"-no-config-routes", "-replace-config", "-refuse-config-read", "401", "-config-shown-after", "1s")
	want := sandbox.RoomOptions{
		NoRoutes: true, NoExistsRoute: true, Fields: sandbox.DocumentedRoomFields(), HideRoles: true, OwnerIsMember: true, ForgetLeavers: true,
		InviteByDefault: true, InviteAlways: true, MissingStatus: 403, FrozenStatus: 404, WriteDelay: 1e6,
	}
	if diff := cmp.Diff(want, o.Rooms); diff != "" {
		t.Errorf("rooms (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sandbox.GroupOptions{NoRoutes: true, OnExisting: sandbox.UpdateExisting, MergeMembers: true}, o.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sandbox.ConfigOptions{NoRoutes: true, Replace: true, RefuseRead: 401, ShownAfter: 1e9}, o.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if !o.ForeignServer || o.RefuseUserLevel != 403 || !o.HideMute || !o.NoMessageRoutes {
		t.Errorf("others: %+v", o)
	}
	o = parse(t, "-little-rooms=false", "-update-groups=false")
	if len(o.Rooms.Fields) != 0 || o.Groups.OnExisting != sandbox.RefuseExisting {
		t.Errorf("switched off: %+v", o)
	}
}

// parse reads flags that must be good.
func parse(t *testing.T, args ...string) sandbox.Options {
	t.Helper()
	set, err := parseSettings(args, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return set.options
}
