package imkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// before is a configuration that others wrote.
func before() map[string]any {
	return map[string]any{"announcement": map[string]any{"text": "hello", "pin": true}, "censorship": "x", "flags": json.Number("1")}
}

// kinds are the kinds of servers that there may be.
var kinds = map[string]struct {
	replaces bool
	lag      time.Duration
}{
	"keeps":             {false, 0},
	"keeps, lags":       {false, 500 * time.Millisecond},
	"keeps, lags long":  {false, time.Minute},
	"replaces":          {true, 0},
	"replaces, lags":    {true, 500 * time.Millisecond},
	"replaces for long": {true, time.Minute},
}

// No key is ever lost, also not when many are written at the same moment, and who
// is told that keys were put back is told the truth.
func TestNoKeyIsLost(t *testing.T) {
	for name, kind := range kinds {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
			t.Run(fmt.Sprint(name, ", ", latency), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &configServer{replaces: kind.replaces, lag: kind.lag, latency: latency, values: before()}
					a := s.api(t)
					want := before()
					var mu sync.Mutex
					var told [][]string
					each(10, numbered(60), func(key string) {
						value := map[string]any{"of": key}
						putBack, err := a.SetConfig(t.Context(), key, value)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						want[key] = value
						if putBack != nil {
							told = append(told, putBack)
						}
					})
					if diff := cmp.Diff(want, s.has()); diff != "" || s.clash {
						t.Errorf("two writes at a time: %t, %s", s.clash, diff)
					}
					if told != nil && (!kind.replaces || len(told) != 1 || fmt.Sprint(told[0]) != "[announcement censorship flags]") {
						t.Errorf("told that %s were put back", told)
					}
					if kind.replaces && kind.lag < time.Second && told == nil {
						t.Error("nobody is told")
					}
					if n := len(s.seen()); kind == kinds["keeps"] && n != 62 || n > 130 {
						t.Errorf("%d requests", n)
					}
					shown, err := a.Config(t.Context())
					if diff := cmp.Diff(want, shown); diff != "" || err != nil {
						t.Errorf("%v, shown: %s", err, diff)
					}
				})
			})
		}
	}
}

// What the first writes of a run ask for.
func TestFirstWrites(t *testing.T) {
	type write struct {
		key   string
		value any
	}
	for name, tc := range map[string]struct {
		server *configServer
		writes []write
		want   []string
		told   string
	}{
		"keeps": {
			&configServer{values: before()}, []write{{"a", 1}, {"b", 2}},
			[]string{"GET /config", "POST /config a", "GET /config", "POST /config b"}, "[] []",
		},
		"replaces": {
			&configServer{values: before(), replaces: true}, []write{{"a", 1}, {"b", 2}},
			[]string{
				"GET /config", "POST /config a", "GET /config", "POST /config a,announcement,censorship,flags", "GET /config",
				"GET /config", "POST /config a,announcement,b,censorship,flags",
			}, "[announcement censorship flags] []",
		},
		"keeps, shows it later": {
			&configServer{values: before(), lag: 350 * time.Millisecond}, []write{{"a", 1}, {"b", 2}},
			[]string{"GET /config", "POST /config a", "GET /config", "GET /config", "GET /config", "POST /config b"}, "[] []",
		},
		"shows it too late": {
			&configServer{values: before(), lag: time.Hour}, []write{{"a", 1}, {"b", 2}},
			[]string{
				"GET /config", "POST /config a", "GET /config", "GET /config", "GET /config", "GET /config", "GET /config", "GET /config", "GET /config", "GET /config",
				"POST /config a,announcement,censorship,flags", "GET /config", "POST /config a,announcement,b,censorship,flags",
			}, "[] []",
		},
		"nothing to lose": {
			&configServer{values: map[string]any{}}, []write{{"a", 1}, {"b", 2}, {"c", 3}},
			[]string{"GET /config", "POST /config a", "GET /config", "POST /config b", "GET /config", "POST /config c"}, "[] [] []",
		},
		"nothing to lose, lags": {
			&configServer{values: map[string]any{}, replaces: true, lag: 350 * time.Millisecond}, []write{{"a", 1}, {"b", 2}},
			[]string{"GET /config", "POST /config a", "GET /config", "POST /config b", "GET /config", "GET /config", "GET /config", "POST /config a,b", "GET /config", "GET /config", "GET /config"}, "[] [a]",
		},
		"nothing new": {
			&configServer{values: before(), replaces: true}, []write{{"flags", 1}, {"flags", 2}},
			[]string{"GET /config", "POST /config announcement,censorship,flags", "GET /config", "POST /config flags", "GET /config", "POST /config announcement,censorship,flags", "GET /config"},
			"[] [announcement censorship]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := tc.server
				a := s.api(t)
				want := maps.Clone(s.values)
				var told []string
				for _, w := range tc.writes {
					putBack, err := a.SetConfig(t.Context(), w.key, w.value)
					if err != nil {
						t.Fatal(err)
					}
					told = append(told, fmt.Sprint(putBack))
					want[w.key] = json.Number(fmt.Sprint(w.value))
				}
				if diff := cmp.Diff(want, s.has()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(tc.want, s.seen()); diff != "" {
					t.Error(diff)
				}
				if got := strings.Join(told, " "); got != tc.told {
					t.Errorf("told %s, want %s", got, tc.told)
				}
			})
		})
	}
}

