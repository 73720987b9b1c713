package imkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// As Terraform does: so many at a time, each with some work before its call, for
// which there is one processor. Everybody is in, with few calls, and never are two
// changes of the room under way.
func TestJoinsOfManyWorkers(t *testing.T) {
	const ids = 200
	for _, tc := range []struct {
		workers, most int
		work, latency time.Duration
		roles         bool
	}{
		{1, 200, 0, 20 * time.Millisecond, false},
		{2, 110, time.Millisecond, 20 * time.Millisecond, false},
		{10, 60, 0, 0, false},
		{10, 60, time.Millisecond, 0, false},
		{10, 60, 10 * time.Millisecond, 0, false},
		{10, 60, 30 * time.Millisecond, 0, false},
		{10, 60, 30 * time.Millisecond, 20 * time.Millisecond, false},
		{10, 60, 3 * time.Millisecond, time.Millisecond, false},
		{10, 60, 3 * time.Millisecond, 20 * time.Millisecond, false},
		{10, 60, 3 * time.Millisecond, 400 * time.Millisecond, false},
		{10, 60, 3 * time.Millisecond, time.Millisecond, true},
		{10, 60, 3 * time.Millisecond, 20 * time.Millisecond, true},
		{100, 12, 3 * time.Millisecond, 20 * time.Millisecond, false},
	} {
		t.Run(fmt.Sprintf("%d, %s, %s, %t", tc.workers, tc.work, tc.latency, tc.roles), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newRoomServer("r")
				s.latency = tc.latency
				a := s.api(t)
				processor := make(chan struct{}, 1)
				all := func(do func(id string) error) {
					each(tc.workers, numbered(ids), func(id string) {
						processor <- struct{}{}
						pass(tc.work)
						<-processor
						if err := do(id); err != nil {
							t.Errorf("%s: %v", id, err)
						}
					})
				}
				start := time.Now()
				all(func(id string) error {
					if err := a.JoinRoomAnyRole(t.Context(), "r", id, false); err != nil || !tc.roles {
						return err
					}
					return a.SetMemberProperty(t.Context(), "r", id, "role", RoleMember)
				})
				joins := len(s.seen("POST /rooms/r/members"))
				if got := s.members("r"); !slices.Equal(got, numbered(ids)) {
					t.Errorf("%d are in", len(got))
				}
				// At worst, work, waits and calls follow each other.
				most := ids*tc.work + time.Duration(joins+1)*(tc.latency+lullTime)
				if tc.roles {
					most += ids * tc.latency
				}
				if took := time.Since(start); took > most {
					t.Errorf("took %s, want at most %s", took, most)
				}
				all(func(id string) error { return a.LeaveRoom(t.Context(), "r", id, false) })
				leaves := len(s.seen("POST /rooms/r/delete/members"))
				if joins > tc.most || leaves > tc.most {
					t.Errorf("%d and %d calls, want at most %d", joins, leaves, tc.most)
				}
				if got := s.members("r"); len(got) > 0 || s.clashes > 0 {
					t.Errorf("%d are in, %d changes at the same moment", len(got), s.clashes)
				}
			})
		})
	}
}

// Everything that changes one room takes turns; other rooms do not wait.
func TestOneChangeOfARoomAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r", "other", "last")
		s.latency = time.Second
		a := s.api(t)
		var all sync.WaitGroup
		start := time.Now()
		do := func(f func() error) {
			all.Go(func() {
				if err := f(); err != nil {
					t.Error(err)
				}
			})
		}
		for _, room := range []string{"r", "other"} {
			for i := range 3 {
				id := fmt.Sprint("client-", i)
				do(func() error { return a.JoinRoomAnyRole(t.Context(), room, id, false) })
				do(func() error { return a.JoinRoomAnyRole(t.Context(), room, id+"-said", true) })
				do(func() error { return a.AddMembers(t.Context(), room, []string{id + "-a", id + "-b"}, false) })
			}
			do(func() error { return a.LeaveRoom(t.Context(), room, "nobody", false) })
			do(func() error { _, err := a.UpdateRoom(t.Context(), room, RoomSettings{Name: ptr("N")}); return err })
			do(func() error { return a.SetMemberProperty(t.Context(), room, "x", "score", 1) })
			do(func() error { return a.RemoveMembers(t.Context(), room, []string{"nobody"}, false) })
		}
		do(func() error { return a.DeleteRoom(t.Context(), "last") })
		all.Wait()
		// For each room: two calls for those who join, three to add, four others.
		if took := time.Since(start); s.clashes > 0 || took < 9*time.Second || took > 9*time.Second+crowdTime {
			t.Errorf("%d changes at the same moment, took %s: %s", s.clashes, took, strings.Join(s.seen(""), "\n"))
		}
		for _, room := range []string{"r", "other"} {
			if got := s.members(room); len(got) != 12 {
				t.Errorf("%d are in: %s", len(got), got)
			}
		}
	})
}

