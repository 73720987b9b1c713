package imkit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// withSandbox runs a test against a sandbox without a network, on a clock of its own.
func withSandbox(t *testing.T, opts sandbox.Options, test func(t *testing.T, s *sandbox.Server, a *imkit.API)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.APIKey = apiKey
		s := sandbox.New(opts)
		test(t, s, serveInMemory(t, s.ServeHTTP).api(t))
	})
}

// Two hundred members of one room, on a server that writes later what it has read
// before: everybody is in, with few calls, and never are two changes under way.
func TestManyMembersOfOneRoom(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		withSandbox(t, sandbox.Options{Latency: latency, Rooms: sandbox.RoomOptions{WriteDelay: 10 * time.Millisecond}}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
			s.PutRoom("r", nil)
			for _, id := range numbered(200) {
				s.PutClient(id, nil)
			}
			all := func(method, route string, do func(id string) error) {
				t.Helper()
				workers(10, 3*time.Millisecond, numbered(200), func(id string) {
					if err := do(id); err != nil {
						t.Errorf("%s: %v", id, err)
					}
				})
				if n := s.Count(method, route); n > 80 {
					t.Errorf("%s %s: %d requests", method, route, n)
				}
			}
			all("POST", "/rooms/{id}/members", func(id string) error { return joinRoom(t.Context(), a, "r", id, false) })
			room, _ := s.Room("r")
			if got := slices.Sorted(slices.Values(room.Members)); !slices.Equal(got, numbered(200)) {
				t.Errorf("%d are in", len(got))
			}
			all("GET", "/rooms/{id}", func(id string) error {
				room, err := a.FindRoom(t.Context(), "r")
				if err == nil {
					if _, found := room.Member(id); !found {
						err = fmt.Errorf("%s is not in", id)
					}
				}
				return err
			})
			all("POST", "/rooms/{id}/delete/members", func(id string) error { return a.LeaveRoom(t.Context(), "r", id, false) })
			if room, _ := s.Room("r"); len(room.Members) > 0 || s.OverlappingRoomChanges() > 0 {
				t.Errorf("%d are in, %d changes at the same moment", len(room.Members), s.OverlappingRoomChanges())
			}
		})
	}
}

// Groups on every kind of server.
func TestEveryGroupCall(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{
		"as documented":    {},
		"flat errors":      {ErrorShape: sandbox.ErrorFlat},
		"codes, under 200": {ErrorShape: sandbox.ErrorCodeOnly, ErrorsUnder200: true},
		"updates":          {Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, InLookup: true}},
		"updates, clears":  {Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, ClearLeftOut: true}},
		"merges":           {Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, MergeMembers: true}},
		"ignores":          {Groups: sandbox.GroupOptions{OnExisting: sandbox.IgnoreExisting}},
		"short lists":      {Groups: sandbox.GroupOptions{ListCap: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, opts, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				ctx := t.Context()
				for _, id := range []string{"a", "b", "c"} {
					s.PutClient(id, nil)
				}
				settings := imkit.GroupSettings{Nickname: "Team", AvatarURL: ptr("https://x/"), Members: &[]string{"b", "a"}}
				if _, err := a.Group(ctx, "team/ü"); !imkit.IsNotFound(err) {
					t.Fatal(err)
				}
				if g, err := a.CreateGroup(ctx, "team/ü", settings); err != nil || g.ID != "team/ü" {
					t.Fatal(g, err)
				}
				changed := imkit.GroupSettings{Nickname: "Crew", AvatarURL: ptr(""), Members: &[]string{"c", "a"}}
				now, err := a.ChangeGroup(ctx, "team/ü", changed)
				stored, _ := s.Group("team/ü")
				if now == nil || stored["nickname"] != *now.Nickname.Value || fmt.Sprint(stored["members"]) != fmt.Sprint(*now.Members.Value) {
					t.Errorf("now %+v, stored %v", now, stored)
				}
				changes := opts.Groups.OnExisting == sandbox.UpdateExisting && !opts.Groups.MergeMembers
				if imkit.IsCannotChange(err) == changes || (err == nil) != changes {
					t.Errorf("%v", err)
				}
				unknown := imkit.GroupSettings{Nickname: "N", Members: &[]string{"a", "nobody"}}
				_, create := a.CreateGroup(ctx, "other", unknown)
				_, change := a.ChangeGroup(ctx, "team/ü", unknown)
				if !imkit.IsUnknownMember(create) || !imkit.IsUnknownMember(change) {
					t.Errorf("%v, %v", create, change)
				}
				for i := range 120 {
					s.PutGroup(fmt.Sprint("group-", i), map[string]any{"nickname": "N"})
				}
				groups, err := a.Groups(ctx)
				_, missing := a.Group(ctx, "group-119")
				if opts.Groups.ListCap > 0 {
					if !imkit.IsListShort(err) || !imkit.IsListShort(missing) {
						t.Errorf("%v, %v", err, missing)
					}
				} else if err != nil || len(groups) != 121 || missing != nil {
					t.Errorf("%d groups: %v, %v", len(groups), err, missing)
				}
			})
		})
	}
}

