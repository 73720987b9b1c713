package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// claims reads a JWT without checking its signature.
func claims(t *testing.T, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %v", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return response{body: string(payload)}.object(t)
}

func TestIssue(t *testing.T) {
	h := serve(t, sandbox.Options{TokenLifetime: time.Hour})
	first := h.ok("POST", "/admin/clients", `{"_id":"u","nickname":"Una","issueAccessToken":true}`)
	if got := first["expirationDate"]; got != "2026-01-02T04:04:05.678Z" {
		t.Errorf("expirationDate: got %v", got)
	}
	got := claims(t, first["token"])
	delete(got, "jti")
	want := map[string]any{
		"id": "u", "nickname": "Una", "iat": json.Number("1767323045"), "exp": json.Number("1767326645"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	second := h.ok("POST", "/admin/clients", `{"_id":"u","issueAccessToken":true}`)
	if first["token"] == second["token"] {
		t.Error("two tokens are the same")
	}
	if live := h.LiveTokens("u"); len(live) != 1 || live[0] != second["token"] {
		t.Errorf("reissuing did not end the first token: %v", live)
	}
	fields, _ := h.Client("u")
	for _, name := range []string{"token", "expirationDate", "issueAccessToken"} {
		if _, stored := fields[name]; stored {
			t.Errorf("%s is stored in the client", name)
		}
	}
}

func TestIssueSwitches(t *testing.T) {
	h := serve(t, sandbox.Options{KeepTokensOnReissue: true, OpaqueTokens: true, OmitExpiration: true})
	for range 2 {
		got := h.ok("POST", "/admin/clients", `{"_id":"u","issueAccessToken":true}`)
		if text, _ := got["token"].(string); text == "" || strings.Contains(text, ".") {
			t.Errorf("opaque token is %q", text)
		}
		if expires, shown := got["expirationDate"]; shown {
			t.Errorf("expirationDate %v is shown", expires)
		}
	}
	if n := len(h.LiveTokens("u")); n != 2 {
		t.Errorf("%d tokens live, want 2", n)
	}
	h.Configure(func(o *sandbox.Options) { o.FlatReplies, o.OmitExpiration, o.OpaqueTokens = true, false, false })
	flat := h.send("POST", "/admin/clients", `{"_id":"u","nickname":"Una","tier":"gold","issueAccessToken":true}`).object(t)
	claims(t, flat["token"])
	delete(flat, "token")
	want := map[string]any{
		"_id": "u", "nickname": "Una", "issueAccessToken": true, "expirationDate": "2026-01-09T03:04:05.678Z",
	}
	if diff := cmp.Diff(want, flat); diff != "" {
		t.Errorf("flat reply (-want +got):\n%s", diff)
	}
	h.ok("POST", "/admin/clients", `{"_id":"u"}`) // a profile call keeps its envelope
}

func TestBind(t *testing.T) {
	const body = `{"_id":"u","token":"mine","expirationDate":"2026-06-01T12:00:00.1239+02:00","issueAccessToken":false}`
	h := serve(t, sandbox.Options{})
	if got := h.ok("POST", "/admin/clients", body); got["token"] != nil || got["expirationDate"] != nil {
		t.Errorf("echoed %v, %v", got["token"], got["expirationDate"])
	}
	h.Configure(func(o *sandbox.Options) { o.EchoBoundTokens = true })
	if got := h.ok("POST", "/admin/clients", body); got["token"] != "mine" || got["expirationDate"] != "2026-06-01T10:00:00.123Z" {
		t.Errorf("echoed %v, %v", got["token"], got["expirationDate"])
	}
	if got := h.ok("POST", "/admin/clients", `{"_id":"u","token":"for ever"}`); got["token"] != "for ever" || got["expirationDate"] != nil {
		t.Errorf("echoed %v, %v", got["token"], got["expirationDate"])
	}
	h.Advance(1000 * 24 * time.Hour)
	if diff := cmp.Diff([]string{"for ever"}, h.LiveTokens("u")); diff != "" {
		t.Errorf("live tokens: %s", diff)
	}
}

func TestReplaceToken(t *testing.T) {
	const path, body = "/admin/clients/u/token", `{"token":"new","expirationDate":"2026-06-01T12:00:00Z"}`
	h := serve(t, sandbox.Options{})
	h.refused("PUT", path, body, 404, "CLIENT_NOT_FOUND")
	h.PutClient("u", map[string]any{"nickname": "Una"})
	h.PutClient("other", nil)
	h.AddToken("u", "old", time.Time{})
	h.AddToken("other", "taken", time.Time{})
	h.refused("PUT", path, `{"token":"new"}`, 400, "INVALID_REQUEST")
	h.refused("PUT", path, `{"expirationDate":"2026-06-01T12:00:00Z"}`, 400, "INVALID_REQUEST")
	h.refused("PUT", path, `{"token":"new","expirationDate":"June"}`, 400, "INVALID_REQUEST")
	h.refused("PUT", path, `{"token":"taken","expirationDate":"2026-06-01T12:00:00Z"}`, 409, "TOKEN_CONFLICT")

	want := map[string]any{
		"token": "new", "client": "u", "expirationDate": "2026-06-01T12:00:00.000Z", "expirationDateMS": json.Number("1780315200000"),
	}
	if diff := cmp.Diff(want, h.ok("PUT", path, body)); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"new"}, h.LiveTokens("u")); diff != "" {
		t.Errorf("live tokens: %s", diff)
	}
	h.Configure(func(o *sandbox.Options) { o.FlatReplies = true })
	want = map[string]any{
		"_id": "u", "nickname": "Una", "issueAccessToken": false, "token": "new",
		"expirationDate": "2026-06-01T12:00:00.000Z", "updatedAt": "2026-01-02T03:04:05.678Z",
	}
	if diff := cmp.Diff(want, h.send("PUT", path, body).object(t)); diff != "" {
		t.Errorf("flat reply (-want +got):\n%s", diff)
	}
}

