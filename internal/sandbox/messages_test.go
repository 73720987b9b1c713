package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// serveMessages serves a sandbox with people, a room and a frozen one in it.
func serveMessages(t *testing.T) *harness {
	t.Helper()
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", map[string]any{"members": []string{"ann"}})
	h.PutRoom("cold", nil)
	h.FreezeRoom("cold")
	return h
}

// sentSoFar counts what the server has recorded as sent.
func sentSoFar(h *harness) int { return len(h.Messages()) + len(h.Broadcasts()) + len(h.Pushes()) }

func TestSendMessage(t *testing.T) {
	h := serveMessages(t)
	body := object{"room": "r", "sender": "bob", "message": "Hi", "messageType": "text", "push": false, "mentions": []any{"ann"}}
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got := h.ok("POST", "/messages", string(sent))
	id, _ := got["_id"].(string)
	now := json.Number(fmt.Sprint(start.UnixMilli()))
	want := object{
		"_id": id, "id": id, "appID": sandbox.DefaultAppID, "room": "r", "sender": "bob", "message": "Hi", "messageType": "text",
		"mentions": []any{"ann"}, "messageTimeMS": now, "createdAtMS": now, "updatedAtMS": now,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(id) != 24 {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	h.ok("POST", "/rooms/r/members", `{"invitees":["bob"],"systemMessage":true}`)
	if diff := cmp.Diff([]sandbox.Message{{ID: id, Sent: body}}, h.Messages()); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if again, _ := h.ok("POST", "/messages", string(sent))["_id"].(string); again == id || len(h.Messages()) != 2 {
		t.Errorf("sent twice: %v", h.Messages())
	}
	if last, _ := h.ok("GET", "/rooms/r", "")["lastMessage"].(object); last["message"] != "Hi" {
		t.Errorf("last message %v", last)
	}
	h.DeleteRoom("r")
	if left := h.Messages(); len(left) != 0 {
		t.Errorf("messages outlived their room: %v", left)
	}
}

func TestBroadcast(t *testing.T) {
	h := serveMessages(t)
	got := h.ok("POST", "/messages/batch", `{"message":"Hi $name$, $word$!","messageType":"text","sender":"bob","extra":{"k":"$name$"},"push":true,
		"paras":[{"receiver":"ann","$name$":"Ann","$word$":"$name$"},{"room":"r","receiver":"zoe"}]}`)
	all := h.Broadcasts()
	if len(all) != 1 || got["batchID"] != all[0].ID || got["count"] != json.Number("2") || all[0].ID == "" {
		t.Fatalf("reply %v, recorded %v", got, all)
	}
	if want := []string{"Hi Ann, $name$!", "Hi $name$, $word$!"}; !slices.Equal(all[0].Texts, want) {
		t.Errorf("texts %q, want %q", all[0].Texts, want)
	}
	if all[0].Sent["sender"] != "bob" || all[0].Sent["push"] != true || len(h.Messages()) != 0 {
		t.Errorf("recorded %v", all[0].Sent)
	}
}

func TestPush(t *testing.T) {
	h := serveMessages(t)
	payload := `{"type":"t","expiry":1588744338,"alert":{"loc-key":"K","loc-args":["a"]},"badge":1,"sound":"s","topic":"p",
		"title":"T","body":"B","icon":"i","collapseKey":"c"}`
	if got := h.ok("POST", "/push/push2clients", `{"clients":["ann","nobody"],"payload":`+payload+`}`); len(got) != 0 {
		t.Errorf("reply %v", got)
	}
	h.ok("POST", "/push/push2clients", `{"clients":["ann"],"payload":{"alert":"A","badge":"99"}}`)
	all := h.Pushes()
	if len(all) != 2 || !slices.Equal(all[0].Clients, []string{"ann", "nobody"}) || all[0].Payload["expiry"] != json.Number("1588744338") {
		t.Fatalf("recorded %v", all)
	}
	if diff := cmp.Diff(object{"alert": "A", "badge": "99"}, all[1].Payload); diff != "" {
		t.Errorf("recorded: %s", diff)
	}
}

func TestMessageRefusals(t *testing.T) {
	h := serveMessages(t)
	const text = `"message":"M","messageType":"text"`
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"no room":              {"/messages", `{"sender":"ann",` + text + `}`, 400, "MISSING_PARAMETER"},
		"no sender":            {"/messages", `{"room":"r",` + text + `}`, 400, "MISSING_PARAMETER"},
		"no message":           {"/messages", `{"room":"r","sender":"ann","messageType":"text"}`, 400, "MISSING_PARAMETER"},
		"no type":              {"/messages", `{"room":"r","sender":"ann","message":"M"}`, 400, "MISSING_PARAMETER"},
		"an id":                {"/messages", `{"_id":"m","room":"r","sender":"ann",` + text + `}`, 400, "INVALID_REQUEST"},
		"push a string":        {"/messages", `{"room":"r","sender":"ann","push":"no",` + text + `}`, 400, "INVALID_REQUEST"},
		"mentions a string":    {"/messages", `{"room":"r","sender":"ann","mentions":"bob",` + text + `}`, 400, "INVALID_REQUEST"},
		"room not there":       {"/messages", `{"room":"s","sender":"ann",` + text + `}`, 404, "ROOM_NOT_FOUND"},
		"room frozen":          {"/messages", `{"room":"cold","sender":"ann",` + text + `}`, 403, "INSUFFICIENT_PERMISSIONS"},
		"sender unknown":       {"/messages", `{"room":"r","sender":"zoe",` + text + `}`, 404, "CLIENT_NOT_FOUND"},
		"sender a group":       {"/messages", `{"room":"r","sender":"team",` + text + `}`, 404, "CLIENT_NOT_FOUND"},
		"no recipients":        {"/messages/batch", `{` + text + `}`, 400, "MISSING_PARAMETER"},
		"nobody":               {"/messages/batch", `{"paras":[],` + text + `}`, 400, "INVALID_REQUEST"},
		"a recipient a string": {"/messages/batch", `{"paras":["ann"],` + text + `}`, 400, "INVALID_REQUEST"},
		"neither of two":       {"/messages/batch", `{"paras":[{"$name$":"Ann"}],` + text + `}`, 400, "INVALID_REQUEST"},
		"no placeholder":       {"/messages/batch", `{"paras":[{"receiver":"ann","name":"Ann"}],` + text + `}`, 400, "INVALID_REQUEST"},
		"a value a number":     {"/messages/batch", `{"paras":[{"receiver":"ann","$n$":1}],` + text + `}`, 400, "INVALID_REQUEST"},
		"receiver unknown":     {"/messages/batch", `{"paras":[{"receiver":"ann"},{"receiver":"zoe"}],` + text + `}`, 404, "CLIENT_NOT_FOUND"},
		"a room not there":     {"/messages/batch", `{"paras":[{"room":"s"}],` + text + `}`, 404, "ROOM_NOT_FOUND"},
		"from nobody":          {"/messages/batch", `{"sender":"zoe","paras":[{"receiver":"ann"}],` + text + `}`, 404, "CLIENT_NOT_FOUND"},
		"no clients":           {"/push/push2clients", `{"payload":{"title":"T"}}`, 400, "MISSING_PARAMETER"},
		"clients empty":        {"/push/push2clients", `{"clients":[],"payload":{"title":"T"}}`, 400, "INVALID_REQUEST"},
		"no payload":           {"/push/push2clients", `{"clients":["ann"]}`, 400, "MISSING_PARAMETER"},
		"unknown in payload":   {"/push/push2clients", `{"clients":["ann"],"payload":{"text":"T"}}`, 400, "INVALID_REQUEST"},
		"expiry a string":      {"/push/push2clients", `{"clients":["ann"],"payload":{"expiry":"1"}}`, 400, "INVALID_REQUEST"},
		"badge a flag":         {"/push/push2clients", `{"clients":["ann"],"payload":{"badge":true}}`, 400, "INVALID_REQUEST"},
		"alert a number":       {"/push/push2clients", `{"clients":["ann"],"payload":{"alert":1}}`, 400, "INVALID_REQUEST"},
		"alert of its own":     {"/push/push2clients", `{"clients":["ann"],"payload":{"alert":{"title":"T"}}}`, 400, "INVALID_REQUEST"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			h.refused("POST", c.path, c.body, c.status, c.code)
			if n := sentSoFar(h); n != 0 {
				t.Errorf("%d things were sent", n)
			}
		})
	}
}

// Faults of every kind reach the new routes by their templates, and what was sent before a reply was lost shows.
func TestLostReplyOfAMessage(t *testing.T) {
	h := serveMessages(t)
	h.Inject(sandbox.Fault{Method: "POST", Route: "/messages", Cut: true, After: true, Times: 1})
	h.Inject(sandbox.Fault{Method: "POST", Route: "/messages", Status: 429, Times: 1})
	body := `{"room":"r","sender":"ann","message":"M","messageType":"text"}`
	if r := h.send("POST", "/messages", body); r.err == nil {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if r := h.send("POST", "/messages", body); r.status != 429 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if len(h.Messages()) != 1 || h.Count("POST", "/messages") != 2 {
		t.Errorf("%d messages of %d requests", len(h.Messages()), h.Count("POST", "/messages"))
	}
}
