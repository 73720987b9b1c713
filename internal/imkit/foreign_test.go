package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calls are one of each kind, by what it is.
var calls = map[string]func(context.Context, *API) error{
	"read": func(ctx context.Context, a *API) error {
		_, err := a.LookUpClient(ctx, "a")
		return err
	},
	"change": func(ctx context.Context, a *API) error {
		_, err := a.UpsertClient(ctx, "a", Profile{})
		return err
	},
	"revocation": func(ctx context.Context, a *API) error { return a.RevokeAllTokens(ctx, "a") },
}

// htmlPage is how any web server says that it has nothing there.
func htmlPage(status int) http.HandlerFunc {
	return say(status, "text/html; charset=utf-8", "<h1>No</h1>")
}

// meOr answers GET /me in one way, and all else in another.
func meOr(me, other http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathMe {
			me(w, r)
		} else {
			other(w, r)
		}
	}
}

// A missing route is believed of a server that answers GET /me with a JSON object,
// and of no other.
func TestMissingRouteIsBelieved(t *testing.T) {
	t.Parallel()
	const believed, foreign, open = "unsupported", "foreign", "open"
	for name, tc := range map[string]struct {
		me        http.HandlerFunc
		want      string
		says      string
		temporary bool
	}{
		"a refusal":           {me: sayJSON(401, `{"error":"INVALID_TOKEN"}`), want: believed},
		"an odd refusal":      {me: sayJSON(403, `{"message":"Forbidden"}`), want: believed},
		"a refusal under 200": {me: sayJSON(200, `{"RC":401,"RM":"Unauthorized"}`), want: believed},
		"a profile":           {me: sayJSON(200, `{"RC":0,"RM":"OK","result":{"_id":"a"}}`), want: believed},
		"a flat profile":      {me: sayJSON(200, `{"_id":"a"}`), want: believed},
		"an RC of 500":        {me: sayJSON(500, `{"RC":500,"RM":"oops"}`), want: believed},
		"too many requests":   {me: sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED"}`), want: believed},
		"no such page":        {me: htmlPage(404), want: foreign, says: "GET /me got HTTP 404: the reply is not a JSON object but text/html"},
		"nothing":             {me: say(404, "", ""), want: foreign, says: "GET /me got HTTP 404: the reply has no body"},
		"a page":              {me: htmlPage(200), want: foreign, says: "GET /me got HTTP 200: the reply makes no sense: it is not JSON but text/html"},
		"forbidden":           {me: htmlPage(403), want: foreign, says: "GET /me got HTTP 403"},
		"not implemented":     {me: htmlPage(501), want: foreign, says: "GET /me got HTTP 501"},
		"elsewhere":           {me: withHeader("Location", "https://login.example.com/", htmlPage(302)), want: foreign, says: "redirects to https://login.example.com"},
		"out of order":        {me: htmlPage(502), want: open, says: "GET /me got HTTP 502", temporary: true},
		"an error of a proxy": {me: sayJSON(503, `{}`), want: open, says: "GET /me got HTTP 503", temporary: true},
		"busy":                {me: htmlPage(429), want: open, says: "GET /me got HTTP 429", temporary: true},
		"cut off":             {me: cut, want: open, says: "GET /me got EOF", temporary: true},
		"broken JSON":         {me: sayJSON(404, `{"error":`), want: open, says: "GET /me got HTTP 404", temporary: true},
		"no object":           {me: sayJSON(200, `[]`), want: open, says: "it is an array, not an object", temporary: true},
	} {
		for kind, call := range calls {
			for _, status := range []int{404, 405, 501} {
				t.Run(fmt.Sprintf("%s, %s, %d", name, kind, status), func(t *testing.T) {
					t.Parallel()
					s := serve(t, meOr(tc.me, htmlPage(status)))
					err := call(t.Context(), s.api(t, func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = 1, 1 }))
					if IsUnsupported(err) != (tc.want == believed) || IsForeign(err) != (tc.want == foreign) {
						t.Errorf("unsupported %t, foreign %t: %v", IsUnsupported(err), IsForeign(err), err)
					}
					if IsNotFound(err) || IsTemporary(err) != tc.temporary || OutcomeUnknown(err) || !concernsEveryCall(err) {
						t.Errorf("not found %t, temporary %t, unknown %t, for every call %t: %v",
							IsNotFound(err), IsTemporary(err), OutcomeUnknown(err), concernsEveryCall(err), err)
					}
					for _, part := range []string{fmt.Sprintf(": HTTP %d: the reply is not a JSON object but text/html", status), tc.says} {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("%q is not in the error: %v", part, err)
						}
					}
					for _, r := range s.seen() {
						if r.uri == pathMe && (r.method != http.MethodGet || r.header.Get("IM-API-KEY") != testKey) {
							t.Errorf("asked with %+v", r)
						}
					}
				})
			}
		}
	}
}

