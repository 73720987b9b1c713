package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// people are the clients of the tests about rooms. The last is a group.
func people(h *harness) {
	for _, id := range []string{"ann", "bob", "cid"} {
		h.PutClient(id, map[string]any{"nickname": strings.ToUpper(id)})
	}
	h.PutGroup("team", map[string]any{"nickname": "Team"})
}

// serveRooms serves a sandbox with people in it.
func serveRooms(t *testing.T, opts sandbox.RoomOptions) *harness {
	t.Helper()
	h := serve(t, sandbox.Options{Rooms: opts})
	people(h)
	return h
}

// ids are those of client objects, or strings as they are.
func ids(t *testing.T, value any) []string {
	t.Helper()
	list, ok := value.([]any)
	if !ok {
		t.Fatalf("%v is no list", value)
	}
	var found []string
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			one = object["_id"]
		}
		id, ok := one.(string)
		if !ok {
			t.Fatalf("%v has no id", one)
		}
		found = append(found, id)
	}
	return found
}

func TestCreateRoom(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	got := h.ok("POST", "/rooms/", `{"_id":"r","name":"N","cover":"https://example.com/c.png","roomType":"group","roomTags":["a","b"],
		"members":["ann","team","ann"],"description":"D","webhook":"w","botMode":true,"extParams":"a=1","owner":"bob"}`)
	want := map[string]any{
		"_id": "r", "__v": json.Number("0"), "appID": sandbox.DefaultAppID, "name": "N", "cover": "https://example.com/c.png",
		"roomType": "group", "roomTags": []any{"a", "b"}, "members": []any{"ann", "team"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	room, _ := h.Room("r")
	for name, value := range map[string]any{
		"description": "D", "webhook": "w", "botMode": true, "extParams": "a=1", "owner": "bob",
		"status": json.Number("1"), "opening": json.Number("1"), "createdTimeMS": json.Number(fmt.Sprint(start.UnixMilli())),
	} {
		if !cmp.Equal(room.Fields[name], value) {
			t.Errorf("stored %s is %v", name, room.Fields[name])
		}
	}
	if !slices.Equal(room.Members, []string{"ann", "team"}) || room.Fields["members"] != nil || room.Fields["systemMessage"] != nil {
		t.Errorf("stored %+v", room)
	}
	if said := h.Announcements("r"); said != nil {
		t.Errorf("announced %v", said)
	}

	made, _ := h.ok("POST", "/rooms/", `{"members":["ann","bob"],"systemMessage":true}`)["_id"].(string)
	other, _ := h.ok("POST", "/rooms/", `{"roomType":"direct"}`)["_id"].(string)
	if len(made) != 24 || made == other || !slices.Equal(h.RoomIDs(), []string{"r", made, other}) {
		t.Errorf("rooms are %v, made %q and %q", h.RoomIDs(), made, other)
	}
	if diff := cmp.Diff([]sandbox.Announcement{{Type: "addMembers", Members: []string{"ann", "bob"}}}, h.Announcements(made)); diff != "" {
		t.Errorf("announced: %s", diff)
	}
	if got := h.send("POST", "/rooms", `{"_id":"no slash"}`).status; got != 404 {
		t.Errorf("without the slash: %d", got)
	}
	if log := h.Requests()[0]; log.RoomID != "r" || log.Route != "/rooms/" || log.ClientID != "" || h.Count("POST", "/rooms/") != 3 {
		t.Errorf("logged %+v", log)
	}
}

func TestRoomRefusals(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"name": "before"})
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"id empty":           {"POST", "/rooms/", `{"_id":""}`, 400, "INVALID_REQUEST"},
		"id a number":        {"POST", "/rooms/", `{"_id":1}`, 400, "INVALID_REQUEST"},
		"name a number":      {"POST", "/rooms/", `{"_id":"n","name":1}`, 400, "INVALID_REQUEST"},
		"name null":          {"POST", "/rooms/", `{"_id":"n","name":null}`, 400, "INVALID_REQUEST"},
		"another type":       {"POST", "/rooms/", `{"_id":"n","roomType":"party"}`, 400, "INVALID_REQUEST"},
		"tags a string":      {"POST", "/rooms/", `{"_id":"n","roomTags":"a"}`, 400, "INVALID_REQUEST"},
		"a tag a number":     {"POST", "/rooms/", `{"_id":"n","roomTags":["a",1]}`, 400, "INVALID_REQUEST"},
		"members objects":    {"POST", "/rooms/", `{"_id":"n","members":[{"_id":"ann"}]}`, 400, "INVALID_REQUEST"},
		"botMode a string":   {"POST", "/rooms/", `{"_id":"n","botMode":"on"}`, 400, "INVALID_REQUEST"},
		"extParams object":   {"POST", "/rooms/", `{"_id":"n","extParams":{}}`, 400, "INVALID_REQUEST"},
		"message a string":   {"POST", "/rooms/", `{"_id":"n","systemMessage":"yes"}`, 400, "INVALID_REQUEST"},
		"opening in create":  {"POST", "/rooms/", `{"_id":"n","opening":1}`, 400, "INVALID_REQUEST"},
		"status in create":   {"POST", "/rooms/", `{"_id":"n","status":1}`, 400, "INVALID_REQUEST"},
		"managers in create": {"POST", "/rooms/", `{"_id":"n","managers":[]}`, 400, "INVALID_REQUEST"},
		"unknown field":      {"POST", "/rooms/", `{"_id":"n","tags":["a"]}`, 400, "INVALID_REQUEST"},
		"unknown member":     {"POST", "/rooms/", `{"_id":"n","members":["ann","zoe"]}`, 400, "MEMBER_NOT_FOUND"},
		"unknown owner":      {"POST", "/rooms/", `{"_id":"n","owner":"zoe"}`, 400, "MEMBER_NOT_FOUND"},
		"owner a group":      {"POST", "/rooms/", `{"_id":"n","owner":"team"}`, 400, "MEMBER_NOT_FOUND"},
		"not JSON":           {"POST", "/rooms/", `{`, 400, "INVALID_REQUEST"},
		"id there":           {"POST", "/rooms/", `{"_id":"r","name":"after"}`, 409, "ROOM_ALREADY_EXISTS"},

		"members in change":   {"PUT", "/rooms/r", `{"members":["ann"]}`, 400, "INVALID_REQUEST"},
		"type in change":      {"PUT", "/rooms/r", `{"roomType":"group"}`, 400, "INVALID_REQUEST"},
		"id in change":        {"PUT", "/rooms/r", `{"_id":"r"}`, 400, "INVALID_REQUEST"},
		"status 2":            {"PUT", "/rooms/r", `{"status":2}`, 400, "INVALID_REQUEST"},
		"status true":         {"PUT", "/rooms/r", `{"status":true}`, 400, "INVALID_REQUEST"},
		"opening a string":    {"PUT", "/rooms/r", `{"opening":"1"}`, 400, "INVALID_REQUEST"},
		"managers a string":   {"PUT", "/rooms/r", `{"managers":"ann"}`, 400, "INVALID_REQUEST"},
		"a manager unknown":   {"PUT", "/rooms/r", `{"name":"after","managers":["ann","zoe"]}`, 400, "MEMBER_NOT_FOUND"},
		"new owner unknown":   {"PUT", "/rooms/r", `{"name":"after","owner":"zoe"}`, 400, "MEMBER_NOT_FOUND"},
		"owner empty":         {"PUT", "/rooms/r", `{"owner":""}`, 400, "INVALID_REQUEST"},
		"change of no room":   {"PUT", "/rooms/s", `{"name":"after"}`, 404, "ROOM_NOT_FOUND"},
		"read of no room":     {"GET", "/rooms/s", ``, 404, "ROOM_NOT_FOUND"},
		"deletion of no room": {"DELETE", "/rooms/s", ``, 404, "ROOM_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			h.refused(c.method, c.path, c.body, c.status, c.code)
			if room, _ := h.Room("r"); room.Fields["name"] != "before" || !slices.Equal(h.RoomIDs(), []string{"r"}) {
				t.Errorf("a refused request changed %v, %v", h.RoomIDs(), room)
			}
		})
	}
	if got := h.RepeatedRoomCreates(); got != 1 {
		t.Errorf("%d creates of a room that was there, want 1", got)
	}
}

