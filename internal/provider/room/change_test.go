package room_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// calls are the requests about rooms so far, with the names of what each sent beside how.
func calls(w *acctest.World) []string {
	var calls []string
	for _, r := range w.Requests() {
		if !strings.HasPrefix(r.Route, acctest.RouteRooms) {
			continue
		}
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.JSON)), func(name string) bool {
			return slices.Contains([]string{"_id", "roomType", "systemMessage", "invitationRequired"}, name)
		})
		calls = append(calls, strings.Join(append([]string{r.Method, r.Route}, names...), " "))
	}
	return calls
}

// changes are those of the calls that change a room.
func changes(w *acctest.World) []string {
	return slices.DeleteFunc(calls(w), func(call string) bool { return strings.HasPrefix(call, "GET ") })
}

// A change takes as few requests as it can, in an order that works: a room is thawed
// first and frozen last, members come before they are named, and go after that.
func TestRoomChangesInOrder(t *testing.T) {
	t.Parallel()
	const (
		create, set = "POST /rooms/ members", "PUT /rooms/{id}"
		look, read  = "GET /rooms/{id}/exists", "GET /rooms/{id}"
		add, remove = "POST /rooms/{id}/members invitees", "POST /rooms/{id}/delete/members members"
	)
	people := []any{"ann", "bob"}
	for name, c := range map[string]struct {
		from, to map[string]any // from nil is a new room
		want     []string
	}{
		"new":                      {nil, map[string]any{"id": "lobby"}, []string{look, create, read}},
		"new, without an id":       {nil, map[string]any{"name": "N"}, []string{create + " name", read}},
		"new, closed":              {nil, map[string]any{"name": "N", "open": false}, []string{create + " name", set + " opening"}},
		"new, with a manager":      {nil, map[string]any{"name": "N", "manager_ids": []any{"ann"}}, []string{create + " name", set + " managers"}},
		"new, frozen":              {nil, map[string]any{"frozen": true, "manager_ids": []any{"m0100"}}, []string{create, add, set + " managers status"}},
		"one setting":              {map[string]any{"name": "M", "open": true}, map[string]any{"name": "N", "open": true}, []string{set + " name"}},
		"come, be named, go":       {map[string]any{"owner_id": "ann", "member_ids": people}, map[string]any{"owner_id": "cleo", "member_ids": []any{"bob", "cleo"}}, []string{add, set + " owner", remove}},
		"thawed first":             {map[string]any{"frozen": true, "member_ids": []any{"ann"}}, map[string]any{"frozen": false, "name": "N", "member_ids": []any{"bob"}}, []string{set + " name status", add, remove}},
		"thawed, to name somebody": {map[string]any{"frozen": true, "member_ids": []any{"ann"}}, map[string]any{"frozen": false, "name": "N", "manager_ids": []any{"bob"}, "member_ids": []any{"bob"}}, []string{set + " status", add, set + " managers name", remove}},
		"frozen last":              {map[string]any{"frozen": false, "member_ids": []any{"ann"}}, map[string]any{"frozen": true, "name": "N", "member_ids": []any{"bob"}}, []string{add, remove, set + " name status"}},
		"another owner, frozen":    {map[string]any{"owner_id": "ann", "member_ids": people}, map[string]any{"owner_id": "bob", "name": "N", "member_ids": []any{"bob"}, "frozen": true}, []string{set + " name owner", remove, set + " status"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			w.People("ann", "bob", "cleo")
			core := w.Core(t, "imkit_room")
			if name == "new, frozen" {
				c.to["member_ids"] = manyIDs(w, 150)
			}
			if c.from != nil {
				core.Settle(c.from)
			}
			planned, _ := core.Plan(c.to)
			w.ResetRequests()
			if told := core.Apply(planned); told.Failed() {
				t.Error(told)
			}
			acctest.Equal(t, "calls", c.want, calls(w))
			core.MustPlan(c.to, acctest.NoChange)
		})
	}
}
