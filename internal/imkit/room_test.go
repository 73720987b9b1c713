package imkit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// The replies of the API's own pages, read whole.
func TestRoomReplies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply string
		want  imkit.Room
	}{
		"create": {
			`{"RC":0,"RM":"OK","result":{"_id":"r","appID":"SampleApp","name":"N","cover":"https://example.com/c.jpg",
				"roomType":"group","roomTags":["project","team-a"],"members":["user-a","user-b"]}}`,
			imkit.Room{
				ID: "r", AppID: reported("SampleApp"), Name: reported("N"), Cover: reported("https://example.com/c.jpg"),
				Type: reported("group"), Tags: reported([]string{"project", "team-a"}),
				Members: reported([]imkit.Member{{ID: "user-a"}, {ID: "user-b"}}),
			},
		},
		"read": {
			`{"RC":0,"RM":"OK","result":{"_id":"r","appID":"SampleApp","lastMessage":{"_id":"m","message":1111234},
				"memberProperties":[{"badge":0,"lastRead":"x","client":"user-a"},{"badge":5,"client":"user-b","role":"admin","score":1.50}],
				"members":[{"_id":"user-a","nickname":"Alice","avatarUrl":"u","lastLoginTimeMS":1,"id":"user-a"},
					{"_id":"team","nickname":"Team","clientType":"group","isRobot":false}],
				"owner":{"_id":"user-a","nickname":"Alice"},"unread":5,"description":"D","isSuperuser":true,"id":"r"}}`,
			imkit.Room{
				ID: "r", AppID: reported("SampleApp"), Description: reported("D"), Owner: reported("user-a"),
				Members: reported([]imkit.Member{
					{ID: "user-a", Group: reported(false), Nickname: reported("Alice")},
					{ID: "team", Group: reported(true), Nickname: reported("Team"), IsRobot: reported(false)},
				}),
				Properties: map[string]map[string]any{
					"user-a": {}, "user-b": {"role": "admin", "score": json.Number("1.50")},
				},
			},
		},
		"read of everything": {
			`{"RC":0,"result":{"_id":"r","name":"","webhook":"meet-taipei-intro","botState":"CONTACT","botMode":true,
				"encrypted":false,"serviceStatus":0,"roomTags":[],"status":0,"opening":1,"extParams":"a=1&b=2","owner":"user-a",
				"managers":["user-b",{"_id":"user-c"}],"members":[],"memberProperties":[]}}`,
			imkit.Room{
				ID: "r", Name: reported(""), Webhook: reported(imkit.NewSecret("meet-taipei-intro")), BotMode: reported(true),
				Tags: reported([]string{}), Frozen: reported(true), Open: reported(true), ExtParams: reported("a=1&b=2"),
				Owner: reported("user-a"), Managers: reported([]string{"user-b", "user-c"}), Members: reported([]imkit.Member{}),
				Properties: map[string]map[string]any{},
			},
		},
		"flat": {
			`{"_id":"r","status":1,"opening":0}`,
			imkit.Room{ID: "r", Frozen: reported(false), Open: reported(false)},
		},
		"nulls": {
			roomReply(`{"_id":"r","name":null,"webhook":null,"roomTags":null,"owner":null,"managers":null,"members":null,
				"memberProperties":null,"status":null,"opening":null,"botMode":null}`),
			imkit.Room{
				ID: "r", Name: null[string](), Webhook: null[imkit.Secret](), Tags: null[[]string](),
				Owner: null[string](), Managers: null[[]string](), Members: null[[]imkit.Member](),
				Frozen: null[bool](), Open: null[bool](), BotMode: null[bool](),
			},
		},
		"numbers without a meaning": {roomReply(`{"_id":"r","status":7,"opening":-1}`), imkit.Room{ID: "r"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sayJSON(200, tc.reply))
			got, err := s.api(t).GetRoom(t.Context(), "r")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A reply that is not about the room that was asked for is an error, which shows
// nothing of it but the id.
func TestRepliesAboutAnotherRoom(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{`{"_id":"other","name":"55555"}`, `{"_id":null}`, `{"_id":""}`, `{"_id":55555}`, `{}`, `[{"_id":"r"},55555]`, `"55555"`, `null`} {
		s := serve(t, sayJSON(200, roomReply(reply)))
		_, err := s.api(t, retries(0)).GetRoom(t.Context(), "r")
		if meaning(err) != "error" || strings.Contains(err.Error(), "5555") || !strings.Contains(err.Error(), "GET /rooms/{id}: ") {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

// Servers name the roles of some members, or of none.
func TestRoleOfAMember(t *testing.T) {
	t.Parallel()
	for properties, want := range map[string]string{
		`[{"client":"a","role":"admin"},{"client":"b"}]`: "a admin, b member, c member, gone not reported",
		`[{"client":"a","score":1}]`:                     "a not reported, b not reported, c not reported, gone not reported",
		`[]`:                                             "a not reported, b not reported, c not reported, gone not reported",
		`null`:                                           "a not reported, b not reported, c not reported, gone not reported",
		`[{"client":"gone","role":"admin"}]`:             "a member, b member, c member, gone admin",
		`[{"client":"a","role":7}]`:                      "a not reported, b not reported, c not reported, gone not reported",
		`[{"client":"a","role":"member"},{"client":"c","role":null}]`:         "a member, b member, c member, gone not reported",
		`[{"client":{"_id":"b"},"role":"admin"},{"client":"a","role":"odd"}]`: "a odd, b admin, c member, gone not reported",
	} {
		s := serve(t, sayJSON(200, roomReply(`{"_id":"r","members":["a",{"_id":"b"},"c"],"memberProperties":`+properties+`}`)))
		room, err := s.api(t).GetRoom(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range []string{"a", "b", "c", "gone"} {
			role := "not reported"
			if f := room.Role(id); f.Reported {
				role = *f.Value
			}
			if of, known := room.Roles()[id]; known != (role != "not reported") || known && of != role {
				t.Errorf("%s: the role of %q is %q, and %q among all", properties, id, role, of)
			}
			got = append(got, id+" "+role)
		}
		if said := strings.Join(got, ", "); said != want {
			t.Errorf("%s:\n%s, want\n%s", properties, said, want)
		}
	}
}

func TestReservedProperties(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"_id", "badge", "client", "lastRead", "role"}, imkit.ReservedProperties()); diff != "" {
		t.Error(diff)
	}
	for _, name := range imkit.ReservedProperties() {
		if !imkit.ReservedProperty(name) {
			t.Errorf("%s is free", name)
		}
	}
	if imkit.ReservedProperty("score") || imkit.ReservedProperty("") || imkit.ReservedProperty("Role") {
		t.Error("other names are free")
	}
}

// A field of another type than the pages say is not reported. It fails no read.
func TestFieldsOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, field := range []string{
		`"name":5`, `"webhook":{"a":1}`, `"botMode":"yes"`, `"roomTags":"t"`, `"status":"1"`, `"opening":0.5`, `"owner":5`, `"members":{"a":1}`,
		`"managers":7`, `"memberProperties":7`, `"extParams":{"a":1}`, `"appID":7`,
	} {
		room, err := serve(t, sayJSON(200, roomReply(`{"_id":"r","description":"d",`+field+`}`))).api(t, retries(0)).GetRoom(t.Context(), "r")
		if diff := cmp.Diff(&imkit.Room{ID: "r", Description: reported("d")}, room); diff != "" || err != nil {
			t.Errorf("a room with %s: %v, %s", field, err, diff)
		}
	}
	for _, field := range []string{`"nickname":7`, `"avatarUrl":["x"]`, `"description":{}`, `"appID":true`, `"isRobot":"yes"`, `"isRobot":0`} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a",`+field+`},{"_id":"b","nickname":"B"}]}}`))
		got, err := s.api(t).GetClients(t.Context(), []string{"a", "b"})
		none := map[string]any{}
		want := map[string]*imkit.Client{"a": {ID: "a", Custom: none, Server: none}, "b": {ID: "b", Nickname: reported("B"), Custom: none, Server: none}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(s.seen()) != 1 {
			t.Errorf("a client with %s: %d requests: %v: %s", field, len(s.seen()), err, diff)
		}
	}
	for _, field := range []string{`"nickname":5`, `"avatarUrl":{}`, `"members":"a"`} {
		groups, err := serve(t, groupsListed(`{"_id":"a",`+field+`}`, `{"_id":"b","nickname":"B"}`)).api(t, retries(0)).ListGroups(t.Context())
		if diff := cmp.Diff([]*imkit.Group{{ID: "a"}, {ID: "b", Nickname: reported("B")}}, groups); diff != "" || err != nil {
			t.Errorf("a group with %s: %v, %s", field, err, diff)
		}
	}
	answer := sayJSON(200, `{"RC":0,"result":{"_id":7,"batchID":7,"messageTimeMS":"now","count":"many"}}`)
	s := serve(t, answer)
	a := s.api(t)
	sent, message := a.SendMessage(t.Context(), hello())
	queued, broadcast := a.Broadcast(t.Context(), toEverybody())
	if message != nil || broadcast != nil || sent != (imkit.SentMessage{}) || queued != (imkit.QueuedBroadcast{}) || len(s.seen()) != 2 {
		t.Errorf("%+v, %v; %+v, %v", sent, message, queued, broadcast)
	}
}
