package imkit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// sentJSON decodes the body of a request, with numbers as they were written.
func sentJSON(t *testing.T, body string) map[string]any {
	t.Helper()
	var sent map[string]any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&sent); err != nil {
		t.Fatal(err)
	}
	return sent
}

// text is a field that a reply has with that value.
func text(s string) imkit.Field[string] { return imkit.Field[string]{Reported: true, Value: &s} }

// The reply of the API's own documentation, read whole.
func TestUpsertClient(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{
		"_id":"sss","__v":0,"appID":"SampleApp","nickname":"SSS","description":null,
		"avatarUrl":"http://example.com/avatarUrl",
		"address":{"port":56004,"family":"IPv6","address":"::1"},
		"userAgent":"Mozilla/5.0","lastJoinOrCreateRoomTime":"2020-06-08T02:00:16.685Z",
		"updatedAt":"2020-06-11T06:15:36.761Z","isRobot":false,"mute":[],"id":"sss",
		"lastLoginTimeMS":1588744338369,"token":"eyJ0","expirationDate":"2020-06-18T06:15:36.763Z",
		"tier":"gold","level":9007199254740993,"tags":["a",null,{"x":1.50}]}}`))
	got, err := s.api(t).UpsertClient(t.Context(), "sss", imkit.Profile{
		Nickname: new("SSS"), AvatarURL: new(""), IsRobot: new(false),
		Custom: map[string]any{"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &imkit.Client{
		ID: "sss", AppID: text("SampleApp"), Nickname: text("SSS"), AvatarURL: text("http://example.com/avatarUrl"),
		Description: imkit.Field[string]{Reported: true},
		IsRobot:     imkit.Field[bool]{Reported: true, Value: new(false)},
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
	if diff := cmp.Diff(map[string]any{
		"_id": "sss", "nickname": "SSS", "avatarUrl": "", "isRobot": false,
		"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>",
	}, sentJSON(t, r.body)); diff != "" {
		t.Error(diff)
	}
}

// A field that the reply does not mention is not reported. This reply is flat.
func TestFieldsNotReported(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"_id":"a","isRobot":null}`))
	got, err := s.api(t).UpsertClient(t.Context(), "a", imkit.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	want := &imkit.Client{ID: "a", IsRobot: imkit.Field[bool]{Reported: true}, Custom: map[string]any{}, Server: map[string]any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A reply that is not about the client is an error, which repeats nothing of it, and
// the client may have been changed.
func TestUpsertOfAnother(t *testing.T) {
	t.Parallel()
	for _, id := range []string{`55555`, `null`, `""`, `"55555"`, `"A"`, `["55555"]`} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":{"nickname":"55555","_id":`+id+`}}`))
		err := upsert(t.Context(), s.api(t, func(c *imkit.Config) { c.MaxRetries = 0 }))
		if err == nil || !imkit.OutcomeUnknown(err) || strings.Contains(err.Error(), "55555") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestReservedFields(t *testing.T) {
	t.Parallel()
	names := imkit.ReservedFields()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted: %q", names)
	}
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	for _, name := range []string{
		"_id", "id", "__v", "token", "tokens", "expirationDate", "expirationDateMS", "issueAccessToken",
		"nickname", "avatarUrl", "description", "isRobot", "appID", "address", "userAgent",
		"lastJoinOrCreateRoomTime", "updatedAt", "createdAt", "mute", "lastLoginTimeMS",
	} {
		if !imkit.ReservedField(name) || !slices.Contains(names, name) {
			t.Errorf("%s is not reserved", name)
		}
		_, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Custom: map[string]any{name: "x"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s as a custom field: %v", name, err)
		}
	}
	if imkit.ReservedField("tier") || imkit.ReservedField("") || imkit.ReservedField("Token") {
		t.Error("other names are free")
	}
	names[0] = "changed"
	if imkit.ReservedFields()[0] == "changed" {
		t.Error("the list can be changed from outside")
	}
	if _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Custom: map[string]any{"f": func() {}}}); err == nil {
		t.Error("a value that JSON cannot hold is sent")
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// An id that cannot be right is an error before anything is sent.
func TestBadIDs(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	token := newToken(t, "t")
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000), strings.Repeat("\x01", 900)} {
		for name, call := range map[string]func() error{
			"check":     func() error { return imkit.CheckID(id) },
			"upsert":    func() error { _, err := a.UpsertClient(t.Context(), id, imkit.Profile{}); return err },
			"look up":   func() error { _, err := a.LookUpClient(t.Context(), id); return err },
			"look ups":  func() error { _, err := a.LookUpClients(t.Context(), []string{"a", id}); return err },
			"issue":     func() error { _, err := a.IssueToken(t.Context(), id); return err },
			"bind":      func() error { _, err := a.BindToken(t.Context(), id, token, time.Time{}); return err },
			"revoke":    func() error { return a.RevokeToken(t.Context(), id, token) },
			"revoke it": func() error { return revokeAll(t.Context(), a, id) },
		} {
			if err := call(); err == nil || imkit.OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	for _, id := range []string{"a", strings.Repeat("x", 7000), strings.Repeat("\x01", 800), strings.Repeat("😀", 200)} {
		if err := imkit.CheckID(id); err != nil {
			t.Errorf("%.10q: %v", id, err)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
