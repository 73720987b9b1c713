package imkit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Faults that pass make no second room, and the room that is wanted is there.
func TestFaultsAmidRooms(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"500 before": {Status: 500}, "500 after": {Status: 500, After: true}, "502 HTML": {Status: 502, Body: "<h1>", ContentType: "text/html"},
		"429": {Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0.001}`}, "cut before": {Cut: true}, "cut after": {Cut: true, After: true},
		"cut body": {CutBody: true}, "not JSON": {Body: "<h1>", ContentType: "text/html"}, "not JSON after": {Body: "<h1>", ContentType: "text/html", After: true},
		"another": {Body: `{"RC":0,"result":{"_id":"other"}}`, After: true}, "time-out": {Delay: time.Minute}, "time-out after": {Delay: time.Minute, After: true},
	} {
		for _, overwrite := range []bool{false, true} {
			if fault.Delay > 0 && !overwrite { // which takes long, and teaches nothing more
				continue
			}
			t.Run(fmt.Sprint(name, overwrite), func(t *testing.T) {
				t.Parallel()
				s, a := start(t, sandbox.Options{Rooms: sandbox.RoomOptions{Overwrite: overwrite}}, func(c *imkit.Config) {
					if fault.Delay > 0 {
						c.RequestTimeout = 250 * time.Millisecond
					}
				})
				s.PutClient("a", nil)
				ctx := t.Context()
				for call, do := range map[string]func(id string) error{
					"create": func(id string) error {
						_, err := a.CreateRoom(ctx, id, imkit.RoomSettings{Name: ptr("N")}, []string{"a"}, false)
						return err
					},
					"group": func(id string) error {
						_, err := a.CreateGroup(ctx, id, imkit.GroupSettings{Nickname: "N"})
						return err
					},
				} {
					once := fault
					once.Times = 1
					once.Method = "POST"
					s.Inject(once)
					if err := do(call); err != nil {
						t.Errorf("%s: %v", call, err)
					}
					s.ClearFaults()
				}
				if r, ok := s.Room("create"); !ok || len(s.RoomIDs()) != 1 || s.RepeatedRoomCreates() != 0 || fmt.Sprint(r.Members) != "[a]" {
					t.Errorf("rooms %q, %d repeated, %+v", s.RoomIDs(), s.RepeatedRoomCreates(), r)
				}
				if got := fmt.Sprint(s.GroupIDs()); got != "[group]" {
					t.Errorf("groups %s", got)
				}
				for call, do := range map[string]func() error{
					"join":     func() error { return a.JoinRoomAnyRole(ctx, "create", "a", false) },
					"property": func() error { return a.SetMemberProperty(ctx, "create", "a", "score", 1) },
					"update":   func() error { _, err := a.UpdateRoom(ctx, "create", imkit.RoomSettings{Name: ptr("M")}); return err },
					"mute":     func() error { return a.MuteRoom(ctx, "a", "create") },
					"unmute":   func() error { return a.UnmuteRoom(ctx, "a", "create") },
					"set":      func() error { _, err := a.SetConfig(ctx, "k", 1); return err },
					"unset":    func() error { return a.DeleteConfig(ctx, "k") },
					"leave":    func() error { return a.LeaveRoom(ctx, "create", "a", false) },
				} {
					once := fault
					once.Times = 1
					s.Inject(once)
					if err := do(); err != nil && (name != "another" || call != "leave" && call != "set") {
						t.Errorf("%s: %v", call, err)
					}
					s.ClearFaults()
				}
				once := fault
				once.Times = 1
				s.Inject(once)
				if err := a.DeleteRoom(ctx, "create"); err != nil {
					t.Errorf("delete: %v", err)
				}
				if got := s.RoomIDs(); len(got) != 0 {
					t.Errorf("left are %q", got)
				}
			})
		}
	}
}
