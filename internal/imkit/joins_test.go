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
				do(func() error { return together(a.AddMembers(ctx, room, []string{id + "-a", id + "-b"}, false)) })
			}
			do(func() error { return last(a.RemoveMember(ctx, room, "nobody", false)) })
			do(func() error { return last3(a.UpdateRoom(ctx, room, imkit.RoomSettings{Name: new("N")})) })
			do(func() error { return last(a.SetMemberProperty(ctx, room, "x", "score", 1)) })
			do(func() error { return together(a.RemoveMembers(ctx, room, []string{"nobody"}, false)) })
		}
		do(func() error { return last(a.DeleteRoom(ctx, "last")) })
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

// Those who change a room and read it then share reads, which wait for the changes in line;
// no change waits for a read.
func TestReadsOfARoomWaitForItsChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveRooms(t, "r")
		s.latency = time.Second
		a, ctx, start := s.api(t), t.Context(), time.Now()
		for _, err := range atOnce(numbered(10), func(id string) error {
			for _, property := range []string{"role", "shift", "level"} {
				if err := last(a.SetMemberProperty(ctx, "r", id, property, imkit.RoleAdmin)); err != nil {
					return err
				}
			}
			_, err := a.GetRoom(ctx, "r")
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		const changes = 30
		reads := len(s.seen()) - changes
		if took := time.Since(start); reads > 2 || took > changes*time.Second+1100*time.Millisecond || s.clashes > 0 {
			t.Errorf("%d reads, took %s, %d changes at the same moment", reads, took, s.clashes)
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
					err = last(a.RemoveMember(ctx, "r", id+" "+what, what != "out"))
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
		"unknown":       {400, "no-body", false, isProblem(imkit.MemberUnknown), `"no-body"`},
		"unknown, 404":  {404, "no-body", false, isProblem(imkit.MemberUnknown), `"no-body"`},
		"refused":       {409, "client-x", false, isProblem(imkit.MemberRefused), `"client-x"`},
		"cannot leave":  {400, "client-x", true, isProblem(imkit.MemberRefused), `"client-x"`},
		"not allowed":   {403, "client-x", false, isProblem(imkit.MemberRefused), `"client-x"`},
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
						return last(a.RemoveMember(t.Context(), "r", id, false))
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

// Whoever shares a call with others waits no longer than its own context and the time
// of grace, however long the others still wait.
func TestSharedJoinDoesNotOutliveItsCaller(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"no answer": hang,
		"busy":      withHeader("Retry-After", "100", sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","message":"m"}`)),
	} {
		for _, leaves := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				a := serveInMemory(t, answer).api(t, func(c *imkit.Config) { c.RequestTimeout = time.Minute })
				change := func(ctx context.Context, id string) error {
					if leaves {
						return last(a.RemoveMember(ctx, "r", id, false))
					}
					return joinRoom(ctx, a, "r", id, false)
				}
				staying, end := context.WithCancel(t.Context())
				leaving, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				var others sync.WaitGroup
				others.Go(func() { _ = change(staying, "stays") })
				start := time.Now()
				if err := change(leaving, "leaves"); err == nil || time.Since(start) > time.Second+imkit.InterruptGrace {
					t.Errorf("%s: back after %s: %v", name, time.Since(start), err)
				}
				end()
				others.Wait()
			})
		}
	}
}

// Who stops waiting once it is sent gets the answer if it comes within the time of
// grace, and does not end it for the others.
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
}

// Who is interrupted while the call waits for the rate limit was not sent.
func TestJoinLeavesTheRateLimit(t *testing.T) {
	t.Parallel()
	inBubble(t, sayJSON(200, `{"RC":0,"result":{"_id":"r","members":["a","b"]}}`), func(t *testing.T, s *server) {
		a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 1 })
		_ = joinRoom(t.Context(), a, "r", "x", false) // takes the burst
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var others sync.WaitGroup
		others.Go(func() { _ = joinRoom(t.Context(), a, "r", "b", false) })
		start, sent := time.Now(), s.count("POST")
		err := joinRoom(ctx, a, "r", "a", false)
		if took := time.Since(start); err == nil || imkit.OutcomeUnknown(err) || took > 2*time.Second || s.count("POST") != sent {
			t.Errorf("after %s: %v", took, err)
		}
		others.Wait()
	})
}
