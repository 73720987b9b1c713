package imkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
		got, err := serve(t, sayJSON(200, reply)).api(t).GetConfig(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	for _, reply := range []string{`{"RC":0,"result":[]}`, `{"RC":0,"result":null}`, `{"RC":0,"RM":"OK"}`} {
		if got, err := serve(t, sayJSON(200, reply)).api(t, retries(0)).GetConfig(t.Context()); err == nil {
			t.Errorf("%s: %v", reply, got)
		}
	}
}

func TestConfigCallsSend(t *testing.T) {
	t.Parallel()
	const value = `{"n":1.50,"list":["x"],"off":false}`
	for _, key := range []string{"announcement", "a/b", "a%2Fb", "a.b", "a b", "?q", "#", `"<&>`, "日本語", "{key}"} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && r.URL.Path != "/config/"+key || r.Method != http.MethodDelete && r.URL.Path != "/config" {
				t.Errorf("%s %s", r.Method, r.URL.Path)
			}
			sayJSON(200, `{"RC":0,"result":`+values{key: value}.json()+`}`)(w, r)
		})
		a := s.api(t)
		if written, err := a.SetConfig(t.Context(), key, json.RawMessage(value), nil); err != nil || written.PutBack != nil {
			t.Fatal(key, written, err)
		}
		if err := last(a.DeleteConfig(t.Context(), key)); err != nil {
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
				if last := r.uri[strings.LastIndex(r.uri, "/")+1:]; last != url.PathEscape(key) || r.body != "" {
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
	for _, key := range []string{"", "a\xff", ".", "..", "$set", strings.Repeat("x", 8000)} {
		_, err := a.SetConfig(t.Context(), key, 1, nil)
		if gone := last(a.DeleteConfig(t.Context(), key)); err == nil || gone == nil || imkit.CheckConfigKey(key) == nil {
			t.Errorf("%.10q: %v, %v", key, err, gone)
		}
	}
	for _, value := range []any{nil, json.RawMessage("null"), func() {}, json.RawMessage("{"), (*string)(nil)} {
		if _, err := a.SetConfig(t.Context(), "a", value, nil); err == nil {
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
			a := s.knownServer(t, retries(1))
			_, read := a.GetConfig(t.Context())
			written, set := a.SetConfig(t.Context(), "a", 1, nil)
			remove := last(a.DeleteConfig(t.Context(), "a"))
			if meaning(read) != tc.wantGet || meaning(set) != tc.wantSet || meaning(remove) != tc.wantRemove || written.PutBack != nil {
				t.Errorf("read %s: %v\nset %s: %v\ndelete %s: %v", meaning(read), read, meaning(set), set, meaning(remove), remove)
			}
		})
	}
}

// What this run wrote and deleted counts more than a read of a server that lags.
func TestConfigShowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, values{"old": `"o"`, "gone": `"g"`})
		s.lag = 10 * time.Second
		a := s.api(t)
		look := func(when string, want values) {
			t.Helper()
			got, err := a.GetConfig(t.Context())
			wantShown(t, when, want, got, err)
		}
		look("before", values{"old": `"o"`, "gone": `"g"`})
		if _, err := a.SetConfig(t.Context(), "new", json.Number("1"), nil); err != nil {
			t.Fatal(err)
		}
		if err := last(a.DeleteConfig(t.Context(), "gone")); err != nil {
			t.Fatal(err)
		}
		look("at once", values{"old": `"o"`, "new": "1"})
		pass(time.Minute)
		look("once it shows", values{"old": `"o"`, "new": "1"})
		s.fails = func(string, int) (http.HandlerFunc, bool) { return sayJSON(400, `{"error":"INVALID_REQUEST"}`), false }
		if got, err := a.GetConfig(t.Context()); err == nil || got != nil {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// configKinds are the kinds of servers that there may be.
var configKinds = map[string]struct {
	replaces bool
	lag      time.Duration
}{

	"keeps": {false, 0},

	"keeps, lags": {false, 500 * time.Millisecond},

	"keeps, lags long": {false, time.Minute},

	"replaces": {true, 0},

	"replaces, lags": {true, 500 * time.Millisecond},

	"replaces for long": {true, time.Minute},
}

// No key of others is ever lost, nor put back otherwise than it was, also not when
// many are written at the same moment; and who is told that keys were put back is told
// the truth.
func TestNoKeyIsLost(t *testing.T) {
	t.Parallel()
	for name, kind := range configKinds {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
			t.Run(fmt.Sprint(name, ", ", latency), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveConfig(t, kind.replaces, others())
					s.lag, s.latency = kind.lag, latency
					a := s.api(t)
					want := others()
					var mu sync.Mutex
					var told [][]string
					workers(10, numbered(60), func(key string) {
						written, err := a.SetConfig(t.Context(), key, map[string]any{"of": key}, nil)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						want[key] = fmt.Sprintf(`{"of":%q}`, key)
						if written.PutBack != nil {
							told = append(told, written.PutBack)
						}
					})
					wantConfig(t, "has", want, s.has())
					shown, err := a.GetConfig(t.Context())
					wantShown(t, "shows", want, shown, err)
					if s.clash {
						t.Error("two writes at a time")
					}
					if slices.ContainsFunc(told, func(keys []string) bool { return fmt.Sprint(keys) != "[announcement censorship flags]" }) || told != nil && !kind.replaces {
						t.Errorf("told that %s were put back", told)
					}
					if kind.replaces && kind.lag < time.Second && told == nil {
						t.Error("nobody is told")
					}
					if n := len(s.seen()); n > 150 || kind == configKinds["keeps"] && n > 25 {
						t.Errorf("%d requests", n)
					}
				})
			})
		}
	}
}

