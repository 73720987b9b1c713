package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

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
