package imkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const team = `{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":["b","a"]}`

func teamSettings() imkit.GroupSettings {
	return imkit.GroupSettings{Nickname: "Team", AvatarURL: new("https://x/"), Members: &[]string{"a", "b"}}
}

// As many are asked for as there are, in two calls at most. A group that a list does
// not show which is too short is not known to be gone.
func TestGroups(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		n, most int // groups that there are, and that the server lists at most
		asked   string
		short   string
	}{
		{0, 1000, "/admin/groups?limit=100", ""},
		{3, 1000, "/admin/groups?limit=100", ""},
		{100, 1000, "/admin/groups?limit=100", ""},
		{101, 1000, "/admin/groups?limit=100 /admin/groups?limit=101", ""},
		{750, 1000, "/admin/groups?limit=100 /admin/groups?limit=750", ""},
		{750, 500, "/admin/groups?limit=100 /admin/groups?limit=750", "500 of 750 groups"},
		{20, 5, "/admin/groups?limit=100 /admin/groups?limit=20", "5 of 20 groups"},
	} {
		t.Run(fmt.Sprintf("%d, %d", tc.n, tc.most), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, func(w http.ResponseWriter, r *http.Request) {
					limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
					if err != nil {
						t.Error(err)
					}
					var data []string
					for _, id := range numbered(tc.n)[:min(tc.n, tc.most, limit)] {
						data = append(data, fmt.Sprintf(`{"_id":%q,"nickname":"N","members":["a"]}`, id))
					}
					sayJSON(200, fmt.Sprintf(`{"RC":0,"result":{"totalCount":%d,"data":[%s]}}`, tc.n, strings.Join(data, ",")))(w, r)
				})
				a := s.api(t)
				groups, err := a.ListGroups(t.Context())
				var asked []string
				for _, r := range s.seen() {
					asked = append(asked, r.uri)
				}
				if got := strings.Join(asked, " "); got != tc.asked {
					t.Errorf("asked for %s, want %s", got, tc.asked)
				}
				_, one := a.FindGroup(t.Context(), "client-004")
				_, none := a.FindGroup(t.Context(), "no such group")
				if tc.short != "" {
					for _, err := range []error{err, one, none} {
						if !errors.Is(err, imkit.ErrListShort) || imkit.IsNotFound(err) || !strings.Contains(err.Error(), tc.short) {
							t.Errorf("%v", err)
						}
					}
					return
				}
				if err != nil || len(groups) != tc.n {
					t.Errorf("%d groups, %v", len(groups), err)
				}
				if (one == nil) != (tc.n > 4) || !imkit.IsNotFound(none) || one != nil && !imkit.IsNotFound(one) {
					t.Errorf("one: %v, none: %v", one, none)
				}
			})
		})
	}
}

// The replies of the API's own pages, and others.
func TestGroupReplies(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{"totalCount":3,"data":[
		{"members":["aaa",{"_id":"sss","nickname":"S"}],"_id":"demo-group","avatarUrl":"http://example.com/avatarUrl","nickname":"Demo Group","id":"demo-group"},
		{"_id":"b","nickname":null,"members":null,"createdAt":"2023-04-01T13:46:12.228Z"},{"_id":"a"}]}}`))
	got, err := s.api(t).ListGroups(t.Context())
	want := []*imkit.Group{
		{ID: "a"},
		{ID: "b", Nickname: null[string](), Members: null[[]string]()},
		{ID: "demo-group", Nickname: reported("Demo Group"), AvatarURL: reported("http://example.com/avatarUrl"), Members: reported([]string{"aaa", "sss"})},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}

	for name, answer := range map[string]http.HandlerFunc{
		"no id":        sayJSON(200, `{"RC":0,"result":{"totalCount":1,"data":[{"nickname":"55555"}]}}`),
		"no count":     sayJSON(200, `{"RC":0,"result":{"data":[{"_id":"55555"}]}}`),
		"no data":      sayJSON(200, `{"RC":0,"result":{"totalCount":55555}}`),
		"an array":     sayJSON(200, `{"RC":0,"result":[55555]}`),
		"404 by code":  sayJSON(404, `{"error":"CLIENT_NOT_FOUND","message":"m"}`),
		"no such call": http.NotFound,
	} {
		_, err := serve(t, routes(map[string]http.HandlerFunc{"GET /admin/groups": answer})).knownServer(t, retries(0)).FindGroup(t.Context(), "a")
		if err == nil || imkit.IsNotFound(err) || imkit.IsUnsupported(err) != (name == "no such call") || strings.Contains(err.Error(), "5555") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGroupCallsSend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		settings imkit.GroupSettings
		body     string
	}{
		"everything": {teamSettings(), `{"_id":"g","avatarUrl":"https://x/","members":["a","b"],"nickname":"Team"}`},
		"cleared":    {imkit.GroupSettings{Nickname: "N", AvatarURL: new(""), Members: &[]string{}}, `{"_id":"g","avatarUrl":"","members":[],"nickname":"N"}`},
		"no list":    {imkit.GroupSettings{Nickname: "N", Members: new([]string(nil))}, `{"_id":"g","members":[],"nickname":"N"}`},
		"a name":     {imkit.GroupSettings{Nickname: "N"}, `{"_id":"g","nickname":"N"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": 1, "data": []any{json.RawMessage(tc.body)}}})
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, routes(map[string]http.HandlerFunc{
				"POST /admin/groups": sayJSON(200, `{"RC":0,"result":`+tc.body+`}`), "GET /admin/groups": sayJSON(200, string(stored)),
			}))
			a := s.api(t)
			created, _, create := a.CreateGroup(t.Context(), "g", tc.settings)
			changed, _, change := a.UpdateGroup(t.Context(), "g", tc.settings, nil)
			if create != nil || change != nil || created.ID != "g" || changed.ID != "g" || s.count(http.MethodPost) != 2 {
				t.Errorf("%v, %v: %s", create, change, s.calls())
			}
			for _, r := range s.seen() {
				if r.method == http.MethodPost && (r.uri != "/admin/groups" || r.body != tc.body) {
					t.Errorf("sent %s to %s, want %s", r.body, r.uri, tc.body)
				}
			}
		})
	}
}

