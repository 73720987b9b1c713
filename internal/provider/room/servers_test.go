package room_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// servers are the kinds of server that a room may live on, each switch by itself
// and the ones that meet in twos and threes.
func servers() map[string]sandbox.Options {
	rooms := func(o sandbox.RoomOptions) sandbox.Options { return sandbox.Options{Rooms: o} }
	return map[string]sandbox.Options{
		"as documented now":              {},
		"creates over what exists":       rooms(sandbox.RoomOptions{Overwrite: true}),
		"deletes what is not there":      rooms(sandbox.RoomOptions{DeleteAnswersZero: true}),
		"hides which rooms there are":    rooms(sandbox.RoomOptions{MissingStatus: http.StatusForbidden}),
		"hides frozen rooms, 403":        rooms(sandbox.RoomOptions{FrozenStatus: http.StatusForbidden}),
		"hides frozen rooms, 404":        rooms(sandbox.RoomOptions{FrozenStatus: http.StatusNotFound}),
		"shows the example of the page":  rooms(sandbox.RoomOptions{Fields: sandbox.DocumentedRoomFields()}),
		"shows the example of the list":  rooms(sandbox.RoomOptions{Fields: sandbox.ListedRoomFields()}),
		"shows members as objects":       rooms(sandbox.RoomOptions{PopulateReplies: true}),
		"hides roles":                    rooms(sandbox.RoomOptions{HideRoles: true}),
		"shows plain roles":              rooms(sandbox.RoomOptions{ShowPlainRole: true}),
		"counts the owner":               rooms(sandbox.RoomOptions{OwnerIsMember: true}),
		"forgets leavers":                rooms(sandbox.RoomOptions{ForgetLeavers: true}),
		"invites by default":             rooms(sandbox.RoomOptions{InviteByDefault: true}),
		"removes who is not there":       rooms(sandbox.RoomOptions{IgnoreAbsentMembers: true}),
		"takes its time to write":        rooms(sandbox.RoomOptions{WriteDelay: time.Millisecond}),
		"cannot say what exists":         rooms(sandbox.RoomOptions{NoExistsRoute: true}),
		"names no unknown members":       {UnknownMemberStatus: http.StatusNotFound, UnnamedMembers: true},
		"errors under 200":               {ErrorsUnder200: true},
		"errors without a code":          {ErrorShape: sandbox.ErrorCodeOnly},
		"flat errors":                    {ErrorShape: sandbox.ErrorFlat},
		"cannot look up clients":         {NoLookupRoute: true},
		"hides everything it can":        {Rooms: sandbox.RoomOptions{MissingStatus: http.StatusForbidden, FrozenStatus: http.StatusForbidden, Fields: sandbox.DocumentedRoomFields()}, ErrorShape: sandbox.ErrorCodeOnly},
		"hides, overwrites and counts":   rooms(sandbox.RoomOptions{FrozenStatus: http.StatusNotFound, Overwrite: true, OwnerIsMember: true, Fields: sandbox.DocumentedRoomFields()}),
		"counts, says little, is strict": {Rooms: sandbox.RoomOptions{OwnerIsMember: true, Fields: sandbox.DocumentedRoomFields(), PopulateReplies: true}, UnknownMemberStatus: http.StatusForbidden},
		"cannot say, overwrites":         rooms(sandbox.RoomOptions{NoExistsRoute: true, Overwrite: true, IgnoreAbsentMembers: true, ForgetLeavers: true}),
	}
}

// lives is one room in the course of its life.
type lives struct {
	*acctest.Core
	options sandbox.Options
}

// Every room lives one life on every kind of server.
func TestRoomLivesOnEveryServer(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	for name, options := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, options)
			w.People("ann", "bob", "cleo", "dan")
			l := &lives{w.Core(t, "imkit_room"), options}
			l.live()
			madeOnce(t, w)
			if n := w.OverlappingRoomChanges(); n != 0 {
				t.Errorf("%d changes arrived while another was under way", n)
			}
		})
	}
}

func lobby(more map[string]any) map[string]any {
	config := map[string]any{
		"id": "a/b %c", "name": "Lobby", "description": "Come in.", "tags": []any{"hall"}, "member_ids": []any{"ann", "bob"}, "owner_id": "ann",
		"webhook": "https://example.com/hook", "bot_mode": true, "open": false, "frozen": false, "ext_params": "a=1&b=2",
		"cover_url": "https://example.com/l.png",
	}
	maps.Copy(config, more)
	return config
}