// Where the server keeps what is not sent, only the key that is written is sent: what
// others write at the same moment stays. Where it does not, all are sent with each
// write after the first.
func TestWhatWritesSend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		replaces bool
		lag      time.Duration
		want     []string
	}{
		"keeps":                 {false, 0, []string{"a", "b", "c"}},
		"keeps, shows it later": {false, 350 * time.Millisecond, []string{"a", "b", "c"}},
		"replaces": {true, 0, []string{
			"a", "a announcement censorship flags", "a announcement b censorship flags", "a announcement b c censorship flags",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, tc.replaces, others())
				s.lag = tc.lag
				a := s.api(t)
				for _, key := range []string{"a", "b", "c"} {
					written, err := a.SetConfig(t.Context(), key, 1, nil)
					if err != nil || (written.PutBack != nil) != (tc.replaces && key == "a") {
						t.Errorf("%s: told %s: %v", key, written.PutBack, err)
					}
				}
				wantConfig(t, "has", others().with(values{"a": "1", "b": "1", "c": "1"}), s.has())
				if got := s.posted(); !slices.Equal(got, tc.want) {
					t.Errorf("sent %q", got)
				}
			})
		})
	}
}

// A server that comes to show the moment in which keys were lost does not make a run
// lose them again, nor what it wrote itself.
func TestWritesFarApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, lag := range []time.Duration{5 * time.Second, 50 * time.Second} {
			s := serveConfig(t, true, others())
			s.lag = lag
			a := s.api(t)
			want := others()
			for i, key := range numbered(60) {
				want[key] = strconv.Itoa(i)
				if _, err := a.SetConfig(t.Context(), key, i, nil); err != nil {
					t.Fatal(err)
				}
				pass(time.Second)
			}
			wantConfig(t, lag.String(), want, s.has())
		}
	})
}

// What was deleted is not sent again, however long the server shows it.
func TestDeletedKeysStayDeleted(t *testing.T) {
	t.Parallel()
	for name, kind := range configKinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, kind.replaces, others())
				s.lag = kind.lag
				a := s.api(t)
				set := func(key string) {
					if _, err := a.SetConfig(t.Context(), key, true, nil); err != nil {
						t.Fatal(err)
					}
				}
				set("a")
				for range 2 { // the second time it is gone
					if err := last(a.DeleteConfig(t.Context(), "flags")); err != nil {
						t.Fatal(err)
					}
				}
				set("b")
				want := others().with(values{"a": "true", "b": "true"})
				delete(want, "flags")
				shown, err := a.GetConfig(t.Context())
				wantShown(t, "shows", want, shown, err)
				wantConfig(t, "has", want, s.has())
			})
		})
	}
}

// Whatever fails on a server that replaces everything, either the keys of others are
// there in the end, or an error says that they may be lost.
func TestFirstWriteFails(t *testing.T) {
	t.Parallel()
	refused, broken := sayJSON(400, `{"RC":400,"RM":"Bad Request","error":{"code":"INVALID_BODY"}}`), sayJSON(503, "")
	type fault = func(method string, writes int) (http.HandlerFunc, bool)
	// at answers in this way what has the method and comes with, or after, these writes.
	at := func(method string, first, last int, h http.HandlerFunc, done bool) fault {
		return func(m string, writes int) (http.HandlerFunc, bool) {
			if m == method && writes >= first && writes <= last {
				return h, done
			}
			return nil, true
		}
	}
	// from answers 503 to reads and writes that come with, or after, these writes.
	from := func(read, write int) fault {
		return func(m string, writes int) (http.HandlerFunc, bool) {
			if m == http.MethodGet && writes >= read || m != http.MethodGet && writes >= write {
				return broken, false
			}
			return nil, true
		}
	}
	const all, set = "announcement censorship flags", "a announcement censorship flags"
	for name, tc := range map[string]struct {
		fails   fault
		retries int
		keys    string // in the end; "": as the error says
		is      func(error) bool
	}{
		"cannot read":                {at("GET", 0, 0, refused, false), 0, all, isKind(imkit.KindInvalid)},
		"refused":                    {at("POST", 1, 9, refused, false), 0, all, isKind(imkit.KindInvalid)},
		"not allowed to write":       {at("POST", 1, 9, sayJSON(403, forbidden), false), 0, all, isKind(imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed)},
		"lost, done":                 {at("POST", 1, 1, broken, true), 0, set, nil},
		"lost, not done":             {at("POST", 1, 1, broken, false), 0, "", nil},
		"cannot look":                {at("GET", 1, 1, refused, false), 0, "", nil},
		"cannot put back":            {at("POST", 2, 9, refused, false), 0, "a", isError(imkit.ErrConfigLost)},
		"put back at the second try": {at("POST", 2, 2, broken, false), 1, set, nil},
		"cannot look, nor put back":  {from(1, 2), 0, "a", isError(imkit.ErrConfigLost)},
		"out of order from then on":  {from(1, 1), 0, "", imkit.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, true, others())
				s.fails = tc.fails
				written, err := s.api(t, retries(tc.retries)).SetConfig(t.Context(), "a", 1, nil)
				if tc.is != nil && !tc.is(err) || tc.keys == set && err != nil {
					t.Errorf("put back %s: %v", written.PutBack, err)
				}
				has := s.has()
				if tc.keys != "" && has.keys() != tc.keys {
					t.Errorf("has %s, want %s: %s", has.keys(), tc.keys, s.calls())
				}
				if has.keys() != all && has.keys() != set && !errors.Is(err, imkit.ErrConfigLost) {
					t.Errorf("has %s, and nobody is told: %v", has.keys(), err)
				}
				if name == "cannot put back" && !strings.Contains(fmt.Sprint(err), `"announcement", "censorship", "flags"`) {
					t.Errorf("the error does not name them: %v", err)
				}
				if tc.keys == set && fmt.Sprint(written.PutBack) != "[announcement censorship flags]" {
					t.Errorf("told that %s were put back", written.PutBack)
				}
			})
		})
	}
}

