package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// difficultIDs must arrive exactly as they are, wherever they stand.
var difficultIDs = []string{
	"a", "a b", "a/b", "/", "//", "a%b", "%2F", "%", "100%25", `"`, `a"b\c`, "$", "$in", "a?b", "a#b", ".", "..", "../..", "a..b",
	"...", "%2E%2E", "{id}", "a+b", "a&b=c", ";", ":", "@", "~", "'", "<b>", "\u2028", "日本語", "é", "e\u0301", "😀", " ", "\t", "\x00",
	"\n", "\u202e", "null", "0", "__proto__", strings.Repeat("长", 200),
}

func TestLookUpClients(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "/prefix", "/a%2Fb/"} {
		s := serve(t, lookUps{exists: func(id string) bool { return id != "$in" }}.answer)
		a := s.api(t, func(c *imkit.Config) { c.BaseURL = c.BaseURL.JoinPath(base) })
		got, err := a.LookUpClients(t.Context(), append(difficultIDs, difficultIDs...))
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(difficultIDs), func(id string) bool { return id == "$in" })
		if found := slices.Sorted(maps.Keys(got)); !slices.Equal(found, slices.Sorted(slices.Values(want))) {
			t.Errorf("found %q", found)
		}
		r := s.seen()[0]
		if prefix := strings.TrimSuffix(base, "/") + "/admin/clients?"; !strings.HasPrefix(r.uri, prefix) || r.method != "GET" {
			t.Errorf("%s %s", r.method, r.uri)
		}
	}
}

// As few requests as possible, a few at a time, none for more than the limit allows,
// none with a URL that is too long, no id twice.
func TestLookUpPages(t *testing.T) {
	t.Parallel()
	const latency = 20 * time.Millisecond
	for name, tc := range map[string]struct {
		ids, pages int
		most       time.Duration
		id         func(i int) string
	}{
		"none":        {0, 0, 0, strconv.Itoa},
		"one page":    {100, 1, latency, strconv.Itoa},
		"one more":    {101, 2, latency, strconv.Itoa},
		"thousands":   {2000, 20, 6 * latency, strconv.Itoa},
		"long ids":    {100, 3, latency, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)) }},
		"longest ids": {3, 3, latency, func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 7100) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, lookUps{latency: latency}.answer, func(t *testing.T, s *server) {
				var ids []string
				for i := range tc.ids {
					ids = append(ids, tc.id(i), tc.id(i))
				}
				start := time.Now()
				found, err := s.api(t).LookUpClients(t.Context(), ids)
				if took := time.Since(start); err != nil || len(found) != tc.ids || took > tc.most {
					t.Fatalf("found %d in %s: %v", len(found), took, err)
				}
				checkRequests(t, s, ids, tc.pages)
			})
		})
	}
}

// One page that fails is the error of all, and ends the others.
func TestLookUpPagesFail(t *testing.T) {
	t.Parallel()
	ids := numbered(2000)
	refused := refusing(sayJSON(401, `{"error":"INVALID_API_KEY"}`), ids[150])
	inBubble(t, lookUps{latency: 20 * time.Millisecond, refuses: refused}.answer, func(t *testing.T, s *server) {
		found, err := s.api(t).LookUpClients(t.Context(), ids)
		if !imkit.IsUnauthorized(err) || found != nil || len(s.seen()) > 8 {
			t.Errorf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}
	})
	inBubble(t, lookUps{latency: 20 * time.Millisecond}.answer, func(t *testing.T, s *server) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		found, err := s.api(t).LookUpClients(ctx, ids)
		if !errors.Is(err, context.DeadlineExceeded) || found != nil || len(s.seen()) > 8 {
			t.Errorf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}
	})
}

