package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestUpsertCreatesAWholeClient(t *testing.T) {
	h := serve(t, sandbox.Options{})
	got := h.ok("POST", "/admin/clients", `{"_id":"u","nickname":"Una","avatarUrl":null,"level":12345678901234567890.50,"tags":["a",null]}`)
	for _, volatile := range []string{"updatedAt", "userAgent", "address", "lastLoginTimeMS", "lastJoinOrCreateRoomTime"} {
		if got[volatile] == nil {
			t.Errorf("reply has no %s: %v", volatile, got)
		}
		delete(got, volatile)
	}
	want := map[string]any{
		"_id": "u", "id": "u", "__v": json.Number("0"), "appID": sandbox.DefaultAppID, "isRobot": false, "mute": []any{},
		"nickname": "Una", "avatarUrl": nil, "level": json.Number("12345678901234567890.50"), "tags": []any{"a", nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
}

func TestUpsertChangesOnlyWhatIsSent(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.PutClient("u", map[string]any{"nickname": "Una", "description": "first", "level": 3})
	h.AddToken("u", "tok", start.AddDate(1, 0, 0))
	h.ok("POST", "/admin/clients", `{"_id":"u","description":"","level":null,"appID":"Other","updatedAt":"never"}`)

	got, _ := h.Client("u")
	delete(got, "lastJoinOrCreateRoomTime")
	want := map[string]any{
		"_id": "u", "__v": json.Number("0"), "appID": sandbox.DefaultAppID, "isRobot": false, "mute": []any{},
		"nickname": "Una", "description": "", "level": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"tok"}, h.LiveTokens("u")); diff != "" {
		t.Errorf("a profile call touched the tokens: %s", diff)
	}
}

func TestFieldsThatChangeByThemselves(t *testing.T) {
	h := serve(t, sandbox.Options{})
	last := h.ok("POST", "/admin/clients", `{"_id":"u"}`)
	for range 3 {
		data, _ := h.ok("GET", "/admin/clients", "")["data"].([]any)
		next, _ := data[0].(map[string]any)
		for _, name := range []string{"updatedAt", "lastLoginTimeMS", "userAgent", "address"} {
			if cmp.Equal(last[name], next[name]) {
				t.Errorf("%s stayed %v", name, next[name])
			}
		}
		last = next
	}
	h.PutClient("u", map[string]any{"lastLoginTimeMS": 1588744338369})
	if got := h.ok("POST", "/admin/clients", `{"_id":"u"}`)["lastLoginTimeMS"]; got != json.Number("1588744338369") {
		t.Errorf("lastLoginTimeMS put by hand: got %v", got)
	}
}

func TestUpsertRefusals(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.PutClient("other", nil)
	h.AddToken("other", "taken", start.AddDate(1, 0, 0))
	h.AddToken("other", "expired", start)
	cases := map[string]struct {
		body   string
		status int
		code   string
	}{
		"empty body":           {``, 400, "INVALID_REQUEST"},
		"not JSON":             {`{"_id":`, 400, "INVALID_REQUEST"},
		"not an object":        {`["u"]`, 400, "INVALID_REQUEST"},
		"null":                 {`null`, 400, "INVALID_REQUEST"},
		"trailing data":        {`{"_id":"u"}{}`, 400, "INVALID_REQUEST"},
		"not UTF-8":            {"{\"_id\":\"\xff\"}", 400, "INVALID_REQUEST"},
		"too large":            {`{"_id":"` + strings.Repeat("u", 1<<20) + `"}`, 400, "INVALID_REQUEST"},
		"no id":                {`{"id":"u"}`, 400, "INVALID_REQUEST"},
		"empty id":             {`{"_id":""}`, 400, "INVALID_REQUEST"},
		"id of another type":   {`{"_id":7}`, 400, "INVALID_REQUEST"},
		"nickname a number":    {`{"_id":"u","nickname":7}`, 400, "INVALID_REQUEST"},
		"avatarUrl a list":     {`{"_id":"u","avatarUrl":[]}`, 400, "INVALID_REQUEST"},
		"description a flag":   {`{"_id":"u","description":false}`, 400, "INVALID_REQUEST"},
		"isRobot a string":     {`{"_id":"u","isRobot":"true"}`, 400, "INVALID_REQUEST"},
		"issue a string":       {`{"_id":"u","issueAccessToken":"true"}`, 400, "INVALID_REQUEST"},
		"empty token":          {`{"_id":"u","token":""}`, 400, "INVALID_REQUEST"},
		"token null":           {`{"_id":"u","token":null}`, 400, "INVALID_REQUEST"},
		"expiry without token": {`{"_id":"u","expirationDate":"2027-01-01T00:00:00Z"}`, 400, "INVALID_REQUEST"},
		"expiry not ISO":       {`{"_id":"u","token":"t","expirationDate":"tomorrow"}`, 400, "INVALID_REQUEST"},
		"expiry a number":      {`{"_id":"u","token":"t","expirationDate":1588744338369}`, 400, "INVALID_REQUEST"},
		"issue and bind":       {`{"_id":"u","issueAccessToken":true,"token":"t"}`, 400, "INVALID_REQUEST"},
		"another's token":      {`{"_id":"u","token":"taken"}`, 409, "TOKEN_CONFLICT"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := *h
			h.t = t
			h.refused("POST", "/admin/clients", c.body, c.status, c.code)
			if ids := h.ClientIDs(); len(ids) != 1 {
				t.Errorf("a refused request made a client: %v", ids)
			}
		})
	}
	h.ok("POST", "/admin/clients", `{"_id":"u","token":"expired"}`)
}

