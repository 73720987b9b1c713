package room_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// manyIDs are this many clients.
func manyIDs(w *acctest.World, many int) (ids []any) {
	for i := range many {
		id := fmt.Sprintf("m%04d", i)
		w.People(id)
		ids = append(ids, id)
	}
	return ids
}

// isIn checks who is in the room.
func isIn(w *acctest.World, t *testing.T, want ...string) {
	t.Helper()
	room, _ := w.Room("lobby")
	acctest.Equal(t, "members", want, slices.Sorted(slices.Values(room.Members)))
}

// madeOnce checks that no room was created that was there.
func madeOnce(t *testing.T, w *acctest.World) {
	t.Helper()
	if n := w.RepeatedRoomCreates(); n != 0 {
		t.Errorf("%d creates of a room that was there", n)
	}
}

// sizes are how many ids each call about members had.
func sizes(w *acctest.World) (sizes []int) {
	_, bodies := w.RoomChanges()
	for _, body := range bodies {
		for _, name := range []string{"members", "invitees"} {
			if ids, ok := body[name].([]any); ok {
				sizes = append(sizes, len(ids))
			}
		}
	}
	return sizes
}

func TestThousandsOfMembersGoByTheHundred(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	with := func(members []any) map[string]any { return map[string]any{"id": "lobby", "member_ids": members} }
	everybody := manyIDs(w, 1250)
	// few checks that this took hardly more calls than it needs: joins of one moment go
	// out together, and on a busy machine a moment may be too short.
	few := func(least int) {
		t.Helper()
		if calls := sizes(w); len(calls) > 2*least || slices.Max(calls) > 100 {
			t.Errorf("%d calls, want about %d: %d", len(calls), least, calls)
		}
	}
	c.MustConverge(with(everybody[:250]))
	few(3)
	c.MustPlan(with(everybody[:250]), acctest.NoChange)

	w.ResetRequests()
	c.MustConverge(with(everybody[130:1250]))
	few(12)
	c.MustPlan(with(everybody[130:1250]), acctest.NoChange)
	if room, _ := w.Room("lobby"); len(room.Members) != 1120 {
		t.Errorf("%d members", len(room.Members))
	}
}

func TestMembersThatOthersEdit(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob", "cleo")
	c := w.Core(t, "imkit_room")
	configured := map[string]any{"id": "lobby", "member_ids": []any{"ann", "bob"}}
	c.MustConverge(configured)
	w.AddMembers("lobby", "cleo")
	w.RemoveMembers("lobby", "bob")
	c.MustPlan(configured, acctest.ToUpdate)
	c.MustConverge(configured)
	isIn(w, t, "ann", "bob")

	// Not configured, nobody is touched, and nothing is a change.
	w.AddMembers("lobby", "cleo")
	w.RemoveMembers("lobby", "bob")
	w.ResetRequests()
	left := map[string]any{"id": "lobby"}
	c.MustPlan(left, acctest.NoChange)
	c.MustConverge(map[string]any{"id": "lobby", "name": "Lobby"})
	isIn(w, t, "ann", "cleo")
	if sent := sizes(w); len(sent) > 0 {
		t.Errorf("members were sent: %d", sent)
	}

	// Configured again, they are exact from the first plan on.
	c.MustPlan(map[string]any{"id": "lobby", "member_ids": []any{"ann"}}, acctest.ToUpdate)
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"ann"}})
	isIn(w, t, "ann")
	c.MustPlan(map[string]any{"id": "lobby", "member_ids": []any{"ann"}}, acctest.NoChange)
}

// A server that shows nobody is believed.
func TestMembersOfARoomThatShowsNobody(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{Fields: []string{"name"}}})
	w.People("ann", "bob")
	c := w.Core(t, "imkit_room")
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"ann"}})
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"ann", "bob"}})
	isIn(w, t, "ann", "bob")
}

// A plan is applied as it was made: who joins meanwhile is not removed unseen.
func TestMembersWhoCameAfterThePlanStayUntilTheNext(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "name": "One", "member_ids": []any{"ann"}}
	c.MustConverge(config)
	config["name"] = "Two"
	planned, _ := c.Plan(config)
	w.AddMembers("lobby", "bob")
	if told := c.Apply(planned); told.Failed() {
		t.Fatal(told)
	}
	isIn(w, t, "ann", "bob")
	c.MustPlan(config, acctest.ToUpdate)
	c.MustConverge(config)
	isIn(w, t, "ann")
}