// A server that comes to show the moment in which keys were lost does not make a run
// lose them again, nor what it wrote itself.
func TestWritesFarApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, lag := range []time.Duration{5 * time.Second, 50 * time.Second} {
			s := &configServer{replaces: true, lag: lag, values: before()}
			a := s.api(t)
			want := before()
			for i, key := range numbered(60) {
				want[key] = json.Number(fmt.Sprint(i))
				if _, err := a.SetConfig(t.Context(), key, i); err != nil {
					t.Fatal(err)
				}
				pass(time.Second)
			}
			if diff := cmp.Diff(want, s.has()); diff != "" {
				t.Errorf("%s: %s", lag, diff)
			}
		}
	})
}

// What was deleted is not sent again, however long the server shows it; what
// others wrote is.
func TestDeletedKeysStayDeleted(t *testing.T) {
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &configServer{replaces: kind.replaces, lag: min(kind.lag, ConfigLag-5*time.Second), values: before()}
				a := s.api(t)
				set := func(key string) {
					if _, err := a.SetConfig(t.Context(), key, true); err != nil {
						t.Fatal(err)
					}
				}
				set("a")
				for range 2 { // the second time it is gone
					if err := a.DeleteConfig(t.Context(), "flags"); err != nil {
						t.Fatal(err)
					}
				}
				set("b")
				shown, err := a.Config(t.Context())
				if _, there := shown["flags"]; there || err != nil {
					t.Errorf("shows %v: %v", shown, err)
				}
				if _, there := s.has()["flags"]; there {
					t.Errorf("has %v", s.has())
				}
				pass(ConfigLag)
				s.edit("flags", "somebody else's")
				pass(ConfigLag)
				set("c")
				if got := fmt.Sprint(slices.Sorted(maps.Keys(s.has()))); got != "[a announcement b c censorship flags]" {
					t.Errorf("has %s", got)
				}
			})
		})
	}
}