func TestContentType(t *testing.T) {
	h := serve(t, sandbox.Options{})
	for value, good := range map[string]bool{
		"application/json":                   true,
		"application/json; charset=utf-8":    true,
		"application/json;charset=\"UTF-8\"": true,
		"application/json; charset=latin1":   false,
		"text/plain":                         false,
		"application/x-www-form-urlencoded":  false,
		"":                                   false,
	} {
		h.header.Set("Content-Type", value)
		if got := h.send("POST", "/admin/clients", `{"_id":"u"}`).status; (got == http.StatusOK) != good {
			t.Errorf("Content-Type %q: got %d", value, got)
		}
	}
}

func TestUpsertSwitches(t *testing.T) {
	h := serve(t, sandbox.Options{RejectUnknownOnUpsert: true})
	h.PutClient("known", nil)
	h.refused("POST", "/admin/clients", `{"_id":"new"}`, 404, "CLIENT_NOT_FOUND")
	h.ok("POST", "/admin/clients", `{"_id":"known"}`)

	h.Configure(func(o *sandbox.Options) { o.RejectUnknownOnUpsert, o.RequireKnownClientForTokens = false, true })
	h.refused("POST", "/admin/clients", `{"_id":"new","issueAccessToken":true}`, 404, "CLIENT_NOT_FOUND")
	h.ok("POST", "/admin/clients", `{"_id":"known","issueAccessToken":true}`)
	h.ok("POST", "/admin/clients", `{"_id":"new"}`)

	h.Configure(func(o *sandbox.Options) { o.RejectExistingOnUpsert = true })
	h.refused("POST", "/admin/clients", `{"_id":"known"}`, 409, "USER_EXISTS")

	h.RefuseIDs("bad")
	h.refused("POST", "/admin/clients", `{"_id":"bad"}`, 400, "INVALID_REQUEST")
}

