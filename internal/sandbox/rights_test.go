package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// as is the harness of a user with a token.
func (h *harness) as(token string) *harness {
	user := *h
	user.header = http.Header{
		"Im-Client-Key": {sandbox.DefaultClientKey}, "Im-Authorization": {token}, "Content-Type": h.header["Content-Type"],
	}
	return &user
}

// serveUsers serves a sandbox with a room r, in which everybody has another part. Their tokens are their ids.
func serveUsers(t *testing.T, opts sandbox.Options) *harness {
	t.Helper()
	h := serve(t, opts)
	users := []string{"owner", "manager", "admin", "member", "grouped", "former", "stranger"}
	for _, id := range users {
		h.PutClient(id, nil)
		h.AddToken(id, id, start.Add(time.Hour))
	}
	h.PutGroup("team", map[string]any{"nickname": "Team", "members": []string{"grouped"}})
	h.PutRoom("r", map[string]any{
		"owner": "owner", "managers": []string{"manager"}, "members": []string{"owner", "admin", "member", "former", "team"},
	})
	h.SetMemberProperty("r", "admin", "role", "admin")
	h.SetMemberProperty("r", "former", "role", "admin")
	h.RemoveMembers("r", "former")
	return h
}

func TestRightsOfUsers(t *testing.T) {
	const (
		everybody = "owner manager admin member grouped former stranger"
		members   = "owner manager admin member grouped"
		managers  = "owner manager admin"
	)
	for name, c := range map[string]struct{ target, body, may, code string }{
		"profile":        {"GET /me", "", everybody, ""},
		"configuration":  {"GET /config", "", everybody, ""},
		"exists":         {"GET /rooms/r/exists", "", everybody, ""},
		"read":           {"GET /rooms/r", "", members, "NOT_ROOM_MEMBER"},
		"add":            {"POST /rooms/r/members", `{"invitees":["stranger"],"systemMessage":true}`, members, "NOT_ROOM_MEMBER"},
		"property":       {"PUT /rooms/r/member/member", `{"property":"score","value":1}`, members, "NOT_ROOM_MEMBER"},
		"role":           {"PUT /rooms/r/member/member", `{"property":"role","value":"admin"}`, managers, "INSUFFICIENT_PERMISSIONS"},
		"own role":       {"PUT /rooms/r/member/admin", `{"property":"role","value":"member"}`, managers, "INSUFFICIENT_PERMISSIONS"},
		"remove another": {"POST /rooms/r/delete/members", `{"members":["team"]}`, managers, "INSUFFICIENT_PERMISSIONS"},
		"update":         {"PUT /rooms/r", `{"name":"N"}`, managers, "INSUFFICIENT_PERMISSIONS"},
		"freeze":         {"PUT /rooms/r", `{"status":0}`, managers, "INSUFFICIENT_PERMISSIONS"},
		"new owner":      {"PUT /rooms/r", `{"owner":"member"}`, "owner", "INSUFFICIENT_PERMISSIONS"},
		"new managers":   {"PUT /rooms/r", `{"managers":["member"]}`, "owner", "INSUFFICIENT_PERMISSIONS"},
		"delete":         {"DELETE /rooms/r", "", managers, "INSUFFICIENT_PERMISSIONS"},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.target, " ")
			for user := range strings.FieldsSeq(everybody) {
				h := serveUsers(t, sandbox.Options{})
				before, _ := h.Room("r")
				if slices.Contains(strings.Fields(c.may), user) {
					if got := h.as(user).send(method, path, c.body); got.status != http.StatusOK {
						t.Errorf("%s: got %d %s", user, got.status, got.body)
					}
					continue
				}
				h.as(user).refused(method, path, c.body, http.StatusForbidden, c.code)
				if after, _ := h.Room("r"); !cmp.Equal(before, after) {
					t.Errorf("%s: a refused call changed the room to %+v", user, after)
				}
			}
		})
	}
}

