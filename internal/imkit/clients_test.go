package imkit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The reply of the API's own documentation, read whole.
func TestUpsertClient(t *testing.T) {
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{
		"_id":"sss","__v":0,"appID":"SampleApp","nickname":"SSS","description":null,
		"avatarUrl":"http://example.com/avatarUrl",
		"address":{"port":56004,"family":"IPv6","address":"::1"},
		"userAgent":"Mozilla/5.0","lastJoinOrCreateRoomTime":"2020-06-08T02:00:16.685Z",
		"updatedAt":"2020-06-11T06:15:36.761Z","isRobot":false,"mute":[],"id":"sss",
		"lastLoginTimeMS":1588744338369,"token":"eyJ0","expirationDate":"2020-06-18T06:15:36.763Z",
		"tier":"gold","level":9007199254740993,"tags":["a",null,{"x":1.50}]}}`))
	got, err := s.api(t).UpsertClient(t.Context(), "sss", Profile{
		Nickname: ptr("SSS"), AvatarURL: ptr(""), IsRobot: ptr(false),
		Custom: map[string]any{"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &Client{
		ID:          "sss",
		AppID:       Field[string]{true, ptr("SampleApp")},
		Nickname:    Field[string]{true, ptr("SSS")},
		AvatarURL:   Field[string]{true, ptr("http://example.com/avatarUrl")},
		Description: Field[string]{Reported: true},
		IsRobot:     Field[bool]{true, ptr(false)},
		Custom: map[string]any{
			"tier": "gold", "level": json.Number("9007199254740993"),
			"tags": []any{"a", nil, map[string]any{"x": json.Number("1.50")}},
		},
		Server: map[string]any{
			"__v": json.Number("0"), "userAgent": "Mozilla/5.0", "mute": []any{},
			"address":                  map[string]any{"port": json.Number("56004"), "family": "IPv6", "address": "::1"},
			"lastJoinOrCreateRoomTime": "2020-06-08T02:00:16.685Z", "updatedAt": "2020-06-11T06:15:36.761Z",
			"lastLoginTimeMS": json.Number("1588744338369"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r := s.seen()[0]
	if r.method != "POST" || r.uri != "/admin/clients" {
		t.Errorf("%s %s", r.method, r.uri)
	}
	sent, err := decodeObject([]byte(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{
		"_id": "sss", "nickname": "SSS", "avatarUrl": "", "isRobot": false,
		"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>",
	}, sent); diff != "" {
		t.Error(diff)
	}
}

// A field that the reply does not mention is not reported; a flat reply does.
func TestFieldsNotReported(t *testing.T) {
	s := serve(t, sayJSON(200, `{"_id":"a","isRobot":null}`))
	got, err := s.api(t).UpsertClient(t.Context(), "a", Profile{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Client{ID: "a", IsRobot: Field[bool]{Reported: true}, Custom: map[string]any{}, Server: map[string]any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A field of a wrong type is an error that names it and not its value.
func TestFieldsOfWrongTypes(t *testing.T) {
	for field, want := range map[string]string{
		`"nickname":55555`:        "nickname is a number, not a string",
		`"avatarUrl":["55555"]`:   "avatarUrl is an array, not a string",
		`"description":{"5555":}`: "it is not JSON",
		`"appID":true`:            "appID is a boolean, not a string",
		`"isRobot":"55555"`:       "isRobot is a string, not a boolean",
		`"_id":55555`:             "_id is a number, not a string",
		`"_id":null`:              "it has no _id",
		`"_id":""`:                "it has no _id",
		`"_id":"55555"`:           "it is about another client",
	} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":{"_id":"a",`+field+`}}`))
		err := upsert(t, s.api(t, func(c *Config) { c.MaxRetries = 0 }))
		if err == nil || !strings.HasSuffix(err.Error(), "the reply makes no sense: "+want) || strings.Contains(err.Error(), "5555") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestReservedFields(t *testing.T) {
	names := ReservedFields()
	if !slices.IsSorted(names) || !slices.IsSorted(serverFields) || len(slices.Compact(names)) != len(reservedFields) {
		t.Errorf("not sorted: %q", names)
	}
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	for _, name := range []string{
		"_id", "id", "__v", "token", "tokens", "expirationDate", "expirationDateMS", "issueAccessToken",
		"nickname", "avatarUrl", "description", "isRobot", "appID", "address", "userAgent",
		"lastJoinOrCreateRoomTime", "updatedAt", "createdAt", "mute", "lastLoginTimeMS",
	} {
		if !ReservedField(name) || !slices.Contains(names, name) {
			t.Errorf("%s is not reserved", name)
		}
		_, err := a.UpsertClient(t.Context(), "a", Profile{Custom: map[string]any{name: "x"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s as a custom field: %v", name, err)
		}
	}
	if ReservedField("tier") || ReservedField("") || ReservedField("Token") {
		t.Error("other names are free")
	}
	names[0] = "changed"
	if ReservedFields()[0] == "changed" {
		t.Error("the list can be changed from outside")
	}
	if _, err := a.UpsertClient(t.Context(), "a", Profile{Custom: map[string]any{"f": func() {}}}); err == nil {
		t.Error("a value that JSON cannot hold is sent")
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// An id that cannot be right is an error before anything is sent.
func TestBadIDs(t *testing.T) {
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	token, err := NewToken("t")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000), strings.Repeat("\x01", 900)} {
		for name, call := range map[string]func() error{
			"check":     func() error { return CheckID(id) },
			"upsert":    func() error { _, err := a.UpsertClient(t.Context(), id, Profile{}); return err },
			"look up":   func() error { _, err := a.LookUpClient(t.Context(), id); return err },
			"look ups":  func() error { _, err := a.LookUpClients(t.Context(), []string{"a", id}); return err },
			"issue":     func() error { _, err := a.IssueToken(t.Context(), id); return err },
			"bind":      func() error { _, err := a.BindToken(t.Context(), id, token, a.cfg.Now()); return err },
			"revoke":    func() error { return a.RevokeToken(t.Context(), id, token) },
			"revoke it": func() error { return a.RevokeAllTokens(t.Context(), id) },
		} {
			if err := call(); err == nil || OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	for _, id := range []string{"a", strings.Repeat("x", 7000), strings.Repeat("\x01", 800), strings.Repeat("😀", 200)} {
		if err := CheckID(id); err != nil {
			t.Errorf("%.10q: %v", id, err)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
