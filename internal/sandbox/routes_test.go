package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The calls that need the API key, by what they are about. userLevel are those that a server may refuse to it.
var (
	clientCalls = []string{
		"POST /admin/clients", "POST /admin/clients/list", "GET /admin/clients", "PUT /admin/clients/u/token", "DELETE /admin/clients/u/token",
	}
	userLevel = []string{
		"GET /rooms/r", "PUT /rooms/r", "DELETE /rooms/r", "GET /rooms/r/exists", "POST /rooms/r/members",
		"POST /rooms/r/delete/members", "PUT /rooms/r/member/ann",
	}
	roomCalls = append([]string{
		"POST /rooms/", "POST /admin/clients/ann/mute/r", "DELETE /admin/clients/ann/mute/r",
	}, userLevel...)
	groupCalls   = []string{"GET /admin/groups", "POST /admin/groups"}
	configCalls  = []string{"GET /config", "POST /config", "DELETE /config/k"}
	messageCalls = []string{"POST /messages", "POST /messages/batch", "POST /push/push2clients"}
)

func TestServersWithoutRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		opts sandbox.Options
		lost []string
	}{
		"rooms":    {sandbox.Options{Rooms: sandbox.RoomOptions{NoRoutes: true}}, roomCalls},
		"exists":   {sandbox.Options{Rooms: sandbox.RoomOptions{NoExistsRoute: true}}, []string{"GET /rooms/r/exists"}},
		"groups":   {sandbox.Options{Groups: sandbox.GroupOptions{NoRoutes: true}}, groupCalls},
		"config":   {sandbox.Options{Config: sandbox.ConfigOptions{NoRoutes: true}}, configCalls},
		"messages": {sandbox.Options{NoMessageRoutes: true}, messageCalls},
	} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, c.opts)
			for _, target := range slices.Concat(clientCalls, roomCalls, groupCalls, configCalls, messageCalls) {
				method, path, _ := strings.Cut(target, " ")
				got := h.send(method, path, `{}`)
				lost := got.status == http.StatusNotFound && strings.Contains(got.body, "<pre>Cannot "+target+"</pre>")
				if lost != slices.Contains(c.lost, target) {
					t.Errorf("%s: got %d %s", target, got.status, got.body)
				}
			}
		})
	}
}

// No server has calls that no page shows.
func TestCallsThatNobodyPublished(t *testing.T) {
	h := serveRooms(t, sandbox.RoomOptions{})
	h.PutRoom("r", nil)
	for _, target := range []string{
		"GET /rooms/", "GET /rooms", "POST /rooms", "POST /rooms/r", "POST /rooms/createAndJoin", "PATCH /rooms/r", "GET /rooms/r/members",
		"DELETE /rooms/r/members", "DELETE /rooms/r/member/ann", "PUT /rooms//member/ann", "GET /admin/groups/g", "DELETE /admin/groups/g",
		"PUT /admin/groups/g", "DELETE /admin/clients/ann", "GET /config/k", "PUT /config", "DELETE /config", "GET /messages", "GET /admin/stats",
	} {
		method, path, _ := strings.Cut(target, " ")
		if got := h.send(method, path, `{}`); got.status != http.StatusNotFound || !strings.Contains(got.body, "Cannot "+target) {
			t.Errorf("%s: got %d %s", target, got.status, got.body)
		}
	}
}

// awkward ids are the customer's own strings.
var awkward = []string{
	"plain", "a b", "a/b", "a%2Fb", "100%", "..", ".", "a..b/../c", `say "hi"`, "it's", "$in", "{}", "q?x=1&y#z", "a+b", "a;b",
	"名前", "é", "e\u0301", "😀", "tab\there", "list", "token", "/", "<b>", strings.Repeat("long ", 40),
}

func TestAwkwardIDs(t *testing.T) {
	h := serve(t, sandbox.Options{})
	for _, id := range awkward {
		t.Run(id, func(t *testing.T) {
			h := *h
			h.t = t
			quoted, err := json.Marshal(id)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.ok("POST", "/admin/clients", `{"_id":`+string(quoted)+`,"token":`+string(quoted)+`}`); got["_id"] != id || got["id"] != id {
				t.Errorf("made %q, %q", got["_id"], got["id"])
			}
			if diff := cmp.Diff([]string{id}, h.find(`{"_id":`+string(quoted)+`}`)); diff != "" {
				t.Errorf("looked up: %s", diff)
			}
			if live := h.LiveTokens(id); len(live) != 1 {
				t.Errorf("tokens: %v", live)
			}
			h.ok("DELETE", "/admin/clients/"+url.PathEscape(id)+"/token", `{"token":`+string(quoted)+`}`)
			if live := h.LiveTokens(id); len(live) != 0 {
				t.Errorf("tokens left: %v", live)
			}
			last := h.Requests()[h.Count("", "")-1]
			if last.ClientID != id || last.Route != "/admin/clients/{id}/token" || last.Path != "/admin/clients/"+url.PathEscape(id)+"/token" {
				t.Errorf("logged %+v", last)
			}
		})
	}
	if diff := cmp.Diff(awkward, h.ClientIDs()); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}

