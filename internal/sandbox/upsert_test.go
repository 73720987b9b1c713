package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

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
