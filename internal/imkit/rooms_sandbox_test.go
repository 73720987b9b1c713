package imkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// oddIDs are ids that paths and queries have trouble with.
var oddIDs = []string{"a b/c%2F?#\"$日本語", "...", strings.Repeat("é", 200)}

// The calls about rooms against every kind of server that the sandbox knows.
func TestEveryRoomCall(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{
		"as documented":      {},
		"below a prefix":     {BasePath: "/chat/a"},
		"flat errors":        {ErrorShape: sandbox.ErrorFlat},
		"codes only":         {ErrorShape: sandbox.ErrorCodeOnly},
		"errors under 200":   {ErrorsUnder200: true},
		"flat, under 200":    {ErrorsUnder200: true, ErrorShape: sandbox.ErrorFlat},
		"no exists":          {Rooms: sandbox.RoomOptions{NoExistsRoute: true, DeleteAnswersZero: true}},
		"overwrites":         {Rooms: sandbox.RoomOptions{Overwrite: true}},
		"hides what is not":  {Rooms: sandbox.RoomOptions{MissingStatus: 403}},
		"hides, under 200":   {ErrorsUnder200: true, Rooms: sandbox.RoomOptions{MissingStatus: 403}},
		"frozen, 403":        {Rooms: sandbox.RoomOptions{FrozenStatus: 403}},
		"frozen, 404":        {Rooms: sandbox.RoomOptions{FrozenStatus: 404}},
		"few fields":         {Rooms: sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()}},
		"no members":         {Rooms: sandbox.RoomOptions{PopulateReplies: true}},
		"no roles":           {Rooms: sandbox.RoomOptions{HideRoles: true}},
		"every role":         {Rooms: sandbox.RoomOptions{ShowPlainRole: true}},
		"forgets":            {Rooms: sandbox.RoomOptions{ForgetLeavers: true, IgnoreAbsentMembers: true}},
		"invites by default": {Rooms: sandbox.RoomOptions{InviteByDefault: true}},
		"unnamed, 404":       {UnknownMemberStatus: 404, UnnamedMembers: true},
		"unnamed, 409":       {UnknownMemberStatus: 409, UnnamedMembers: true, HideMute: true},
		"groups are found":   {Groups: sandbox.GroupOptions{InLookup: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := start(t, opts)
			for _, id := range []string{"a", "b/ü", "c", "d"} {
				s.PutClient(id, map[string]any{"nickname": strings.ToUpper(id)})
			}
			s.PutGroup("team", map[string]any{"nickname": "Team", "members": []any{"d"}})
			ids := oddIDs[:1]
			if name == "as documented" || name == "below a prefix" { // what an id looks like does not matter to the others
				ids = append([]string{"room-1"}, oddIDs...)
			}
			for _, id := range ids {
				everyRoomCall(t, s, a, opts, id)
			}
			if s.RepeatedRoomCreates() != 0 || s.OverlappingRoomChanges() != 0 {
				t.Errorf("%d creates of a room that was there, %d changes at the same moment", s.RepeatedRoomCreates(), s.OverlappingRoomChanges())
			}
		})
	}
}