// What cannot be right is an error before anything is sent.
func TestBadGroups(t *testing.T) {
	t.Parallel()
	s := serve(t, groupsListed())
	a := s.api(t)
	group := func(id string, settings imkit.GroupSettings) {
		t.Helper()
		_, _, create := a.CreateGroup(t.Context(), id, settings)
		_, _, change := a.UpdateGroup(t.Context(), id, settings, nil)
		if create == nil || change == nil {
			t.Errorf("%.10q, %+v: %v, %v", id, settings, create, change)
		}
	}
	for _, id := range []string{"", "a\xff", strings.Repeat("x", 8000)} {
		group(id, teamSettings())
		group("g", imkit.GroupSettings{Nickname: "N", Members: &[]string{id}})
		if _, err := a.FindGroup(t.Context(), id); err == nil || imkit.CheckGroupID(id) == nil {
			t.Errorf("%.10q: %v", id, err)
		}
	}
	group("g", imkit.GroupSettings{})
	if imkit.CheckGroupID("g") != nil || len(s.seen()) > 0 {
		t.Errorf("asked for %s", s.calls())
	}
}

// What the list shows after a change is the truth.
func TestUpdateGroup(t *testing.T) {
	t.Parallel()
	ok := sayJSON(200, `{"RC":0,"result":`+team+`}`)
	conflict := sayJSON(409, `{"RC":409,"RM":"Conflict","error":{"code":"GROUP_ALREADY_EXISTS","message":"exists"}}`)
	other := `{"_id":"g","nickname":"Old","avatarUrl":null,"members":["a","b","c"]}`
	for name, tc := range map[string]struct {
		post, list, clients http.HandlerFunc
		want                string
		now                 string   // the nickname in the end; "": not known
		says                []string // words of the error
	}{
		"done":                     {ok, groupsListed(team), nil, "done", "Team", nil},
		"done, lost":               {cut, groupsListed(team), nil, "done", "Team", nil},
		"not done, lost":           {cut, groupsListed(other), nil, "error", "Old", nil},
		"refused":                  {conflict, groupsListed(other), people("a", "b"), "cannot change", "Old", []string{"GROUP_ALREADY_EXISTS"}},
		"refused by RC":            {sayJSON(200, `{"RC":1,"RM":"no"}`), groupsListed(other), people("a", "b"), "cannot change", "Old", []string{"RC 1"}},
		"refused, unknown members": {sayJSON(400, `{"RC":400,"RM":"no"}`), groupsListed(other), people(), "unknown member", "Old", []string{`"a"`, `"b"`}},
		"merged":                   {ok, groupsListed(`{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":["a","b","c"]}`), nil, "done", "Team", nil},
		"ignored":                  {ok, groupsListed(other), nil, "cannot change", "Old", []string{"nickname", "avatarUrl", "members"}},
		"emptied":                  {ok, groupsListed(`{"_id":"g","nickname":"Team","avatarUrl":"https://x/","members":null}`), nil, "done", "Team", nil},
		"gone":                     {ok, groupsListed(), nil, "not shown", "", []string{"reported success"}},
		"cannot be read":           {ok, sayJSON(403, forbidden), nil, "not shown", "", []string{"reported success", "403"}},
		"hangs":                    {ok, hang, nil, "not shown", "", []string{"reported success"}},
		"refused, cannot be read":  {conflict, sayJSON(403, forbidden), people("a", "b"), "error", "", []string{"409"}},
		"no such call":             {http.NotFound, groupsListed(other), nil, "unsupported", "Old", []string{"404"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"POST /admin/groups": tc.post, "GET /admin/groups": tc.list, "GET /admin/clients": tc.clients,
				})).knownServer(t)
				before := &imkit.Group{ID: "g", Nickname: reported("Old"), AvatarURL: null[string](), Members: reported([]string{"a", "b", "c"})}
				began := time.Now()
				now, _, err := a.UpdateGroup(t.Context(), "g", teamSettings(), before)
				if took := time.Since(began); took > 11*time.Second {
					t.Errorf("it took %s", took)
				}
				got := meaning(err)
				switch {
				case err == nil:
					got = "done"
				case errors.Is(err, imkit.ErrCannotChange):
					got = "cannot change"
				case errors.Is(err, imkit.ErrNotShown):
					got = "not shown"
				}
				if got != tc.want || (now != nil) != (tc.now != "") || now != nil && *now.Nickname.Value != tc.now {
					t.Errorf("%s, want %s; now %+v: %v", got, tc.want, now, err)
				}
				for _, word := range tc.says {
					if !strings.Contains(fmt.Sprint(err), word) {
						t.Errorf("it does not say %s: %v", word, err)
					}
				}
			})
		})
	}
	// What the list does not report cannot be wrong.
	a := serve(t, routes(map[string]http.HandlerFunc{"POST /admin/groups": ok, "GET /admin/groups": groupsListed(`{"_id":"g"}`)})).api(t)
	if _, _, err := a.UpdateGroup(t.Context(), "g", teamSettings(), nil); err != nil {
		t.Errorf("little is reported: %v", err)
	}
}