// Any reply in a shape of this API is enough to know the server, whatever it says.
// Then GET /me is not asked.
func TestServerShowsItself(t *testing.T) {
	for name, tc := range map[string]struct {
		reply http.HandlerFunc
		shows bool
	}{
		"success":              {sayJSON(200, okClient), true},
		"flat success":         {sayJSON(200, `{"_id":"a"}`), true},
		"RC":                   {sayJSON(400, `{"RC":400,"RM":"bad"}`), true},
		"RC under 200":         {sayJSON(200, `{"RC":1,"RM":"bad"}`), true},
		"code":                 {sayJSON(401, `{"error":"INVALID_API_KEY"}`), true},
		"code in an object":    {sayJSON(400, `{"error":{"code":"INVALID_REQUEST"}}`), true},
		"no sense, but RC":     {sayJSON(200, `{"RC":0,"result":[]}`), true},
		"another code":         {sayJSON(403, `{"error":"ACCESS_DENIED"}`), false},
		"another error":        {sayJSON(404, `{"statusCode":404,"error":"Not Found","message":"Cannot GET"}`), false},
		"RC of another type":   {sayJSON(200, `{"RC":"OK"}`), false},
		"object without sense": {sayJSON(200, `{"hello":"world"}`), false},
		"page":                 {htmlPage(403), false},
		"cut off":              {cutBody(200), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, meOr(htmlPage(404), func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					tc.reply(w, r)
				} else {
					htmlPage(404)(w, r)
				}
			}))
			a := s.api(t)
			_ = upsert(t, a)
			err := a.RevokeAllTokens(t.Context(), "a")
			asked := slices.ContainsFunc(s.seen(), func(r recorded) bool { return r.uri == pathMe })
			if IsUnsupported(err) != tc.shows || IsForeign(err) == tc.shows || asked == tc.shows {
				t.Errorf("asked %t: %v", asked, err)
			}
		})
	}
}

// A version without GET /me is known by the look-up of clients, for none of them.
func TestServerWithoutMeShowsItself(t *testing.T) {
	for name, tc := range map[string]struct {
		lookUp http.HandlerFunc
		is     func(error) bool
	}{
		"nobody":    {sayJSON(200, `{"RC":0,"RM":"OK","result":{"totalCount":0,"data":[]}}`), IsUnsupported},
		"flat":      {sayJSON(200, `{"totalCount":0,"data":[]}`), IsUnsupported},
		"a refusal": {sayJSON(401, `{"error":"INVALID_API_KEY"}`), IsUnsupported},
		"out of order": {htmlPage(503), func(err error) bool {
			return IsTemporary(err) && strings.Contains(err.Error(), "GET /admin/clients got HTTP 503")
		}},
		"another API":   {sayJSON(404, `{"message":"Not Found"}`), IsForeign},
		"another list":  {sayJSON(200, `{"clients":[]}`), IsForeign},
		"a page":        {htmlPage(200), IsForeign},
		"no such page":  {htmlPage(404), IsForeign},
		"not permitted": {htmlPage(403), IsForeign},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && r.URL.Path == pathClients {
					tc.lookUp(w, r)
				} else {
					htmlPage(404)(w, r)
				}
			})
			err := s.api(t, func(c *Config) { c.MaxRetries = 0 }).RevokeAllTokens(t.Context(), "a")
			if !tc.is(err) || IsTemporary(err) && (IsUnsupported(err) || IsForeign(err)) {
				t.Error(err)
			}
			var asked []string
			for _, r := range s.seen() {
				asked = append(asked, r.method+" "+r.uri)
			}
			if diff := cmp.Diff([]string{
				"DELETE /admin/clients/a/token", "GET /me", "GET /admin/clients?limit=1&q=%7B%22_id%22%3A%7B%22%24in%22%3A%5B%5D%7D%7D",
			}, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Who is not known may show itself later: then what it lacks is believed.
func TestServerShowsItselfLater(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sayJSON(200, okClient)(w, r)
		} else {
			htmlPage(404)(w, r)
		}
	})
	a := s.api(t)
	for range 2 {
		if err := a.RevokeAllTokens(t.Context(), "a"); !IsForeign(err) {
			t.Error(err)
		}
	}
	if n := len(s.seen()); n != 4 {
		t.Errorf("%d requests, want 4: what GET /me and the look-up got is not going to change", n)
	}
	if err := upsert(t, a); err != nil {
		t.Error(err)
	}
	if err := a.RevokeAllTokens(t.Context(), "a"); !IsUnsupported(err) {
		t.Error(err)
	}
}

