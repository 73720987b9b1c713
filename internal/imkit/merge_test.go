package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// inBubble runs a test with its own clock, against a server in memory.
func inBubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, serveInMemory(t, handler)) })
}

// after returns d later. Nobody waits for it: the clock of a bubble jumps.
func after(d time.Duration) { <-time.After(d) }

// Look-ups at the same moment are few requests, none of which is larger than a page
// or than a URL may be, and no id is asked for twice.
func TestLookUpsAtTheSameMomentAreMerged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ids, most int
		id        func(i int) string
	}{
		"one":            {1, 1, strconv.Itoa},
		"a hundred":      {100, 3, strconv.Itoa},
		"more":           {250, 5, strconv.Itoa},
		"twice the same": {150, 3, func(i int) string { return strconv.Itoa(i / 2) }},
		"long ids":       {100, 5, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)) }},
		"longest ids":    {3, 3, func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 7100) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, lookUps{latency: 20 * time.Millisecond}.answer, func(t *testing.T, s *server) {
				var ids []string
				for i := range tc.ids {
					ids = append(ids, tc.id(i))
				}
				clients, errs := lookUpAtOnce(t.Context(), s.api(t), ids)
				for i, id := range ids {
					if errs[i] != nil || clients[i].ID != id {
						t.Fatalf("%q: %v, %v", id, clients[i], errs[i])
					}
				}
				checkRequests(t, s, ids, tc.most)
			})
		})
	}
}

// checkRequests checks that a server was asked for each id once, in that many
// requests at most, none of which is too large.
func checkRequests(t *testing.T, s *server, ids []string, most int) {
	t.Helper()
	total := 0
	for i, asked := range s.lookedUp(t) {
		u, err := url.Parse(s.seen()[i].uri)
		if err != nil {
			t.Fatal(err)
		}
		// 7 KiB of ids, and some 100 bytes around them.
		if len(asked) > imkit.MaxLookUp || len(u.RawQuery) > 7<<10+100 || u.Query().Get("limit") != strconv.Itoa(len(asked)) {
			t.Errorf("a request for %d ids, limit %s, with a query of %d bytes", len(asked), u.Query().Get("limit"), len(u.RawQuery))
		}
		total += len(asked)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if n := len(s.seen()); n > most || total != len(ids) {
		t.Errorf("%d requests for %d ids of %d, want at most %d requests", n, total, len(ids), most)
	}
}

// Terraform works on ten objects at a time, one after the other.
func TestLookUpsOfManyWorkers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		workers, most int
		work          time.Duration // up to that much before each look-up
		atMost        time.Duration
	}{
		"one":              {1, 200, 1, 12 * time.Second},
		"ten":              {10, 55, 1, 1150 * time.Millisecond},
		"ten, out of step": {10, 56, 50 * time.Millisecond, 2150 * time.Millisecond},
		"a hundred":        {100, 5, 1, 150 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, lookUps{latency: 50 * time.Millisecond}.answer, func(t *testing.T, s *server) {
				a, start := s.api(t), time.Now()
				inParallel(tc.workers, numbered(200), func(id string) {
					after(time.Duration(crc32.ChecksumIEEE([]byte(id))) % tc.work)
					if c, err := a.LookUpClient(t.Context(), id); err != nil || c.ID != id {
						t.Errorf("%v, %v", c, err)
					}
				})
				if n, took := len(s.seen()), time.Since(start); n > tc.most || took > tc.atMost {
					t.Errorf("%d requests in %s, want at most %d in %s", n, took, tc.most, tc.atMost)
				}
			})
		})
	}
}