// What becomes of the other keys when the first write fails half-way.
func TestFirstWriteFails(t *testing.T) {
	refused := sayJSON(400, `{"RC":400,"RM":"Bad Request","error":{"code":"INVALID_BODY"}}`)
	broken := sayJSON(503, "")
	// at answers the nth call so, and once it was done if done.
	at := func(h http.HandlerFunc, done bool, ns ...int) func(*http.Request, int) (http.HandlerFunc, bool) {
		return func(_ *http.Request, n int) (http.HandlerFunc, bool) {
			if slices.Contains(ns, n) {
				return h, done
			}
			return nil, true
		}
	}
	for name, tc := range map[string]struct {
		fails   func(*http.Request, int) (http.HandlerFunc, bool)
		keys    string // in the end
		is      func(error) bool
		putBack string
	}{
		"cannot read":                {at(refused, false, 1), "[announcement censorship flags]", IsInvalidRequest, "[]"},
		"refused":                    {at(refused, false, 2), "[announcement censorship flags]", IsInvalidRequest, "[]"},
		"lost, done":                 {at(broken, true, 2, 3), "[a announcement censorship flags]", nil, "[announcement censorship flags]"},
		"lost, not done":             {at(broken, false, 2, 3), "[a announcement censorship flags]", nil, "[]"},
		"cannot look":                {at(refused, false, 3), "[a announcement censorship flags]", nil, "[]"},
		"cannot put back":            {at(refused, false, 4), "[a]", IsConfigLost, "[announcement censorship flags]"},
		"cannot look, nor put back":  {at(broken, false, 3, 4, 5, 6), "[a]", IsConfigLost, "[]"},
		"out of order all the time":  {at(broken, false, 2, 3, 4, 5, 6, 7), "[announcement censorship flags]", IsConfigLost, "[]"},
		"not allowed to write":       {at(sayJSON(403, forbidden), false, 2), "[announcement censorship flags]", IsUnauthorized, "[]"},
		"put back at the second try": {at(broken, false, 4), "[a announcement censorship flags]", nil, "[announcement censorship flags]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &configServer{replaces: true, values: before(), fails: tc.fails}
				a := s.api(t, func(c *Config) { c.MaxRetries = 1 })
				putBack, err := a.SetConfig(t.Context(), "a", 1)
				if (tc.is == nil) != (err == nil) || err != nil && !tc.is(err) || fmt.Sprint(putBack) != tc.putBack && !IsConfigLost(err) {
					t.Errorf("put back %s: %v", putBack, err)
				}
				if got := fmt.Sprint(slices.Sorted(maps.Keys(s.has()))); got != tc.keys {
					t.Errorf("has %s, want %s: %s", got, tc.keys, s.seen())
				}
				if name == "cannot put back" && !strings.Contains(err.Error(), `"announcement", "censorship", "flags"`) {
					t.Errorf("the error does not name them: %v", err)
				}
				if _, err := a.SetConfig(t.Context(), "z", 1); err != nil && s.fails == nil {
					t.Error(err)
				}
			})
		})
	}
}

// An interrupt does not keep what was lost from being put back.
func TestInterruptPutsBack(t *testing.T) {
	for _, after := range []int{1, 2, 3, 4} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := &configServer{replaces: true, values: before(), latency: time.Second}
			s.fails = func(_ *http.Request, n int) (http.HandlerFunc, bool) {
				if n == after {
					cancel()
				}
				return nil, true
			}
			start := time.Now()
			_, err := s.api(t).SetConfig(ctx, "a", 1)
			want := "[a announcement censorship flags]"
			if after == 1 { // nothing was written yet
				want = "[announcement censorship flags]"
			}
			if got := fmt.Sprint(slices.Sorted(maps.Keys(s.has()))); got != want || (err != nil) != (after == 1) {
				t.Errorf("after %d calls, has %s: %v", after, got, err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // a server that does not answer holds nobody up
		ctx, cancel := context.WithCancel(t.Context())
		s := &configServer{replaces: true, values: before()}
		s.fails = func(_ *http.Request, n int) (http.HandlerFunc, bool) {
			if n == 2 {
				cancel()
				s.latency = time.Hour
			}
			return nil, true
		}
		start := time.Now()
		_, err := s.api(t).SetConfig(ctx, "a", 1)
		if took := time.Since(start); took > InterruptGrace || !IsConfigLost(err) || !errors.Is(err, context.Canceled) {
			t.Errorf("after %s: %v", took, err)
		}
	})
}