func (l *lives) live() {
	l.T.Helper()
	first := lobby(nil)
	l.does("create", first, acctest.ToCreate)
	l.W.Chat(l.T, "a/b %c", "bob")

	second := lobby(map[string]any{"name": "Hall", "tags": []any{}, "member_ids": []any{"ann", "cleo"}, "owner_id": "cleo", "manager_ids": []any{"ann"}, "open": true, "webhook": ""})
	l.does("change", second, acctest.ToUpdate)

	l.W.RemoveMembers("a/b %c", "ann")
	l.W.AddMembers("a/b %c", "dan")
	l.does("mend the members", second, acctest.ToUpdate)
	if l.shows("name") {
		l.W.PutRoom("a/b %c", map[string]any{"name": "Theirs"})
		l.does("mend the name", second, acctest.ToUpdate)
	}
	if l.shows("status") || l.options.Rooms.FrozenStatus != 0 {
		l.W.FreezeRoom("a/b %c")
		l.does("thaw", second, acctest.ToUpdate)
	}

	l.State.Tainted = true
	l.does("replace", second, acctest.ToReplace)

	l.State = nil
	if told := l.ImportByIdentity(map[string]string{"id": "a/b %c"}); told.Failed() {
		l.T.Fatalf("import:\n%s", told)
	}
	after := acctest.ToUpdate // of what the server does not tell
	if len(l.options.Rooms.Fields) == 0 {
		after = acctest.NoChange
	}
	l.does("import", second, after)

	l.destroys("freeze")
	if room, _ := l.W.Room("a/b %c"); fmt.Sprint(room.Fields["status"]) != "0" {
		l.T.Errorf("destroyed, the room is not frozen: %v", room.Fields)
	}
	if told := l.Converge(second); !told.Failed() {
		l.T.Errorf("the room exists, and was taken over without being asked for")
	} else {
		acctest.Says(l.T, told.String(), "Room already exists")
	}
	adopting := maps.Clone(second)
	maps.Copy(adopting, map[string]any{"adopt_existing": true, "on_destroy": "delete"})
	l.does("adopt", adopting, acctest.ToCreate)
	if n := len(l.W.Messages()); n != 1 {
		l.T.Errorf("%d messages are left, want the one that was written", n)
	}
	l.destroys("delete")
	if _, there := l.W.Room("a/b %c"); there {
		l.T.Error("the room was not deleted")
	}
	l.does("create after a deletion", first, acctest.ToCreate)
}

// shows reports whether the server tells of a field when it is asked.
func (l *lives) shows(field string) bool {
	shown := l.options.Rooms.Fields
	return len(shown) == 0 || slices.Contains(shown, field)
}

// does plans and applies a configuration. The plan after it is empty, and the
// server has what is configured.
func (l *lives) does(what string, config map[string]any, want acctest.Action) {
	l.T.Helper()
	planned, told := l.Plan(config)
	if told.Failed() || planned.Action != want {
		l.T.Fatalf("%s: the plan is to %s, want to %s\n%s", what, planned.Action, want, told)
	}
	if told := l.Apply(planned); told.Failed() {
		l.T.Fatalf("%s:\n%s", what, told)
	}
	again, told := l.Plan(config)
	if told.Failed() || again.Action != acctest.NoChange {
		l.T.Fatalf("%s: the plan after it is to %s\n%s", what, again.Action, told)
	}
	l.compare(what, config)
}

// compare compares the room on the server with what is configured.
func (l *lives) compare(what string, config map[string]any) {
	l.T.Helper()
	room, there := l.W.Room("a/b %c")
	if !there {
		l.T.Fatalf("%s: there is no room", what)
	}
	want, got := map[string]any{}, map[string]any{}
	for attribute, field := range map[string]string{
		"name": "name", "cover_url": "cover", "description": "description", "tags": "roomTags", "owner_id": "owner", "manager_ids": "managers", "webhook": "webhook",
		"bot_mode": "botMode", "ext_params": "extParams", "open": "opening", "frozen": "status",
	} {
		if value := config[attribute]; value != nil {
			want[field], got[field] = value, room.Fields[field]
		}
	}
	want["opening"], want["status"] = acctest.Number("0"), acctest.Number("1")
	if config["open"] == true {
		want["opening"] = acctest.Number("1")
	}
	acctest.Equal(l.T, what+": the room", want, got)
	var members []any
	for _, id := range slices.Sorted(slices.Values(room.Members)) {
		if id != config["owner_id"] || slices.Contains(config["member_ids"].([]any), any(id)) { //nolint:forcetypeassert // a mistake of the test's
			members = append(members, id)
		}
	}
	acctest.Equal(l.T, what+": the members", config["member_ids"], any(members))
}

func (l *lives) destroys(what string) {
	l.T.Helper()
	if told := l.Converge(nil); told.Failed() || l.State != nil {
		l.T.Fatalf("%s:\n%s", what, told)
	}
}