func TestOwnerIsNoDriftAmongTheMembers(t *testing.T) {
	t.Parallel()
	for _, counts := range []bool{true, false} {
		t.Run(fmt.Sprintf("counted %t", counts), func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Rooms: sandbox.RoomOptions{OwnerIsMember: counts}})
			w.People("ann", "bob", "cleo")
			c := w.Core(t, "imkit_room")
			config := func(owner string, members ...any) map[string]any {
				return map[string]any{"id": "lobby", "owner_id": owner, "member_ids": members}
			}
			counted := func(owner string, others ...string) []string {
				if counts && !slices.Contains(others, owner) {
					others = append(others, owner)
				}
				return slices.Sorted(slices.Values(others))
			}
			c.MustConverge(config("ann", "bob"))
			c.MustPlan(config("ann", "bob"), acctest.NoChange)
			isIn(w, t, counted("ann", "bob")...)

			// Who owned the room until now goes, unless configured.
			c.MustConverge(config("cleo", "bob"))
			c.MustPlan(config("cleo", "bob"), acctest.NoChange)
			isIn(w, t, counted("cleo", "bob")...)

			// An owner who is configured joins, and may be listed or not.
			c.MustConverge(config("cleo", "bob", "cleo"))
			isIn(w, t, "bob", "cleo")
			w.RemoveMembers("lobby", "cleo")
			c.MustPlan(config("cleo", "bob", "cleo"), acctest.NoChange)

			// Imported, the owner is in the set, and that is no change.
			w.AddMembers("lobby", "cleo")
			c.State = nil
			if told := c.ImportByIdentity(map[string]string{"id": "lobby"}); told.Failed() {
				t.Fatal(told)
			}
			c.MustPlan(config("cleo", "bob"), acctest.NoChange)
			c.MustPlan(config("cleo", "ann"), acctest.ToUpdate)
			c.MustConverge(config("cleo", "ann"))
			isIn(w, t, "ann", "cleo")
			c.MustPlan(config("cleo", "ann"), acctest.NoChange)
		})
	}
}

func TestPeopleWhoDoNotExistAreNamed(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"":                    {},
		"unnamed":             {UnnamedMembers: true, UnknownMemberStatus: http.StatusNotFound},
		"cannot look them up": {NoLookupRoute: true},
	} {
		for attribute, value := range map[string]any{
			"member_ids": []any{"ann", "nobody"}, "owner_id": "nobody", "manager_ids": []any{"ann", "nobody"},
		} {
			t.Run(attribute+" "+name, func(t *testing.T) {
				t.Parallel()
				w := acctest.NewWorld(t, options)
				w.People("ann")
				c := w.Core(t, "imkit_room")
				config := map[string]any{"name": "Lobby", attribute: value}
				named := func(told acctest.Said) {
					t.Helper()
					if told.Count(tfprotov6.DiagnosticSeverityError) != 1 {
						t.Errorf("want one error:\n%s", told)
					}
					if options.NoLookupRoute {
						return // only the server's own words are left
					}
					acctest.Says(t, told.String(), "Client does not exist", `"nobody"`)
					if n := strings.Count(told.String(), "here is no client"); n != 1 {
						t.Errorf("it says so %d times:\n%s", n, told)
					}
					for _, d := range told {
						if d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.String() != fmt.Sprintf("AttributeName(%q)", attribute) {
							t.Errorf("it is on %s", d.Attribute)
						}
					}
				}
				named(c.Converge(config))
				if !options.NoLookupRoute && len(w.RoomIDs()) > 0 {
					t.Errorf("there is a room, made for nobody: %q", w.RoomIDs())
				}

				// In a room that is there.
				config["id"] = "lobby"
				delete(config, attribute)
				c.State = nil
				c.MustConverge(config)
				config[attribute] = value
				named(c.Converge(config))
				w.People("nobody")
				c.MustConverge(config)
				c.MustPlan(config, acctest.NoChange)
			})
		}
	}
}

func TestMembersBeyondTheFirstHundredAreCheckedBeforeTheRoomIsMade(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "member_ids": append(manyIDs(w, 100), "nobody", "noone")}
	told := c.Converge(config).String()
	acctest.Says(t, told, "Client does not exist", `"nobody", "noone"`)
	acctest.SaysNot(t, told, "this id") // they are two
	if len(w.RoomIDs()) > 0 || c.State != nil {
		t.Error("the room was begun")
	}
}

