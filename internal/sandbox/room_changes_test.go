package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Of two changes of one room that overlap between reading and writing, one is lost; of two rooms none, and of
// two that follow one another none.
func TestOverlappingChangesLoseOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: time.Second}})
		for _, id := range []string{"ann", "bob", "cid"} {
			s.PutClient(id, nil)
			s.PutRoom(id, nil)
		}
		s.PutRoom("r", nil)
		join := func(room, client string) {
			if w := call(t.Context(), s, "POST", "/rooms/"+room+"/members", `{"invitees":["`+client+`"]}`); w.Code != http.StatusOK {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		begin := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { join("r", "ann") })
		wg.Go(func() {
			<-time.After(time.Second / 2)
			join("r", "bob")
		})
		wg.Go(func() { join("ann", "ann") })
		wg.Wait()
		if took := time.Since(begin); took != 3*time.Second/2 {
			t.Errorf("took %s", took)
		}
		room, _ := s.Room("r")
		other, _ := s.Room("ann")
		if !slices.Equal(room.Members, []string{"bob"}) || !slices.Equal(other.Members, []string{"ann"}) {
			t.Errorf("members are %v and %v", room.Members, other.Members)
		}
		if got := s.OverlappingRoomChanges(); got != 1 {
			t.Errorf("%d overlapping changes, want 1", got)
		}
		join("r", "cid")
		join("r", "ann")
		if room, _ := s.Room("r"); !slices.Equal(room.Members, []string{"bob", "cid", "ann"}) || s.OverlappingRoomChanges() != 1 {
			t.Errorf("members are %v, %d overlaps", room.Members, s.OverlappingRoomChanges())
		}
	})
}

// What is done to a room meanwhile is lost as well, and a room that was deleted does not come back.
func TestChangesDuringAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Rooms: sandbox.RoomOptions{WriteDelay: time.Second}})
		s.PutRoom("r", map[string]any{"name": "before"})
		s.PutRoom("gone", nil)
		var wg sync.WaitGroup
		for _, id := range []string{"r", "gone"} {
			wg.Go(func() { call(t.Context(), s, "PUT", "/rooms/"+id, `{"description":"D"}`) })
		}
		synctest.Wait()
		s.PutRoom("r", map[string]any{"name": "lost"})
		s.DeleteRoom("gone")
		if room, _ := s.Room("r"); room.Fields["name"] != "lost" || room.Fields["description"] != nil {
			t.Errorf("before it is written: %v", room.Fields)
		}
		wg.Wait()
		room, _ := s.Room("r")
		if room.Fields["name"] != "before" || room.Fields["description"] != "D" || !slices.Equal(s.RoomIDs(), []string{"r"}) {
			t.Errorf("rooms are %v, %v", s.RoomIDs(), room.Fields)
		}
	})
}

// With latency alone nothing is lost, and yet it can be told that two changes were under way at once.
func TestOverlapsAreCountedFromArrivalToReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Latency: time.Second})
		s.PutRoom("r", nil)
		var wg sync.WaitGroup
		for _, target := range []string{"PUT /rooms/r", "GET /rooms/r", "GET /rooms/r/exists", "DELETE /rooms/r"} {
			method, path, _ := strings.Cut(target, " ")
			wg.Go(func() { call(t.Context(), s, method, path, `{}`) })
		}
		wg.Wait()
		if got := s.OverlappingRoomChanges(); got != 1 {
			t.Errorf("%d overlapping changes, want 1", got)
		}
	})
}

func TestUserLevelCallsRefused(t *testing.T) {
	for status, code := range map[int]string{401: "UNAUTHORIZED", 403: "INSUFFICIENT_PERMISSIONS"} {
		h := serve(t, sandbox.Options{RefuseUserLevel: status})
		people(h)
		h.ok("POST", "/rooms/", `{"_id":"r"}`)
		for _, target := range userLevel {
			method, path, _ := strings.Cut(target, " ")
			h.refused(method, path, `{}`, status, code)
		}
		h.ok("POST", "/admin/clients/ann/mute/r", "")
	}
}

func TestRoomEdits(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	s.PutRoom("r", map[string]any{"name": "N", "members": []string{"a", "b"}, "_id": "other", "id": "other", "n": int64(1) << 60})
	s.PutRoom("r", map[string]any{"description": "D"})
	s.SetMemberProperty("r", "b", "score", map[string]any{"n": 1})
	s.PutRoom("r", map[string]any{"members": []string{"c", "a"}})
	room, _ := s.Room("r")
	if room.Fields["_id"] != "r" || room.Fields["id"] != nil || room.Fields["name"] != "N" || room.Fields["description"] != "D" {
		t.Errorf("stored %v", room.Fields)
	}
	if diff := cmp.Diff([]string{"a", "c"}, room.Members); diff != "" {
		t.Errorf("members: %s", diff)
	}
	s.FreezeRoom("r")
	s.AddMembers("r", "d", "a")
	s.RemoveMembers("r", "c", "zoe")
	room.Members[0], room.Fields["name"], room.Properties["b"]["score"] = "changed", "changed", "changed"
	again, _ := s.Room("r")
	if !slices.Equal(again.Members, []string{"a", "d"}) || again.Fields["name"] != "N" || again.Properties["b"]["score"] == "changed" {
		t.Errorf("stored %+v", again)
	}
	if again.Fields["status"] != json.Number("0") {
		t.Errorf("status %v", again.Fields["status"])
	}
	s.DeleteRoom("nowhere")
	s.DeleteRoom("r")
	if _, there := s.Room("r"); there || s.Count("", "") != 0 || s.OverlappingRoomChanges() != 0 {
		t.Error("the room is there, or edits left traces")
	}
	defer func() {
		if recover() == nil {
			t.Error("editing no room did not panic")
		}
	}()
	s.AddMembers("r", "a")
}
