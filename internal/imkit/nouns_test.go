package imkit_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Reads of one room at the same moment are one request. Reads of other rooms do not
// wait.
func TestReadsOfARoomAreMerged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r", "other")
		s.rooms["r"] = []string{"a"}
		s.latency = time.Second
		a := s.api(t)
		start := time.Now()
		var all sync.WaitGroup
		for _, id := range []string{"r", "other", "none"} {
			for range 50 {
				all.Go(func() {
					room, err := a.FindRoom(t.Context(), id)
					switch {
					case id == "none":
						if !imkit.IsNotFound(err) {
							t.Error(err)
						}
						return
					case err != nil || room.ID != id || len(*room.Members.Value) != len(s.members(id)):
						t.Errorf("%+v, %v", room, err)
					case time.Since(start) > 2*time.Second:
						t.Errorf("took %s", time.Since(start))
					}
				})
			}
		}
		all.Wait()
		for path, most := range map[string]int{"GET /rooms/r": 1, "GET /rooms/other": 1, "GET /rooms/none": 2, "GET /rooms/none/exists": 2} {
			if got := slices.DeleteFunc(s.calls(), func(c string) bool { return c != path }); len(got) > most {
				t.Errorf("%s: %d requests", path, len(got))
			}
		}
	})
}

// As Terraform reads 200 members of one room back.
func TestReadsOfARoomOfManyWorkers(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := serveRooms(t, "r")
			s.latency = latency
			a := s.api(t)
			workers(10, 3*time.Millisecond, numbered(200), func(string) {
				if _, err := a.FindRoom(t.Context(), "r"); err != nil {
					t.Error(err)
				}
			})
			if n := s.count(http.MethodGet); n > 80 {
				t.Errorf("at %s, %d requests", latency, n)
			}
		})
	}
}

// So are reads of all groups, and of one among them.
func TestReadsOfGroupsAreMerged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveInMemory(t, answerAfter(time.Second, groupsListed(team, `{"_id":"h","members":["x"]}`)))
		a := s.api(t)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				id := []string{"g", "h"}[i%2]
				if g, err := a.Group(t.Context(), id); err != nil || g.ID != id {
					t.Error(g, err)
				}
			})
			all.Go(func() {
				if groups, err := a.Groups(t.Context()); err != nil || len(groups) != 2 {
					t.Error(groups, err)
				}
			})
		}
		all.Wait()
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}
