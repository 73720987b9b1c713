package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// configKinds are the kinds of servers that there may be.
var configKinds = map[string]struct {
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
					workers(10, 0, numbered(60), func(key string) {
						putBack, err := a.SetConfig(t.Context(), key, map[string]any{"of": key})
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						want[key] = fmt.Sprintf(`{"of":%q}`, key)
						if putBack != nil {
							told = append(told, putBack)
						}
					})
					wantConfig(t, "has", want, s.has())
					shown, err := a.Config(t.Context())
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
					if n := len(s.seen()); n > 150 || kind == configKinds["keeps"] && n > 65 {
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
					putBack, err := a.SetConfig(t.Context(), key, 1)
					if err != nil || (putBack != nil) != (tc.replaces && key == "a") {
						t.Errorf("%s: told %s: %v", key, putBack, err)
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
				if _, err := a.SetConfig(t.Context(), key, i); err != nil {
					t.Fatal(err)
				}
				pass(time.Second)
			}
			wantConfig(t, lag.String(), want, s.has())
		}
	})
}

// What was deleted is not sent again, however long the server shows it; what
// others write later is.
func TestDeletedKeysStayDeleted(t *testing.T) {
	t.Parallel()
	for name, kind := range configKinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, kind.replaces, others())
				s.lag = min(kind.lag, imkit.ConfigLag-5*time.Second)
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
				want := others().with(values{"a": "true", "b": "true"})
				delete(want, "flags")
				shown, err := a.Config(t.Context())
				wantShown(t, "shows", want, shown, err)
				wantConfig(t, "has", want, s.has())
				pass(imkit.ConfigLag)
				s.edit("flags", `"somebody else's"`)
				pass(imkit.ConfigLag)
				set("c")
				wantConfig(t, "has in the end", want.with(values{"c": "true", "flags": `"somebody else's"`}), s.has())
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
		"cannot read":                {at("GET", 0, 0, refused, false), 0, all, imkit.IsInvalidRequest},
		"refused":                    {at("POST", 1, 9, refused, false), 0, all, imkit.IsInvalidRequest},
		"not allowed to write":       {at("POST", 1, 9, sayJSON(403, forbidden), false), 0, all, imkit.IsUnauthorized},
		"lost, done":                 {at("POST", 1, 1, broken, true), 0, set, nil},
		"lost, not done":             {at("POST", 1, 1, broken, false), 0, "", nil},
		"cannot look":                {at("GET", 1, 1, refused, false), 0, "", nil},
		"cannot put back":            {at("POST", 2, 9, refused, false), 0, "a", imkit.IsConfigLost},
		"put back at the second try": {at("POST", 2, 2, broken, false), 1, set, nil},
		"cannot look, nor put back":  {from(1, 2), 0, "a", imkit.IsConfigLost},
		"out of order from then on":  {from(1, 1), 0, "", imkit.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, true, others())
				s.fails = tc.fails
				putBack, err := s.api(t, retries(tc.retries)).SetConfig(t.Context(), "a", 1)
				if tc.is != nil && !tc.is(err) || tc.keys == set && err != nil {
					t.Errorf("put back %s: %v", putBack, err)
				}
				has := s.has()
				if tc.keys != "" && has.keys() != tc.keys {
					t.Errorf("has %s, want %s: %s", has.keys(), tc.keys, s.calls())
				}
				if has.keys() != all && has.keys() != set && !imkit.IsConfigLost(err) {
					t.Errorf("has %s, and nobody is told: %v", has.keys(), err)
				}
				if name == "cannot put back" && !strings.Contains(fmt.Sprint(err), `"announcement", "censorship", "flags"`) {
					t.Errorf("the error does not name them: %v", err)
				}
				if tc.keys == set && fmt.Sprint(putBack) != "[announcement censorship flags]" {
					t.Errorf("told that %s were put back", putBack)
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
						if hangs {
							s.latency = time.Hour
						}
					}
					return nil, true
				}
				_, err := s.api(t).SetConfig(ctx, "a", 1)
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
					if want.keys() != "a announcement censorship flags" && !imkit.IsConfigLost(err) {
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
			if _, err := a.SetConfig(t.Context(), "a", 1); err != nil {
				t.Error(err)
			}
		})
		pass(2100 * time.Millisecond) // after a read and a write
		if got := s.has().keys(); got != "a" {
			t.Fatalf("nothing is lost yet: there are %s", got)
		}
		shown, err := a.Config(t.Context())
		delete(shown, "a") // which may show, or not
		wantShown(t, "meanwhile", others(), shown, err)
		all.Wait()
	})
}