func TestUpdateRoom(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"name": "N", "description": "D", "members": []string{"ann"}})
	got := h.ok("PUT", "/rooms/r", `{"description":"","opening":0,"owner":"bob","managers":["ann","cid"]}`)
	for name, want := range map[string]any{
		"_id": "r", "id": "r", "name": "N", "description": "", "opening": json.Number("0"), "owner": "bob",
		"managers": []any{"ann", "cid"}, "members": []any{"ann"}, "status": json.Number("1"),
	} {
		if !cmp.Equal(got[name], want) {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	for status, message := range map[string]string{"0": "Room frozen successfully", "1": "Room unfrozen successfully"} {
		got := h.send("PUT", "/rooms/r", `{"status":`+status+`}`).object(t)
		if got["RC"] != json.Number("0") || got["RM"] != message {
			t.Errorf("status %s: got %v, %v", status, got["RC"], got["RM"])
		}
	}
	h.ok("PUT", "/rooms/r", `{}`)
}

func TestGetRoom(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{
		"name": "N", "webhook": "w", "owner": "bob", "members": []string{"ann", "team", "gone"}, "managers": []string{"ann"},
	})
	got := h.ok("GET", "/rooms/r", "")
	if diff := cmp.Diff([]string{"ann", "team"}, ids(t, got["members"])); diff != "" {
		t.Errorf("members: %s", diff)
	}
	members, _ := got["members"].([]any)
	ann, _ := members[0].(map[string]any)
	team, _ := members[1].(map[string]any)
	owner, _ := got["owner"].(map[string]any)
	if ann["nickname"] != "ANN" || ann["clientType"] != nil || team["clientType"] != "group" || owner["nickname"] != "BOB" {
		t.Errorf("members are %v, the owner %v", members, owner)
	}
	if got["name"] != "N" || got["webhook"] != "w" || !cmp.Equal(got["managers"], []any{"ann"}) || got["isSuperuser"] != true {
		t.Errorf("got %v", got)
	}
	again := h.ok("GET", "/rooms/r", "")
	for _, name := range []string{"unread", "botState", "memberProperties", "members"} {
		if cmp.Equal(got[name], again[name]) {
			t.Errorf("%s stayed %v", name, got[name])
		}
	}
	if got["lastMessage"] != nil {
		t.Errorf("last message %v", got["lastMessage"])
	}
	h.ok("POST", "/rooms/r/members", `{"invitees":["bob","cid"],"systemMessage":true}`)
	last, _ := h.ok("GET", "/rooms/r", "")["lastMessage"].(map[string]any)
	if last["messageType"] != "addMembers" || last["message"] != "BOB, CID" || last["room"] != "r" {
		t.Errorf("last message %v", last)
	}
	h.RemoveClient("bob")
	if got := h.ok("GET", "/rooms/r", ""); got["owner"] != nil {
		t.Errorf("an owner that is gone is shown as %v", got["owner"])
	}
}

