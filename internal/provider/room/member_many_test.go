package room_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// 200 members of one room, at Terraform's own parallelism of 10: they join, are read
// and leave in few calls, and on a server that loses one of two changes at the same
// moment none is lost.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	const many, most = 200, 130 // on a busy machine; what it takes exactly, the tests of imkit say in bubbles
	w := withLobby(acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: 5 * time.Millisecond}}))
	for i := range many {
		w.PutClient(fmt.Sprint("client-", i), nil)
	}
	c := w.CLI(t, fmt.Sprintf("resource \"imkit_room_member\" \"test\" {\n  count     = %d\n  room_id   = \"lobby\"\n  client_id = \"client-${count.index}\"\n}\n", many))
	for _, step := range []struct {
		method, route string
		do            func()
		members       int
	}{
		{http.MethodPost, acctest.RouteJoin, func() { c.Apply() }, many},
		{http.MethodGet, acctest.RouteRoom, func() { c.Empty() }, many},
		{http.MethodPost, acctest.RouteLeave, func() { c.Must("destroy", "-auto-approve", "-refresh=false") }, 0},
	} {
		w.ResetRequests()
		step.do()
		calls, all := w.Count(step.method, step.route), len(w.Requests())
		t.Logf("%s %s: %d requests", step.method, step.route, all)
		if room, _ := w.Room("lobby"); len(room.Members) != step.members || all > most || all != calls {
			t.Errorf("%d members after %d requests, of which %d are %s %s", len(room.Members), all, calls, step.method, step.route)
		}
	}
	if n := w.OverlappingRoomChanges(); n > 0 {
		t.Errorf("%d changes of the room overlapped", n)
	}
}

// A member whose resource goes as another one for it comes, in any order, stays in
// the room.
func TestMembersThatChangeHands(t *testing.T) {
	t.Parallel()
	const many = 20
	w := withLobby(acctest.NewWorld(t, sandbox.Options{Latency: 5 * time.Millisecond}))
	var leaving, coming []*acctest.Core
	for i := range many {
		id := fmt.Sprint("client-", i)
		w.PutClient(id, nil)
		config := map[string]any{"room_id": "lobby", "client_id": id}
		old, fresh := w.Core(t, "imkit_room_member"), w.Core(t, "imkit_room_member")
		old.Settle(config)
		leaving, coming = append(leaving, old), append(coming, fresh)
	}
	acctest.Share(slices.Concat(leaving, coming)...)
	apply := func(c *acctest.Core, config map[string]any) func() {
		planned, told := c.Plan(config)
		if told.Failed() {
			t.Fatal(told)
		}
		return func() {
			if told := c.Apply(planned); told.Failed() {
				t.Error(told)
			}
		}
	}
	var works []func()
	for i := range many {
		works = append(works, apply(coming[i], map[string]any{"room_id": "lobby", "client_id": fmt.Sprint("client-", i)}), apply(leaving[i], nil))
	}
	var all sync.WaitGroup
	for _, work := range works {
		all.Go(work)
	}
	all.Wait()
	if room, _ := w.Room("lobby"); len(room.Members) != many {
		t.Errorf("%d of %d are in the room", len(room.Members), many)
	}
}
