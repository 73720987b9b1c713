package imkit_test

import (
	"context"
	"encoding/json"
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
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// lookUps is a server's part in look-ups of clients.
type lookUps struct {
	latency time.Duration
	// exists is nil when all clients do.
	exists func(id string) bool
	// item replaces what the reply lists for an id, unless it returns nil.
	item func(id string) any
	// refuses replaces the reply to a request for these ids, unless it returns nil.
	refuses func(ids []string) http.HandlerFunc
}

// answer answers a look-up.
func (l lookUps) answer(w http.ResponseWriter, r *http.Request) { l.list(idsIn(r.URL))(w, r) }

func (l lookUps) list(ids []string) http.HandlerFunc {
	data := []any{}
	for _, id := range ids {
		if l.exists != nil && !l.exists(id) {
			continue
		}
		var item any = map[string]any{"_id": id}
		if l.item != nil {
			if other := l.item(id); other != nil {
				item = other
			}
		}
		data = append(data, item)
	}
	body, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": len(data), "data": data}})
	if err != nil {
		panic(err)
	}
	handler := sayJSON(200, string(body))
	if l.refuses != nil {
		if refusal := l.refuses(ids); refusal != nil {
			handler = refusal
		}
	}
	return answerAfter(l.latency, handler)
}

// idsIn returns the ids that a look-up asks for.
func idsIn(u *url.URL) []string {
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(u.Query().Get("q")), &q); err != nil {
		panic(err)
	}
	return q["_id"]["$in"]
}

// lookedUp lists the ids of each look-up so far.
func (s *server) lookedUp(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for _, r := range s.seen() {
		if r.method != http.MethodGet {
			continue
		}
		u, err := url.Parse(r.uri)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, idsIn(u))
	}
	return all
}

// lookUpAtOnce looks up ids at the same moment and returns what each look-up said.
func lookUpAtOnce(ctx context.Context, a *imkit.API, ids []string) (clients []*imkit.Client, errs []error) {
	clients, errs = make([]*imkit.Client, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { clients[i], errs[i] = a.GetClient(ctx, id) })
	}
	all.Wait()
	return clients, errs
}

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
		"one":              {1, 200, 1, 14 * time.Second},
		"ten":              {10, 80, 1, 1800 * time.Millisecond},
		"ten, out of step": {10, 110, 50 * time.Millisecond, 2400 * time.Millisecond},
		"a hundred":        {100, 16, 1, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, lookUps{latency: 50 * time.Millisecond}.answer, func(t *testing.T, s *server) {
				a, start := s.api(t), time.Now()
				workers(tc.workers, numbered(200), func(id string) {
					pass(time.Duration(crc32.ChecksumIEEE([]byte(id))) % tc.work)
					if c, err := a.GetClient(t.Context(), id); err != nil || c.ID != id {
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
		"a slow server":      {600, 10, 58, 200 * time.Millisecond, 34 * time.Second},
		"the vendor's limit": {1000, 10, 42, 20 * time.Millisecond, 17 * time.Second},
		"a low limit":        {60, 10, 42, 20 * time.Millisecond, 6*time.Minute + 36*time.Second},
		"a hundred workers":  {600, 100, 8, 20 * time.Millisecond, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, alsoRevokes(lookUps{latency: tc.latency}), func(t *testing.T, s *server) {
				a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = tc.perMinute })
				start := time.Now()
				workers(tc.workers, numbered(300), func(id string) {
					if c, err := a.GetClient(t.Context(), id); err != nil || c.ID != id {
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
		"refused":             {lookUps{refuses: refusing(refused, one...)}, one, 20},
		"several refused":     {lookUps{refuses: refusing(refused, few...)}, few, 80},
		"refused as HTML":     {lookUps{refuses: refusing(say(400, "text/html", "<h1>Bad Request</h1>"), one...)}, one, 20},
		"too large":           {lookUps{refuses: refusing(sayJSON(413, `{"error":"RESULT_TOO_LARGE"}`), one...)}, one, 20},
		"too long":            {lookUps{refuses: refusing(say(414, "text/html", ""), one...)}, one, 20},
		"refused under 200":   {lookUps{refuses: refusing(sayJSON(200, `{"RC":400,"RM":"no"}`), one...)}, one, 20},
		"not found, they say": {lookUps{refuses: refusing(sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), one...)}, one, 20},
		"another form of it":  {listing(map[string]any{"_id": "CLIENT-042"}), one, 0},
		"an id of a type":     {listing(map[string]any{"_id": 42}), one, 0},
		"not an object":       {listing(42), one, 0},
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
		"wrong key":     {sayJSON(401, `{"error":"INVALID_API_KEY"}`), 1, isKind(imkit.KindUnauthorized, imkit.KindForbidden)},
		"no permission": {sayJSON(403, `{"error":"INSUFFICIENT_PERMISSIONS"}`), 1, isKind(imkit.KindUnauthorized, imkit.KindForbidden)},
		"no route":      {sayJSON(404, `{"RC":404,"RM":"Not Found"}`), 40, isStatus(404)},
		"proxy":         {say(407, "text/html", "<h1>"), 1, isStatus(407)},
		"server error":  {sayJSON(500, `{}`), 4, isStatus(500)},
		"rate limit":    {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), 9, isStatus(429)},
		"refused":       {sayJSON(400, `{"error":"INVALID_QUERY"}`), 40, isStatus(400)},
		"a login page":  {say(200, "text/html", "<h1>Log in</h1>"), 4, isKind(imkit.KindIncomplete)},
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

// people answers a look-up: of the clients that are asked for, these exist.
func people(ids ...string) http.HandlerFunc {
	return lookUps{exists: func(id string) bool { return slices.Contains(ids, id) }}.answer
}

// Reads of one room, of all groups, and of the configuration at the same moment are one
// request as well. An absence is confirmed once for all.
func TestReadsAreMerged(t *testing.T) {
	t.Parallel()
	config := sayJSON(200, `{"RC":0,"result":{"k":1}}`)
	inBubble(t, answerAfter(time.Second, routes(map[string]http.HandlerFunc{
		"GET /rooms/r": sayJSON(200, okRoom), "GET /rooms/none": sayJSON(404, roomGone), "GET /admin/groups": groupsListed(team), "GET /config": config,
	})), func(t *testing.T, s *server) {
		a := s.api(t)
		start := time.Now()
		atOnce(numbered(50), func(string) error {
			return errors.Join(atOnce([]string{"room", "no room", "group", "groups", "config"}, func(what string) (err error) {
				switch what {
				case "room":
					_, err = a.GetRoom(t.Context(), "r")
				case "no room":
					if _, failed := a.GetRoom(t.Context(), "none"); !imkit.IsNotFound(failed) {
						err = failed
					}
				case "group":
					_, err = a.FindGroup(t.Context(), "g")
				case "groups":
					_, err = a.ListGroups(t.Context())
				default:
					_, err = a.GetConfig(t.Context())
				}
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				return err
			})...)
		})
		calls := s.calls()
		slices.Sort(calls)
		want := []string{"GET /admin/groups", "GET /config", "GET /rooms/none", "GET /rooms/none", "GET /rooms/none/exists", "GET /rooms/r"}
		if took := time.Since(start); !slices.Equal(calls, want) || took > 3100*time.Millisecond {
			t.Errorf("took %s: %s", took, calls)
		}
	})
}