func TestRoomFields(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()})
	h.PutRoom("r", map[string]any{"name": "N", "description": "D", "webhook": "w", "owner": "bob", "members": []string{"ann"}, "extParams": "x"})
	keys := func(object map[string]any) string {
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	little := "_id appID description id isSuperuser memberProperties members owner unread"
	listed := "_id appID botMode botState createdTimeMS description encrypted id isSuperuser memberProperties members name owner roomTags " +
		"roomType serviceStatus status unread webhook"
	for _, call := range []string{"GET", "PUT"} {
		if got := keys(h.ok(call, "/rooms/r", `{}`)); got != little {
			t.Errorf("%s: got %s", call, got)
		}
	}
	h.Configure(func(o *sandbox.Options) { o.Rooms.Fields = sandbox.ListedRoomFields() })
	if got := keys(h.ok("GET", "/rooms/r", "")); got != listed {
		t.Errorf("listed: got %s", got)
	}
	if got := keys(h.ok("POST", "/rooms/", `{"name":"S"}`)); got != "__v _id appID members name roomTags roomType" {
		t.Errorf("created: got %s", got)
	}
	h.Configure(func(o *sandbox.Options) { o.Rooms = sandbox.RoomOptions{PopulateReplies: true} })
	if got := h.ok("PUT", "/rooms/r", `{}`); !strings.Contains(fmt.Sprint(got["members"], got["owner"]), "BOB") || got["extParams"] != "x" {
		t.Errorf("populated: got %v", got)
	}
}

func TestDeleteRoom(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.ok("POST", "/rooms/", `{"_id":"r","members":["ann"],"systemMessage":true}`)
	if got := h.ok("DELETE", "/rooms/r", ""); got["n"] != json.Number("1") || got["ok"] != json.Number("1") {
		t.Errorf("got %v", got)
	}
	if _, there := h.Room("r"); there || len(h.RoomIDs()) != 0 {
		t.Error("the room is still there")
	}
	h.ok("POST", "/rooms/", `{"_id":"r"}`)
	if said := h.Announcements("r"); said != nil {
		t.Errorf("messages outlived their room: %v", said)
	}
	h.Configure(func(o *sandbox.Options) { o.Rooms.DeleteAnswersZero = true })
	if got := h.ok("DELETE", "/rooms/s", ""); got["n"] != json.Number("0") {
		t.Errorf("got %v", got)
	}
}

