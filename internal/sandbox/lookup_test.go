package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestQueryOperators(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.PutClient("ann", map[string]any{"nickname": "Ann", "level": 3, "tags": []string{"a", "b"}, "isRobot": true})
	h.PutClient("bob", map[string]any{"nickname": "bob\nB", "level": 3.5, "office": map[string]any{"city": "Rome", "no": nil}})
	h.PutClient("cid", map[string]any{"level": json.Number("9007199254740993"), "tags": []any{}})
	h.PutClient("dee", map[string]any{"nickname": nil, "level": "3"})
	cases := []struct {
		q    string
		want string
	}{
		{`{}`, "ann bob cid dee"},
		{`{"_id":"bob"}`, "bob"},
		{`{"_id":"nobody"}`, ""},
		{`{"id":"bob"}`, ""}, // made up for replies, not stored
		{`{"nickname":{"$eq":"Ann"}}`, "ann"},
		{`{"nickname":null}`, "cid dee"},
		{`{"nickname":{"$ne":"Ann"}}`, "bob cid dee"},
		{`{"nickname":{"$ne":null}}`, "ann bob"},
		{`{"level":3.0}`, "ann"},
		{`{"level":{"$gt":3}}`, "bob cid"},
		{`{"level":{"$gt":9007199254740992}}`, "cid"},
		{`{"level":{"$gte":3,"$lt":9007199254740993}}`, "ann bob"},
		{`{"level":{"$lte":"3"}}`, "dee"},
		{`{"_id":{"$gt":"bob"}}`, "cid dee"},
		{`{"isRobot":{"$gt":false}}`, "ann"},
		{`{"nickname":{"$regex":"^B"}}`, ""},
		{`{"nickname":{"$regex":"^B","$options":"im"}}`, "bob"},
		{`{"nickname":{"$regex":"b.B","$options":"s"}}`, "bob"},
		{`{"tags":{"$regex":"^b$"}}`, "ann"},
		{`{"_id":{"$in":["dee","ann","ann","zoe"]}}`, "ann dee"},
		{`{"_id":{"$in":["dee","ann"]},"isRobot":true}`, "ann"},
		{`{"_id":{"$in":[]}}`, ""},
		{`{"level":{"$in":[3,"3"]}}`, "ann dee"},
		{`{"nickname":{"$in":[null]}}`, "cid dee"},
		{`{"_id":{"$nin":["ann","bob"]}}`, "cid dee"},
		{`{"nickname":{"$exists":true}}`, "ann bob dee"},
		{`{"nickname":{"$exists":false}}`, "cid"},
		{`{"updatedAt":{"$exists":true}}`, "ann bob cid dee"},
		{`{"level":{"$type":"number"}}`, "ann bob cid"},
		{`{"level":{"$type":"int"}}`, "ann"},
		{`{"level":{"$type":"long"}}`, "cid"},
		{`{"level":{"$type":"double"}}`, "bob"},
		{`{"nickname":{"$type":"null"}}`, "dee"},
		{`{"tags":{"$type":"string"}}`, "ann"},
		{`{"tags":{"$type":"array"}}`, "ann cid"},
		{`{"isRobot":{"$type":"bool"}}`, "ann bob cid dee"},
		{`{"office":{"$type":"object"}}`, "bob"},
		{`{"tags":"b"}`, "ann"},
		{`{"tags":["a","b"]}`, "ann"},
		{`{"tags":["b","a"]}`, ""},
		{`{"tags":{"$ne":"b"}}`, "bob cid dee"},
		{`{"office.city":"Rome"}`, "bob"},
		{`{"office.no":{"$exists":true}}`, "bob"},
		{`{"office.city.street":{"$exists":true}}`, ""},
		{`{"office":{"no":null,"city":"Rome"}}`, "bob"},
		{`{"office":{"city":"Rome"}}`, ""},
		{`{"address.family":"IPv6","level":3}`, "ann"},
	}
	for _, c := range cases {
		t.Run(c.q, func(t *testing.T) {
			h := *h
			h.t = t
			if got := strings.Join(h.find(c.q), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLookupRefusals(t *testing.T) {
	h := serve(t, sandbox.Options{})
	ids := make([]string, 101)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	in := func(n int) string {
		list, err := json.Marshal(ids[:n])
		if err != nil {
			t.Fatal(err)
		}
		return `{"_id":{"$in":` + string(list) + `}}`
	}
	h.find(in(100))
	for _, q := range []string{
		``, `[]`, `null`, `"u"`, `{`, `{"_id":"u"}{}`,
		`{"$or":[{"_id":"u"}]}`, `{"_id":{"$like":"u"}}`, `{"_id":{"$eq":"u","plain":1}}`,
		`{"_id":{"$in":"u"}}`, `{"_id":{"$nin":"u"}}`, `{"_id":{"$exists":1}}`, `{"_id":{"$type":"date"}}`, `{"_id":{"$type":2}}`,
		`{"_id":{"$regex":"("}}`, `{"_id":{"$regex":1}}`, `{"_id":{"$regex":"a","$options":"q"}}`, `{"_id":{"$options":"i"}}`,
	} {
		h.refused("GET", "/admin/clients?q="+url.QueryEscape(q), "", 400, "INVALID_QUERY")
	}
	h.refused("GET", "/admin/clients?q="+url.QueryEscape(in(101)), "", 413, "RESULT_TOO_LARGE")
	for _, query := range []string{
		"limit=0", "limit=101", "limit=-1", "limit=ten", "limit=", "skip=-1", "skip=1.5", "q=%zz", "limit=1;skip=2",
	} {
		h.refused("GET", "/admin/clients?"+query, "", 400, "INVALID_QUERY")
	}
}

func TestPages(t *testing.T) {
	h := serve(t, sandbox.Options{})
	for i := range 120 {
		h.PutClient(fmt.Sprintf("u%03d", 119-i), map[string]any{"even": i%2 == 0})
	}
	look := func(query string) (first string, count int, total any) {
		t.Helper()
		result := h.ok("GET", "/admin/clients?"+query, "")
		data, _ := result["data"].([]any)
		if len(data) > 0 {
			one, _ := data[0].(map[string]any)
			first, _ = one["_id"].(string)
		}
		return first, len(data), result["totalCount"]
	}
	cases := []struct {
		query, first string
		count        int
		total        json.Number
	}{
		{"", "u119", 50, "120"},
		{"limit=100", "u119", 100, "120"},
		{"limit=100&skip=100", "u019", 20, "120"},
		{"limit=1&skip=119", "u000", 1, "120"},
		{"skip=120", "", 0, "120"},
		{"skip=9000", "", 0, "120"},
		{"limit=10&skip=5&q=" + url.QueryEscape(`{"even":true}`), "u109", 10, "60"},
	}
	for _, c := range cases {
		if first, count, total := look(c.query); first != c.first || count != c.count || total != c.total {
			t.Errorf("%s: got %s, %d of %v", c.query, first, count, total)
		}
	}
	h.Configure(func(o *sandbox.Options) { o.IgnoreSkip = true })
	if first, count, _ := look("limit=100&skip=100"); first != "u119" || count != 100 {
		t.Errorf("ignoring skip: got %s, %d", first, count)
	}
	h.Configure(func(o *sandbox.Options) { o.IgnoreSkip, o.IgnoreLimit = false, true })
	if first, count, _ := look("limit=100&skip=100"); first != "u019" || count != 20 {
		t.Errorf("ignoring limit, second page: got %s, %d", first, count)
	}
	if _, count, _ := look("limit=100"); count != 50 {
		t.Errorf("ignoring limit: got %d", count)
	}
}

func TestLookupFields(t *testing.T) {
	h := serve(t, sandbox.Options{LookupFields: []string{"nickname", "avatarUrl"}})
	h.PutClient("u", map[string]any{"nickname": "Una", "description": "d"})
	h.AddToken("u", "tok", start.AddDate(1, 0, 0))
	want := map[string]any{"totalCount": json.Number("1"), "data": []any{map[string]any{"_id": "u", "nickname": "Una"}}}
	if diff := cmp.Diff(want, h.ok("GET", "/admin/clients", "")); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	h.Configure(func(o *sandbox.Options) { o.LookupFields = nil })
	if body := h.send("GET", "/admin/clients", "").body; !strings.Contains(body, `"description":"d"`) || strings.Contains(body, "tok") {
		t.Errorf("the whole client is %s", body)
	}
}

func TestClientsShownLater(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.PutClient("early", nil)
	h.Configure(func(o *sandbox.Options) { o.ClientsShownAfter = time.Second })
	h.ok("POST", "/admin/clients", `{"_id":"late"}`)
	for _, want := range []string{"early", "early late"} {
		if got := strings.Join(h.find("{}"), " "); got != want {
			t.Errorf("shown are %q, want %q", got, want)
		}
		h.Advance(time.Second)
	}
	h.Advance(-time.Hour) // a clock that goes back hides nobody who was there before
	if got := strings.Join(h.find("{}"), " "); got != "early" {
		t.Errorf("shown are %q after the clock went back", got)
	}
}
