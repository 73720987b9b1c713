package imkit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// oddIDs are ids that paths and queries have trouble with.
var oddIDs = []string{"room-1", "a b/c%2F?#\"$日本語", "..", strings.Repeat("é", 200)}

func ptr[T any](v T) *T { return &v }

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
		"more fields":        {Rooms: sandbox.RoomOptions{Fields: sandbox.ListedRoomFields(), PopulateReplies: true}},
		"no members":         {Rooms: sandbox.RoomOptions{PopulateReplies: true}},
		"no roles":           {Rooms: sandbox.RoomOptions{HideRoles: true}},
		"every role":         {Rooms: sandbox.RoomOptions{ShowPlainRole: true}},
		"owner is a member":  {Rooms: sandbox.RoomOptions{OwnerIsMember: true}},
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
			ids := oddIDs[1:2]
			if name == "as documented" || name == "below a prefix" { // what an id looks like does not matter to the others
				ids = oddIDs
			}
			for _, id := range ids {
				t.Run(id[:2], func(t *testing.T) { everyRoomCall(t, s, a, opts, id) })
			}
			if s.RepeatedRoomCreates() != 0 || s.OverlappingRoomChanges() != 0 {
				t.Errorf("%d creates of a room that was there, %d changes at the same moment", s.RepeatedRoomCreates(), s.OverlappingRoomChanges())
			}
		})
	}
}