// What is announced and what is not, joins and leaves, and rooms go apart.
func TestJoinsGoApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r", "other")
		a := s.api(t)
		var all sync.WaitGroup
		for i, j := range []joining{{"r", false, false}, {"r", false, true}, {"r", true, false}, {"r", true, true}, {"other", false, false}} {
			for k := range 2 {
				id := fmt.Sprintf("%d%d", i, k)
				all.Go(func() {
					do := a.JoinRoomAnyRole
					if j.leave {
						do = a.LeaveRoom
					}
					if err := do(t.Context(), j.room, id, j.announce); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		got := s.seen("POST")
		slices.Sort(got)
		want := []string{
			"POST /rooms/other/members 40,41", "POST /rooms/r/delete/members 20,21", "POST /rooms/r/delete/members 30,31 announced",
			"POST /rooms/r/members 00,01", "POST /rooms/r/members 10,11 announced",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// Not more than a hundred go together, and twice the same goes once.
func TestJoinsInHundreds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		s.latency = time.Second
		a := s.api(t)
		var all sync.WaitGroup
		for _, id := range append(numbered(250), numbered(250)[:100]...) {
			all.Go(func() {
				if err := a.JoinRoomAnyRole(t.Context(), "r", id, false); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, c := range s.seen("POST") {
			if n := strings.Count(c, ",") + 1; n > MaxMembers {
				t.Errorf("%d in one call", n)
			}
		}
		if n := len(s.seen("POST")); n > 4 || len(s.members("r")) != 250 {
			t.Errorf("%d calls, %d are in", n, len(s.members("r")))
		}
	})
}

// One that cannot join does not keep the others from it.
func TestOneBadJoinAmongMany(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		bad    string
		is     func(error) bool
		says   string
	}{
		"unknown":      {400, "no-body", IsUnknownMember, `"no-body"`},
		"unknown, 404": {404, "no-body", IsUnknownMember, `"no-body"`},
		"refused":      {409, "client-7", IsConflict, "409"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newRoomServer("r")
				s.latency = 10 * time.Millisecond
				s.refuses = func(_ string, ids []string) int {
					if slices.Contains(ids, tc.bad) {
						return tc.status
					}
					return 0
				}
				a := s.api(t)
				ids := append(numbered(50), tc.bad)
				errs := make([]error, len(ids))
				var all sync.WaitGroup
				for i, id := range ids {
					all.Go(func() { errs[i] = a.JoinRoomAnyRole(t.Context(), "r", id, false) })
				}
				all.Wait()
				if err := errors.Join(errs[:50]...); err != nil || len(s.members("r")) != 50 {
					t.Errorf("%d are in: %v", len(s.members("r")), err)
				}
				if err := errs[50]; !tc.is(err) || !strings.Contains(err.Error(), tc.says) || IsNotFound(err) {
					t.Errorf("%v", err)
				}
				if n := len(s.seen("POST")); n > 2+2*6 {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// What concerns everybody is asked once.
func TestJoinsOfARoomThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer()
		a := s.api(t)
		var all sync.WaitGroup
		for _, id := range numbered(50) {
			all.Go(func() {
				if err := a.JoinRoomAnyRole(t.Context(), "r", id, false); !IsNotFound(err) {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if got := s.seen("POST"); len(got) != 1 {
			t.Errorf("%d calls", len(got))
		}
	})
}

// Who stops waiting before anything is sent leaves at once, and does not join.
func TestJoinLeavesWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		s.latency = time.Minute
		a := s.api(t, func(c *Config) { c.RequestTimeout = time.Hour })
		var all sync.WaitGroup
		all.Go(func() { _, _ = a.UpdateRoom(t.Context(), "r", RoomSettings{Name: ptr("N")}) }) // has the turn
		synctest.Wait()
		leave := func(name string, wait time.Duration) {
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(wait, cancel)
			err := a.JoinRoomAnyRole(ctx, "r", name, false)
			if took := time.Since(start); took != wait || !errors.Is(err, context.Canceled) || OutcomeUnknown(err) || failure(t, err).Path != pathMembers {
				t.Errorf("%s: after %s, %v", name, took, err)
			}
		}
		leave("alone, gathering", time.Millisecond)
		leave("alone, waiting for the turn", time.Second)
		all.Go(func() {
			if err := a.JoinRoomAnyRole(t.Context(), "r", "stays", false); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		leave("gathering", time.Millisecond)
		leave("waiting for the turn", time.Second)
		all.Wait()
		if got := fmt.Sprint(s.members("r")); got != "[stays]" {
			t.Errorf("in are %s", got)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := a.JoinRoomAnyRole(cancelled, "r", "late", false); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// Who stops waiting after it was sent gets to know what became of it, and does
// not stop it for the others.
func TestJoinLeavesOnceItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		s.latency = time.Second
		a := s.api(t)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		for id, ctx := range map[string]context.Context{"leaves": ctx, "stays": t.Context()} {
			all.Go(func() {
				if err := a.JoinRoomAnyRole(ctx, "r", id, false); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		all.Wait()
		if got := fmt.Sprint(s.members("r")); got != "[leaves stays]" || s.ended > 0 {
			t.Errorf("in are %s", got)
		}
	})
}

// What happens at the same moment happens once.
func TestGathererSameMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoomServer("r")
		a := s.api(t)
		g := &a.nouns.joins
		key := joining{room: "r"}
		answer := make(chan outcome[Field[string]], 1)
		c := g.join(t.Context(), key, "a", answer)
		pass(gatherTime)
		synctest.Wait()
		if len(answer) != 1 || g.leave(key, c, "a", answer) { // it was cancelled as the answer came
			t.Error("it was answered")
		}
		g.timeUp(key, c) // its timer ran out as it was sent
		if all := g.crowds[key]; all.waiting != 0 || c.waiting != 0 || all.open != nil {
			t.Errorf("%+v", all)
		}
	})
}
