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

// five are keys that others wrote.
func five() values { return others().with(values{"nothing": `null`, "theme": `"dark"`}) }

// createKeys creates keys, ten at a time as Terraform does, and returns the error of each.
// Who may have made one, gets to know that it was not there before.
func createKeys(ctx context.Context, t *testing.T, a *imkit.API, keys []string, adopt bool) map[string]error {
	t.Helper()
	var mu sync.Mutex
	errs := map[string]error{}
	workers(10, keys, func(key string) {
		written, err := a.CreateConfig(ctx, key, map[string]any{"of": key}, adopt)
		if mayExist := imkit.OutcomeUnknown(err) || errors.Is(err, imkit.ErrConfigLost); mayExist && !written.Absent {
			t.Errorf("%s may have been created, or not: %v", key, err)
		}
		mu.Lock()
		defer mu.Unlock()
		errs[key] = err
	})
	return errs
}

func valueOf(key string) string { return fmt.Sprintf(`{"of":%q}`, key) }

// wantKeys checks that each key is there whose caller was told so, and that each that is
// lost is named by an error.
func (s *configServer) wantKeys(t *testing.T, when string, errs map[string]error) {
	t.Helper()
	has := s.has()
	var lost string
	for key, err := range errs {
		value, there := has[key]
		switch isLost := errors.Is(err, imkit.ErrConfigLost); {
		case isLost:
			lost += err.Error()
		case err == nil && value != valueOf(key):
			t.Errorf("%s: %s is set, and the server has %q", when, key, value)
		case err != nil && there && !imkit.OutcomeUnknown(err):
			t.Errorf("%s: %s is there: %v", when, key, err)
		}
	}
	for key, value := range five() {
		if has[key] != value && !strings.Contains(lost, strconv.Quote(key)) {
			t.Errorf("%s: %s of others is %q now, and no error names it: %s", when, key, has[key], s.calls())
		}
	}
	if s.clash {
		t.Errorf("%s: two writes at a time", when)
	}
}

// Keys at the same moment share a write, which begins with the read that confirmed the one
// before.
func TestKeysGoTogether(t *testing.T) {
	t.Parallel()
	for _, replaces := range []bool{false, true} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, replaces, five())
				s.latency = latency
				a := s.api(t)
				s.wantKeys(t, "", createKeys(t.Context(), t, a, numbered(200), false))
				if writes, reads := s.count(http.MethodPost), s.count(http.MethodGet); writes > 25 || reads > 30 {
					t.Errorf("replaces %t, latency %s: %d writes, %d reads", replaces, latency, writes, reads)
				}
				workers(10, numbered(200), func(key string) {
					if err := last(a.DeleteConfig(t.Context(), key)); err != nil {
						t.Error(err)
					}
				})
				wantConfig(t, "in the end", five(), s.has())
				if n := s.count(http.MethodDelete); n != 200 || s.clash {
					t.Errorf("%d deletions, at the same moment: %t", n, s.clash)
				}
			})
		}
	}
}

// fiveAnd is what others wrote, and the numbered keys.
func fiveAnd(n int) values {
	all := five()
	for _, key := range numbered(n) {
		all[key] = valueOf(key)
	}
	return all
}