func everyRoomCall(t *testing.T, s *sandbox.Server, a *imkit.API, opts sandbox.Options, id string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%.10q: %v", id, err)
		}
	}
	stored := func() sandbox.Room {
		t.Helper()
		r, ok := s.Room(id)
		if !ok {
			t.Fatal("there is no room")
		}
		return r
	}
	if _, err := a.GetRoom(ctx, id); !imkit.IsNotFound(err) {
		t.Fatalf("a room that does not exist: %v", err)
	}
	if exists, err := a.RoomExists(ctx, id); exists || imkit.IsUnsupported(err) != opts.Rooms.NoExistsRoute {
		t.Errorf("exists %t: %v", exists, err)
	}

	hook := imkit.NewSecret("https://hooks.example.com/s3cr3t")
	settings := imkit.RoomSettings{
		Name: new("Room"), Cover: new("https://example.com/c.jpg"), Description: new("d"), Tags: &[]string{"x", "y"}, Webhook: &hook,
		BotMode: new(true), ExtParams: new("a=1&b=2"), Owner: new("c"), Open: new(true), Managers: &[]string{"c"},
	}
	created, _, err := a.CreateRoom(ctx, id, settings, []string{"a", "team"}, true)
	must(err)
	if fields := stored().Fields; created.ID != id || fields["webhook"] != hook.Reveal() || fields["extParams"] != "a=1&b=2" || fields["managers"] != nil {
		t.Errorf("stored %v", fields)
	}
	_, later := settings.Split()
	_, _, err = a.UpdateRoom(ctx, id, later)
	must(err)
	if fields := stored().Fields; fields["opening"] != json.Number("1") || fields["status"] == json.Number("0") || fmt.Sprint(fields["managers"]) != "[c]" {
		t.Errorf("stored %v", fields)
	}

	must(joinRoom(ctx, a, id, "b/ü", false))
	must(together(a.AddMembers(ctx, id, []string{"a", "d"}, false)))
	room, err := a.GetRoom(ctx, id)
	must(err)
	for _, member := range []string{"a", "b/ü", "d", "team"} {
		if m, found := room.Member(member); !found || *m.Group.Value != (member == "team") || *m.Nickname.Value == "" {
			t.Errorf("%s: %+v", member, m)
		}
	}
	if fields := opts.Rooms.Fields; room.Webhook.Reported != (fields == nil || slices.Contains(fields, "webhook")) || *room.Description.Value != "d" || *room.Owner.Value != "c" {
		t.Errorf("%+v", room)
	}
	memberCalls(t, a, opts, id)

	for range 2 { // the second time they are gone already
		must(last(a.RemoveMember(ctx, id, "b/ü", false)))
		must(together(a.RemoveMembers(ctx, id, []string{"b/ü", "d"}, true)))
	}
	if got := stored().Members; slices.Contains(got, "d") || slices.Contains(got, "b/ü") || !slices.Contains(got, "team") {
		t.Errorf("in are %q", got)
	}

	_, _, err = a.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: new(true), Description: new("")})
	must(err)
	frozen, err := a.GetRoom(ctx, id)
	if opts.Rooms.FrozenStatus != 0 {
		if !errors.Is(err, imkit.ErrRoomHidden) || imkit.IsNotFound(err) {
			t.Errorf("a frozen room: %v", err)
		}
	} else if err != nil || frozen.Frozen.Reported && !*frozen.Frozen.Value {
		t.Errorf("frozen %+v: %v", frozen, err)
	}
	_, _, err = a.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: new(false)})
	must(err)

	must(last(a.DeleteRoom(ctx, id)))
	must(last(a.DeleteRoom(ctx, id)))
	if _, ok := s.Room(id); ok {
		t.Error("the room is still there")
	}
	_, _, update := a.UpdateRoom(ctx, id, imkit.RoomSettings{Name: new("N")})
	for name, err := range map[string]error{
		"update": update, "add": together(a.AddMembers(ctx, id, []string{"a"}, false)), "remove": together(a.RemoveMembers(ctx, id, []string{"a"}, false)),
		"join": joinRoom(ctx, a, id, "a", false), "leave": last(a.RemoveMember(ctx, id, "a", false)),
		"property": last(a.SetMemberProperty(ctx, id, "a", "score", 1)), "unmute": last(a.UnmuteRoom(ctx, "a", id)),
	} {
		if !imkit.IsNotFound(err) {
			t.Errorf("%s in a room that is gone: %v", name, err)
		}
	}
}

// memberCalls sets roles, properties and mutes, reads them back, and names those who
// do not exist.
func memberCalls(t *testing.T, a *imkit.API, opts sandbox.Options, id string) {
	t.Helper()
	ctx := t.Context()
	for property, value := range map[string]any{"role": imkit.RoleAdmin, "score": json.Number("1.50"), "list": []any{"x", nil}} {
		if err := last(a.SetMemberProperty(ctx, id, "b/ü", property, value)); err != nil {
			t.Fatal(err)
		}
	}
	room, err := a.GetRoom(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %v", room.Properties["b/ü"]["score"], room.Properties["b/ü"]["list"]); got != "1.50 [x <nil>]" {
		t.Errorf("properties %v", room.Properties)
	}
	admin, plain := room.Role("b/ü"), room.Role("a")
	if admin.Reported == opts.Rooms.HideRoles || plain.Reported != admin.Reported || admin.Reported && (*admin.Value != "admin" || *plain.Value != "member") {
		t.Errorf("roles %+v and %+v", admin, plain)
	}
	for _, muted := range []bool{true, true, false, false} {
		mute := map[bool]func(context.Context, string, string) (error, error){true: a.MuteRoom, false: a.UnmuteRoom}[muted]
		if err := last(mute(ctx, "b/ü", id)); err != nil {
			t.Fatal(err)
		}
		client, err := a.GetClient(ctx, "b/ü")
		if err != nil {
			t.Fatal(err)
		}
		if shown := client.Muted(id); shown.Reported == opts.HideMute || shown.Reported && *shown.Value != muted {
			t.Errorf("muted is %+v, want %t", shown, muted)
		}
	}

	_, _, update := a.UpdateRoom(ctx, id, imkit.RoomSettings{Owner: new("no-one")})
	_, _, create := a.CreateRoom(ctx, "new", imkit.RoomSettings{Owner: new("c")}, []string{"no-one"}, false)
	for way, err := range map[string]error{
		"add": together(a.AddMembers(ctx, id, []string{"a", "no-one", "team"}, false)), "join": joinRoom(ctx, a, id, "no-one", false),
		"update": update, "create": create,
	} {
		if meaning(err) != "unknown member" || !strings.Contains(err.Error(), `"no-one"`) || strings.Contains(err.Error(), `"a"`) || imkit.IsNotFound(err) || imkit.OutcomeUnknown(err) {
			t.Errorf("%s of nobody: %v", way, err)
		}
	}
	if err := last(a.SetMemberProperty(ctx, id, "nobody", "score", 1)); meaning(err) != "not a member" || imkit.IsNotFound(err) {
		t.Errorf("a property of nobody: %v", err)
	}
	if err := last(a.MuteRoom(ctx, "nobody", id)); !imkit.IsNotFound(err) {
		t.Errorf("muted for nobody: %v", err)
	}
	if exists, err := a.RoomExists(ctx, "new"); exists {
		t.Errorf("a room was made: %v", err)
	}
}