func TestUnknownRoutes(t *testing.T) {
	h := serve(t, sandbox.Options{NoLookupRoute: true, NoRevokeRoute: true, NoMeRoute: true})
	h.header.Del("IM-API-KEY")
	for _, target := range []string{
		"GET /", "GET /admin", "PATCH /admin/clients", "DELETE /admin/clients/u", "GET /admin/clients/u/token",
		"DELETE /admin/clients/a/b/token", "DELETE /admin/clients//token", "GET /admin/clients/list", "POST /me", "GET //admin/clients",
		"GET /admin/clients", "DELETE /admin/clients/u/token", "GET /me", "GET /<script>",
	} {
		method, path, _ := strings.Cut(target, " ")
		got := h.send(method, path, "")
		want := "<pre>Cannot " + strings.NewReplacer("<script>", "%3Cscript%3E").Replace(target) + "</pre>"
		if got.status != http.StatusNotFound || got.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(got.body, want) {
			t.Errorf("%s: got %d %s\n%s", target, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	h.Configure(func(o *sandbox.Options) { *o = sandbox.Options{} })
	h.refused("GET", "/admin/clients/", "", 401, "MISSING_API_KEY") // Express does not mind the slash
}

// A path is taken as it was sent: nobody is redirected to another way of writing it.
func TestPathsAreNotRedirected(t *testing.T) {
	for _, base := range []string{"", "/chat"} {
		h := serve(t, sandbox.Options{BasePath: base})
		for _, id := range []string{"..", ".", "/", "me", "a/../b"} {
			h.PutRoom(id, nil)
		}
		for path, room := range map[string]string{
			"/rooms/..": "..", "/rooms/%2E%2e": "..", "/rooms/../": "..", "/rooms/.": ".", "/rooms/%2E": ".", "/rooms/%2F": "/", "/rooms/%2f/": "/",
			"/rooms/%6De": "me", "/rooms/a%2F..%2Fb": "a/../b",
		} {
			if got := h.ok("GET", base+path, ""); got["_id"] != room {
				t.Errorf("%s shows the room %v", path, got["_id"])
			}
			if last := h.Requests()[h.Count("", "")-1]; last.RoomID != room || last.Route != "/rooms/{id}" || last.Path != path {
				t.Errorf("%s: logged %+v", path, last)
			}
		}
		for _, target := range []string{
			"GET /", "GET //", "GET /.", "GET /..", "GET /./me", "GET /rooms/../me", "GET /me/.", "GET //me", "GET /me//", "GET /rooms/me//exists",
			"GET /rooms/a/../b", "POST /rooms", "GET /rooms", "POST /rooms/..", "POST /rooms/.", "GET /%6De", "DELETE /config//", "DELETE /config/", "CONNECT /rooms",
		} {
			method, path, _ := strings.Cut(target, " ")
			if got := h.send(method, base+path, `{}`); got.status != http.StatusNotFound || !strings.Contains(got.body, "<pre>Cannot "+method+" "+base+path+"</pre>") {
				t.Errorf("%s: got %d %s, to %q", target, got.status, got.body, got.header.Get("Location"))
			}
		}
	}
}

func TestForeignServer(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.ok("POST", "/admin/clients", `{"_id":"u"}`)
	h.Configure(func(o *sandbox.Options) { o.ForeignServer = true })
	for _, target := range []string{
		"GET /", "GET /me", "GET /admin/clients", "POST /admin/clients", "POST /admin/clients/list", "DELETE /admin/clients/u/token", "GET /nowhere",
	} {
		method, path, _ := strings.Cut(target, " ")
		got := h.send(method, path, `{"_id":"v"}`)
		if got.status != http.StatusNotFound || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: got %d %s", target, got.status, got.header.Get("Content-Type"))
		}
		if strings.Contains(got.body, "Cannot") || !strings.Contains(got.body, "Page not found") {
			t.Errorf("%s: this server's own page: %s", target, got.body)
		}
	}
	if ids := h.ClientIDs(); len(ids) != 1 {
		t.Errorf("clients: %v", ids)
	}
	if got := h.Count("DELETE", "/admin/clients/{id}/token"); got != 1 {
		t.Errorf("%d requests to revoke in the log", got)
	}
}

func TestBasePath(t *testing.T) {
	for _, base := range []string{"/chat", "chat/", "/chat"} {
		h := serve(t, sandbox.Options{BasePath: base})
		h.ok("POST", "/chat/admin/clients", `{"_id":"u"}`)
		for _, path := range []string{"/admin/clients", "/chatadmin/clients", "/other/admin/clients", "/chat"} {
			if got := h.send("GET", path, ""); got.status != http.StatusNotFound || !strings.Contains(got.body, "Cannot GET "+path) {
				t.Errorf("%s: got %d %s", path, got.status, got.body)
			}
		}
		if got := h.Requests()[0].Path; got != "/admin/clients" {
			t.Errorf("logged path %s", got)
		}
	}
}
