package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	joinPath  = "/rooms/r/members"
	leavePath = "/rooms/r/delete/members"
)

// atOnce calls do for each item at the same moment, and returns the errors in the
// order of the items.
func atOnce(items []string, do func(item string) error) []error {
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { errs[i] = do(item) })
	}
	all.Wait()
	return errs
}

// Members as Terraform adds them: everybody is in, with few calls and without long
// waits, and never are two changes of the room under way.
func TestJoinsOfManyWorkers(t *testing.T) {
	t.Parallel()
	const ids = 200
	for _, tc := range []struct {
		workers, most int // calls at most
		work, latency time.Duration
		roles         bool
	}{
		{1, 200, 0, 20 * time.Millisecond, false},
		{2, 120, time.Millisecond, 20 * time.Millisecond, false},
		{10, 80, 0, 0, false},
		{10, 80, 3 * time.Millisecond, time.Millisecond, false},
		{10, 80, 3 * time.Millisecond, 20 * time.Millisecond, false},
		{10, 80, 3 * time.Millisecond, 400 * time.Millisecond, false},
		{10, 80, 3 * time.Millisecond, 20 * time.Millisecond, true},
		{100, 30, 3 * time.Millisecond, 20 * time.Millisecond, false},
	} {
		t.Run(fmt.Sprintf("%d, %s, %s, %t", tc.workers, tc.work, tc.latency, tc.roles), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveRooms(t, "r")
				s.latency = tc.latency
				a := s.api(t)
				all := func(do func(id string) error) {
					workers(tc.workers, tc.work, numbered(ids), func(id string) {
						if err := do(id); err != nil {
							t.Errorf("%s: %v", id, err)
						}
					})
				}
				start := time.Now()
				all(func(id string) error {
					if err := joinRoom(t.Context(), a, "r", id, false); err != nil || !tc.roles {
						return err
					}
					return a.SetMemberProperty(t.Context(), "r", id, "role", imkit.RoleMember)
				})
				took, joins := time.Since(start), len(s.changed(t, joinPath))
				if got := s.members("r"); !slices.Equal(got, numbered(ids)) {
					t.Errorf("%d are in", len(got))
				}
				// At worst work, waits and calls follow each other.
				most := ids*tc.work + time.Duration(joins+1)*(tc.latency+100*time.Millisecond)
				if tc.roles {
					most += ids * tc.latency
				}
				if took > most {
					t.Errorf("took %s, want at most %s", took, most)
				}
				all(func(id string) error { return a.LeaveRoom(t.Context(), "r", id, false) })
				if leaves := len(s.changed(t, leavePath)); joins > tc.most || leaves > tc.most {
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
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r", "other", "last")
		s.latency = time.Second
		a, ctx := s.api(t), t.Context()
		start := time.Now()
		var all sync.WaitGroup
		do := func(f func() error) {
			all.Go(func() {
				if err := f(); err != nil {
					t.Error(err)
				}
			})
		}
		for _, room := range []string{"r", "other"} {
			for _, id := range numbered(3) {
				do(func() error { return joinRoom(ctx, a, room, id, false) })
				do(func() error { return joinRoom(ctx, a, room, id+"-said", true) })
				do(func() error { return a.AddMembers(ctx, room, []string{id + "-a", id + "-b"}, false) })
			}
			do(func() error { return a.LeaveRoom(ctx, room, "nobody", false) })
			do(func() error { _, err := a.UpdateRoom(ctx, room, imkit.RoomSettings{Name: ptr("N")}); return err })
			do(func() error { return a.SetMemberProperty(ctx, room, "x", "score", 1) })
			do(func() error { return a.RemoveMembers(ctx, room, []string{"nobody"}, false) })
		}
		do(func() error { return a.DeleteRoom(ctx, "last") })
		all.Wait()
		// For each room: two calls for those who join, three to add, four others.
		if took := time.Since(start); s.clashes > 0 || took > 10*time.Second {
			t.Errorf("%d changes at the same moment, took %s: %s", s.clashes, took, strings.Join(s.calls(), "\n"))
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
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r", "other")
		a, ctx := s.api(t), t.Context()
		atOnce([]string{"a", "b"}, func(id string) error {
			return errors.Join(atOnce([]string{"in", "in, said", "out", "out, said", "other"}, func(what string) error {
				var err error
				switch what {
				case "in", "in, said":
					err = joinRoom(ctx, a, "r", id+" "+what, what != "in")
				case "out", "out, said":
					err = a.LeaveRoom(ctx, "r", id+" "+what, what != "out")
				default:
					err = joinRoom(ctx, a, "other", id+" "+what, false)
				}
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				return err
			})...)
		})
		var got []string
		for _, path := range []string{joinPath, leavePath, "/rooms/other/members"} {
			for _, c := range s.changed(t, path) {
				got = append(got, fmt.Sprintf("%s %q %t", path, slices.Sorted(slices.Values(c.ids())), c.Announce))
			}
		}
		slices.Sort(got)
		want := []string{
			`/rooms/other/members ["a other" "b other"] false`,
			`/rooms/r/delete/members ["a out" "b out"] false`, `/rooms/r/delete/members ["a out, said" "b out, said"] true`,
			`/rooms/r/members ["a in" "b in"] false`, `/rooms/r/members ["a in, said" "b in, said"] true`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s", strings.Join(got, "\n"))
		}
	})
}

// Not more than a hundred go together, and twice the same goes once.
func TestJoinsInHundreds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = time.Second
		a := s.api(t)
		for _, err := range atOnce(append(numbered(250), numbered(100)...), func(id string) error { return joinRoom(t.Context(), a, "r", id, false) }) {
			if err != nil {
				t.Error(err)
			}
		}
		calls := s.changed(t, joinPath)
		for _, c := range calls {
			if n := len(c.ids()); n > imkit.MaxMembers {
				t.Errorf("%d in one call", n)
			}
		}
		if len(calls) > 4 || len(s.members("r")) != 250 {
			t.Errorf("%d calls, %d are in", len(calls), len(s.members("r")))
		}
	})
}