// Whoever leaves does so without a right, and the room is told so.
func TestUsersLeave(t *testing.T) {
	h := serveUsers(t, sandbox.Options{})
	h.as("member").ok("POST", "/rooms/r/delete/members", `{"members":["member"],"systemMessage":true}`)
	h.as("member").refused("GET", "/rooms/r", "", http.StatusForbidden, "NOT_ROOM_MEMBER")
	h.as("member").refused("POST", "/rooms/r/delete/members", `{"members":["member"]}`, http.StatusForbidden, "NOT_ROOM_MEMBER")
	h.as("owner").ok("POST", "/rooms/r/delete/members", `{"members":["admin"],"systemMessage":true}`)
	want := []sandbox.Announcement{{Type: "leaveRoom", Members: []string{"member"}}, {Type: "deleteMembers", Members: []string{"admin"}}}
	if diff := cmp.Diff(want, h.Announcements("r")); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}
}

func TestClosedRooms(t *testing.T) {
	h := serveUsers(t, sandbox.Options{})
	const path, body = "/rooms/r/members", `{"invitees":["stranger"]}`
	h.as("owner").ok("PUT", "/rooms/r", `{"opening":0}`)
	h.as("member").refused("POST", path, body, http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	h.as("admin").ok("POST", path, body)
	h.ok("PUT", "/rooms/r", `{"opening":1}`)
	h.as("member").ok("POST", path, body)
}

func TestSuperusers(t *testing.T) {
	h := serveUsers(t, sandbox.Options{})
	for user, want := range map[*harness]bool{h: true, h.as("owner"): true, h.as("admin"): false, h.as("member"): false} {
		if got := user.ok("GET", "/rooms/r", "")["isSuperuser"]; got != want {
			t.Errorf("%v: got %v, want %v", user.header, got, want)
		}
	}
}

// userCalls are those that users make: what a server refuses to the API key as well, and what is their own.
var userCalls = append([]string{"GET /config", "GET /me"}, userLevel...)

func TestTokensThatDoNotCount(t *testing.T) {
	h := serveUsers(t, sandbox.Options{})
	h.AddToken("owner", "revoked", start.Add(time.Hour))
	h.ok("DELETE", "/admin/clients/owner/token", `{"token":"revoked"}`)
	h.AddToken("owner", "expired", start)
	for _, target := range userCalls {
		method, path, _ := strings.Cut(target, " ")
		for _, token := range []string{"revoked", "expired", "never made", ""} {
			h.as(token).refused(method, path, `{}`, http.StatusUnauthorized, "INVALID_TOKEN")
		}
		stranger := h.as("owner")
		stranger.header.Set("IM-CLIENT-KEY", "another")
		stranger.refused(method, path, `{}`, http.StatusForbidden, "INVALID_CLIENT_KEY")
		stranger.header.Del("IM-CLIENT-KEY")
		stranger.refused(method, path, `{}`, http.StatusForbidden, "INVALID_CLIENT_KEY")
	}
	if _, there := h.Room("r"); !there {
		t.Error("the room is gone")
	}
}

// What only the platform's administrator may do is refused to the owner of a room too.
func TestCallsThatAreNotForUsers(t *testing.T) {
	h := serveUsers(t, sandbox.Options{})
	for _, target := range slices.Concat(clientCalls, roomCalls, groupCalls, configCalls, messageCalls) {
		if method, path, _ := strings.Cut(target, " "); !slices.Contains(userCalls, target) {
			h.as("owner").refused(method, path, `{}`, http.StatusUnauthorized, "MISSING_API_KEY")
		}
	}
}

// Servers that let the API key make no calls of users leave them to users.
func TestUserLevelCallsOfUsers(t *testing.T) {
	h := serveUsers(t, sandbox.Options{RefuseUserLevel: 403, Config: sandbox.ConfigOptions{RefuseRead: 403}})
	h.as("owner").ok("GET", "/config", "")
	h.as("owner").ok("GET", "/rooms/r", "")
	h.as("Bearer owner").ok("GET", "/config", "") // as the page on it has it
	h.refused("GET", "/config", "", 403, "INSUFFICIENT_PERMISSIONS")

	both := h.as("owner") // then it is the API key that counts
	both.header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	both.refused("GET", "/rooms/r", "", 403, "INSUFFICIENT_PERMISSIONS")
}
