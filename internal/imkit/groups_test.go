package imkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// groupServer lists numbered groups, no more than most and no more than asked for.
func groupServer(t *testing.T, n, most int) *testServer {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil {
			t.Error(err)
		}
		data := []any{}
		for _, id := range numbered(n)[:min(n, most, limit)] {
			data = append(data, map[string]any{"_id": id, "nickname": "N", "members": []any{"a"}})
		}
		reply, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": n, "data": data}})
		if err != nil {
			t.Error(err)
		}
		sayJSON(200, string(reply))(w, r)
	})
}

// As many are asked for as there are, in two calls at most.
func TestGroups(t *testing.T) {
	for _, tc := range []struct {
		n, most int
		asked   string
		short   string
	}{
		{0, 1000, "[limit=100]", ""},
		{3, 1000, "[limit=100]", ""},
		{100, 1000, "[limit=100]", ""},
		{101, 1000, "[limit=100 limit=101]", ""},
		{750, 1000, "[limit=100 limit=750]", ""},
		{750, 500, "[limit=100 limit=750]", "lists 500 of 750 groups"},
		{20, 5, "[limit=100 limit=20]", "lists 5 of 20 groups"},
	} {
		t.Run(fmt.Sprintf("%d, %d", tc.n, tc.most), func(t *testing.T) {
			s := groupServer(t, tc.n, tc.most)
			a := s.api(t)
			groups, err := a.Groups(t.Context())
			var asked []string
			for _, r := range s.seen() {
				_, query, _ := strings.Cut(r.uri, "?")
				asked = append(asked, query)
			}
			if got := fmt.Sprint(asked); got != tc.asked {
				t.Errorf("asked for %s, want %s", got, tc.asked)
			}
			_, one := a.Group(t.Context(), "client-004")
			_, none := a.Group(t.Context(), "no such group")
			if tc.short != "" {
				for _, err := range []error{err, one, none} {
					if !IsListShort(err) || IsNotFound(err) || !strings.Contains(err.Error(), tc.short) {
						t.Errorf("%v", err)
					}
				}
				return
			}
			if err != nil || len(groups) != tc.n || IsListShort(err) {
				t.Errorf("%d groups, %v", len(groups), err)
			}
			if (one == nil) != (tc.n > 4) || !IsNotFound(none) || one != nil && !IsNotFound(one) {
				t.Errorf("one: %v, none: %v", one, none)
			}
		})
	}
}

