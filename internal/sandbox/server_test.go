package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// awkward ids are the customer's own strings.
var awkward = []string{
	"plain", "a b", "a/b", "a%2Fb", "100%", "..", ".", "a..b/../c", `say "hi"`, "it's", "$in", "{}", "q?x=1&y#z", "a+b", "a;b",
	"名前", "é", "e\u0301", "😀", "tab\there", "list", "token", "/", "<b>", strings.Repeat("long ", 40),
}

func TestAwkwardIDs(t *testing.T) {
	h := serve(t, sandbox.Options{})
	for _, id := range awkward {
		t.Run(id, func(t *testing.T) {
			h := *h
			h.t = t
			quoted, err := json.Marshal(id)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.ok("POST", "/admin/clients", `{"_id":`+string(quoted)+`,"token":`+string(quoted)+`}`); got["_id"] != id || got["id"] != id {
				t.Errorf("made %q, %q", got["_id"], got["id"])
			}
			if diff := cmp.Diff([]string{id}, h.find(`{"_id":`+string(quoted)+`}`)); diff != "" {
				t.Errorf("looked up: %s", diff)
			}
			if live := h.LiveTokens(id); len(live) != 1 {
				t.Errorf("tokens: %v", live)
			}
			h.ok("DELETE", "/admin/clients/"+url.PathEscape(id)+"/token", `{"token":`+string(quoted)+`}`)
			if live := h.LiveTokens(id); len(live) != 0 {
				t.Errorf("tokens left: %v", live)
			}
			last := h.Requests()[h.Count("", "")-1]
			if last.ClientID != id || last.Route != "/admin/clients/{id}/token" || last.Path != "/admin/clients/"+url.PathEscape(id)+"/token" {
				t.Errorf("logged %+v", last)
			}
		})
	}
	if diff := cmp.Diff(awkward, h.ClientIDs()); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}