// The run-time configuration on every kind of server.
func TestEveryConfigCall(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.ConfigOptions{
		"as documented":  {},
		"replaces":       {Replace: true},
		"ignores":        {IgnoreMissing: true},
		"lags":           {ShownAfter: 700 * time.Millisecond},
		"lags long":      {ShownAfter: 20 * time.Second},
		"replaces, lags": {Replace: true, ShownAfter: 700 * time.Millisecond},
		"replaces later": {Replace: true, ShownAfter: 20 * time.Second},
		"stores another": {Replace: true, Store: func(v any) any { return map[string]any{"stored": v} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{Config: opts}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				ctx := t.Context()
				s.PutConfig("announcement", map[string]any{"text": "t", "pin": true})
				s.PutConfig("flags", 1)
				pass(time.Minute)
				var all sync.WaitGroup
				var mu sync.Mutex
				told := 0
				for _, key := range append(numbered(60), "a/b%2F?#", "..") {
					all.Go(func() {
						putBack, err := a.SetConfig(ctx, key, map[string]any{"n": json.Number("1.50")})
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						if putBack != nil {
							told++
						}
					})
				}
				all.Wait()
				if got := s.Config(); len(got) != 64 || told > 0 && !opts.Replace {
					t.Errorf("%d keys, told %d times", len(got), told)
				}
				shown, err := a.Config(ctx)
				if err != nil || len(shown) != 64 {
					t.Errorf("%d keys: %v", len(shown), err)
				}
				for range 2 {
					if err := a.DeleteConfig(ctx, "a/b%2F?#"); err != nil {
						t.Fatal(err)
					}
				}
				pass(time.Minute)
				if shown, err = a.Config(ctx); opts.Store == nil {
					if diff := cmp.Diff(s.Config(), shown); diff != "" || err != nil || len(shown) != 63 {
						t.Errorf("%d keys, %v, %s", len(shown), err, diff)
					}
				}
			})
		})
	}
}

// What is sent arrives as it was.
func TestEveryMessageCall(t *testing.T) {
	t.Parallel()
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		ctx := t.Context()
		for _, id := range []string{"a", "b", "s"} {
			s.PutClient(id, nil)
		}
		s.PutRoom("r", nil)
		sent, err := a.SendMessage(ctx, imkit.Message{Room: "r", Sender: "s", Type: "text", Text: "hello", Mentions: []string{"a"}})
		if got := s.Messages(); err != nil || len(got) != 1 || got[0].ID != sent.ID || !sent.At.Equal(s.Now().Truncate(time.Millisecond)) {
			t.Errorf("%+v, %+v: %v", got, sent, err)
		}
		queued, err := a.Broadcast(ctx, toEverybody())
		if got := s.Broadcasts(); err != nil || len(got) != 1 || queued.ID == "" || *queued.Count.Value != 2 {
			t.Errorf("%+v, %+v: %v", got, queued, err)
		}
		if err := a.Push(ctx, notification()); err != nil || len(s.Pushes()) != 1 {
			t.Errorf("%+v: %v", s.Pushes(), err)
		}
		m, b, p := hello(), toEverybody(), notification()
		m.Sender, b.Sender, p.Clients = "nobody", "nobody", []string{"a", "nobody"}
		_, message := a.SendMessage(ctx, m)
		_, broadcast := a.Broadcast(ctx, b)
		for name, err := range map[string]error{"message": message, "broadcast": broadcast} {
			if !imkit.IsUnknownMember(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if push := a.Push(ctx, p); push != nil && !imkit.IsUnknownMember(push) {
			t.Errorf("push: %v", push)
		}
		m = hello()
		m.Room = "none"
		if _, err := a.SendMessage(ctx, m); !imkit.IsNotFound(err) {
			t.Errorf("to no room: %v", err)
		}
	})
	withSandbox(t, sandbox.Options{NoMessageRoutes: true}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
		s.PutClient("s", nil)
		_, message := a.SendMessage(t.Context(), hello())
		_, broadcast := a.Broadcast(t.Context(), toEverybody())
		for _, err := range []error{message, broadcast, a.Push(t.Context(), notification())} {
			if !imkit.IsUnsupported(err) || imkit.OutcomeUnknown(err) {
				t.Errorf("%v", err)
			}
		}
	})
}