// Where the rate limit makes everybody wait, look-ups share requests, and the work
// takes hardly longer than the limit makes the changes take.
func TestLookUpsUnderTheRateLimit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		perMinute, workers, most int
		latency                  time.Duration
		atMost                   time.Duration
	}{
		"ten workers":        {600, 10, 42, 20 * time.Millisecond, 33 * time.Second},
		"a slow server":      {600, 10, 42, 200 * time.Millisecond, 34 * time.Second},
		"the vendor's limit": {1000, 10, 42, 20 * time.Millisecond, 17 * time.Second},
		"a low limit":        {60, 10, 42, 20 * time.Millisecond, 6*time.Minute + 36*time.Second},
		"a hundred workers":  {600, 100, 8, 20 * time.Millisecond, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, alsoRevokes(lookUps{latency: tc.latency}), func(t *testing.T, s *server) {
				a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = tc.perMinute })
				start := time.Now()
				inParallel(tc.workers, numbered(300), func(id string) {
					if c, err := a.LookUpClient(t.Context(), id); err != nil || c.ID != id {
						t.Errorf("%v, %v", c, err)
					}
					if err := revokeAll(t.Context(), a, id); err != nil {
						t.Error(err)
					}
				})
				if n, took := s.count("GET"), time.Since(start); n > tc.most || took > tc.atMost {
					t.Errorf("%d look-ups, all in %s, want at most %d in %s", n, took, tc.most, tc.atMost)
				}
				for i, r := range s.seen() {
					if j := i + tc.perMinute; j < len(s.seen()) && s.seen()[j].at.Sub(r.at) < time.Minute {
						t.Fatalf("more than %d requests within a minute", tc.perMinute)
					}
				}
			})
		})
	}
}

// alsoRevokes adds the call that revokes tokens.
func alsoRevokes(l lookUps) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			l.answer(w, r)
			return
		}
		answerAfter(l.latency, sayJSON(200, `{"success":true}`))(w, r)
	}
}

// exhaust uses up the requests that the rate limit allows at once.
func exhaust(t *testing.T, a *imkit.API, n int) {
	t.Helper()
	for range n {
		if err := revokeAll(t.Context(), a, "a"); err != nil {
			t.Fatal(err)
		}
	}
}

// While a look-up waits for the rate limit, others join it.
func TestLookUpsJoinWhileTheLimitHolds(t *testing.T) {
	t.Parallel()
	inBubble(t, alsoRevokes(lookUps{}), func(t *testing.T, s *server) {
		a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 10 }) // one at once, then one every 6.7 s
		exhaust(t, a, 1)
		start := time.Now()
		var all sync.WaitGroup
		for _, id := range numbered(150) {
			all.Go(func() {
				if c, err := a.LookUpClient(t.Context(), id); err != nil || c.ID != id {
					t.Errorf("%v, %v", c, err)
				}
			})
			after(30 * time.Millisecond)
		}
		all.Wait()
		asked := s.lookedUp(t)
		if took := time.Since(start); len(asked) != 2 || len(asked[0]) > imkit.MaxLookUp || len(asked[1]) > imkit.MaxLookUp || took > 14*time.Second {
			t.Errorf("%d requests in %s", len(asked), took)
		}
	})
}

// When all have left that wait for the rate limit, nothing is asked, and the next
// call has their turn.
func TestLookUpsLeaveWhileTheLimitHolds(t *testing.T) {
	t.Parallel()
	inBubble(t, alsoRevokes(lookUps{}), func(t *testing.T, s *server) {
		a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 10 })
		exhaust(t, a, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, errs := lookUpAtOnce(ctx, a, numbered(10)); errs[0] == nil || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), errs[0])
		}
		if _, err := a.LookUpClient(t.Context(), "a"); err != nil || len(s.lookedUp(t)) != 1 || time.Since(start) > 7*time.Second {
			t.Errorf("%v after %s: %v", s.lookedUp(t), time.Since(start), err)
		}
	})
}

// Whoever is alone does not wait for others for long.
func TestLookUpAlone(t *testing.T) {
	t.Parallel()
	inBubble(t, lookUps{latency: 20 * time.Millisecond}.answer, func(t *testing.T, s *server) {
		a := s.api(t)
		for _, pause := range []time.Duration{0, time.Second} {
			after(pause)
			start := time.Now()
			if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 30*time.Millisecond {
				t.Errorf("took %s", took)
			}
		}
	})
}

