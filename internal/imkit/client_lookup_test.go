package imkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// difficultIDs must arrive exactly as they are, wherever they stand.
var difficultIDs = []string{
	"a", "a b", "a/b", "/", "//", "a%b", "%2F", "%", "100%25", `"`, `a"b\c`, "$", "$in", "a?b", "a#b", ".", "..", "../..", "a..b",
	"...", "%2E%2E", "{id}", "a+b", "a&b=c", ";", ":", "@", "~", "'", "<b>", "\u2028", "日本語", "é", "e\u0301", "😀", " ", "\t", "\x00",
	"\n", "\u202e", "null", "0", "__proto__", strings.Repeat("长", 200),
}

func asked(t *testing.T, r *http.Request) []string {
	t.Helper()
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(r.URL.Query().Get("q")), &q); err != nil {
		t.Errorf("q: %v", err)
	}
	return q["_id"]["$in"]
}

// listing answers a look-up with what is in the store.
func listing(t *testing.T, exists func(id string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data := []any{}
		for _, id := range asked(t, r) {
			if exists(id) {
				data = append(data, map[string]any{"_id": id})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"RC": 0, "result": map[string]any{"totalCount": len(data), "data": data}})
	}
}

func TestLookUpClients(t *testing.T) {
	for _, base := range []string{"", "/prefix", "/a%2Fb/"} {
		s := serve(t, listing(t, func(id string) bool { return id != "$in" }))
		a := s.api(t, func(c *Config) { c.BaseURL = c.BaseURL.JoinPath(base) })
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

// As few requests as possible, none for more than the limit allows, none with
// a URL that is too long, no id twice.
func TestLookUpPages(t *testing.T) {
	for _, tc := range []struct {
		name       string
		ids, pages int
		id         func(i int) string
	}{
		{"none", 0, 0, strconv.Itoa},
		{"one page", 100, 1, strconv.Itoa},
		{"one more", 101, 2, strconv.Itoa},
		{"long ids", 100, 3, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)) }},
		{"longest ids", 3, 3, func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 7100) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, listing(t, func(string) bool { return true }))
			var ids []string
			for i := range tc.ids {
				ids = append(ids, tc.id(i), tc.id(i))
			}
			found, err := s.api(t).LookUpClients(t.Context(), ids)
			if err != nil || len(found) != tc.ids {
				t.Fatalf("found %d: %v", len(found), err)
			}
			if n := len(s.seen()); n != tc.pages {
				t.Errorf("%d requests, want %d", n, tc.pages)
			}
			total := 0
			for _, r := range s.seen() {
				if len(s.URL)+len(r.uri) >= 8<<10-maxBaseURL {
					t.Errorf("a URL of %d bytes", len(r.uri))
				}
				u, err := url.Parse(r.uri)
				if err != nil {
					t.Fatal(err)
				}
				ids := asked(t, &http.Request{URL: u})
				if limit := u.Query().Get("limit"); limit != strconv.Itoa(len(ids)) || len(ids) > MaxLookUp {
					t.Errorf("limit %s for %d ids", limit, len(ids))
				}
				total += len(ids)
			}
			if total != tc.ids {
				t.Errorf("asked for %d ids, want %d", total, tc.ids)
			}
		})
	}
}

func TestLookUpClient(t *testing.T) {
	s := serve(t, listing(t, func(id string) bool { return id == "here" }))
	a := s.api(t)
	if c, err := a.LookUpClient(t.Context(), "here"); err != nil || c.ID != "here" {
		t.Errorf("%v, %v", c, err)
	}
	c, err := a.LookUpClient(t.Context(), "gone")
	e := failure(t, err)
	if c != nil || !IsNotFound(err) || e.Code != CodeClientNotFound || e.Status != 200 || OutcomeUnknown(err) {
		t.Errorf("%v, %v", c, err)
	}
}

// Only a reply that makes sense says that a client does not exist.
func TestAbsenceNeedsAWellFormedReply(t *testing.T) {
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
		a := s.api(t, func(c *Config) { c.MaxRetries = 0 })
		_, err := a.LookUpClient(t.Context(), "a")
		if err == nil || IsNotFound(err) != tc.absent {
			t.Errorf("%s: not found is %t, want %t: %v", name, IsNotFound(err), tc.absent, err)
		}
		if found, err := a.LookUpClients(t.Context(), []string{"a"}); (err == nil) != tc.absent || len(found) != 0 || IsNotFound(err) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// What was not asked for does no harm when all that was is there.
func TestLookUpIgnoresOthers(t *testing.T) {
	s := serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":500,"data":[{"_id":"b"},{"_id":"a"}]}}`))
	found, err := s.api(t).LookUpClients(t.Context(), []string{"a"})
	if err != nil || len(found) != 1 || found["a"] == nil {
		t.Errorf("%v, %v", found, err)
	}
}

// A result that the server finds too large is asked for in halves.
func TestLookUpHalves(t *testing.T) {
	list := listing(t, func(string) bool { return true })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(asked(t, r)) > 3 {
			sayJSON(413, `{"RC":413,"RM":"Query result too large","error":{"code":"RESULT_TOO_LARGE"}}`)(w, r)
			return
		}
		list(w, r)
	})
	found, err := s.api(t).LookUpClients(t.Context(), difficultIDs[:10])
	if err != nil || len(found) != 10 {
		t.Errorf("%d found: %v", len(found), err)
	}
	s = serve(t, sayJSON(413, `{"error":"RESULT_TOO_LARGE"}`))
	if _, err := s.api(t).LookUpClients(t.Context(), numbered(100)); err == nil || len(s.seen()) != 31 {
		t.Errorf("%d requests: %v", len(s.seen()), err)
	}
}

func FuzzLookUpQuery(f *testing.F) {
	for _, id := range difficultIDs {
		f.Add(id, "a")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if CheckID(a) != nil || CheckID(b) != nil {
			return
		}
		s := &API{cfg: Config{BaseURL: &url.URL{Scheme: "https", Host: "h", Path: "/p"}}}
		u, err := url.Parse(s.url(call{path: pathToken, id: a}).String())
		if err != nil {
			t.Fatal(err)
		}
		if want := "/p/admin/clients/" + a + "/token"; u.Path != want || u.RawQuery != "" || strings.Count(u.EscapedPath(), "/") != 5 {
			t.Errorf("%q became %q", a, u)
		}
		var listed []string
		for _, page := range pages([]string{a, b, a}) {
			length := 0
			for _, id := range page {
				length += queryLength(id)
			}
			if length > maxQuery {
				t.Errorf("a page of %d bytes", length)
			}
			listed = append(listed, page...)
		}
		want := slices.Compact([]string{a, b})
		if !slices.Equal(listed, want) {
			t.Errorf("listed %q, want %q", listed, want)
		}
	})
}