// All who want to know at once share the question, and what came of it; where
// nothing came of it, the next ones ask anew.
func TestGetMeIsAskedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		me   http.HandlerFunc
		want int64 // questions to two crowds
		is   func(error) bool
	}{
		"known":   {sayJSON(401, `{"error":"INVALID_TOKEN"}`), 1, IsUnsupported},
		"foreign": {htmlPage(404), 1, IsForeign},
		"open":    {htmlPage(502), 2, func(err error) bool { return IsTemporary(err) && !IsForeign(err) && !IsUnsupported(err) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				_, a := inMemory(t, meOr(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					answerAfter(time.Second, tc.me)(w, r)
				}, htmlPage(404)), func(c *Config) { c.MaxRetries = 0 })
				for range 2 {
					var all sync.WaitGroup
					for range 50 {
						all.Go(func() {
							if err := a.RevokeAllTokens(t.Context(), "a"); !tc.is(err) {
								t.Error(err)
							}
						})
					}
					all.Wait()
				}
				if asked.Load() != tc.want {
					t.Errorf("asked %d times, want %d", asked.Load(), tc.want)
				}
			})
		})
	}
}

// Who ceases to wait for the answer has none, at once; the others have theirs, and
// the last to leave ends the question.
func TestInterruptWhileAsking(t *testing.T) {
	for _, stays := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var ended atomic.Bool
			_, a := inMemory(t, meOr(func(w http.ResponseWriter, r *http.Request) {
				answerAfter(time.Second, sayJSON(401, `{"error":"INVALID_TOKEN"}`))(w, r)
				ended.Store(r.Context().Err() != nil)
			}, htmlPage(404)))
			var other sync.WaitGroup
			if stays {
				other.Go(func() {
					if err := a.RevokeAllTokens(t.Context(), "a"); !IsUnsupported(err) {
						t.Error(err)
					}
				})
			}
			start := time.Now()
			err := a.RevokeAllTokens(interrupted(t, context.Canceled), "a")
			if took := time.Since(start); took != interruptedAfter || !errors.Is(err, context.Canceled) ||
				IsUnsupported(err) || IsForeign(err) || !strings.Contains(err.Error(), "GET /me got interrupted") {
				t.Errorf("%s: %v", took, err)
			}
			other.Wait()
			synctest.Wait()
			if ended.Load() == stays {
				t.Errorf("the question ended: %t", ended.Load())
			}
			if err := a.RevokeAllTokens(t.Context(), "a"); !IsUnsupported(err) {
				t.Error(err)
			}
		})
	}
}

// A shape of this API that came while GET /me was asked wins over what that got.
func TestServerShowsItselfMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a := inMemory(t, meOr(answerAfter(time.Second, htmlPage(404)), func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				sayJSON(200, okClient)(w, r)
			} else {
				htmlPage(404)(w, r)
			}
		}))
		var revoked error
		var all sync.WaitGroup
		all.Go(func() { revoked = a.RevokeAllTokens(t.Context(), "a") })
		pass(time.Millisecond)
		if err := upsert(t, a); err != nil {
			t.Error(err)
		}
		all.Wait()
		if !IsUnsupported(revoked) {
			t.Error(revoked)
		}
	})
}
