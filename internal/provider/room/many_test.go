package room_test

import (
	"fmt"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// requests counts those so far, by method and route.
func requests(w *acctest.World) map[string]int {
	n := map[string]int{}
	for _, r := range w.Requests() {
		n[r.Method+" "+r.Route]++
	}
	return n
}

// A hundred rooms take as few requests as they can: one look for an id that is configured,
// none for one that the provider makes, and one read of what no answer shows.
func TestManyRooms(t *testing.T) {
	t.Parallel()
	const (
		many               = 100
		look, create, read = "GET " + acctest.RouteExists, "POST " + acctest.RouteRooms, "GET " + acctest.RouteRoom
	)
	for line, want := range map[string]map[string]int{
		`id = "room-${count.index}"`:   {look: many, create: many, read: many},
		`name = "Room ${count.index}"`: {create: many, read: many},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.CLI(t, acctest.RoomWith(fmt.Sprint("count = ", many), line))
			c.Must("plan", "-out=saved")
			acctest.Equal(t, "requests of the plan", map[string]int{}, requests(w))
			c.Must("apply", "saved")
			acctest.Equal(t, "requests of the apply", want, requests(w))
			w.ResetRequests()
			c.Empty()
			acctest.Equal(t, "requests of the plan after it", map[string]int{read: many}, requests(w))
		})
	}
}

// Where the server cannot say which rooms exist, one read says it.
func TestOneReadBeforeARoomIsMade(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{NoExistsRoute: true}})
	w.Core(t, "imkit_room").MustConverge(map[string]any{"id": "lobby", "open": false})
	acctest.Equal(t, "calls", []string{
		"GET " + acctest.RouteExists, "GET " + acctest.RouteRoom, "POST " + acctest.RouteRooms + " members", "PUT " + acctest.RouteRoom + " opening",
	}, calls(w))
}
