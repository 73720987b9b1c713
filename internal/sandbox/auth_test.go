package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

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

func TestUserLevelCallsRefused(t *testing.T) {
	for status, code := range map[int]string{401: "UNAUTHORIZED", 403: "INSUFFICIENT_PERMISSIONS"} {
		h := serve(t, sandbox.Options{RefuseUserLevel: status})
		people(h)
		h.ok("POST", "/rooms/", `{"_id":"r"}`)
		for _, target := range userLevel {
			method, path, _ := strings.Cut(target, " ")
			h.refused(method, path, `{}`, status, code)
		}
		h.ok("POST", "/admin/clients/ann/mute/r", "")
	}
}