// One who cannot be added is not in the state, and the others are.
func TestMembersAreInStateAsFarAsTheyJoined(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "name": "One"}
	c.MustConverge(config)
	config["member_ids"], config["name"] = append(manyIDs(w, 150), "nobody"), "Two"
	acctest.Says(t, c.Converge(config).String(), "Client does not exist", `"nobody"`)
	var inState []tftypes.Value
	c.NoError(c.Attributes(c.State.Value)["member_ids"].As(&inState))
	room, _ := w.Room("lobby")
	if len(inState) != len(room.Members) || len(inState) != 150 {
		t.Errorf("%d members are in state, %d in the room", len(inState), len(room.Members))
	}
	if got := c.Text(c.State.Value, "name"); got != room.Fields["name"] {
		t.Errorf("the name is %q in state, and %q on the server", got, room.Fields["name"])
	}
	w.People("nobody")
	c.MustConverge(config)
	c.MustPlan(config, acctest.NoChange)
}

// Those who stay, although the server says that they were removed, are in the state.
func TestMembersAreInStateAsLongAsTheyStay(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	c := w.Core(t, "imkit_room")
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"ann", "bob"}})
	w.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteLeave, Body: `{"RC":0,"result":{"_id":"lobby"}}`})
	acctest.Says(t, c.Converge(map[string]any{"id": "lobby", "member_ids": []any{"ann"}}).String(), "Member was not removed", `removed "bob", but still lists them`)
	if got := c.Attributes(c.State.Value)["member_ids"].String(); !strings.Contains(got, "bob") {
		t.Errorf("in state are %s", got)
	}
}

// refusingMembers refuses changes of members, with 403, that are about one of these.
func refusingMembers(ids ...string) sandbox.Fault {
	return sandbox.Fault{
		Method: http.MethodPost, Status: http.StatusForbidden, Body: `{"RC":403,"error":{"code":"PERMISSION_DENIED","message":"not this one"}}`,
		Match: func(r *http.Request, body []byte) bool {
			return strings.HasSuffix(r.URL.Path, "/members") && slices.ContainsFunc(ids, func(id string) bool {
				return bytes.Contains(body, []byte(strconv.Quote(id)))
			})
		},
	}
}

// Where a server refuses some, the others come and go, and the error names who was
// refused and does not blame the key.
func TestRefusedMembersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob", "cleo", "dan", "eve")
	c := w.CLI(t, acctest.Room("lobby", `member_ids = ["ann", "bob"]`))
	c.Apply()
	w.Inject(refusingMembers("cleo", "bob"))
	c.Write(w.Config(acctest.Room("lobby", `member_ids = ["bob", "cleo", "dan", "eve"]`)))
	output := c.Fails("apply", "-auto-approve")
	acctest.SaidOnce(t, output, "Member was refused")
	acctest.Says(t, output, `"cleo"`, "not this one")
	acctest.SaysNot(t, output, "API key", `refuses to add or remove "dan"`)
	isIn(w, t, "bob", "dan", "eve") // and ann went
	w.AddMembers("lobby", "ann")
	c.Write(w.Config(acctest.Room("lobby", `member_ids = ["dan", "eve"]`)))
	output = c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, "Member was refused", `"bob"`)
	isIn(w, t, "bob", "dan", "eve")
	w.ClearFaults()
	acctest.Says(t, c.Apply(), "0 added, 1 changed, 0 destroyed")
	isIn(w, t, "dan", "eve")
	c.Empty()

	// One by one at the same moment, too.
	w.Inject(refusingMembers("cleo"))
	c = w.CLI(t, acctest.Member("lobby", "ann")+strings.Replace(acctest.Member("lobby", "cleo"), `"test"`, `"refused"`, 1))
	output = c.Fails("apply", "-auto-approve")
	acctest.Says(t, output, `"cleo"`, "not this one")
	acctest.SaysNot(t, output, `client "ann"`) // on a busy machine each has a call of its own, and then the key may be to blame
	isIn(w, t, "ann", "dan", "eve")
}

func TestSystemMessages(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann", "bob")
	c := w.Core(t, "imkit_room")
	config := map[string]any{"id": "lobby", "member_ids": []any{"ann"}}
	c.MustConverge(config)
	c.MustConverge(map[string]any{"id": "lobby", "member_ids": []any{"bob"}})
	if said := w.Announcements("lobby"); len(said) > 0 {
		t.Errorf("the room was told: %v", said)
	}
	maps.Copy(config, map[string]any{"system_messages": true})
	c.MustConverge(config)
	c.MustConverge(map[string]any{"id": "loud", "member_ids": []any{"ann"}, "system_messages": true})
	want := []sandbox.Announcement{{Type: "addMembers", Members: []string{"ann"}}, {Type: "deleteMembers", Members: []string{"bob"}}}
	acctest.Equal(t, "what the room was told", want, w.Announcements("lobby"))
	acctest.Equal(t, "what a new room was told", want[:1], w.Announcements("loud"))
}
