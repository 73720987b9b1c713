package imkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The reply of the API's own page, with every type of value.
func TestConfig(t *testing.T) {
	values := `{"announcement":{"text":"t","pin":true},"censorship":{"keywords":["a","b"]},"big":9007199254740993,"n":1.50,"nothing":null,"s":""}`
	want := map[string]any{
		"announcement": map[string]any{"text": "t", "pin": true}, "censorship": map[string]any{"keywords": []any{"a", "b"}},
		"big": json.Number("9007199254740993"), "n": json.Number("1.50"), "nothing": nil, "s": "",
	}
	for name, reply := range map[string]string{"enveloped": `{"RC":0,"RM":"any","result":` + values + `}`, "flat": values} {
		got, err := serve(t, sayJSON(200, reply)).api(t).Config(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	for reply, want := range map[string]string{
		`{"RC":0,"result":[]}`:   "the result is an array, not an object",
		`{"RC":0,"result":null}`: "the result is null, not an object",
		`{"RC":0,"RM":"OK"}`:     "the result is null, not an object",
	} {
		_, err := serve(t, sayJSON(200, reply)).api(t, func(c *Config) { c.MaxRetries = 0 }).Config(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

func TestConfigCallsSend(t *testing.T) {
	keys := []string{"announcement", "a/b", "a%2Fb", "..", "a b", "?q", "#", `"<&>`, "日本語", "{key}"}
	for _, key := range keys {
		s := serve(t, routes(map[string]http.HandlerFunc{
			"GET /config": sayJSON(200, `{"RC":0,"result":{}}`), "POST /config": sayJSON(200, `{"RC":0,"RM":"OK","result":{}}`),
			"DELETE /config/" + escapeSegment(key): sayJSON(200, `{"RC":0,"RM":"OK","result":{}}`),
		}))
		a := s.api(t)
		value := map[string]any{"n": json.Number("1.50"), "list": []string{"x"}, "off": false}
		if putBack, err := a.SetConfig(t.Context(), key, value); err != nil || putBack != nil {
			t.Fatal(key, putBack, err)
		}
		if err := a.DeleteConfig(t.Context(), key); err != nil {
			t.Fatal(key, err)
		}
		if got, want := fmt.Sprint(s.calls()), "[GET /config POST /config DELETE /config/"+escapeSegment(key)+"]"; got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
		want := map[string]any{key: map[string]any{"n": json.Number("1.50"), "list": []any{"x"}, "off": false}}
		if diff := cmp.Diff(want, s.seen()[1].sent(t)); diff != "" {
			t.Error(diff)
		}
		if r := s.seen()[2]; r.body != "" {
			t.Errorf("sent %s", r.body)
		}
	}
}

func TestBadConfig(t *testing.T) {
	s := serve(t, sayJSON(200, `{"RC":0,"result":{}}`))
	a := s.api(t)
	for _, key := range []string{"", "a\xff", strings.Repeat("x", 8000)} {
		_, err := a.SetConfig(t.Context(), key, 1)
		if gone := a.DeleteConfig(t.Context(), key); err == nil || gone == nil || CheckConfigKey(key) == nil {
			t.Errorf("%.10q: %v, %v", key, err, gone)
		}
	}
	for _, value := range []any{nil, json.RawMessage("null"), func() {}, json.RawMessage("{"), (*string)(nil)} {
		if _, err := a.SetConfig(t.Context(), "a", value); err == nil {
			t.Errorf("%#v is set", value)
		}
	}
	if n := len(s.seen()); n != 0 || CheckConfigKey("a") != nil {
		t.Errorf("%d requests", n)
	}
}

func TestConfigRefusals(t *testing.T) {
	configGone := sayJSON(404, `{"RC":404,"RM":"Not Found","error":{"code":"CONFIG_NOT_FOUND","message":"does not exist"}}`)
	for name, tc := range map[string]struct {
		answer            http.HandlerFunc
		read, set, delete string
	}{
		"403":            {sayJSON(403, forbidden), "not allowed", "not allowed", "not allowed"},
		"401":            {sayJSON(401, `{"RC":401,"RM":"no","error":{"code":"INVALID_AUTH"}}`), "not allowed", "not allowed", "not allowed"},
		"404":            {configGone, "error", "error", "success"},
		"404 by code":    {sayJSON(200, `{"error":"CONFIG_NOT_FOUND"}`), "error", "error", "success"},
		"404 of another": {sayJSON(404, `{"status":404}`), "error", "error", "error"},
		"no such call":   {http.NotFound, "unsupported", "unsupported", "unsupported"},
		"400":            {sayJSON(400, `{"RC":400}`), "error", "error", "error"},
		"lost":           {cut, "error", "error", "error"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, routes(map[string]http.HandlerFunc{
				"GET /config": tc.answer, "DELETE /config/a": tc.answer, "GET /admin/clients": sayJSON(200, noBody),
			}))
			a := s.api(t, func(c *Config) { c.MaxRetries = 1 })
			_, read := a.Config(t.Context())
			putBack, set := a.SetConfig(t.Context(), "a", 1)
			gone := a.DeleteConfig(t.Context(), "a")
			if whatItMeans(read) != tc.read || whatItMeans(set) != tc.set || whatItMeans(gone) != tc.delete || putBack != nil {
				t.Errorf("read %v\nset %v\ndelete %v", read, set, gone)
			}
		})
	}
	s := serve(t, routes(map[string]http.HandlerFunc{
		"GET /config": sayJSON(200, `{"RC":0,"result":{}}`), "POST /config": sayJSON(403, forbidden), "GET /admin/clients": sayJSON(200, noBody),
	}))
	if _, err := s.api(t).SetConfig(t.Context(), "a", 1); whatItMeans(err) != "not allowed" {
		t.Errorf("only reading is allowed: %v", err)
	}
}

// What was written shows at once, and no longer than the server may lag: then its
// word counts.
func TestConfigShowsWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &configServer{lag: 10 * time.Second, values: map[string]any{"old": "o", "gone": "g"}}
		a := s.api(t)
		look := func(when string, want map[string]any) {
			t.Helper()
			got, err := a.Config(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v, %s", when, err, diff)
			}
		}
		look("before", map[string]any{"old": "o", "gone": "g"})
		if _, err := a.SetConfig(t.Context(), "new", json.Number("1")); err != nil {
			t.Fatal(err)
		}
		if err := a.DeleteConfig(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		look("at once", map[string]any{"old": "o", "new": json.Number("1")})
		pass(11 * time.Second)
		look("once it shows", map[string]any{"old": "o", "new": json.Number("1")})
		s.edit("new", "somebody else's")
		s.edit("gone", "again")
		pass(ConfigLag - 12*time.Second)
		look("changed by others", map[string]any{"old": "o", "new": json.Number("1")})
		pass(time.Second)
		look("in the end", map[string]any{"old": "o", "new": "somebody else's", "gone": "again"})
	})
}

// What may have been written or deleted is not remembered either way.
func TestConfigAfterALostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &configServer{values: before()}
		a := s.api(t, func(c *Config) { c.MaxRetries = 0 })
		for _, key := range []string{"set", "deleted"} {
			if _, err := a.SetConfig(t.Context(), key, "first"); err != nil {
				t.Fatal(err)
			}
		}
		s.fails = func(r *http.Request, _ int) (http.HandlerFunc, bool) {
			if r.Method == http.MethodGet {
				return nil, true
			}
			return sayJSON(503, ""), true
		}
		_, set := a.SetConfig(t.Context(), "set", "second")
		if gone := a.DeleteConfig(t.Context(), "deleted"); !OutcomeUnknown(set) || !OutcomeUnknown(gone) {
			t.Errorf("%v, %v", set, gone)
		}
		want := before()
		want["set"] = "second"
		got, err := a.Config(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
	})
}

// Reads at the same moment are one, and everybody can change what they got.
func TestReadsOfTheConfigAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &configServer{latency: 10 * time.Millisecond, values: before()}
		a := s.api(t)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				got, err := a.Config(t.Context())
				if diff := cmp.Diff(before(), got); diff != "" || err != nil {
					t.Errorf("%v, %s", err, diff)
					return
				}
				got["more"] = true
				if inner, ok := got["announcement"].(map[string]any); ok {
					inner["more"] = true
				}
			})
		}
		all.Wait()
		if got := s.seen(); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}