// Whatever call fails, and however, no key is lost, unless the server refuses to take back
// what it lost: then an error names it. What failed can be done once more.
func TestKeysWhereACallFails(t *testing.T) {
	t.Parallel()
	broken, garbage := sayJSON(500, `{"RC":500}`), say(200, "text/html", "<html>")
	for name, f := range map[string]struct {
		answer http.HandlerFunc
		done   bool
	}{
		"cut": {cut, false}, "500": {broken, false}, "garbage": {garbage, false}, "403": {sayJSON(403, forbidden), false},
		"400":                {sayJSON(400, `{"error":"INVALID_REQUEST","message":"m"}`), false},
		"cut after the work": {cut, true}, "500 after the work": {broken, true}, "garbage after the work": {garbage, true},
	} {
		for _, lasts := range []bool{false, true} {
			for _, replaces := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, lasts %t, replaces %t", name, lasts, replaces), func(t *testing.T) {
					t.Parallel()
					for n, reached := 1, true; reached; n++ {
						synctest.Test(t, func(t *testing.T) {
							s := serveConfig(t, replaces, five())
							s.latency = 20 * time.Millisecond
							calls, ends := 0, false
							s.fails = func(string, int) (http.HandlerFunc, bool) {
								calls++
								if !ends && (calls == n || lasts && calls > n) {
									return f.answer, f.done
								}
								return nil, true
							}
							a := s.api(t, retries(0))
							errs := createKeys(t.Context(), t, a, numbered(60), false)
							when := fmt.Sprintf("call %d", n)
							s.wantKeys(t, when, errs)
							reached, ends = calls >= n, true
							pass(time.Hour)
							failed := slices.DeleteFunc(numbered(60), func(key string) bool { return errs[key] == nil })
							for key, err := range createKeys(t.Context(), t, a, failed, true) {
								if err != nil {
									t.Errorf("%s: %s once more: %v", when, key, err)
								}
							}
							wantConfig(t, when+", then none", fiveAnd(60), s.has())
						})
					}
				})
			}
		}
	}
}

// An interrupt, whenever it comes, loses no key of a server that answers, and holds nobody
// up where it does not: then an error names what it may have lost.
func TestKeysInterrupted(t *testing.T) {
	t.Parallel()
	for _, hangs := range []bool{false, true} {
		for _, replaces := range []bool{false, true} {
			t.Run(fmt.Sprintf("hangs %t, replaces %t", hangs, replaces), func(t *testing.T) {
				t.Parallel()
				for after, reached := 5*time.Millisecond, true; reached; after += 7 * time.Millisecond {
					synctest.Test(t, func(t *testing.T) {
						s := serveConfig(t, replaces, five())
						s.latency = 50 * time.Millisecond
						ctx, cancel := context.WithTimeout(t.Context(), after)
						defer cancel()
						context.AfterFunc(ctx, func() {
							s.mu.Lock()
							defer s.mu.Unlock()
							if hangs {
								s.latency = time.Hour
							}
						})
						start := time.Now()
						errs := createKeys(ctx, t, s.api(t, retries(0)), numbered(60), false)
						took := time.Since(start)
						if took > after+imkit.InterruptGrace || !hangs && took > after+time.Second {
							t.Errorf("interrupted after %s: took %s", after, took)
						}
						pass(time.Minute)
						s.wantKeys(t, fmt.Sprintf("interrupted after %s", after), errs)
						if has := s.has(); !hangs && has["theme"] != five()["theme"] {
							t.Errorf("interrupted after %s: has %s", after, has.keys())
						}
						reached = ctx.Err() != nil && took >= after
					})
				}
			})
		}
	}
}

// One key that the server refuses does not keep others from being set, is found in few
// calls, and alone gets an error.
func TestOneBadKeyAmongMany(t *testing.T) {
	t.Parallel()
	for _, replaces := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := serveConfig(t, replaces, five())
			s.refuses = "bad"
			a := s.api(t)
			keys := append(numbered(30), "bad")
			errs := atOnce(keys, func(key string) error {
				return last(a.CreateConfig(t.Context(), key, map[string]any{"of": key}, false))
			})
			if err := errors.Join(errs[:30]...); err != nil {
				t.Error(err)
			}
			if err := errs[30]; !is(err, imkit.KindInvalid) || imkit.OutcomeUnknown(err) {
				t.Errorf("the bad key: %v", err)
			}
			wantConfig(t, "in the end", fiveAnd(30), s.has())
			if n := s.count(http.MethodPost); n > 2+2*5 { // halving of 31 takes five rounds
				t.Errorf("%d writes", n)
			}
		})
	}
}