func TestOverwrittenRoom(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{Overwrite: true})
	h.PutRoom("r", map[string]any{"description": "D", "members": []string{"ann"}})
	h.ok("POST", "/rooms/", `{"_id":"r","name":"N"}`)
	room, _ := h.Room("r")
	if room.Fields["description"] != nil || len(room.Members) != 0 || !slices.Equal(h.RoomIDs(), []string{"r"}) {
		t.Errorf("got %+v", room)
	}
	if got := h.RepeatedRoomCreates(); got != 1 {
		t.Errorf("%d creates of a room that was there, want 1", got)
	}
}

func TestFrozenAndMissingRooms(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", nil)
	h.FreezeRoom("r")
	exists := func(id string) any {
		t.Helper()
		return h.ok("GET", "/rooms/"+id+"/exists", "")["exists"]
	}
	if got := h.ok("GET", "/rooms/r", ""); got["status"] != json.Number("0") {
		t.Errorf("status %v", got["status"])
	}
	h.Configure(func(o *sandbox.Options) { o.Rooms.FrozenStatus = 404 })
	h.refused("GET", "/rooms/r", "", 404, "ROOM_NOT_FOUND")
	h.Configure(func(o *sandbox.Options) { o.Rooms.FrozenStatus, o.Rooms.MissingStatus = 403, 403 })
	h.refused("GET", "/rooms/r", "", 403, "NOT_ROOM_MEMBER")
	for _, target := range []string{
		"GET /rooms/s", "PUT /rooms/s", "DELETE /rooms/s",
	} {
		method, path, _ := strings.Cut(target, " ")
		h.refused(method, path, `{}`, 403, "NOT_ROOM_MEMBER")
	}
	if exists("r") != true || exists("s") != false {
		t.Errorf("exist: %v, %v", exists("r"), exists("s"))
	}
	h.ok("POST", "/rooms/r/members", `{"invitees":["ann"]}`)
	h.send("PUT", "/rooms/r", `{"status":1}`)
	h.ok("GET", "/rooms/r", "")

	h.Configure(func(o *sandbox.Options) { o.Rooms.NoExistsRoute = true })
	if got := h.send("GET", "/rooms/r/exists", ""); got.status != 404 || !strings.Contains(got.body, "Cannot GET /rooms/r/exists") {
		t.Errorf("without the route: %d %s", got.status, got.body)
	}
}

func TestRoomIDsInPaths(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	for _, id := range awkward {
		t.Run(id, func(t *testing.T) {
			h := h.on(t)
			quoted, err := json.Marshal(id)
			if err != nil {
				t.Fatal(err)
			}
			h.PutClient(id, nil)
			path := "/rooms/" + url.PathEscape(id)
			h.ok("POST", "/rooms/", `{"_id":`+string(quoted)+`}`)
			h.ok("POST", path+"/members", `{"invitees":[`+string(quoted)+`]}`)
			h.ok("PUT", path+"/member/"+url.PathEscape(id), `{"property":"role","value":"admin"}`)
			log := h.Requests()
			if last := log[len(log)-1]; last.RoomID != id || last.ClientID != id || last.Route != "/rooms/{id}/member/{client}" {
				t.Errorf("logged %+v", last)
			}
			h.ok("POST", "/admin/clients/"+url.PathEscape(id)+"/mute/"+url.PathEscape(id), "")
			h.ok("PUT", path, `{"name":"N"}`)
			if room, _ := h.Room(id); !slices.Equal(room.Members, []string{id}) || room.Properties[id]["role"] != "admin" || room.Fields["name"] != "N" {
				t.Errorf("room is %+v", room)
			}
			if got := h.ok("GET", path, ""); got["_id"] != id {
				t.Errorf("got %v", got["_id"])
			}
			if got := h.ok("GET", path+"/exists", ""); got["exists"] != true {
				t.Error("does not exist")
			}
			h.ok("POST", path+"/delete/members", `{"members":[`+string(quoted)+`]}`)
			h.ok("DELETE", path, "")
		})
	}
	if left := h.RoomIDs(); len(left) != 0 {
		t.Errorf("rooms left: %v", left)
	}
}

