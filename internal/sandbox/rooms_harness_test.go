package sandbox_test

import (
	"strings"
	"testing"

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

// on is the harness for a subtest.
func (h *harness) on(t *testing.T) *harness {
	sub := *h
	sub.t = t
	return &sub
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