func everyRoomCall(t *testing.T, s *sandbox.Server, a *imkit.API, opts sandbox.Options, id string) {
	ctx := t.Context()
	stored := func() sandbox.Room {
		t.Helper()
		r, ok := s.Room(id)
		if !ok {
			t.Fatal("there is no room")
		}
		return r
	}
	canTell := !opts.Rooms.NoExistsRoute
	if _, err := a.FindRoom(ctx, id); !imkit.IsNotFound(err) {
		t.Fatalf("a room that does not exist: %v", err)
	}
	if exists, err := a.RoomExists(ctx, id); exists || imkit.IsUnsupported(err) == canTell {
		t.Errorf("exists %t: %v", exists, err)
	}

	hook, err := imkit.NewWebhook("https://hooks.example.com/s3cr3t")
	if err != nil {
		t.Fatal(err)
	}
	settings := imkit.RoomSettings{
		Name: ptr("Room"), Cover: ptr("https://example.com/c.jpg"), Description: ptr("d"), Tags: &[]string{"x", "y"}, Webhook: &hook,
		BotMode: ptr(true), ExtParams: ptr("a=1&b=2"), Owner: ptr("c"), Open: ptr(true), Managers: &[]string{"c"},
	}
	created, err := a.CreateRoom(ctx, id, settings, []string{"a", "team"}, true)
	if err != nil || created.ID != id || *created.Name.Value != "Room" || *created.Type.Value != "group" {
		t.Fatalf("created %+v: %v", created, err)
	}
	if fields := stored().Fields; fields["webhook"] != hook.Reveal() || fields["extParams"] != "a=1&b=2" || fields["managers"] != nil {
		t.Errorf("stored %v", fields)
	}
	if _, err := a.UpdateRoom(ctx, id, settings.Later()); err != nil {
		t.Fatal(err)
	}
	if fields := stored().Fields; fields["opening"] != json.Number("1") || fields["status"] == json.Number("0") || fmt.Sprint(fields["managers"]) != "[c]" {
		t.Errorf("stored %v", fields)
	}

	if err := joinRoom(ctx, a, id, "b/ü", false); err != nil {
		t.Fatal(err)
	}
	if err := a.AddMembers(ctx, id, []string{"a", "d"}, false); err != nil {
		t.Fatal(err)
	}
	room, err := a.FindRoom(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	checkRoom(t, room, opts)
	checkPeople(t, s, a, opts, id)

	for range 2 { // the second time it is gone already
		if err := a.LeaveRoom(ctx, id, "b/ü", false); err != nil {
			t.Fatal(err)
		}
		if err := a.RemoveMembers(ctx, id, []string{"b/ü", "d"}, true); err != nil {
			t.Fatal(err)
		}
	}
	if got := stored().Members; slices.Contains(got, "d") || slices.Contains(got, "b/ü") || !slices.Contains(got, "team") {
		t.Errorf("in are %q", got)
	}

	if _, err := a.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: ptr(true), Description: ptr("")}); err != nil {
		t.Fatal(err)
	}
	frozen, err := a.FindRoom(ctx, id)
	if status := opts.Rooms.FrozenStatus; status != 0 {
		if !imkit.IsRoomHidden(err) || imkit.IsNotFound(err) {
			t.Errorf("a frozen room: %v", err)
		}
	} else if err != nil || frozen.Frozen.Reported && !*frozen.Frozen.Value {
		t.Errorf("frozen %+v: %v", frozen, err)
	}
	if _, err := a.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: ptr(false)}); err != nil {
		t.Fatal(err)
	}

	if opts.Rooms.NoExistsRoute && opts.Rooms.MissingStatus == 403 {
		return
	}
	for range 2 {
		if err := a.DeleteRoom(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.Room(id); ok {
		t.Error("the room is still there")
	}
	checkGone(t, a, id)
}

// checkRoom checks what a read shows.
func checkRoom(t *testing.T, room *imkit.Room, opts sandbox.Options) {
	t.Helper()
	shows := func(name string) bool { return opts.Rooms.Fields == nil || slices.Contains(opts.Rooms.Fields, name) }
	for name, reported := range map[string]bool{
		"name": room.Name.Reported, "cover": room.Cover.Reported, "webhook": room.Webhook.Reported, "botMode": room.BotMode.Reported,
		"roomTags": room.Tags.Reported, "extParams": room.ExtParams.Reported, "opening": room.Open.Reported, "managers": room.Managers.Reported,
		"appID": room.AppID.Reported, "roomType": room.Type.Reported,
	} {
		if reported != shows(name) {
			t.Errorf("%s is reported: %t", name, reported)
		}
	}
	if *room.Description.Value != "d" || *room.Owner.Value != "c" || shows("webhook") && room.Webhook.Value.Reveal() != "https://hooks.example.com/s3cr3t" {
		t.Errorf("%+v", room)
	}
	for _, id := range []string{"a", "b/ü", "d", "team"} {
		m, found := room.Member(id)
		if !found || *m.Group.Value != (id == "team") || *m.Nickname.Value == "" {
			t.Errorf("%s: %+v", id, m)
		}
	}
	if _, found := room.Member("c"); found != opts.Rooms.OwnerIsMember {
		t.Errorf("the owner is a member: %t", found)
	}
}

// checkPeople sets roles, properties and mutes, and reads them back.
func checkPeople(t *testing.T, s *sandbox.Server, a *imkit.API, opts sandbox.Options, id string) {
	t.Helper()
	ctx := t.Context()
	for property, value := range map[string]any{"role": imkit.RoleAdmin, "score": json.Number("1.50"), "list": []any{"x", nil}} {
		if err := a.SetMemberProperty(ctx, id, "b/ü", property, value); err != nil {
			t.Fatal(err)
		}
	}
	room, err := a.FindRoom(ctx, id)
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
	if err := a.SetMemberProperty(ctx, id, "nobody", "score", 1); !imkit.IsNotMember(err) || imkit.IsNotFound(err) {
		t.Errorf("a property of nobody: %v", err)
	}

	for _, muted := range []bool{true, true, false, false} {
		mute := a.MuteRoom
		if !muted {
			mute = a.UnmuteRoom
		}
		if err := mute(ctx, "b/ü", id); err != nil {
			t.Fatal(err)
		}
		client, err := a.LookUpClient(ctx, "b/ü")
		if err != nil {
			t.Fatal(err)
		}
		if shown := client.Muted(id); shown.Reported == opts.HideMute || shown.Reported && *shown.Value != muted {
			t.Errorf("muted is %+v, want %t", shown, muted)
		}
	}
	if err := a.MuteRoom(ctx, "nobody", id); !imkit.IsNotFound(err) {
		t.Errorf("muted for nobody: %v", err)
	}

	for way, err := range map[string]error{
		"add":    a.AddMembers(ctx, id, []string{"a", "no-one", "team"}, false),
		"join":   joinRoom(ctx, a, id, "no-one", false),
		"update": func() error { _, err := a.UpdateRoom(ctx, id, imkit.RoomSettings{Owner: ptr("no-one")}); return err }(),
		"create": func() error {
			_, err := a.CreateRoom(ctx, "new", imkit.RoomSettings{Owner: ptr("c")}, []string{"no-one"}, false)
			return err
		}(),
	} {
		if !imkit.IsUnknownMember(err) || !strings.Contains(err.Error(), `: "no-one": `) || imkit.IsNotFound(err) || imkit.OutcomeUnknown(err) {
			t.Errorf("%s of nobody: %v", way, err)
		}
	}
	if _, made := s.Room("new"); made {
		t.Error("a room was made")
	}
}

// checkGone checks that every call says of a room that it is not there.
func checkGone(t *testing.T, a *imkit.API, id string) {
	t.Helper()
	ctx := t.Context()
	_, update := a.UpdateRoom(ctx, id, imkit.RoomSettings{Name: ptr("N")})
	for name, err := range map[string]error{
		"update": update, "add": a.AddMembers(ctx, id, []string{"a"}, false), "remove": a.RemoveMembers(ctx, id, []string{"a"}, false),
		"join": joinRoom(ctx, a, id, "a", false), "leave": a.LeaveRoom(ctx, id, "a", false),
		"property": a.SetMemberProperty(ctx, id, "a", "score", 1), "unmute": a.UnmuteRoom(ctx, "a", id),
	} {
		if !imkit.IsNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that invites in place of adding, whatever it is told.
func TestServerThatAlwaysInvites(t *testing.T) {
	t.Parallel()
	s, a := start(t, sandbox.Options{Rooms: sandbox.RoomOptions{InviteAlways: true}})
	s.PutClient("a", nil)
	s.PutRoom("r", nil)
	for _, err := range []error{a.AddMembers(t.Context(), "r", []string{"a"}, false), joinRoom(t.Context(), a, "r", "a", false)} {
		if !imkit.IsInvited(err) || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%v", err)
		}
	}
}

// Servers that do not let the key make these calls, and those without them.
func TestRoomsOutOfReach(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		s, a := start(t, sandbox.Options{RefuseUserLevel: status})
		s.PutClient("a", nil)
		s.PutRoom("r", nil)
		for name, err := range userLevelCalls(t, a) {
			if !imkit.IsKeyNotAllowed(err) || imkit.IsNotFound(err) {
				t.Errorf("%d, %s: %v", status, name, err)
			}
		}
		if _, err := a.CreateRoom(t.Context(), "new", imkit.RoomSettings{}, nil, false); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	s, a := start(t, sandbox.Options{Rooms: sandbox.RoomOptions{NoRoutes: true}, Config: sandbox.ConfigOptions{NoRoutes: true}})
	s.PutClient("a", nil)
	for name, err := range userLevelCalls(t, a) {
		if !imkit.IsUnsupported(err) || imkit.IsNotFound(err) {
			t.Errorf("old, %s: %v", name, err)
		}
	}
	_, foreign := start(t, sandbox.Options{ForeignServer: true})
	for name, err := range userLevelCalls(t, foreign) {
		if !imkit.IsForeign(err) || imkit.IsNotFound(err) {
			t.Errorf("foreign, %s: %v", name, err)
		}
	}
}

func userLevelCalls(t *testing.T, a *imkit.API) map[string]error {
	t.Helper()
	ctx := t.Context()
	_, read := a.FindRoom(ctx, "r")
	_, update := a.UpdateRoom(ctx, "r", imkit.RoomSettings{Name: ptr("N")})
	_, config := a.Config(ctx)
	_, set := a.SetConfig(ctx, "k", 1)
	return map[string]error{
		"read": read, "update": update, "delete": a.DeleteRoom(ctx, "r"), "add": a.AddMembers(ctx, "r", []string{"a"}, false),
		"leave": a.LeaveRoom(ctx, "r", "a", false), "property": a.SetMemberProperty(ctx, "r", "a", "score", 1), "config": config, "set": set,
	}
}
