package imkit_test

import (
	"context"
	"encoding/json"
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

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// The reply of the API's own documentation, read whole.
func TestUpsertClient(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{
		"_id":"sss","__v":0,"appID":"SampleApp","nickname":"SSS","description":null,
		"avatarUrl":"http://example.com/avatarUrl",
		"address":{"port":56004,"family":"IPv6","address":"::1"},
		"userAgent":"Mozilla/5.0","lastJoinOrCreateRoomTime":"2020-06-08T02:00:16.685Z",
		"updatedAt":"2020-06-11T06:15:36.761Z","isRobot":false,"mute":[],"id":"sss",
		"lastLoginTimeMS":1588744338369,"token":"eyJ0","expirationDate":"2020-06-18T06:15:36.763Z",
		"tier":"gold","level":9007199254740993,"tags":["a",null,{"x":1.50}]}}`))
	got, _, err := s.api(t).UpsertClient(t.Context(), "sss", imkit.Profile{
		Nickname: new("SSS"), AvatarURL: new(""), IsRobot: new(false),
		Custom: map[string]any{"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &imkit.Client{
		ID: "sss", AppID: reported("SampleApp"), Nickname: reported("SSS"), AvatarURL: reported("http://example.com/avatarUrl"),
		Description: imkit.Field[string]{Reported: true},
		IsRobot:     imkit.Field[bool]{Reported: true, Value: new(false)},
		Custom: map[string]any{
			"tier": "gold", "level": json.Number("9007199254740993"),
			"tags": []any{"a", nil, map[string]any{"x": json.Number("1.50")}},
		},
		Server: map[string]any{
			"__v": json.Number("0"), "userAgent": "Mozilla/5.0", "mute": []any{},
			"address":                  map[string]any{"port": json.Number("56004"), "family": "IPv6", "address": "::1"},
			"lastJoinOrCreateRoomTime": "2020-06-08T02:00:16.685Z", "updatedAt": "2020-06-11T06:15:36.761Z",
			"lastLoginTimeMS": json.Number("1588744338369"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r := s.seen()[0]
	if r.method != "POST" || r.uri != "/admin/clients" {
		t.Errorf("%s %s", r.method, r.uri)
	}
	if diff := cmp.Diff(map[string]any{
		"_id": "sss", "nickname": "SSS", "avatarUrl": "", "isRobot": false,
		"tier": "gold", "level": json.Number("9007199254740993"), "old": nil, "html": "<&>",
	}, r.sent(t)); diff != "" {
		t.Error(diff)
	}
}

// A field that the reply does not mention is not reported. This reply is flat.
func TestFieldsNotReported(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"_id":"a","isRobot":null}`))
	got, _, err := s.api(t).UpsertClient(t.Context(), "a", imkit.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	want := &imkit.Client{ID: "a", IsRobot: imkit.Field[bool]{Reported: true}, Custom: map[string]any{}, Server: map[string]any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A reply that is not about the client is an error, which repeats nothing of it but
// the id, and the client may have been changed.
func TestUpsertOfAnother(t *testing.T) {
	t.Parallel()
	for _, id := range []string{`55555`, `null`, `""`, `"A"`, `["55555"]`} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":{"nickname":"55555","_id":`+id+`}}`))
		err := upsert(t.Context(), s.api(t, retries(0)))
		if err == nil || !imkit.OutcomeUnknown(err) || strings.Contains(err.Error(), "55555") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestReservedFields(t *testing.T) {
	t.Parallel()
	names := imkit.ReservedFields()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted: %q", names)
	}
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	for _, name := range []string{
		"_id", "id", "__v", "token", "tokens", "expirationDate", "expirationDateMS", "issueAccessToken",
		"nickname", "avatarUrl", "description", "isRobot", "appID", "address", "userAgent",
		"lastJoinOrCreateRoomTime", "updatedAt", "createdAt", "mute", "lastLoginTimeMS", "RC", "error", "success",
	} {
		if !imkit.ReservedField(name) || !slices.Contains(names, name) {
			t.Errorf("%s is not reserved", name)
		}
		_, _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Custom: map[string]any{name: "x"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s as a custom field: %v", name, err)
		}
	}
	for _, name := range []string{"$set", "$", "tokens.0", "appID.x", "_id."} {
		_, _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Custom: map[string]any{name: "x"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s as a custom field: %v", name, err)
		}
	}
	if imkit.ReservedField("tier.token") || imkit.ReservedField("a$") || imkit.ReservedField("tier") || imkit.ReservedField("") || imkit.ReservedField("Token") {
		t.Error("other names are free")
	}
	names[0] = "changed"
	if imkit.ReservedFields()[0] == "changed" {
		t.Error("the list can be changed from outside")
	}
	if _, _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Custom: map[string]any{"f": func() {}}}); err == nil {
		t.Error("a value that JSON cannot hold is sent")
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// An id that cannot be right is an error before anything is sent.
func TestBadIDs(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	token := imkit.NewSecret("t")
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000), strings.Repeat("\x01", 900)} {
		for name, call := range map[string]func() error{
			"check":     func() error { return imkit.CheckID(id) },
			"upsert":    func() error { return last3(a.UpsertClient(t.Context(), id, imkit.Profile{})) },
			"look up":   func() error { return last(a.GetClient(t.Context(), id)) },
			"look ups":  func() error { return last(a.GetClients(t.Context(), []string{"a", id})) },
			"issue":     func() error { return last(a.IssueToken(t.Context(), id)) },
			"bind":      func() error { return last(a.BindToken(t.Context(), id, token, time.Time{})) },
			"revoke":    func() error { return a.RevokeToken(t.Context(), id, token) },
			"revoke it": func() error { return revokeAll(t.Context(), a, id) },
		} {
			if err := call(); err == nil || imkit.OutcomeUnknown(err) {
				t.Errorf("%s of %.10q: %v", name, id, err)
			}
		}
	}
	for _, id := range []string{"a", strings.Repeat("x", 7000), strings.Repeat("\x01", 800), strings.Repeat("😀", 200)} {
		if err := imkit.CheckID(id); err != nil {
			t.Errorf("%.10q: %v", id, err)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// difficultIDs must arrive exactly as they are, wherever they stand.
var difficultIDs = []string{
	"a", "a b", "a/b", "/", "//", "a%b", "%2F", "%", "100%25", `"`, `a"b\c`, "$", "$in", "a?b", "a#b", "../..", "a..b",
	"...", "%2E%2E", "{id}", "a+b", "a&b=c", ";", ":", "@", "~", "'", "<b>", "\u2028", "日本語", "é", "e\u0301", "😀", " ", "\t", "\x00",
	"\n", "\u202e", "null", "0", "__proto__", strings.Repeat("长", 200),
}

func TestGetClients(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "/prefix", "/a%2Fb/"} {
		s := serve(t, lookUps{exists: func(id string) bool { return id != "$in" }}.answer)
		s.URL += base
		a := s.api(t)
		got, err := a.GetClients(t.Context(), append(difficultIDs, difficultIDs...))
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

// Hardly more requests than it takes, a few at a time, none for more than the limit allows,
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
		"one more":    {101, 3, 5 * latency, strconv.Itoa},
		"thousands":   {2000, 40, 12 * latency, strconv.Itoa},
		"long ids":    {100, 6, 5 * latency, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)) }},
		"longest ids": {3, 3, 5 * latency, func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 7100) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, lookUps{latency: latency}.answer, func(t *testing.T, s *server) {
				var ids []string
				for i := range tc.ids {
					ids = append(ids, tc.id(i), tc.id(i))
				}
				start := time.Now()
				found, err := s.api(t).GetClients(t.Context(), ids)
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
		found, err := s.api(t).GetClients(t.Context(), ids)
		if !is(err, imkit.KindUnauthorized) || found != nil || len(s.seen()) > 16 {
			t.Errorf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}
	})
	inBubble(t, lookUps{latency: 20 * time.Millisecond}.answer, func(t *testing.T, s *server) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		found, err := s.api(t).GetClients(ctx, ids)
		if !errors.Is(err, context.DeadlineExceeded) || found != nil || len(s.seen()) > 16 {
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
		a := s.api(t, retries(0))
		c, err := a.GetClient(t.Context(), "a")
		if err == nil || c != nil || imkit.IsNotFound(err) != tc.absent {
			t.Errorf("%s: not found is %t, want %t: %v", name, imkit.IsNotFound(err), tc.absent, err)
		}
		if e := failure(t, err); tc.absent && (e.Code != "CLIENT_NOT_FOUND" || e.Status != 200 || imkit.OutcomeUnknown(err)) {
			t.Errorf("%s: %v", name, err)
		}
		if found, err := a.GetClients(t.Context(), []string{"a"}); (err == nil) != tc.absent || len(found) != 0 || imkit.IsNotFound(err) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// What was not asked for does no harm when all that was is there.
func TestLookUpIgnoresOthers(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"result":{"totalCount":500,"data":[{"_id":"b"},{"_id":"a"}]}}`))
	found, err := s.api(t).GetClients(t.Context(), []string{"a"})
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
		found, err := s.api(t).GetClients(t.Context(), numbered(tc.ids))
		if n := len(s.seen()); (err == nil) != (tc.largest > 0) || err == nil && len(found) != tc.ids || n > tc.most {
			t.Errorf("%d found by %d requests: %v", len(found), n, err)
		}
	}
}

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
		s := &server{URL: "https://h/p", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
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
		api := s.api(t, retries(0))
		if err := revokeAll(t.Context(), api, a); err != nil {
			t.Error(err)
		}
		got, err := url.PathUnescape(path)
		if err != nil || got != "/p/admin/clients/"+a+"/token" || strings.Count(path, "/") != 5 {
			t.Errorf("%q became %q", a, path)
		}
		found, err := api.GetClients(t.Context(), []string{a, b, a})
		want := slices.Compact([]string{a, b})
		slices.Sort(listed)
		if err != nil || len(found) != len(want) || !slices.Equal(listed, slices.Sorted(slices.Values(want))) {
			t.Errorf("asked for %q, want %q: %v", listed, want, err)
		}
	})
}
