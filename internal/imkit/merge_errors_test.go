package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// spoil is a server's reply to requests that ask for one of the given ids.
func spoil(reply http.HandlerFunc, ids ...string) func([]string) http.HandlerFunc {
	return func(asked []string) http.HandlerFunc {
		for _, id := range ids {
			if slices.Contains(asked, id) {
				return reply
			}
		}
		return nil
	}
}

// An id that is gone is gone for its own reader.
func TestGoneIsGoneForItsReaderOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{exists: func(id string) bool { return id != "gone" }}
		ids := append(numbered(50), "gone", "gone")
		clients, errs := atOnce(t.Context(), s.api(t), ids)
		for i, id := range ids {
			if id == "gone" && (!IsNotFound(errs[i]) || clients[i] != nil) || id != "gone" && errs[i] != nil {
				t.Errorf("%s: %v, %v", id, clients[i], errs[i])
			}
		}
		if len(s.seen()) != 1 {
			t.Errorf("%d requests", len(s.seen()))
		}
	})
}

// Whose fault it is that a merged request fails, has an error; the others have
// their answers, for a few more requests.
func TestBadIDsSpoilNothingForOthers(t *testing.T) {
	refuse := sayJSON(400, `{"error":"INVALID_QUERY","message":"no"}`)
	one, few := []string{"client-042"}, []string{"client-000", "client-033", "client-034", "client-071", "client-099"}
	for name, tc := range map[string]struct {
		reply http.HandlerFunc
		bad   []string
		most  int // requests
	}{
		"refused":             {refuse, one, 15},
		"several refused":     {refuse, few, 61},
		"refused as HTML":     {say(400, "text/html", "<h1>Bad Request</h1>"), one, 15},
		"too large":           {sayJSON(413, `{"error":"RESULT_TOO_LARGE"}`), one, 15},
		"too long":            {say(414, "text/html", ""), one, 15},
		"an oversized reply":  {sayJSON(200, strings.Repeat(" ", maxReply+1)), one, 15},
		"an error under 200":  {sayJSON(200, `{"RC":7,"RM":"no"}`), one, 15},
		"refused under 200":   {sayJSON(200, `{"RC":400,"RM":"no"}`), one, 15},
		"not found, they say": {sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`), one, 15},
		"makes no sense":      {sayJSON(200, `{"RC":0,"result":{}}`), one, 4 + 7*(4+1)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &lookUpServer{spoiled: spoil(tc.reply, tc.bad...)}
				ids := numbered(100)
				clients, errs := atOnce(t.Context(), s.api(t), ids)
				for i, id := range ids {
					if bad := slices.Contains(tc.bad, id); bad != (errs[i] != nil) || bad == (clients[i] != nil) {
						t.Errorf("%s: %v, %v", id, clients[i], errs[i])
					}
					if errs[i] != nil && (failure(t, errs[i]).Method != "GET" || IsNotFound(errs[i])) {
						t.Errorf("%s: %v", id, errs[i])
					}
				}
				if len(s.seen()) > tc.most {
					t.Errorf("%d requests, want at most %d", len(s.seen()), tc.most)
				}
			})
		})
	}
}

// A client that the server describes in a way that makes no sense costs the
// others nothing but the retries.
func TestBadRecordsSpoilNothingForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := []string{"a", "bad", "b", "gone"}
		s := &lookUpServer{spoiled: spoil(sayJSON(200,
			`{"RC":0,"result":{"totalCount":3,"data":[{"_id":"a"},{"_id":"bad","nickname":7},{"_id":"b"}]}}`), ids...)}
		_, errs := atOnce(t.Context(), s.api(t), ids)
		if errs[0] != nil || errs[2] != nil || !IsNotFound(errs[3]) || len(s.seen()) != 4 {
			t.Errorf("%d requests: %q", len(s.seen()), errs)
		}
		if errs[1] == nil || !strings.Contains(errs[1].Error(), "data[1]: nickname is a number, not a string") {
			t.Errorf("bad: %v", errs[1])
		}
	})
}

// What concerns all alike fails all, with the real error and without more
// requests than it takes to see that.
func TestMergedLookUpsFail(t *testing.T) {
	for name, tc := range map[string]struct {
		reply    http.HandlerFunc
		requests int
		check    func(error) bool
	}{
		"wrong key":        {sayJSON(401, `{"error":"INVALID_API_KEY"}`), 1, IsUnauthorized},
		"no permission":    {sayJSON(403, `{"error":"INSUFFICIENT_PERMISSIONS"}`), 1, IsUnauthorized},
		"foreign":          {say(404, "text/html", "Cannot GET"), 2, IsForeign}, // the second time, for no client
		"no route":         {sayJSON(404, `{"RC":404,"RM":"Not Found"}`), 1, isStatus(404)},
		"no method":        {sayJSON(405, `{}`), 1, isStatus(405)},
		"proxy":            {say(407, "text/html", "<h1>"), 1, isStatus(407)},
		"request time-out": {say(408, "text/html", "<h1>"), 1, isStatus(408)},
		"redirect":         {withHeader("Location", "https://elsewhere/", say(302, "", "")), 1, isStatus(302)},
		"server error":     {sayJSON(500, `{}`), 4, isStatus(500)},
		"rate limit":       {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), 4, isStatus(429)},
		"refused":          {sayJSON(400, `{"error":"INVALID_QUERY"}`), 31, isStatus(400)},
		"makes no sense":   {sayJSON(200, `{"RC":0}`), 4 + 2*4, OutcomeUnknown},
		"a login page":     {say(200, "text/html", "<h1>Log in</h1>"), 4 + 2*4, OutcomeUnknown},
		"an error, of 200": {sayJSON(200, `{"RC":1,"RM":"no"}`), 31, OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ids := numbered(100)
				s := &lookUpServer{spoiled: func([]string) http.HandlerFunc { return tc.reply }, me: tc.reply}
				_, errs := atOnce(t.Context(), s.api(t), ids)
				for i, err := range errs {
					if err == nil || IsNotFound(err) || !tc.check(err) {
						t.Errorf("%s: %v", ids[i], err)
					}
				}
				if len(s.seen()) != tc.requests {
					t.Errorf("%d requests, want %d", len(s.seen()), tc.requests)
				}
			})
		})
	}
}

func isStatus(status int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*Error](err)
		return ok && e.Status == status
	}
}

// A reader that is cancelled leaves at once; the others get their answers.
func TestReadersLeave(t *testing.T) {
	for _, tc := range []struct {
		name  string
		after time.Duration
		asked string
	}{
		{"before the request", time.Millisecond, "[[b]]"},
		{"during the request", 10 * time.Millisecond, "[[a b]]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &lookUpServer{latency: 20 * time.Millisecond}
				a := s.api(t)
				ctx, cancel := context.WithTimeout(t.Context(), tc.after)
				defer cancel()
				left := make(chan error)
				start := time.Now()
				go func() {
					_, err := a.LookUpClient(ctx, "a")
					left <- err
				}()
				synctest.Wait()
				stays := make(chan error)
				go func() {
					_, err := a.LookUpClient(t.Context(), "b")
					stays <- err
				}()
				err := <-left
				if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || OutcomeUnknown(err) || took != tc.after {
					t.Errorf("after %s: %v", took, err)
				}
				if err := <-stays; err != nil {
					t.Error(err)
				}
				if fmt.Sprint(s.seen()) != tc.asked {
					t.Errorf("asked for %v, want %s", s.seen(), tc.asked)
				}
			})
		})
	}
}

// When all have left, the request ends or is not even sent.
func TestAllReadersLeave(t *testing.T) {
	for _, tc := range []struct {
		after        time.Duration
		asked, ended int
	}{
		{0, 0, 0},
		{time.Millisecond, 0, 0},
		{10 * time.Millisecond, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &lookUpServer{latency: time.Minute}
			a := s.api(t)
			ctx, cancel := context.WithTimeout(t.Context(), tc.after)
			defer cancel()
			_, errs := atOnce(ctx, a, []string{"a", "b", "b"})
			for _, err := range errs {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			}
			synctest.Wait()
			if len(s.seen()) != tc.asked || s.ended != tc.ended {
				t.Errorf("%s: %d requests, %d ended", tc.after, len(s.seen()), s.ended)
			}
			if a.clients.waiting != 0 || a.clients.gathering != nil {
				t.Errorf("%s: %d still wait", tc.after, a.clients.waiting)
			}
			s.latency = 0 // and the next reader is served
			if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		})
	}
}

// The request keeps the values of the first reader's context, for logging,
// also when that reader has left.
func TestMergedRequestKeepsValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var logged any
		s := &lookUpServer{latency: 20 * time.Millisecond}
		a := s.api(t, func(c *Config) {
			c.OnAttempt = func(ctx context.Context, _ Attempt) { logged = ctx.Value(key{}) }
		})
		first, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "first"), 2*time.Millisecond)
		defer cancel()
		go func() { _, _ = a.LookUpClient(first, "a") }()
		synctest.Wait()
		if _, err := a.LookUpClient(t.Context(), "b"); err != nil || logged != "first" {
			t.Errorf("logged with %v: %v", logged, err)
		}
	})
}
