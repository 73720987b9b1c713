package sandbox_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestConfig(t *testing.T) {
	h := serve(t, sandbox.Options{})
	if diff := cmp.Diff(object{}, h.ok("GET", "/config", "")); diff != "" {
		t.Errorf("at first: %s", diff)
	}
	h.PutConfig("flags", object{"voice": true})
	sent := object{"announcement": object{"text": "<b>", "pin": true}, "n": json.Number("12345678901234567890.50"), "none": nil}
	got := h.ok("POST", "/config", `{"announcement":{"text":"<b>","pin":true},"n":12345678901234567890.50,"none":null}`)
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("reply (-sent +got):\n%s", diff)
	}
	h.ok("POST", "/config", `{"announcement":{"text":"new"}}`) // the whole value is written
	want := object{"flags": object{"voice": true}, "announcement": object{"text": "new"}, "n": sent["n"], "none": nil}
	for name, got := range map[string]object{"read": h.ok("GET", "/config", ""), "stored": h.Config()} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, body := range []string{``, `[]`, `null`, `"k"`, `{"":1}`} {
		h.refused("POST", "/config", body, 400, "INVALID_REQUEST")
	}
	if diff := cmp.Diff(object{}, h.ok("DELETE", "/config/flags", "")); diff != "" {
		t.Errorf("reply to the deletion: %s", diff)
	}
	h.refused("DELETE", "/config/flags", "", 404, "CONFIG_NOT_FOUND")
	delete(want, "flags")
	if diff := cmp.Diff(want, h.Config()); diff != "" {
		t.Errorf("after deleting and refusals (-want +got):\n%s", diff)
	}
	h.Configure(func(o *sandbox.Options) { o.Config.IgnoreMissing = true })
	h.ok("DELETE", "/config/flags", "")
}

func TestConfigKeysInPaths(t *testing.T) {
	h := serve(t, sandbox.Options{})
	for _, key := range awkward {
		t.Run(key, func(t *testing.T) {
			h := h.on(t)
			body, err := json.Marshal(object{key: 1})
			if err != nil {
				t.Fatal(err)
			}
			h.ok("POST", "/config", string(body))
			if _, there := h.Config()[key]; !there {
				t.Errorf("stored %v", h.Config())
			}
			h.ok("DELETE", "/config/"+url.PathEscape(key), "")
		})
	}
	if left := h.Config(); len(left) != 0 || h.Count("DELETE", "/config/{key}") != len(awkward) {
		t.Errorf("left: %v", left)
	}
}

func TestConfigReplaced(t *testing.T) {
	h := serve(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: true}})
	h.PutConfig("a", 1)
	h.PutConfig("b", 2)
	h.ok("POST", "/config", `{"b":3,"c":4}`)
	if diff := cmp.Diff(object{"b": json.Number("3"), "c": json.Number("4")}, h.Config()); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestConfigReadRefused(t *testing.T) {
	refusing := map[string]func(*sandbox.Options, int){
		"the read":   func(o *sandbox.Options, status int) { o.Config.RefuseRead = status },
		"user level": func(o *sandbox.Options, status int) { o.RefuseUserLevel = status },
	}
	for name, refuse := range refusing {
		for status, code := range map[int]string{401: "UNAUTHORIZED", 403: "INSUFFICIENT_PERMISSIONS"} {
			t.Run(name, func(t *testing.T) {
				h := serve(t, sandbox.Options{})
				h.Configure(func(o *sandbox.Options) { refuse(o, status) })
				h.refused("GET", "/config", "", status, code)
				h.ok("POST", "/config", `{"k":1}`)
				h.ok("DELETE", "/config/k", "")
			})
		}
	}
}

func TestConfigShownLater(t *testing.T) {
	h := serve(t, sandbox.Options{Config: sandbox.ConfigOptions{ShownAfter: time.Minute}})
	shows := func(want object) {
		t.Helper()
		if diff := cmp.Diff(want, h.ok("GET", "/config", "")); diff != "" {
			t.Errorf("shown (-want +got):\n%s", diff)
		}
	}
	h.ok("POST", "/config", `{"a":"1"}`)
	h.Advance(time.Minute - time.Millisecond)
	h.ok("DELETE", "/config/a", "")
	h.PutConfig("b", "2")
	shows(object{})
	h.Advance(time.Millisecond)
	shows(object{"a": "1"})
	h.Advance(time.Minute)
	shows(object{"b": "2"})
	h.RemoveConfig("b")
	if len(h.Config()) != 0 {
		t.Errorf("stored %v", h.Config())
	}
	h.Configure(func(o *sandbox.Options) { o.Config.ShownAfter = 0 })
	shows(object{})
}

// The delay runs on the clock of a bubble too.
func TestConfigShownLaterInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Config: sandbox.ConfigOptions{ShownAfter: time.Second}})
		call(t.Context(), s, "POST", "/config", `{"a":"1"}`)
		if got := call(t.Context(), s, "GET", "/config", "").Body.String(); strings.Contains(got, `"a"`) {
			t.Errorf("at once: %s", got)
		}
		<-time.After(time.Second)
		if got := call(t.Context(), s, "GET", "/config", "").Body.String(); !strings.Contains(got, `"a":"1"`) {
			t.Errorf("later: %s", got)
		}
	})
}

func TestStoredOtherwise(t *testing.T) {
	h := serve(t, sandbox.Options{Store: func(value any) any {
		if text, ok := value.(string); ok {
			return strings.TrimSpace(text)
		}
		return value
	}})
	if got := h.ok("POST", "/config", `{"a":" x ","b":[" y "]}`); got["a"] != "x" || !cmp.Equal(got["b"], []any{" y "}) {
		t.Errorf("reply: %v", got)
	}
	if got := h.ok("GET", "/config", ""); got["a"] != "x" {
		t.Errorf("read: %v", got)
	}
	got := h.ok("POST", "/admin/clients", `{"_id":"u","nickname":" N ","tier":" gold "}`)
	if got["_id"] != "u" || got["nickname"] != " N " || got["tier"] != "gold" {
		t.Errorf("client: %v", got)
	}
	h.PutRoom("r", object{"members": []string{"u"}})
	h.ok("PUT", "/rooms/r/member/u", `{"property":"shift","value":" night "}`)
	if r, _ := h.Room("r"); r.Properties["u"]["shift"] != "night" {
		t.Errorf("member: %v", r.Properties)
	}
}

func TestConfigEditsAreCopies(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	mine := object{"list": []any{"a"}}
	s.PutConfig("k", mine)
	mine["list"] = "changed"
	got, _ := s.Config()["k"].(object)
	if !cmp.Equal(got["list"], []any{"a"}) {
		t.Errorf("stored %v", got)
	}
	got["list"] = "changed"
	if again, _ := s.Config()["k"].(object); !cmp.Equal(again["list"], []any{"a"}) || s.Count("", "") != 0 {
		t.Errorf("stored %v", again)
	}
}
