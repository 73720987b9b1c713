package room_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// 200 members of one room, at Terraform's own parallelism of 10: they join, are read
// and leave in few calls, and on a server that loses one of two changes at the same
// moment none is lost.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	const many, most = 200, 100 // on a busy machine; what it takes exactly, the tests of imkit say in bubbles
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

// What members have, and that some join while others leave, takes turns as well.
func TestMembersLoseNothingToEachOther(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	synctest.Test(t, func(t *testing.T) {
		const many = 40
		w := withLobby(acctest.NewWorldInMemory(t, sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: 100 * time.Millisecond}}))
		cores := make([]*acctest.Core, many)
		configs := make([]map[string]any, many)
		var ids []string
		for i := range many {
			id := fmt.Sprint("client-", i)
			w.PutClient(id, nil)
			ids = append(ids, id)
			cores[i] = w.Core(t, "imkit_room_member")
			cores[i].Settings["requests_per_minute"] = 0
			configs[i] = map[string]any{
				"room_id": "lobby", "client_id": id, "role": []string{"admin", "member"}[i%2], "system_messages": i%3 == 0,
				"properties": map[string]any{"number": i}, "notifications_muted": i%2 == 0,
			}
		}
		// atOnce applies for all, after a plan of each.
		atOnce := func(config func(i int) map[string]any) {
			t.Helper()
			changes := make([]acctest.Change, many)
			for i, c := range cores {
				changes[i], _ = c.Plan(config(i))
			}
			acctest.Share(cores...)
			var all sync.WaitGroup
			for i, c := range cores {
				all.Go(func() {
					if told := c.Apply(changes[i]); told.Count(tfprotov6.DiagnosticSeverityError) > 0 {
						t.Errorf("%s:\n%s", ids[i], told)
					}
				})
			}
			all.Wait()
		}
		check := func(step string, isIn func(i int) bool) {
			t.Helper()
			room, _ := w.Room("lobby")
			for i, id := range ids {
				got, in := room.Properties[id], slices.Contains(room.Members, id)
				want := map[string]any{"role": configs[i]["role"], "number": acctest.Number(fmt.Sprint(i))}
				switch {
				case in != isIn(i), in && !cmp.Equal(got, want), !in && got["role"] == "admin":
					t.Errorf("%s: that %s is in is %t, with %v", step, id, in, got)
				}
			}
			if n := w.OverlappingRoomChanges(); n > 0 {
				t.Errorf("%s: %d changes of the room overlapped", step, n)
			}
		}
		only := func(isIn func(i int) bool) func(i int) map[string]any {
			return func(i int) map[string]any {
				if !isIn(i) {
					return nil
				}
				return configs[i]
			}
		}
		everybody, first := func(int) bool { return true }, func(i int) bool { return i < many/2 }
		second := func(i int) bool { return !first(i) }

		atOnce(only(first))
		check("the first have joined", first)
		atOnce(only(second))
		check("the others join as they leave", second)
		atOnce(only(everybody))
		check("all have joined", everybody)
		atOnce(only(first))
		check("half have left", first)
	})
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
		must(old, config)
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
