package imkit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func reported[T any](v T) Field[T] { return Field[T]{true, &v} }

func webhook(t *testing.T, s string) Webhook {
	t.Helper()
	w, err := NewWebhook(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// roomReply answers with a room, given as JSON.
func roomReply(room string) string { return `{"RC":0,"RM":"any","result":` + room + `}` }

// The replies of the API's own pages, read whole.
func TestRoomReplies(t *testing.T) {
	for name, tc := range map[string]struct {
		reply string
		want  Room
	}{
		"create": {
			`{"RC":0,"RM":"OK","result":{"_id":"r","appID":"SampleApp","name":"N","cover":"https://example.com/c.jpg",
				"roomType":"group","roomTags":["project","team-a"],"members":["user-a","user-b"]}}`,
			Room{
				ID: "r", AppID: reported("SampleApp"), Name: reported("N"), Cover: reported("https://example.com/c.jpg"),
				Type: reported("group"), Tags: reported([]string{"project", "team-a"}),
				Members: reported([]Member{{ID: "user-a"}, {ID: "user-b"}}),
			},
		},
		"read": {
			`{"RC":0,"RM":"OK","result":{"_id":"r","appID":"SampleApp","lastMessage":{"_id":"m","message":1111234},
				"memberProperties":[{"badge":0,"lastRead":"x","client":"user-a"},{"badge":5,"client":"user-b","role":"admin","score":1.50}],
				"members":[{"_id":"user-a","nickname":"Alice","avatarUrl":"u","lastLoginTimeMS":1,"id":"user-a"},
					{"_id":"team","nickname":"Team","clientType":"group","isRobot":false}],
				"owner":{"_id":"user-a","nickname":"Alice"},"unread":5,"description":"D","isSuperuser":true,"id":"r"}}`,
			Room{
				ID: "r", AppID: reported("SampleApp"), Description: reported("D"), Owner: reported("user-a"),
				Members: reported([]Member{
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
			Room{
				ID: "r", Name: reported(""), Webhook: reported(webhook(t, "meet-taipei-intro")), BotMode: reported(true),
				Tags: reported([]string{}), Frozen: reported(true), Open: reported(true), ExtParams: reported("a=1&b=2"),
				Owner: reported("user-a"), Managers: reported([]string{"user-b", "user-c"}), Members: reported([]Member{}),
				Properties: map[string]map[string]any{},
			},
		},
		"flat": {
			`{"_id":"r","status":1,"opening":0}`,
			Room{ID: "r", Frozen: reported(false), Open: reported(false)},
		},
		"nulls": {
			roomReply(`{"_id":"r","name":null,"webhook":null,"roomTags":null,"owner":null,"managers":null,"members":null,
				"memberProperties":null,"status":null,"opening":null,"botMode":null}`),
			Room{
				ID: "r", Name: Field[string]{Reported: true}, Webhook: Field[Webhook]{Reported: true}, Tags: Field[[]string]{Reported: true},
				Owner: Field[string]{Reported: true}, Managers: Field[[]string]{Reported: true}, Members: Field[[]Member]{Reported: true},
				Frozen: Field[bool]{Reported: true}, Open: Field[bool]{Reported: true}, BotMode: Field[bool]{Reported: true},
			},
		},
		"numbers without a meaning": {roomReply(`{"_id":"r","status":7,"opening":-1}`), Room{ID: "r"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, sayJSON(200, tc.reply))
			got, err := s.api(t).Room(t.Context(), "r", false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(got, got.clone()); diff != "" {
				t.Errorf("a copy differs: %s", diff)
			}
		})
	}
}

// A field of a wrong type is an error that names it and not its value.
func TestRoomFieldsOfWrongTypes(t *testing.T) {
	for field, want := range map[string]string{
		`"name":55555`:                            "name is a number, not a string",
		`"webhook":{"5555":1}`:                    "webhook is an object, not a string",
		`"botMode":"55555"`:                       "botMode is a string, not a boolean",
		`"roomTags":"55555"`:                      "roomTags is a string, not an array",
		`"roomTags":["a",55555]`:                  "roomTags[1] is a number, not a string",
		`"status":"55555"`:                        "status is a string, not a number",
		`"opening":0.55555`:                       "opening is not a whole number",
		`"owner":55555`:                           "owner is a number, not an id",
		`"owner":{"id":"55555"}`:                  "owner is null, not an id",
		`"members":{"5555":1}`:                    "members is an object, not an array",
		`"members":[""]`:                          "members[0] is an empty id",
		`"members":[{"_id":"55555"},null]`:        "members[1] is null, not an id",
		`"members":[{"_id":"5","nickname":5555}]`: "nickname is a number, not a string",
		`"managers":[5555]`:                       "managers[0] is a number, not an id",
		`"memberProperties":[5555]`:               "memberProperties[0] is a number, not an object",
		`"memberProperties":[{"score":55555}]`:    "memberProperties[0] has a client that is null, not an id",
		`"_id":"55555"`:                           "it is about another room",
		`"_id":null`:                              "it has no _id",
	} {
		s := serve(t, sayJSON(200, roomReply(`{"_id":"r",`+field+`}`)))
		_, err := s.api(t, func(c *Config) { c.MaxRetries = 0 }).Room(t.Context(), "r", false)
		if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "5555") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Servers name the roles of some members, or of none.
func TestRoleOfAMember(t *testing.T) {
	for properties, want := range map[string]string{
		`[{"client":"a","role":"admin"},{"client":"b"}]`: "a admin, b member, c member, gone not reported",
		`[{"client":"a","score":1}]`:                     "a not reported, b not reported, c not reported, gone not reported",
		`[]`:                                             "a not reported, b not reported, c not reported, gone not reported",
		`null`:                                           "a not reported, b not reported, c not reported, gone not reported",
		`[{"client":"gone","role":"admin"}]`:             "a member, b member, c member, gone admin",
		`[{"client":"a","role":"member"},{"client":"c","role":null}]`:         "a member, b member, c member, gone not reported",
		`[{"client":{"_id":"b"},"role":"admin"},{"client":"a","role":"odd"}]`: "a odd, b admin, c member, gone not reported",
	} {
		s := serve(t, sayJSON(200, roomReply(`{"_id":"r","members":["a",{"_id":"b"},"c"],"memberProperties":`+properties+`}`)))
		room, err := s.api(t).Room(t.Context(), "r", false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range []string{"a", "b", "c", "gone"} {
			role := "not reported"
			if f := room.Role(id); f.Reported {
				role = *f.Value
			}
			got = append(got, id+" "+role)
		}
		if said := strings.Join(got, ", "); said != want {
			t.Errorf("%s:\n%s, want\n%s", properties, said, want)
		}
	}
}

// Readers of the same room can change what they got.
func TestRoomsShareNoMemory(t *testing.T) {
	room := func() *Room {
		return &Room{
			ID: "r", Name: reported("N"), Tags: reported([]string{"t"}), Members: reported([]Member{{ID: "a", Nickname: reported("A")}}),
			Properties: map[string]map[string]any{"a": {"list": []any{"x"}}},
		}
	}
	first := room()
	second := first.clone()
	*second.Name.Value = "changed"
	(*second.Tags.Value)[0] = "changed"
	*(*second.Members.Value)[0].Nickname.Value = "changed"
	(*second.Members.Value)[0].ID = "changed"
	second.Properties["a"]["more"] = true
	second.Properties["b"] = nil
	if diff := cmp.Diff(room(), first); diff != "" {
		t.Error(diff)
	}
	if (*Room)(nil).clone() != nil {
		t.Error("no room has a copy")
	}
}

func TestReservedProperties(t *testing.T) {
	names := []string{"_id", "badge", "client", "lastRead", "role"}
	if diff := cmp.Diff(names, ReservedProperties()); diff != "" {
		t.Error(diff)
	}
	for _, name := range names {
		if !ReservedProperty(name) {
			t.Errorf("%s is free", name)
		}
	}
	if ReservedProperty("score") || ReservedProperty("") || ReservedProperty("Role") {
		t.Error("other names are free")
	}
}

const testWebhook = "https://hooks.example.com/s3cr3t/x?y=1&z=é"

// A webhook shows in nothing that holds it, and in no error, also not one that
// only the server knows.
func TestWebhooksDoNotShow(t *testing.T) {
	w := webhook(t, testWebhook)
	room := &Room{ID: "r", Webhook: reported(w)}
	type hides struct{ w Webhook }
	for name, v := range map[string]any{
		"webhook": w, "pointer": &w, "room": *room, "room pointer": room, "field": room.Webhook, "settings": RoomSettings{Webhook: &w},
		"unexported": hides{w}, "call": call{method: "PUT", path: pathRoom, body: map[string]any{"webhook": testWebhook}, secret: RoomSettings{Webhook: &w}.secret()},
	} {
		if text := everyFormat(v); strings.Contains(text, "s3cr3t") {
			t.Errorf("%s shows it: %s", name, text)
		}
	}
	if w.Reveal() != testWebhook || !w.Equal(webhook(t, testWebhook)) || w.Equal(webhook(t, "")) || webhook(t, "").IsZero() {
		t.Error("the value can be had and compared")
	}
	if _, err := NewWebhook("s3cr3t\xff"); err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("%v", err)
	}

	quoted, err := json.Marshal(testWebhook)
	if err != nil {
		t.Fatal(err)
	}
	for name, reply := range map[string]string{
		"echo":       fmt.Sprintf(`{"RC":400,"RM":"bad webhook %s"}`, strings.Trim(string(quoted), `"`)),
		"other room": fmt.Sprintf(`{"RC":500,"RM":"no webhook https://other.example.com/s3cr3t","result":{"webhook":"https://other.example.com/s3cr3t","name":%s}}`, quoted),
		"wrong type": fmt.Sprintf(`{"RC":0,"result":{"_id":"r","webhook":[%s]}}`, quoted),
	} {
		a := serve(t, sayJSON(200, reply)).api(t, func(c *Config) { c.MaxRetries = 0 })
		_, update := a.UpdateRoom(t.Context(), "r", RoomSettings{Webhook: &w})
		_, create := a.CreateRoom(t.Context(), "r", RoomSettings{Webhook: &w}, nil, false)
		for _, err := range []error{update, create} {
			if err == nil || strings.Contains(err.Error()+everyFormat(err), "s3cr3t") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