// One that cannot join, or leave, does not keep the others from it, is found with few
// calls, and alone gets an error, which names it.
func TestOneBadMemberAmongMany(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		bad    string
		leaves bool
		is     func(error) bool
		says   string
	}{
		"unknown":       {400, "no-body", false, imkit.IsUnknownMember, `"no-body"`},
		"unknown, 404":  {404, "no-body", false, imkit.IsUnknownMember, `"no-body"`},
		"refused":       {409, "client-x", false, imkit.IsConflict, "409"},
		"cannot leave":  {400, "client-x", true, imkit.IsInvalidRequest, "400"},
		"was not there": {400, "no-body", true, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveRooms(t, "r")
				s.latency = 10 * time.Millisecond
				s.refuses = func(ids []string) int {
					if slices.Contains(ids, tc.bad) {
						return tc.status
					}
					return 0
				}
				path, stay := joinPath, 50
				if tc.leaves {
					path, stay = leavePath, 0
					s.rooms["r"] = numbered(50)
					if tc.is != nil {
						s.rooms["r"], stay = append(s.rooms["r"], tc.bad), 1
					}
				}
				a := s.api(t)
				errs := atOnce(append(numbered(50), tc.bad), func(id string) error {
					if tc.leaves {
						return a.LeaveRoom(t.Context(), "r", id, false)
					}
					return joinRoom(t.Context(), a, "r", id, false)
				})
				if err := errors.Join(errs[:50]...); err != nil || len(s.members("r")) != stay {
					t.Errorf("%d are in: %v", len(s.members("r")), err)
				}
				if err := errs[50]; (err == nil) != (tc.is == nil) || err != nil && (!tc.is(err) || !strings.Contains(err.Error(), tc.says) || imkit.IsNotFound(err)) {
					t.Errorf("%v", err)
				}
				if n := len(s.changed(t, path)); n > 2+2*6 { // halving of 51 takes six rounds
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// What concerns everybody is asked once.
func TestJoinsOfARoomThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t)
		a := s.api(t)
		for _, err := range atOnce(numbered(50), func(id string) error { return joinRoom(t.Context(), a, "r", id, false) }) {
			if !imkit.IsNotFound(err) {
				t.Errorf("%v", err)
			}
		}
		if n := len(s.changed(t, joinPath)); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// Who stops waiting before anything is sent leaves at once, and does not join.
func TestJoinLeavesWhileItWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = time.Minute
		a := s.api(t, func(c *imkit.Config) { c.RequestTimeout = time.Hour })
		var all sync.WaitGroup
		all.Go(func() { _, _ = a.UpdateRoom(t.Context(), "r", imkit.RoomSettings{Name: ptr("N")}) }) // others wait for it
		synctest.Wait()
		leave := func(name string, wait time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			start := time.Now()
			err := joinRoom(ctx, a, "r", name, false)
			if took := time.Since(start); took != wait || !errors.Is(err, context.DeadlineExceeded) || imkit.OutcomeUnknown(err) || !strings.Contains(err.Error(), "POST /rooms/{id}/members: ") {
				t.Errorf("%s: after %s, %v", name, took, err)
			}
		}
		leave("alone, soon", time.Millisecond)
		leave("alone, later", time.Second)
		all.Go(func() {
			if err := joinRoom(t.Context(), a, "r", "stays", false); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		leave("soon", time.Millisecond)
		leave("later", time.Second)
		all.Wait()
		if got := fmt.Sprint(s.members("r")); got != "[stays]" {
			t.Errorf("in are %s", got)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := joinRoom(ended, a, "r", "late", false); !errors.Is(err, context.Canceled) || len(s.changed(t, joinPath)) != 1 {
			t.Error(err)
		}
	})
}

// Who stops waiting once it is sent gets the answer if it comes within the time of
// grace, and does not end it for the others. Longer nobody waits.
func TestJoinLeavesOnceItIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = 4 * time.Second
		a := s.api(t)
		leaving, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		for i, err := range atOnce([]string{"leaves", "stays"}, func(id string) error {
			ctx := t.Context()
			if id == "leaves" {
				ctx = leaving
			}
			return joinRoom(ctx, a, "r", id, false)
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		if got := fmt.Sprint(s.members("r")); got != "[leaves stays]" || s.ended > 0 {
			t.Errorf("in are %s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a := serveInMemory(t, hang).api(t, func(c *imkit.Config) { c.RequestTimeout = time.Hour })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := joinRoom(ctx, a, "r", "alone", false)
		if took := time.Since(start); took > time.Second+imkit.InterruptGrace || !imkit.OutcomeUnknown(err) {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// So it is with other changes of a room: who waits for the turn leaves at once.
func TestChangeLeavesWhileItWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = 4 * time.Second
		a := s.api(t)
		var all sync.WaitGroup
		all.Go(func() { _ = joinRoom(t.Context(), a, "r", "first", false) })
		pass(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for method, change := range map[string]func() error{
			http.MethodPut:    func() error { _, err := a.UpdateRoom(ctx, "r", imkit.RoomSettings{Name: ptr("N")}); return err },
			http.MethodDelete: func() error { return a.DeleteRoom(ctx, "r") },
		} {
			all.Go(func() {
				start := time.Now()
				if err := change(); time.Since(start) != time.Second || !errors.Is(err, context.DeadlineExceeded) || imkit.OutcomeUnknown(err) {
					t.Errorf("%s: after %s, %v", method, time.Since(start), err)
				}
			})
		}
		all.Wait()
		if got := s.calls(); len(got) != 1 {
			t.Errorf("%s", got)
		}
	})
}