func TestRevoke(t *testing.T) {
	const path = "/admin/clients/u/token"
	h := serve(t, sandbox.Options{})
	h.refused("DELETE", path, ``, 404, "CLIENT_NOT_FOUND")
	h.PutClient("u", nil)
	h.PutClient("other", nil)
	h.AddToken("other", "others", time.Time{})
	fill := func() {
		h.AddToken("u", "expired", start)
		for _, token := range []string{"a", "b", "c"} {
			h.AddToken("u", token, start.Add(time.Hour))
		}
	}
	fill()
	for _, body := range []string{`{"token":"others"}`, `{"token":"expired"}`, `{"token":"unknown"}`} {
		h.refused("DELETE", path, body, 404, "TOKEN_NOT_FOUND")
	}
	for _, body := range []string{`{"token":""}`, `{"token":null}`, `{"token":1}`, `[]`, `{`} {
		h.refused("DELETE", path, body, 400, "INVALID_REQUEST")
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, h.LiveTokens("u")); diff != "" {
		t.Fatalf("a refused request ended tokens: %s", diff)
	}
	got := h.ok("DELETE", path, `{"token":"b"}`)
	want := map[string]any{"data": []any{map[string]any{
		"token": "b", "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z",
		"expirationDate": "2026-01-02T04:04:05.678Z", "expirationDateMS": json.Number("1767326645678"),
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "c"}, h.LiveTokens("u")); diff != "" {
		t.Errorf("live tokens: %s", diff)
	}
	h.refused("DELETE", path, `{"token":"b"}`, 404, "TOKEN_NOT_FOUND")

	for _, body := range []string{``, `{}`, " \n"} {
		fill()
		h.ok("DELETE", path, body)
		if live := h.LiveTokens("u"); len(live) != 0 {
			t.Errorf("revoking all with %q left %v", body, live)
		}
	}
	fill()
	h.Configure(func(o *sandbox.Options) { o.FlatReplies = true })
	flat := h.send("DELETE", path, ``).object(t)
	if flat["success"] != true || flat["revokedTokens"] != json.Number("3") {
		t.Errorf("flat reply: %v", flat)
	}
	if diff := cmp.Diff([]string{"others"}, h.LiveTokens("other")); diff != "" {
		t.Errorf("the other client's tokens: %s", diff)
	}
}

func TestMe(t *testing.T) {
	h := serve(t, sandbox.Options{ClientKey: "ck"})
	h.PutClient("u", map[string]any{"nickname": "Una"})
	h.AddToken("u", "tok", start.Add(time.Hour))
	as := func(clientKey, apiKey, token string) *harness {
		user := *h
		user.header = http.Header{}
		for name, value := range map[string]string{"IM-CLIENT-KEY": clientKey, "IM-API-KEY": apiKey, "IM-Authorization": token} {
			if value != "" {
				user.header.Set(name, value)
			}
		}
		return &user
	}
	for _, user := range []*harness{as("ck", "", "tok"), as("", sandbox.DefaultAPIKey, "tok")} {
		if got := user.ok("GET", "/me", ""); got["_id"] != "u" || got["nickname"] != "Una" || got["token"] != nil {
			t.Errorf("me is %v", got)
		}
	}
	as("wrong", "", "tok").refused("GET", "/me", "", 403, "INVALID_CLIENT_KEY")
	as("", "", "tok").refused("GET", "/me", "", 403, "INVALID_CLIENT_KEY")
	as("ck", "wrong", "tok").refused("GET", "/me", "", 401, "INVALID_API_KEY")
	as("ck", "", "other").refused("GET", "/me", "", 401, "INVALID_TOKEN")
	as("ck", "", "").refused("GET", "/me", "", 401, "INVALID_TOKEN")

	h.Advance(time.Hour - time.Millisecond)
	as("ck", "", "tok").ok("GET", "/me", "")
	h.Advance(time.Millisecond)
	as("ck", "", "tok").refused("GET", "/me", "", 401, "INVALID_TOKEN")
	h.Advance(-time.Hour)
	as("ck", "", "tok").ok("GET", "/me", "")
	h.RevokeTokens("u")
	as("ck", "", "tok").refused("GET", "/me", "", 401, "INVALID_TOKEN")
}

// A token does not outlive whose it is: a group may have one as well.
func TestTokensOfWhatIsRemoved(t *testing.T) {
	for noun, remove := range map[string]func(h *harness){
		"client": func(h *harness) { h.RemoveClient("x") },
		"group":  func(h *harness) { h.RemoveGroup("x") },
	} {
		t.Run(noun, func(t *testing.T) {
			h := serve(t, sandbox.Options{})
			if noun == "group" {
				h.PutGroup("x", map[string]any{"nickname": "X"})
			}
			h.ok("POST", "/admin/clients", `{"_id":"x","token":"tok"}`)
			h.header.Set("IM-Authorization", "tok")
			if got := h.ok("GET", "/me", ""); got["_id"] != "x" {
				t.Errorf("me is %v", got)
			}
			remove(h)
			h.refused("GET", "/me", "", 401, "INVALID_TOKEN")
			if live := h.LiveTokens("x"); len(live) != 0 {
				t.Errorf("live tokens: %v", live)
			}
		})
	}
}