// An answer is for those who waited before its request was sent. Whoever comes later
// may know of a change that the request was too early for.
func TestLookUpsRememberNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	changed := "before"
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := changed
		mu.Unlock()
		item := func(id string) any { return map[string]any{"_id": id, "nickname": now} }
		lookUps{latency: 20 * time.Millisecond, item: item}.answer(w, r)
	}, func(t *testing.T, s *server) {
		a := s.api(t)
		nickname := func() string {
			c, err := a.LookUpClient(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return ""
			}
			return *c.Nickname.Value
		}
		var others sync.WaitGroup
		others.Go(func() { nickname() })
		after(10 * time.Millisecond) // the first request is under way
		mu.Lock()
		changed = "after"
		mu.Unlock()
		for range 5 {
			others.Go(func() {
				if got := nickname(); got != "after" {
					t.Errorf("it is %q, as it was before the look-up", got)
				}
			})
			after(6 * time.Millisecond)
		}
		others.Wait()
	})
}

// An id that is not there concerns its own callers only.
func TestAbsenceConcernsItsOwnCaller(t *testing.T) {
	t.Parallel()
	exists := func(id string) bool { return id != "gone" }
	inBubble(t, lookUps{exists: exists}.answer, func(t *testing.T, s *server) {
		ids := append(numbered(50), "gone", "gone")
		clients, errs := lookUpAtOnce(t.Context(), s.api(t), ids)
		for i, id := range ids {
			if id == "gone" && (!imkit.IsNotFound(errs[i]) || clients[i] != nil) || id != "gone" && errs[i] != nil {
				t.Errorf("%s: %v, %v", id, clients[i], errs[i])
			}
		}
		if n := len(s.seen()); n > 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// refusing refuses requests that ask for one of the given ids.
func refusing(reply http.HandlerFunc, ids ...string) func([]string) http.HandlerFunc {
	return func(asked []string) http.HandlerFunc {
		if slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(asked, id) }) {
			return reply
		}
		return nil
	}
}

// An id that a request fails for has an error of its own; the others have their
// answers, for a few more requests.
func TestBadIDsSpoilNothingForOthers(t *testing.T) {
	t.Parallel()
	refused := sayJSON(400, `{"error":"INVALID_QUERY","message":"no"}`)
	one, few := []string{"client-042"}, []string{"client-000", "client-033", "client-034", "client-071", "client-099"}
	listing := func(item any) lookUps {
		return lookUps{item: func(id string) any {
			if id == one[0] {
				return item
			}
			return nil
		}}
	}
	for name, tc := range map[string]struct {
		server lookUps
		bad    []string
		most   int // requests; 0: no matter how many
	}{
		"refused":              {lookUps{refuses: refusing(refused, one...)}, one, 20},
		"several refused":      {lookUps{refuses: refusing(refused, few...)}, few, 80},
		"refused as HTML":      {lookUps{refuses: refusing(say(400, "text/html", "<h1>Bad Request</h1>"), one...)}, one, 20},
		"too large":            {lookUps{refuses: refusing(sayJSON(413, `{"error":"RESULT_TOO_LARGE"}`), one...)}, one, 20},
		"too long":             {lookUps{refuses: refusing(say(414, "text/html", ""), one...)}, one, 20},
		"refused under 200":    {lookUps{refuses: refusing(sayJSON(200, `{"RC":400,"RM":"no"}`), one...)}, one, 20},
		"not found, they say":  {lookUps{refuses: refusing(sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), one...)}, one, 20},
		"a reply without data": {lookUps{refuses: refusing(sayJSON(200, `{"RC":0,"result":{}}`), one...)}, one, 0},
		"another form of it":   {listing(map[string]any{"_id": "CLIENT-042"}), one, 0},
		"an id of a type":      {listing(map[string]any{"_id": 42}), one, 0},
		"not an object":        {listing(42), one, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.server.answer, func(t *testing.T, s *server) {
				ids := numbered(100)
				clients, errs := lookUpAtOnce(t.Context(), s.api(t), ids)
				for i, id := range ids {
					if bad := slices.Contains(tc.bad, id); bad != (errs[i] != nil) || bad == (clients[i] != nil) || imkit.IsNotFound(errs[i]) {
						t.Errorf("%s: %v, %v", id, clients[i], errs[i])
					}
				}
				if n := len(s.seen()); tc.most > 0 && n > tc.most {
					t.Errorf("%d requests, want at most %d", n, tc.most)
				}
			})
		})
	}
}

