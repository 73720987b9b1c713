package imkit

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Reads of one room at the same moment are one request, and everybody has a room
// of their own. Reads of other rooms do not wait.
func TestReadsOfARoomAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r", "other")
		s.rooms["r"] = []string{"a"}
		s.latency = 10 * time.Millisecond
		a := s.api(t)
		var all sync.WaitGroup
		for range 2 {
			for _, id := range []string{"r", "other", "none"} {
				for range 50 {
					all.Go(func() {
						room, err := a.Room(t.Context(), id, false)
						if id == "none" {
							if !IsNotFound(err) {
								t.Error(err)
							}
							return
						}
						if err != nil || room.ID != id || len(*room.Members.Value) > 1 {
							t.Errorf("%+v, %v", room, err)
							return
						}
						*room.Members.Value = append(*room.Members.Value, Member{ID: "changed"})
					})
				}
			}
			all.Wait()
		}
		if got := s.seen("GET"); len(got) != 6 {
			t.Errorf("%q", got)
		}
	})
}

// As Terraform reads 200 members of one room back.
func TestReadsOfARoomOfManyWorkers(t *testing.T) {
	for _, latency := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := newRoomServer("r")
			s.latency = latency
			a := s.api(t)
			processor := make(chan struct{}, 1)
			each(10, numbered(200), func(string) {
				processor <- struct{}{}
				pass(3 * time.Millisecond)
				<-processor
				if _, err := a.FindRoom(t.Context(), "r"); err != nil {
					t.Error(err)
				}
			})
			if n := len(s.seen("GET")); n > 60 {
				t.Errorf("at %s, %d requests", latency, n)
			}
		})
	}
}

// So are reads of all groups, and of one among them.
func TestReadsOfGroupsAreMerged(t *testing.T) {
	s := serve(t, groupsListed(team, `{"_id":"h","members":["x"]}`))
	a := s.api(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := []string{"g", "h"}[i%2]
			if g, err := a.Group(t.Context(), id); err != nil || g.ID != id || slices.Contains(*g.Members.Value, "changed") {
				t.Error(g, err)
			} else {
				(*g.Members.Value)[0] = "changed"
			}
			if groups, err := a.Groups(t.Context()); err != nil || len(groups) != 2 || slices.Contains(*groups[0].Members.Value, "changed") {
				t.Error(groups, err)
			}
		})
	}
	all.Wait()
	if n := len(s.seen()); n > 12 {
		t.Errorf("%d requests", n)
	}
}

// Whoever answers at a wrong address says nothing about rooms.
func TestRoomsOfAForeignServer(t *testing.T) {
	s := serve(t, http.NotFound)
	a := s.api(t)
	_, read := a.Room(t.Context(), "r", true)
	_, update := a.UpdateRoom(t.Context(), "r", RoomSettings{Name: ptr("N")})
	_, create := a.CreateRoom(t.Context(), "r", RoomSettings{}, nil, false)
	_, exists := a.RoomExists(t.Context(), "r")
	_, groups := a.Group(t.Context(), "g")
	for name, err := range map[string]error{
		"read": read, "update": update, "create": create, "exists": exists, "delete": a.DeleteRoom(t.Context(), "r"),
		"join": a.JoinRoomAnyRole(t.Context(), "r", "a", false), "leave": a.LeaveRoom(t.Context(), "r", "a", false),
		"property": a.SetMemberProperty(t.Context(), "r", "a", "p", 1), "unmute": a.UnmuteRoom(t.Context(), "a", "r"), "groups": groups,
	} {
		if !IsForeign(err) || IsNotFound(err) || IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked := slices.DeleteFunc(s.calls(), func(c string) bool { return c == "GET "+pathClients }) // who it is
	if len(asked) != 10 {
		t.Errorf("%d requests: %s", len(asked), asked)
	}
}
