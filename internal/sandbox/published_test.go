package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// publishedRequest is one that the vendor publishes for HTTP clients, and that the sandbox has a call for. What stands in
// braces is filled in, as people do: {roomId} is the room that was created.
type publishedRequest struct{ by, target, body string }

// Who makes them: whoever has the API key, or a user with the client key and a token.
const (
	byAdmin = "administrator"
	byUser  = "user"
)

// They are made in this order, which is that of the publication but for two things: properties are set while there are
// members, and what is deleted is deleted last.
var publishedRequests = []publishedRequest{
	{byAdmin, "POST /admin/clients", `{"_id":"user123","nickname":"John Doe","avatarUrl":"https://example.com/avatar.jpg","issueAccessToken":true}`},
	{byAdmin, "POST /admin/clients/list", `{"data":[
		{"_id":"user001","nickname":"Alice","avatarUrl":"https://example.com/alice.jpg"},
		{"_id":"user002","nickname":"Bob","avatarUrl":"https://example.com/bob.jpg"},
		{"_id":"user003","nickname":"Carol","avatarUrl":"https://example.com/carol.jpg"}]}`},
	{byAdmin, "GET /admin/clients?limit=20&skip=0", ""},
	{byUser, "GET /me", ""},
	{byAdmin, "POST /admin/groups", `{"_id":"group001","nickname":"Support Team","avatarUrl":"https://example.com/group.jpg","members":["user001","user002","user003"]}`},
	{byAdmin, "GET /admin/groups?limit=20", ""},

	{byAdmin, "POST /admin/clients", `{"_id":"user123","issueAccessToken":true}`},
	{byAdmin, "POST /admin/clients", `{"_id":"user123","issueAccessToken":false,"token":"your-custom-token-here","expirationDate":"2027-12-31T23:59:59.000Z"}`},
	{byAdmin, "PUT /admin/clients/{clientId}/token", `{"token":"new-token-001","expirationDate":"2027-01-01T00:00:00.000Z"}`},
	{byAdmin, "DELETE /admin/clients/{clientId}/token", `{"token":"{token-to-revoke}"}`},

	{byAdmin, "POST /rooms/", `{"name":"Project Discussion","roomType":"group","members":["user001","user002","user003"],"roomTags":["project","team-a"],"systemMessage":true}`},
	{byUser, "GET /rooms/{roomId}", ""},
	{byUser, "PUT /rooms/{roomId}", `{"name":"Updated Room Name","description":"Updated description","roomTags":["tag1","tag2"]}`},
	{byUser, "POST /rooms/{roomId}/members", `{"invitees":["user001","user002"],"systemMessage":true}`},
	{byUser, "PUT /rooms/{roomId}/member/{clientId}", `{"property":"nickname","value":"New Nickname"}`},
	{byUser, "PUT /rooms/{roomId}/member/{clientId}", `{"property":"role","value":"admin"}`},
	{byUser, "GET /rooms/{roomId}", ""},

	{byAdmin, "POST /messages", `{"room":"{roomId}","sender":"system","message":"Hello, welcome!","messageType":"text","push":true}`},
	{byAdmin, "POST /messages/batch", `{"message":"System announcement","messageType":"text","sender":"system","push":true,
		"paras":[{"receiver":"user001"},{"receiver":"user002"},{"room":"room-abc"}]}`},
	{byAdmin, "PUT /rooms/{roomId}", `{"status":0}`},
	{byAdmin, "PUT /rooms/{roomId}", `{"status":1}`},
	{byAdmin, "POST /admin/clients/{clientId}/mute/{roomId}", ""},
	{byAdmin, "DELETE /admin/clients/{clientId}/mute/{roomId}", ""},

	{byAdmin, "POST /config", `{"censorship":{"keywords":["badword1","badword2"]}}`},
	{byUser, "GET /config", ""},
	{byAdmin, "DELETE /config/censorship", ""},
	{byAdmin, "POST /config", `{"yourConfigKey":"yourConfigValue"}`},
	{byAdmin, "DELETE /config/yourConfigKey", ""},
	{byAdmin, "POST /push/push2clients", `{"clients":["user001","user002"],"payload":{"type":"alert","alert":"Maintenance","badge":1,
		"sound":"default","topic":"io.imkit.app","title":"Announcement","body":"Maintenance","icon":"https://example.com/icon.png"}}`},

	{byUser, "POST /rooms/{roomId}/delete/members", `{"members":["user001","user002"],"systemMessage":true}`},
	{byAdmin, "DELETE /rooms/{roomId}", ""},
}

func TestPublishedRequests(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.header.Set("Content-Type", "application/json")
	// What they name besides is made before, with requests of the same kinds.
	h.ok("POST", "/admin/clients", `{"_id":"system"}`)
	h.ok("POST", "/rooms/", `{"_id":"room-abc"}`)

	user := h.as("")
	values := map[string]string{"{clientId}": "user001", "{token-to-revoke}": "new-token-001"} //nolint:gosec // opens nothing
	for _, r := range publishedRequests {
		method, path, _ := strings.Cut(r.target, " ")
		for name, value := range values {
			path, r.body = strings.ReplaceAll(path, name, value), strings.ReplaceAll(r.body, name, value)
		}
		caller := h
		if r.by == byUser {
			caller = user
		}
		got := caller.send(method, path, r.body)
		if got.status != http.StatusOK {
			t.Fatalf("%s: got %d %s", r.target, got.status, got.body)
		}
		result, _ := got.object(t)["result"].(map[string]any)
		switch r.target {
		case "POST /admin/clients": // the token is the user's from then on
			value, issued := result["token"].(string)
			if !issued {
				value = "your-custom-token-here"
			}
			user = h.as(value)
		case "POST /rooms/": // whoever has the API key makes the user an administrator of the room
			id, _ := result["_id"].(string)
			values["{roomId}"] = id
			h.ok("POST", "/rooms/"+id+"/members", `{"invitees":["user123"]}`)
			h.ok("PUT", "/rooms/"+id+"/member/user123", `{"property":"role","value":"admin"}`)
		}
	}
	if diff := cmp.Diff([]string{"room-abc"}, h.RoomIDs()); diff != "" {
		t.Errorf("rooms that are left (-want +got):\n%s", diff)
	}
}