// What concerns all alike fails all, with the error that the server gave, and
// without more requests than it takes to see that.
func TestMergedLookUpsFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply http.HandlerFunc
		most  int
		check func(error) bool
	}{
		"wrong key":     {sayJSON(401, `{"error":"INVALID_API_KEY"}`), 1, imkit.IsUnauthorized},
		"no permission": {sayJSON(403, `{"error":"INSUFFICIENT_PERMISSIONS"}`), 1, imkit.IsUnauthorized},
		"no route":      {sayJSON(404, `{"RC":404,"RM":"Not Found"}`), 1, isStatus(404)},
		"proxy":         {say(407, "text/html", "<h1>"), 1, isStatus(407)},
		"server error":  {sayJSON(500, `{}`), 4, isStatus(500)},
		"rate limit":    {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), 4, isStatus(429)},
		"refused":       {sayJSON(400, `{"error":"INVALID_QUERY"}`), 40, isStatus(400)},
		"a login page":  {say(200, "text/html", "<h1>Log in</h1>"), 16, imkit.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.reply, func(t *testing.T, s *server) {
				_, errs := lookUpAtOnce(t.Context(), s.api(t), numbered(100))
				for _, err := range errs {
					if err == nil || imkit.IsNotFound(err) || !tc.check(err) {
						t.Fatal(err)
					}
				}
				if n := len(s.seen()); n > tc.most {
					t.Errorf("%d requests, want at most %d", n, tc.most)
				}
			})
		})
	}
}

// Whoever is cancelled leaves at once, and the others have their answers.
func TestLookUpsLeave(t *testing.T) {
	t.Parallel()
	for _, leaves := range []time.Duration{time.Millisecond, 20 * time.Millisecond} { // before the request, and during it
		inBubble(t, lookUps{latency: 50 * time.Millisecond}.answer, func(t *testing.T, s *server) {
			type key struct{}
			var logged any
			a := s.api(t, func(c *imkit.Config) {
				c.OnAttempt = func(ctx context.Context, _ imkit.Attempt) { logged = ctx.Value(key{}) }
			})
			run := context.WithValue(t.Context(), key{}, "run")
			ctx, cancel := context.WithTimeout(run, leaves)
			defer cancel()
			start := time.Now()
			var left sync.WaitGroup
			left.Go(func() {
				_, err := a.LookUpClient(ctx, "a")
				if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || imkit.OutcomeUnknown(err) || took != leaves {
					t.Errorf("after %s: %v", took, err)
				}
			})
			synctest.Wait()
			if _, err := a.LookUpClient(run, "b"); err != nil || time.Since(start) > 200*time.Millisecond {
				t.Errorf("after %s: %v", time.Since(start), err)
			}
			left.Wait()
			// A shared request is logged as one of its callers' own.
			if logged != "run" {
				t.Errorf("logged with %v", logged)
			}
		})
	}
}

// When all have left, the request ends, and whoever comes next is served.
func TestAllLookUpsLeave(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 1)
	list := lookUps{}.answer
	inBubble(t, inTurn(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		ended <- struct{}{}
	}, list), func(t *testing.T, s *server) {
		a := s.api(t, func(c *imkit.Config) { c.RequestTimeout = time.Hour })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, errs := lookUpAtOnce(ctx, a, []string{"a", "b", "b"})
		for _, err := range errs {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		synctest.Wait()
		if len(ended) != 1 {
			t.Error("the request goes on")
		}
		if _, err := a.LookUpClient(t.Context(), "a"); err != nil || len(s.seen()) != 2 {
			t.Errorf("%d requests: %v", len(s.seen()), err)
		}
	})
}