// Where the answer to a write of many is lost, one look tells what became of each.
func TestOneLookForAllThatIsLost(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := serveConfig(t, false, values{})
			s.fails = func(method string, _ int) (http.HandlerFunc, bool) {
				if method == http.MethodPost {
					return cut, done
				}
				return nil, true
			}
			a := s.api(t, retries(0))
			atOnce(numbered(20), func(key string) error {
				written, err := a.CreateConfig(t.Context(), key, 1, false)
				if done && (err != nil || !imkit.OutcomeUnknown(written.Recovered)) || !done && (!imkit.OutcomeUnknown(err) || !written.Absent) {
					t.Errorf("%s: %v, recovered %v", key, err, written.Recovered)
				}
				return err
			})
			want := []string{"GET /config", "POST /config", "GET /config"}
			if done {
				want = append(want, "GET /config") // which confirms it
			}
			if got := s.calls(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("done %t: %s", done, got)
			}
		})
	}
}

// A server that is slow to show anything else than before is not asked for that twice: a
// look that ten seconds end has not failed.
func TestSlowServerThatLags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, five())
		s.lag, s.latency = time.Hour, 3*time.Second
		a := s.api(t)
		for _, key := range numbered(2) {
			if err := last(a.SetConfig(t.Context(), key, 1, nil)); err != nil {
				t.Error(err)
			}
		}
		if n := s.count(http.MethodPost); n != 2+1 {
			t.Errorf("%d writes", n)
		}
	})
}

// What exists is not created, unless it is adopted, and holds up nothing else. What has its
// value is not sent.
func TestCreateConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveConfig(t, false, five())
		a := s.api(t)
		atOnce([]string{"new", "flags", "theme", "nothing", "announcement"}, func(key string) error {
			adopts := key == "theme" || key == "nothing"
			var value any = "mine"
			if key == "theme" {
				value = "dark"
			}
			written, err := a.CreateConfig(t.Context(), key, value, adopts)
			if errors.Is(err, imkit.ErrConfigExists) != (key == "flags" || key == "announcement") || written.Absent != (key == "new") {
				t.Errorf("%s: %+v, %v", key, written, err)
			}
			return err
		})
		if got := s.posted(); !slices.Equal(got, []string{"new nothing"}) {
			t.Errorf("sent %q", got)
		}
		if err := last(a.CreateConfig(t.Context(), "new", "mine", false)); !errors.Is(err, imkit.ErrConfigExists) {
			t.Errorf("once more: %v", err)
		}
		if err := last(a.SetConfig(t.Context(), "new", "mine", "mine")); err != nil || len(s.posted()) != 1 {
			t.Errorf("the same value: %v, sent %q", err, s.posted())
		}
		pass(100 * time.Millisecond)
		s.mu.Lock()
		s.values["late"] = `"somebody's"`
		s.mu.Unlock()
		if err := last(a.CreateConfig(t.Context(), "late", 1, false)); !errors.Is(err, imkit.ErrConfigExists) {
			t.Errorf("what somebody else made: %v", err)
		}
	})
}

// Who stops waiting is not waited for, is not sent if it was not yet, and ends nothing for
// the others.
func TestKeyLeavesTheOthers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		leaves time.Duration
		sent   bool
	}{"before it is sent": {500 * time.Millisecond, false}, "once it is sent": {3500 * time.Millisecond, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveConfig(t, false, values{})
				s.latency = 2 * time.Second
				a := s.api(t)
				go func() { _, _ = a.GetConfig(t.Context()) }() // which has the lock for two seconds
				pass(10 * time.Millisecond)
				leaving, cancel := context.WithTimeout(t.Context(), tc.leaves)
				defer cancel()
				errs := atOnce([]string{"leaves", "stays"}, func(key string) error {
					ctx := t.Context()
					if key == "leaves" {
						ctx = leaving
					}
					start := time.Now()
					err := last(a.SetConfig(ctx, key, 1, nil))
					if took := time.Since(start); key == "leaves" && took > tc.leaves+imkit.InterruptGrace {
						t.Errorf("took %s", took)
					}
					return err
				})
				if errs[1] != nil || s.has()["stays"] != "1" {
					t.Errorf("who stays: %v", errs[1])
				}
				if _, there := s.has()["leaves"]; there != tc.sent || (errs[0] == nil) != tc.sent || imkit.OutcomeUnknown(errs[0]) {
					t.Errorf("there %t: %v", there, errs[0])
				}
			})
		})
	}
}