// An interrupt does not keep what was lost from being put back, and a server that
// does not answer does not hold up who was interrupted.
func TestInterruptPutsBack(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 2, 3, 4} {
		for _, hangs := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := serveConfig(t, true, others())
				s.latency = time.Second
				requests := 0
				var interrupted time.Time
				s.fails = func(string, int) (http.HandlerFunc, bool) {
					requests++
					if requests == after {
						interrupted = time.Now()
						cancel()
						s.mu.Unlock()
						synctest.Wait() // until all that the end of the context brings about has been done
						s.mu.Lock()
						if hangs {
							s.latency = time.Hour
						}
					}
					return nil, true
				}
				_, err := s.api(t).SetConfig(ctx, "a", 1, nil)
				if took := time.Since(interrupted); took > imkit.InterruptGrace {
					t.Errorf("after %d requests, took %s", after, took)
				}
				want := others().with(values{"a": "1"})
				switch {
				case after == 1: // nothing was written yet
					if want = others(); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				case hangs:
					want = s.has()
					if want.keys() != "a announcement censorship flags" && !errors.Is(err, imkit.ErrConfigLost) {
						t.Errorf("after %d requests, has %s: %v", after, want.keys(), err)
					}
				}
				wantConfig(t, fmt.Sprintf("after %d requests", after), want, s.has())
			})
		}
	}
}

// Nobody reads of the moment between a write that takes keys away and the one that
// puts them back: who creates a key would overwrite what it takes for new, and a
// deletion whose answer was lost would pass for done.
func TestNobodyReadsOfLostKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, true, others())
		s.latency = time.Second
		a := s.api(t)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := a.SetConfig(t.Context(), "a", 1, nil); err != nil {
				t.Error(err)
			}
		})
		pass(2100 * time.Millisecond) // after a read and a write
		if got := s.has().keys(); got != "a" {
			t.Fatalf("nothing is lost yet: there are %s", got)
		}
		shown, err := a.GetConfig(t.Context())
		delete(shown, "a") // which may show, or not
		wantShown(t, "meanwhile", others(), shown, err)
		all.Wait()
	})
}

// Keys of others go back as they are, a null too, and what another pipeline changes
// later stays, on a server that replaces everything.
func TestKeysOfOthersStayTheirs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, true, values{"nothing": `null`, "other": `1`})
		a := s.api(t)
		set := func(key string) {
			if _, err := a.SetConfig(t.Context(), key, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
		set("a")
		pass(10 * time.Minute)
		s.mu.Lock()
		s.values["other"] = `"changed"`
		s.mu.Unlock()
		set("b")
		wantConfig(t, "has", values{"nothing": `null`, "other": `"changed"`, "a": `1`, "b": `1`}, s.has())
		if all, err := a.GetConfig(t.Context()); err != nil || len(all) != 4 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

// A read that fails does not make a server one that replaces everything.
func TestServerIsNotJudgedByAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, values{"other": `1`})
		s.fails = func(method string, n int) (http.HandlerFunc, bool) {
			if method == http.MethodGet && n == 1 {
				return sayJSON(503, ``), true
			}
			return nil, true
		}
		a := s.api(t, retries(0))
		for _, key := range []string{"a", "b"} {
			if _, err := a.SetConfig(t.Context(), key, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
		posted := s.posted()
		if last := posted[len(posted)-1]; last != "b" {
			t.Errorf("sent %q", posted)
		}
	})
}
