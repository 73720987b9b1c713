package imkit_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// The reply of the API's own page, with every type of value.
func TestConfigReplies(t *testing.T) {
	t.Parallel()
	reply := `{"announcement":{"text":"t","pin":true},"censorship":{"keywords":["a","b"]},"big":9007199254740993,"n":1.50,"nothing":null,"s":""}`
	want := map[string]any{
		"announcement": map[string]any{"text": "t", "pin": true}, "censorship": map[string]any{"keywords": []any{"a", "b"}},
		"big": json.Number("9007199254740993"), "n": json.Number("1.50"), "nothing": nil, "s": "",
	}
	for name, reply := range map[string]string{"enveloped": `{"RC":0,"RM":"any","result":` + reply + `}`, "flat": reply} {
		got, err := serve(t, sayJSON(200, reply)).api(t).Config(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	for _, reply := range []string{`{"RC":0,"result":[]}`, `{"RC":0,"result":null}`, `{"RC":0,"RM":"OK"}`} {
		if got, err := serve(t, sayJSON(200, reply)).api(t, retries(0)).Config(t.Context()); err == nil {
			t.Errorf("%s: %v", reply, got)
		}
	}
}

func TestConfigCallsSend(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"announcement", "a/b", "a%2Fb", "..", "a b", "?q", "#", `"<&>`, "日本語", "{key}"} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && r.URL.Path != "/config/"+key || r.Method != http.MethodDelete && r.URL.Path != "/config" {
				t.Errorf("%s %s", r.Method, r.URL.Path)
			}
			sayJSON(200, `{"RC":0,"result":{}}`)(w, r)
		})
		a := s.api(t)
		value := map[string]any{"n": json.Number("1.50"), "list": []string{"x"}, "off": false}
		if putBack, err := a.SetConfig(t.Context(), key, value); err != nil || putBack != nil {
			t.Fatal(key, putBack, err)
		}
		if err := a.DeleteConfig(t.Context(), key); err != nil {
			t.Fatal(key, err)
		}
		var sent []string
		for _, r := range s.seen() {
			switch r.method {
			case http.MethodPost:
				want := map[string]any{key: map[string]any{"n": json.Number("1.50"), "list": []any{"x"}, "off": false}}
				if diff := cmp.Diff(want, r.sent(t)); diff != "" {
					t.Error(diff)
				}
				sent = append(sent, r.method)
			case http.MethodDelete:
				if last := r.uri[strings.LastIndex(r.uri, "/")+1:]; last == "" || last != url.PathEscape(key) && key != ".." || last == ".." || r.body != "" {
					t.Errorf("%q: DELETE %s %s", key, r.uri, r.body)
				}
				sent = append(sent, r.method)
			}
		}
		if !slices.Equal(sent, []string{"POST", "DELETE"}) {
			t.Errorf("%q: %s", key, s.calls())
		}
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"result":{}}`))
	a := s.api(t)
	for _, key := range []string{"", "a\xff", strings.Repeat("x", 8000)} {
		_, err := a.SetConfig(t.Context(), key, 1)
		if gone := a.DeleteConfig(t.Context(), key); err == nil || gone == nil || imkit.CheckConfigKey(key) == nil {
			t.Errorf("%.10q: %v, %v", key, err, gone)
		}
	}
	for _, value := range []any{nil, json.RawMessage("null"), func() {}, json.RawMessage("{"), (*string)(nil)} {
		if _, err := a.SetConfig(t.Context(), "a", value); err == nil {
			t.Errorf("%#v is set", value)
		}
	}
	if n := len(s.seen()); n != 0 || imkit.CheckConfigKey("a") != nil {
		t.Errorf("%d requests", n)
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	gone := sayJSON(404, `{"RC":404,"RM":"Not Found","error":{"code":"CONFIG_NOT_FOUND","message":"does not exist"}}`)
	empty, refused := sayJSON(200, `{"RC":0,"result":{}}`), sayJSON(403, forbidden)
	for name, tc := range map[string]struct {
		get, post, remove            http.HandlerFunc
		wantGet, wantSet, wantRemove string
	}{
		"403":              {refused, nil, refused, "not allowed", "not allowed", "not allowed"},
		"401":              {sayJSON(401, `{"RC":401,"RM":"no"}`), nil, sayJSON(401, `{"RC":401,"RM":"no"}`), "not allowed", "not allowed", "not allowed"},
		"only reading":     {empty, refused, refused, "success", "not allowed", "not allowed"},
		"404":              {gone, nil, gone, "error", "error", "success"},
		"404 by code":      {sayJSON(200, `{"error":"CONFIG_NOT_FOUND"}`), nil, sayJSON(200, `{"error":"CONFIG_NOT_FOUND"}`), "error", "error", "success"},
		"404 of another":   {sayJSON(404, `{"status":404}`), nil, sayJSON(404, `{"status":404}`), "error", "error", "error"},
		"no such call":     {nil, nil, nil, "unsupported", "unsupported", "unsupported"},
		"400":              {sayJSON(400, `{"RC":400}`), nil, sayJSON(400, `{"RC":400}`), "error", "error", "error"},
		"no answer at all": {cut, cut, cut, "error", "error", "error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, routes(map[string]http.HandlerFunc{"GET /config": tc.get, "POST /config": tc.post, "DELETE /config/a": tc.remove}))
			a := s.acquainted(t, retries(1))
			_, read := a.Config(t.Context())
			putBack, set := a.SetConfig(t.Context(), "a", 1)
			remove := a.DeleteConfig(t.Context(), "a")
			if meaning(read) != tc.wantGet || meaning(set) != tc.wantSet || meaning(remove) != tc.wantRemove || putBack != nil {
				t.Errorf("read %s: %v\nset %s: %v\ndelete %s: %v", meaning(read), read, meaning(set), set, meaning(remove), remove)
			}
		})
	}
}

// What this run wrote and deleted counts more than a read of a server that lags, and
// no longer than the server may lag: then its word counts. Another call returns what
// the server shows.
func TestConfigShowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, values{"old": `"o"`, "gone": `"g"`})
		s.lag = 10 * time.Second
		a := s.api(t)
		look := func(when string, want values) {
			t.Helper()
			got, err := a.Config(t.Context())
			wantShown(t, when, want, got, err)
		}
		look("before", values{"old": `"o"`, "gone": `"g"`})
		if _, err := a.SetConfig(t.Context(), "new", json.Number("1")); err != nil {
			t.Fatal(err)
		}
		if err := a.DeleteConfig(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		look("at once", values{"old": `"o"`, "new": "1"})
		got, err := a.ShownConfig(t.Context())
		wantShown(t, "by the server, at once", values{"old": `"o"`, "gone": `"g"`}, got, err)
		pass(11 * time.Second)
		look("once it shows", values{"old": `"o"`, "new": "1"})
		got, err = a.ShownConfig(t.Context())
		wantShown(t, "by the server, later", values{"old": `"o"`, "new": "1"}, got, err)
		pass(imkit.ConfigLag)
		s.edit("new", `"somebody else's"`)
		s.edit("gone", `"again"`)
		look("in the end", values{"old": `"o"`, "new": `"somebody else's"`, "gone": `"again"`})
		s.fails = func(string, int) (http.HandlerFunc, bool) { return sayJSON(400, `{"error":"INVALID_REQUEST"}`), false }
		if got, err := a.ShownConfig(t.Context()); err == nil || got != nil {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// What may have been written or deleted is as the server shows it.
func TestConfigAfterALostAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, others())
		a := s.api(t, retries(0))
		for _, key := range []string{"set", "deleted"} {
			if _, err := a.SetConfig(t.Context(), key, 1); err != nil {
				t.Fatal(err)
			}
		}
		for _, done := range []bool{false, true} {
			s.fails = func(method string, _ int) (http.HandlerFunc, bool) {
				if method == http.MethodGet {
					return nil, true
				}
				return sayJSON(503, ""), done
			}
			_, _ = a.SetConfig(t.Context(), "set", 2)
			_ = a.DeleteConfig(t.Context(), "deleted")
			want := others().with(values{"set": "1", "deleted": "1"})
			if done {
				want = others().with(values{"set": "2"})
			}
			wantConfig(t, "has", want, s.has())
			got, err := a.Config(t.Context())
			wantShown(t, "shows", want, got, err)
		}
	})
}

// Reads at the same moment are one.
func TestReadsOfTheConfigAreMerged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, others())
		s.latency = 10 * time.Millisecond
		a := s.api(t)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				got, err := a.Config(t.Context())
				wantShown(t, "all", others(), got, err)
			})
		}
		all.Wait()
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}