// records is a batch of n clients.
func records(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"_id":"u%03d","nickname":"N%d"}`, i, i))
	}
	return `{"data":[` + strings.Join(list, ",") + `]}`
}

func TestBatch(t *testing.T) {
	const path = "/admin/clients/list"
	h := serve(t, sandbox.Options{})
	h.PutClient("u000", map[string]any{"avatarUrl": "https://example.com/a.png", "nickname": "before"})
	h.AddToken("u000", "tok", start.AddDate(1, 0, 0))
	if got := h.ok("POST", path, records(100)); got["count"] != json.Number("100") {
		t.Errorf("count: got %v", got)
	}
	if got, _ := h.Client("u000"); got["nickname"] != "N0" || got["avatarUrl"] == nil {
		t.Errorf("the first is %v", got)
	}
	if len(h.LiveTokens("u000")) != 1 || len(h.ClientIDs()) != 100 {
		t.Errorf("tokens %v, %d clients", h.LiveTokens("u000"), len(h.ClientIDs()))
	}
	if got := h.ok("POST", path, `{"data":[]}`); got["count"] != json.Number("0") {
		t.Errorf("count of none: got %v", got)
	}
}

func TestBatchRefusesAllOrNothing(t *testing.T) {
	const path = "/admin/clients/list"
	h := serve(t, sandbox.Options{})
	h.RefuseIDs("bad")
	for name, body := range map[string]string{
		"too many":         records(101),
		"no data":          `{}`,
		"data an object":   `{"data":{"_id":"u"}}`,
		"a record a text":  `{"data":[{"_id":"u"},"v"]}`,
		"no id":            `{"data":[{"_id":"u"},{"nickname":"v"}]}`,
		"empty id":         `{"data":[{"_id":"u"},{"_id":""}]}`,
		"a fourth field":   `{"data":[{"_id":"u"},{"_id":"v","description":"d"}]}`,
		"another field":    `{"data":[{"_id":"u"},{"_id":"v","token":"t"}]}`,
		"nickname a flag":  `{"data":[{"_id":"u"},{"_id":"v","nickname":true}]}`,
		"a refused record": `{"data":[{"_id":"u"},{"_id":"bad"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := *h
			h.t = t
			h.refused("POST", path, body, 400, "INVALID_REQUEST")
			if ids := h.ClientIDs(); len(ids) != 0 {
				t.Errorf("made %v", ids)
			}
		})
	}
	h.RefuseIDs()
	h.ok("POST", path, `{"data":[{"_id":"bad"}]}`)
}

func TestBatchSkips(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.SkipIDs("u001")
	if got := h.ok("POST", "/admin/clients/list", records(3)); got["count"] != json.Number("2") {
		t.Errorf("count: got %v", got)
	}
	if diff := cmp.Diff([]string{"u000", "u002"}, h.ClientIDs()); diff != "" {
		t.Errorf("clients: %s", diff)
	}
	h.SkipIDs()
	if got := h.ok("POST", "/admin/clients/list", records(3)); got["count"] != json.Number("3") {
		t.Errorf("count: got %v", got)
	}
}

func TestEdits(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	mine := map[string]any{"list": []int{1}, "_id": "other", "id": "other", "big": int64(1) << 60, "mute": []string{"room"}}
	s.PutClient("u", mine)
	got, _ := s.Client("u")
	if got["_id"] != "u" || got["id"] != nil || got["big"] != json.Number("1152921504606846976") {
		t.Errorf("stored %v", got)
	}
	if list, ok := got["list"].([]any); ok {
		list[0] = "changed"
	}
	if again, _ := s.Client("u"); !cmp.Equal(again["list"], []any{json.Number("1")}) || !cmp.Equal(again["mute"], []any{"room"}) {
		t.Errorf("stored %v", again)
	}
	s.RemoveFields("u", "list", "_id")
	if again, _ := s.Client("u"); again["list"] != nil || again["_id"] != "u" {
		t.Errorf("after removing fields: %v", again)
	}
	s.AddToken("u", "tok", time.Time{})
	s.PutClient("v", nil)
	s.RemoveClient("u")
	s.RemoveClient("nobody")
	s.RemoveFields("nobody", "x")
	if _, ok := s.Client("u"); ok || !cmp.Equal(s.ClientIDs(), []string{"v"}) {
		t.Errorf("after removing: %v", s.ClientIDs())
	}
	s.PutClient("u", nil)
	if live := s.LiveTokens("u"); len(live) != 0 {
		t.Errorf("tokens came back with the client: %v", live)
	}
	if s.Count("", "") != 0 {
		t.Error("edits are in the request log")
	}
}