// The replies of the API's own pages, and others.
func TestGroupReplies(t *testing.T) {
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{"totalCount":3,"data":[
		{"members":["aaa",{"_id":"sss","nickname":"S"}],"_id":"demo-group","avatarUrl":"http://example.com/avatarUrl","nickname":"Demo Group","id":"demo-group"},
		{"_id":"b","nickname":null,"members":null,"createdAt":"2023-04-01T13:46:12.228Z"},{"_id":"a"}]}}`))
	got, err := s.api(t).Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []*Group{
		{ID: "a"},
		{ID: "b", Nickname: Field[string]{Reported: true}, Members: Field[[]string]{Reported: true}},
		{ID: "demo-group", Nickname: reported("Demo Group"), AvatarURL: reported("http://example.com/avatarUrl"), Members: reported([]string{"aaa", "sss"})},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c := got[2].clone()
	if diff := cmp.Diff(want[2], c); diff != "" {
		t.Error(diff)
	}
	(*c.Members.Value)[0], *c.Nickname.Value = "changed", "changed"
	if diff := cmp.Diff(want[2], got[2]); diff != "" || (*Group)(nil).clone() != nil {
		t.Errorf("the copy shares memory: %s", diff)
	}

	for reply, want := range map[string]string{
		`{"RC":0,"result":{"totalCount":1,"data":[{"nickname":"55555"}]}}`:         "data[0]: it has no _id",
		`{"RC":0,"result":{"totalCount":1,"data":[{"_id":"a","members":"5555"}]}}`: "data[0]: members is a string, not an array",
		`{"RC":0,"result":{"totalCount":1,"data":[{"_id":"a","nickname":5555}]}}`:  "data[0]: nickname is a number, not a string",
		`{"RC":0,"result":{"totalCount":1,"data":[{"_id":"a","avatarUrl":555}]}}`:  "data[0]: avatarUrl is a number, not a string",
		`{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"},{"_id":"a"}]}}`:      "data lists a group twice",
		`{"RC":0,"result":{"data":[{"_id":"a"}]}}`:                                 "totalCount is null, not a number",
		`{"RC":0,"result":[]}`: "the result is an array, not an object",
	} {
		a := serve(t, sayJSON(200, reply)).api(t, func(c *Config) { c.MaxRetries = 0 })
		if _, err := a.Groups(t.Context()); err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "555") {
			t.Errorf("%s: %v", reply, err)
		}
	}
	_, err = serve(t, known(http.NotFound)).api(t).Group(t.Context(), "a")
	if !IsUnsupported(err) || IsNotFound(err) {
		t.Errorf("no such call: %v", err)
	}
	_, err = serve(t, sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`)).api(t).Group(t.Context(), "a")
	if err == nil || IsNotFound(err) {
		t.Errorf("a list that is not found: %v", err)
	}
}

// groupsListed is a reply that lists groups.
func groupsListed(groups ...string) http.HandlerFunc {
	return sayJSON(200, fmt.Sprintf(`{"RC":0,"result":{"totalCount":%d,"data":[%s]}}`, len(groups), strings.Join(groups, ",")))
}

const team = `{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":["b","a"]}`

func teamSettings() GroupSettings {
	return GroupSettings{Nickname: "Team", AvatarURL: ptr("https://x/"), Members: &[]string{"a", "b"}}
}

func TestGroupCallsSend(t *testing.T) {
	for name, tc := range map[string]struct {
		settings GroupSettings
		body     string
	}{
		"everything": {teamSettings(), `{"_id":"g","avatarUrl":"https://x/","members":["a","b"],"nickname":"Team"}`},
		"cleared":    {GroupSettings{Nickname: "N <&>", AvatarURL: ptr(""), Members: &[]string{}}, `{"_id":"g","avatarUrl":"","members":[],"nickname":"N \u003c\u0026\u003e"}`},
		"no list":    {GroupSettings{Nickname: "N", Members: ptr([]string(nil))}, `{"_id":"g","members":[],"nickname":"N"}`},
		"a name":     {GroupSettings{Nickname: "N"}, `{"_id":"g","nickname":"N"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, routes(map[string]http.HandlerFunc{
				"POST /admin/groups": sayJSON(200, `{"RC":0,"result":`+team+`}`), "GET /admin/groups": groupsListed(team),
			}))
			a := s.api(t)
			if g, err := a.CreateGroup(t.Context(), "g", tc.settings); err != nil || g.ID != "g" {
				t.Error(g, err)
			}
			if g, err := a.ChangeGroup(t.Context(), "g", tc.settings); g == nil || g.ID != "g" || (err == nil) != (name == "everything") {
				t.Error(g, err)
			}
			if got := fmt.Sprint(s.calls()); got != "[POST /admin/groups POST /admin/groups GET /admin/groups]" {
				t.Errorf("asked for %s", got)
			}
			for _, r := range s.seen()[:2] {
				if r.body != tc.body {
					t.Errorf("sent %s, want %s", r.body, tc.body)
				}
			}
		})
	}
	s := serve(t, groupsListed())
	a := s.api(t)
	for _, settings := range []GroupSettings{{}, {Nickname: "N", Members: &[]string{""}}, {Nickname: "N", Members: &[]string{"a\xff"}}} {
		_, create := a.CreateGroup(t.Context(), "g", settings)
		_, change := a.ChangeGroup(t.Context(), "g", settings)
		if create == nil || change == nil {
			t.Errorf("%+v: %v, %v", settings, create, change)
		}
	}
	_, create := a.CreateGroup(t.Context(), "", teamSettings())
	_, change := a.ChangeGroup(t.Context(), "a\xff", teamSettings())
	_, one := a.Group(t.Context(), strings.Repeat("x", 8000))
	if create == nil || change == nil || one == nil || CheckGroupID("g") != nil || len(s.seen()) > 0 {
		t.Errorf("%v, %v, %v", create, change, one)
	}
}

// What the list shows after a change is the truth.
func TestChangeGroup(t *testing.T) {
	ok := sayJSON(200, `{"RC":0,"result":`+team+`}`)
	conflict := sayJSON(409, `{"RC":409,"RM":"Conflict","error":{"code":"GROUP_ALREADY_EXISTS","message":"exists"}}`)
	other := `{"_id":"g","nickname":"Old","avatarUrl":null,"members":["a","b","c"]}`
	for name, tc := range map[string]struct {
		post, list, clients http.HandlerFunc
		want                string
		now                 bool
		says                string
	}{
		"done":                     {ok, groupsListed(team), nil, "done", true, ""},
		"done, lost":               {cut, groupsListed(team), nil, "done", true, ""},
		"done, little reported":    {ok, groupsListed(`{"_id":"g"}`), nil, "done", true, ""},
		"not done, lost":           {cut, groupsListed(other), nil, "error", true, "EOF"},
		"refused":                  {conflict, groupsListed(other), nil, "cannot change", true, "GROUP_ALREADY_EXISTS"},
		"refused, already so":      {conflict, groupsListed(team), nil, "cannot change", true, "GROUP_ALREADY_EXISTS"},
		"refused by RC":            {sayJSON(200, `{"RC":1,"RM":"no"}`), groupsListed(other), nil, "cannot change", true, "RC 1"},
		"refused, unknown members": {sayJSON(400, `{"RC":400,"RM":"no"}`), groupsListed(other), sayJSON(200, noBody), "unknown", true, `"a", "b"`},
		"merged":                   {ok, groupsListed(`{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":["a","b","c"]}`), nil, "cannot change", true, "another value of members"},
		"ignored":                  {ok, groupsListed(other), nil, "cannot change", true, "another value of nickname, avatarUrl, members"},
		"emptied":                  {ok, groupsListed(`{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":null}`), nil, "cannot change", true, "another value of members"},
		"gone":                     {ok, groupsListed(), nil, "gone", false, ""},
		"cannot be read":           {ok, sayJSON(403, forbidden), nil, "error", false, "403"},
		"refused, cannot be read":  {conflict, sayJSON(403, forbidden), nil, "error", false, "409"},
		"bad key":                  {sayJSON(401, `{"error":"INVALID_API_KEY"}`), groupsListed(other), nil, "error", true, "401"},
		"no such call":             {http.NotFound, groupsListed(other), nil, "error", true, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{"POST /admin/groups": tc.post, "GET /admin/groups": tc.list}
			if tc.clients != nil {
				handlers["GET /admin/clients"] = tc.clients
			}
			s := serve(t, routes(handlers))
			now, err := s.api(t).ChangeGroup(t.Context(), "g", teamSettings())
			got := "error"
			switch {
			case err == nil:
				got = "done"
			case IsNotFound(err):
				got = "gone"
			case IsUnknownMember(err):
				got = "unknown"
			case IsCannotChange(err):
				got = "cannot change"
			}
			if got != tc.want || (now != nil) != tc.now || tc.says != "" && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s, want %s; now %+v: %v", got, tc.want, now, err)
			}
		})
	}
}

// A group that is there after a lost answer has been made.
func TestCreateGroupAfterALostAnswer(t *testing.T) {
	ok := sayJSON(200, `{"RC":0,"result":`+team+`}`)
	for name, tc := range map[string]struct {
		post, list http.HandlerFunc
		posts      int
		fails      bool
		unknown    bool
	}{
		"answered":        {ok, nil, 1, false, false},
		"exists":          {sayJSON(409, `{"error":"GROUP_ALREADY_EXISTS"}`), nil, 1, true, false},
		"lost, there":     {cut, groupsListed(team), 1, false, false},
		"lost, not there": {inTurn(cut, ok), groupsListed(), 2, false, false},
		"lost, short":     {cut, sayJSON(200, `{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"}]}}`), 1, true, true},
		"lost twice":      {cut, groupsListed(), 2, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			handlers := map[string]http.HandlerFunc{"POST /admin/groups": tc.post, "GET /admin/clients": sayJSON(500, "")}
			if tc.list != nil {
				handlers["GET /admin/groups"] = tc.list
			}
			s := serve(t, routes(handlers))
			g, err := s.api(t).CreateGroup(t.Context(), "g", teamSettings())
			posts := 0
			for _, c := range s.calls() {
				if strings.HasPrefix(c, "POST") {
					posts++
				}
			}
			if posts != tc.posts || (err != nil) != tc.fails || OutcomeUnknown(err) != tc.unknown || (g == nil) != tc.fails {
				t.Errorf("%d posts, unknown %t: %v, %v", posts, OutcomeUnknown(err), g, err)
			}
			if name == "exists" && !IsConflict(err) {
				t.Errorf("%v", err)
			}
		})
	}
}