// Only a reply that makes sense says that a client does not exist.
func TestAbsenceNeedsAWellFormedReply(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		absent bool
	}{
		"none":                  {200, `{"RC":0,"result":{"totalCount":0,"data":[]}}`, true},
		"flat":                  {200, `{"totalCount":0,"data":[]}`, true},
		"no data":               {200, `{"RC":0,"result":{"totalCount":0}}`, false},
		"null data":             {200, `{"RC":0,"result":{"totalCount":0,"data":null}}`, false},
		"data of a wrong type":  {200, `{"RC":0,"result":{"totalCount":0,"data":{}}}`, false},
		"no count":              {200, `{"RC":0,"result":{"data":[]}}`, false},
		"count of a wrong type": {200, `{"RC":0,"result":{"totalCount":"0","data":[]}}`, false},
		"more than shown":       {200, `{"RC":0,"result":{"totalCount":1,"data":[]}}`, false},
		"another client":        {200, `{"RC":0,"result":{"totalCount":1,"data":[{"_id":"b"}]}}`, false},
		"another form of it":    {200, `{"RC":0,"result":{"totalCount":1,"data":[{"_id":"A"}]}}`, false},
		"not objects":           {200, `{"RC":0,"result":{"totalCount":1,"data":["a"]}}`, false},
		"no ids":                {200, `{"RC":0,"result":{"totalCount":1,"data":[{"nickname":"x"}]}}`, false},
		"id of a wrong type":    {200, `{"RC":0,"result":{"totalCount":1,"data":[{"_id":5}]}}`, false},
		"twice":                 {200, `{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"},{"_id":"a"}]}}`, false},
		"array":                 {200, `[]`, false},
		"empty":                 {200, ``, false},
		"empty object":          {200, `{}`, false},
		"envelope only":         {200, `{"RC":0,"RM":"OK"}`, false},
		"404 HTML":              {404, `<h1>Not Found</h1>`, false},
		"404 JSON":              {404, `{"RC":404,"RM":"Not Found"}`, false},
		"404 with a code":       {404, `{"error":"CLIENT_NOT_FOUND","message":"m"}`, false},
		"404 in words":          {404, `{"RC":404,"RM":"client not found"}`, false},
		"204":                   {204, ``, false},
		"RC":                    {200, `{"RC":500,"RM":"x","result":{"totalCount":0,"data":[]}}`, false},
	} {
		s := serve(t, sayJSON(tc.status, tc.body))
		a := s.api(t, func(c *imkit.Config) { c.MaxRetries = 0 })
		c, err := a.LookUpClient(t.Context(), "a")
		if err == nil || c != nil || imkit.IsNotFound(err) != tc.absent {
			t.Errorf("%s: not found is %t, want %t: %v", name, imkit.IsNotFound(err), tc.absent, err)
		}
		if e := failure(t, err); tc.absent && (e.Code != imkit.CodeClientNotFound || e.Status != 200 || imkit.OutcomeUnknown(err)) {
			t.Errorf("%s: %v", name, err)
		}
		if found, err := a.LookUpClients(t.Context(), []string{"a"}); (err == nil) != tc.absent || len(found) != 0 || imkit.IsNotFound(err) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// What was not asked for does no harm when all that was is there.
func TestLookUpIgnoresOthers(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":500,"data":[{"_id":"b"},{"_id":"a"}]}}`))
	found, err := s.api(t).LookUpClients(t.Context(), []string{"a"})
	if err != nil || len(found) != 1 || found["a"] == nil {
		t.Errorf("%v, %v", found, err)
	}
}

// A result that the server finds too large is asked for in halves.
func TestLookUpHalves(t *testing.T) {
	t.Parallel()
	tooLarge := sayJSON(413, `{"RC":413,"RM":"Query result too large","error":{"code":"RESULT_TOO_LARGE"}}`)
	for _, tc := range []struct{ largest, ids, most int }{{3, 10, 7}, {0, 100, 31}} {
		s := serve(t, lookUps{refuses: func(ids []string) http.HandlerFunc {
			if len(ids) > tc.largest {
				return tooLarge
			}
			return nil
		}}.answer)
		found, err := s.api(t).LookUpClients(t.Context(), numbered(tc.ids))
		if n := len(s.seen()); (err == nil) != (tc.largest > 0) || err == nil && len(found) != tc.ids || n > tc.most {
			t.Errorf("%d found by %d requests: %v", len(found), n, err)
		}
	}
}

// transportFunc answers requests in the place of a server.
type transportFunc func(*http.Request) (*http.Response, error)

// RoundTrip answers a request.
func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whatever an id is, it arrives exactly: as one segment of a path, and in a query
// that is not too long.
func FuzzIDsInURLs(f *testing.F) {
	for _, id := range difficultIDs {
		f.Add(id, "a")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if imkit.CheckID(a) != nil || imkit.CheckID(b) != nil {
			return
		}
		var path string
		var listed []string
		s := &server{URL: "https://h/p", Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			if r.Method == http.MethodGet {
				listed = append(listed, idsIn(r.URL)...)
				if len(r.URL.RawQuery) > 7<<10+100 {
					t.Errorf("a query of %d bytes", len(r.URL.RawQuery))
				}
				lookUps{}.answer(w, r)
			} else {
				path = r.URL.EscapedPath()
				sayJSON(200, `{"success":true}`)(w, r)
			}
			return w.Result(), nil
		})}
		api := s.api(t, func(c *imkit.Config) { c.MaxRetries = 0 })
		if err := revokeAll(t.Context(), api, a); err != nil {
			t.Error(err)
		}
		got, err := url.PathUnescape(path)
		if err != nil || got != "/p/admin/clients/"+a+"/token" || strings.Count(path, "/") != 5 {
			t.Errorf("%q became %q", a, path)
		}
		found, err := api.LookUpClients(t.Context(), []string{a, b, a})
		want := slices.Compact([]string{a, b})
		slices.Sort(listed)
		if err != nil || len(found) != len(want) || !slices.Equal(listed, slices.Sorted(slices.Values(want))) {
			t.Errorf("asked for %q, want %q: %v", listed, want, err)
		}
	})
}