// Of two changes of one room that overlap between reading and writing, one is lost; of two rooms none, and of
// two that follow one another none.
func TestOverlappingChangesLoseOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: time.Second}})
		for _, id := range []string{"ann", "bob", "cid"} {
			s.PutClient(id, nil)
			s.PutRoom(id, nil)
		}
		s.PutRoom("r", nil)
		join := func(room, client string) {
			if w := call(t.Context(), s, "POST", "/rooms/"+room+"/members", `{"invitees":["`+client+`"]}`); w.Code != http.StatusOK {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		begin := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { join("r", "ann") })
		wg.Go(func() {
			<-time.After(time.Second / 2)
			join("r", "bob")
		})
		wg.Go(func() { join("ann", "ann") })
		wg.Wait()
		if took := time.Since(begin); took != 3*time.Second/2 {
			t.Errorf("took %s", took)
		}
		room, _ := s.Room("r")
		other, _ := s.Room("ann")
		if !slices.Equal(room.Members, []string{"bob"}) || !slices.Equal(other.Members, []string{"ann"}) {
			t.Errorf("members are %v and %v", room.Members, other.Members)
		}
		if got := s.OverlappingRoomChanges(); got != 1 {
			t.Errorf("%d overlapping changes, want 1", got)
		}
		join("r", "cid")
		join("r", "ann")
		if room, _ := s.Room("r"); !slices.Equal(room.Members, []string{"bob", "cid", "ann"}) || s.OverlappingRoomChanges() != 1 {
			t.Errorf("members are %v, %d overlaps", room.Members, s.OverlappingRoomChanges())
		}
	})
}

// What is done to a room meanwhile is lost as well, and a room that was deleted does not come back.
func TestChangesDuringAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: time.Second}})
		s.PutRoom("r", map[string]any{"name": "before"})
		s.PutRoom("gone", nil)
		var wg sync.WaitGroup
		for _, id := range []string{"r", "gone"} {
			wg.Go(func() { call(t.Context(), s, "PUT", "/rooms/"+id, `{"description":"D"}`) })
		}
		synctest.Wait()
		s.PutRoom("r", map[string]any{"name": "lost"})
		s.DeleteRoom("gone")
		if room, _ := s.Room("r"); room.Fields["name"] != "lost" || room.Fields["description"] != nil {
			t.Errorf("before it is written: %v", room.Fields)
		}
		wg.Wait()
		room, _ := s.Room("r")
		if room.Fields["name"] != "before" || room.Fields["description"] != "D" || !slices.Equal(s.RoomIDs(), []string{"r"}) {
			t.Errorf("rooms are %v, %v", s.RoomIDs(), room.Fields)
		}
	})
}

// With latency alone nothing is lost, and yet it can be told that two changes were under way at once.
func TestOverlapsAreCountedFromArrivalToReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Latency: time.Second})
		s.PutRoom("r", nil)
		var wg sync.WaitGroup
		for _, target := range []string{"PUT /rooms/r", "GET /rooms/r", "GET /rooms/r/exists", "DELETE /rooms/r"} {
			method, path, _ := strings.Cut(target, " ")
			wg.Go(func() { call(t.Context(), s, method, path, `{}`) })
		}
		wg.Wait()
		if got := s.OverlappingRoomChanges(); got != 1 {
			t.Errorf("%d overlapping changes, want 1", got)
		}
	})
}

func TestRoomEdits(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	s.PutRoom("r", map[string]any{"name": "N", "members": []string{"a", "b"}, "_id": "other", "id": "other", "n": int64(1) << 60})
	s.PutRoom("r", map[string]any{"description": "D"})
	s.SetMemberProperty("r", "b", "score", map[string]any{"n": 1})
	s.PutRoom("r", map[string]any{"members": []string{"c", "a"}})
	room, _ := s.Room("r")
	if room.Fields["_id"] != "r" || room.Fields["id"] != nil || room.Fields["name"] != "N" || room.Fields["description"] != "D" {
		t.Errorf("stored %v", room.Fields)
	}
	if diff := cmp.Diff([]string{"a", "c"}, room.Members); diff != "" {
		t.Errorf("members: %s", diff)
	}
	s.FreezeRoom("r")
	s.AddMembers("r", "d", "a")
	s.RemoveMembers("r", "c", "zoe")
	room.Members[0], room.Fields["name"], room.Properties["b"]["score"] = "changed", "changed", "changed"
	again, _ := s.Room("r")
	if !slices.Equal(again.Members, []string{"a", "d"}) || again.Fields["name"] != "N" || again.Properties["b"]["score"] == "changed" {
		t.Errorf("stored %+v", again)
	}
	if again.Fields["status"] != json.Number("0") {
		t.Errorf("status %v", again.Fields["status"])
	}
	s.DeleteRoom("nowhere")
	s.DeleteRoom("r")
	if _, there := s.Room("r"); there || s.Count("", "") != 0 || s.OverlappingRoomChanges() != 0 {
		t.Error("the room is there, or edits left traces")
	}
	defer func() {
		if recover() == nil {
			t.Error("editing no room did not panic")
		}
	}()
	s.AddMembers("r", "a")
}
