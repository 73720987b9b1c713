package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// controlled is a sandbox with control endpoints, its clock standing at noon.
func controlled(t *testing.T) (*sandbox.Server, http.Handler) {
	t.Helper()
	server := sandbox.New(sandbox.Options{})
	server.SetTime(noon)
	return server, newHandler(server, false)
}

// ask makes a request from an address.
func ask(t *testing.T, h http.Handler, from, method, target, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1:3100", from
	r.Header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "test/1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const local = "127.0.0.1:40000"

func TestClock(t *testing.T) {
	cases := []struct {
		body   string
		status int
		want   time.Time
	}{
		{`{"advance":"120h"}`, 200, noon.Add(120 * time.Hour)},
		{`{"advance":"-30m"}`, 200, noon.Add(-30 * time.Minute)},
		{`{"set":"2030-05-06T07:08:09+02:00"}`, 200, time.Date(2030, 5, 6, 5, 8, 9, 0, time.UTC)},
		{`{}`, 400, noon},
		{`{"advance":"1h","set":"2030-05-06T07:08:09Z"}`, 400, noon},
		{`{"advance":"soon"}`, 400, noon},
		{`{"set":"soon"}`, 400, noon},
		{`{"forward":"1h"}`, 400, noon},
		{``, 400, noon},
	}
	for _, c := range cases {
		t.Run(c.body, func(t *testing.T) {
			server, h := controlled(t)
			status, body := ask(t, h, local, "POST", "/_sandbox/clock", c.body)
			if status != c.status || !server.Now().Equal(c.want) {
				t.Errorf("got %d %s, clock at %s", status, body, server.Now())
			}
			if _, body := ask(t, h, local, "GET", "/_sandbox/clock", ""); !strings.Contains(body, c.want.Format(time.RFC3339)) {
				t.Errorf("clock shows %s, want %s", body, c.want)
			}
		})
	}
}

func TestClientsAndRequests(t *testing.T) {
	server, h := controlled(t)
	_, empty := ask(t, h, local, "GET", "/_sandbox/requests", "")
	if strings.TrimSpace(empty) != "[]" {
		t.Errorf("no requests shown as %s", empty)
	}
	ask(t, h, local, "POST", "/admin/clients", `{"_id":"a/b","nickname":"Al","token":"my-token"}`)
	ask(t, h, local, "GET", "/admin/clients?q={}", "")

	_, body := ask(t, h, local, "GET", "/_sandbox/clients", "")
	for _, want := range []string{`"id":"a/b"`, `"liveTokens":1`, `"nickname":"Al"`} {
		if !strings.Contains(body, want) {
			t.Errorf("clients lack %s: %s", want, body)
		}
	}
	_, log := ask(t, h, local, "GET", "/_sandbox/requests", "")
	for _, want := range []string{`"method":"POST","path":"/admin/clients","clientID":"a/b","userAgent":"test/1","status":200`, `"query":"{}"`} {
		if !strings.Contains(log, want) {
			t.Errorf("requests lack %s: %s", want, log)
		}
	}
	for _, secret := range []string{"my-token", sandbox.DefaultAPIKey} {
		if strings.Contains(body+log, secret) {
			t.Errorf("%s is shown", secret)
		}
	}
	if status, body := ask(t, h, local, "DELETE", "/_sandbox/clients/a%2Fb", ""); status != http.StatusOK {
		t.Errorf("delete: %d %s", status, body)
	}
	if ids := server.ClientIDs(); len(ids) != 0 {
		t.Errorf("still there: %v", ids)
	}
	if status, _ := ask(t, h, local, "DELETE", "/_sandbox/clients/a%2Fb", ""); status != http.StatusNotFound {
		t.Errorf("deleting nobody: %d", status)
	}
	if got := len(server.Requests()); got != 2 {
		t.Errorf("control calls are in the log of the server: %d", got)
	}
}

func TestControlIsForTheSameMachine(t *testing.T) {
	server, h := controlled(t)
	if status, _ := ask(t, h, "192.0.2.1:40000", "POST", "/_sandbox/clock", `{"advance":"1h"}`); status != http.StatusForbidden {
		t.Errorf("got %d", status)
	}
	if !server.Now().Equal(noon) {
		t.Error("the clock moved")
	}
	if status, _ := ask(t, h, "192.0.2.1:40000", "GET", "/admin/clients", ""); status != http.StatusOK {
		t.Errorf("the chat server itself answers %d", status)
	}
	if status, _ := ask(t, h, "[::1]:40000", "GET", "/_sandbox/clock", ""); status != http.StatusOK {
		t.Errorf("over IPv6: %d", status)
	}
}

func TestUnknownControlEndpoint(t *testing.T) {
	_, h := controlled(t)
	for _, target := range []string{"POST /_sandbox/clients", "GET /_sandbox/", "DELETE /_sandbox/clock", "GET /_sandbox/rooms/r", "PUT /_sandbox/rooms"} {
		method, path, _ := strings.Cut(target, " ")
		if status, _ := ask(t, h, local, method, path, ""); status != http.StatusNotFound {
			t.Errorf("%s: got %d", target, status)
		}
	}
}

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
