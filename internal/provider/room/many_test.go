package room_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// Ten members with a role and properties join together. Before it, one read shows whom that
// takes over, and none is needed in a room that this run made; after it, one or two show what
// the server keeps of the properties.
func TestMembersWithPropertiesShareReads(t *testing.T) {
	t.Parallel()
	const many = 10
	for room, before := range map[string]int{"lobby": 1, "new": 0} {
		t.Run(room, func(t *testing.T) {
			t.Parallel()
			acctest.Schemas()
			synctest.Test(t, func(t *testing.T) {
				w := acctest.NewWorldInMemory(t, sandbox.Options{Latency: time.Second})
				w.SetTime(acctest.Epoch)
				made := withLobby(w).Core(t, "imkit_room")
				cores, plans := []*acctest.Core{made}, []func() acctest.Change{}
				for i := range many {
					id := fmt.Sprint("client-", i)
					w.PutClient(id, nil)
					member := w.Core(t, "imkit_room_member")
					cores = append(cores, member)
					plans = append(plans, func() acctest.Change {
						return member.MustPlan(map[string]any{"room_id": room, "client_id": id, "role": "admin", "properties": map[string]any{"shift": "day", "level": i}}, acctest.ToCreate)
					})
				}
				acctest.Share(cores...)
				made.MustConverge(map[string]any{"id": "new"})
				w.ResetRequests()
				var all sync.WaitGroup
				for i, plan := range plans {
					planned := plan()
					all.Go(func() {
						if told := cores[i+1].Apply(planned); len(told) > 0 {
							t.Error(told)
						}
					})
				}
				all.Wait()
				join := slices.IndexFunc(w.Requests(), func(r sandbox.Request) bool { return r.Route == acctest.RouteJoin })
				reads := w.Count(http.MethodGet, acctest.RouteRoom)
				if after := reads - before; join != before || after < 1 || after > 2 {
					t.Errorf("%d requests came before the members joined, want %d; there were %d reads", join, before, reads)
				}
				acctest.Equal(t, "requests", map[string]int{
					http.MethodGet + " " + acctest.RouteRoom: reads, http.MethodPost + " " + acctest.RouteJoin: 1, http.MethodPut + " " + acctest.RouteProperty: 3 * many,
				}, requests(w))
			})
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