func TestUnknownRoutes(t *testing.T) {
	h := serve(t, sandbox.Options{NoLookupRoute: true, NoRevokeRoute: true, NoMeRoute: true})
	h.header.Del("IM-API-KEY")
	for _, target := range []string{
		"GET /", "GET /admin", "PATCH /admin/clients", "DELETE /admin/clients/u", "GET /admin/clients/u/token",
		"DELETE /admin/clients/a/b/token", "DELETE /admin/clients//token", "GET /admin/clients/list", "POST /me", "GET //admin/clients",
		"GET /admin/clients", "DELETE /admin/clients/u/token", "GET /me", "GET /<script>",
	} {
		method, path, _ := strings.Cut(target, " ")
		got := h.send(method, path, "")
		want := "<pre>Cannot " + strings.NewReplacer("<script>", "%3Cscript%3E").Replace(target) + "</pre>"
		if got.status != http.StatusNotFound || got.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(got.body, want) {
			t.Errorf("%s: got %d %s\n%s", target, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	h.Configure(func(o *sandbox.Options) { *o = sandbox.Options{} })
	h.refused("GET", "/admin/clients/", "", 401, "MISSING_API_KEY") // Express does not mind the slash
}

func TestForeignServer(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.ok("POST", "/admin/clients", `{"_id":"u"}`)
	h.Configure(func(o *sandbox.Options) { o.ForeignServer = true })
	for _, target := range []string{
		"GET /", "GET /me", "GET /admin/clients", "POST /admin/clients", "POST /admin/clients/list", "DELETE /admin/clients/u/token", "GET /nowhere",
	} {
		method, path, _ := strings.Cut(target, " ")
		got := h.send(method, path, `{"_id":"v"}`)
		if got.status != http.StatusNotFound || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: got %d %s", target, got.status, got.header.Get("Content-Type"))
		}
		if strings.Contains(got.body, "Cannot") || !strings.Contains(got.body, "Page not found") {
			t.Errorf("%s: this server's own page: %s", target, got.body)
		}
	}
	if ids := h.ClientIDs(); len(ids) != 1 {
		t.Errorf("clients: %v", ids)
	}
	if got := h.Count("DELETE", "/admin/clients/{id}/token"); got != 1 {
		t.Errorf("%d requests to revoke in the log", got)
	}
}

func TestBasePath(t *testing.T) {
	for _, base := range []string{"/chat", "chat/", "/chat"} {
		h := serve(t, sandbox.Options{BasePath: base})
		h.ok("POST", "/chat/admin/clients", `{"_id":"u"}`)
		for _, path := range []string{"/admin/clients", "/chatadmin/clients", "/other/admin/clients", "/chat"} {
			if got := h.send("GET", path, ""); got.status != http.StatusNotFound || !strings.Contains(got.body, "Cannot GET "+path) {
				t.Errorf("%s: got %d %s", path, got.status, got.body)
			}
		}
		if got := h.Requests()[0].Path; got != "/admin/clients" {
			t.Errorf("logged path %s", got)
		}
	}
}

func TestAPIKey(t *testing.T) {
	h := serve(t, sandbox.Options{APIKey: "k"})
	for _, target := range slices.Concat(clientCalls, roomCalls, groupCalls, configCalls, messageCalls) {
		method, path, _ := strings.Cut(target, " ")
		h.header["Im-Api-Key"] = []string{"K"}
		h.refused(method, path, "{}", 401, "INVALID_API_KEY")
		h.header["Im-Api-Key"] = []string{"k", "k"}
		h.refused(method, path, "{}", 401, "INVALID_API_KEY")
		h.header["Im-Api-Key"] = nil
		h.refused(method, path, "{}", 401, "MISSING_API_KEY")
	}
	h.Configure(func(o *sandbox.Options) { o.APIKey = "" })
	h.header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	h.ok("GET", "/admin/clients", "")
}

func TestErrorShapes(t *testing.T) {
	cases := []struct {
		shape    sandbox.ErrorShape
		under200 bool
		status   int
		want     map[string]any
	}{
		{sandbox.ErrorEnveloped, false, 401, map[string]any{
			"RC": json.Number("401"), "RM": "Unauthorized",
			"error": map[string]any{"code": "INVALID_API_KEY", "message": "Invalid API key"},
		}},
		{sandbox.ErrorFlat, false, 401, map[string]any{"error": "INVALID_API_KEY", "message": "Invalid API key"}},
		{sandbox.ErrorCodeOnly, false, 401, map[string]any{"RC": json.Number("401"), "RM": "Invalid API key"}},
		{sandbox.ErrorFlat, true, 200, map[string]any{
			"RC": json.Number("401"), "error": "INVALID_API_KEY", "message": "Invalid API key",
		}},
		{sandbox.ErrorCodeOnly, true, 200, map[string]any{"RC": json.Number("401"), "RM": "Invalid API key"}},
	}
	for _, c := range cases {
		h := serve(t, sandbox.Options{ErrorShape: c.shape, ErrorsUnder200: c.under200})
		h.header.Set("IM-API-KEY", "wrong")
		r := h.send("GET", "/admin/clients", "")
		if diff := cmp.Diff(c.want, r.object(t)); diff != "" || r.status != c.status {
			t.Errorf("shape %d: %d (-want +got):\n%s", c.shape, r.status, diff)
		}
	}
}

func TestRateLimit(t *testing.T) {
	h := serve(t, sandbox.Options{RequestsPerMinute: 2})
	h.ok("GET", "/admin/clients", "")
	h.Advance(20 * time.Second)
	h.ok("GET", "/admin/clients", "")
	r := h.send("GET", "/admin/clients", "")
	got := r.object(t)
	delete(got, "message")
	if diff := cmp.Diff(map[string]any{"error": "RATE_LIMIT_EXCEEDED", "retryAfter": json.Number("40")}, got); diff != "" || r.status != http.StatusTooManyRequests {
		t.Errorf("%d (-want +got):\n%s", r.status, diff)
	}
	h.Advance(40 * time.Second)
	h.ok("GET", "/admin/clients", "")
	if got := h.send("GET", "/admin/clients", "").status; got != http.StatusTooManyRequests {
		t.Errorf("third in a minute: got %d", got)
	}
	h.Configure(func(o *sandbox.Options) { o.RequestsPerMinute, o.ErrorShape = 1, sandbox.ErrorCodeOnly })
	if got := h.send("GET", "/admin/clients", "").object(t); got["RC"] != json.Number("429") || got["retryAfter"] != json.Number("60") {
		t.Errorf("as a code: got %v", got)
	}
	h.Configure(func(o *sandbox.Options) { o.RequestsPerMinute = 0 })
	h.ok("GET", "/admin/clients", "")
}
