package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const groupsPath = "/admin/groups"

// serveGroups serves a sandbox with people and, half an hour old, one group in it.
func serveGroups(t *testing.T, opts sandbox.GroupOptions) *harness {
	t.Helper()
	h := serve(t, sandbox.Options{Groups: opts})
	for _, id := range []string{"ann", "bob", "cid"} {
		h.PutClient(id, nil)
	}
	h.PutGroup("g", map[string]any{"nickname": "G", "avatarUrl": "https://example.com/g.png", "members": []string{"ann", "bob"}})
	h.Advance(30 * time.Minute)
	return h
}

func TestCreateGroup(t *testing.T) {
	h := serveGroups(t, sandbox.GroupOptions{})
	now := "2026-01-02T03:34:05.678Z"
	want := map[string]any{
		"_id": "n", "nickname": "N", "avatarUrl": "", "members": []any{"bob", "ann"}, "createdAt": now, "updatedAt": now,
	}
	got := h.ok("POST", groupsPath, `{"_id":"n","nickname":"N","avatarUrl":"","members":["bob","ann","bob"]}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	made, _ := h.ok("POST", groupsPath, `{"nickname":"M"}`)["_id"].(string)
	if diff := cmp.Diff([]string{"g", "n", made}, h.GroupIDs()); diff != "" || len(made) != 24 {
		t.Errorf("groups: %s", diff)
	}
	if stored, _ := h.Group(made); !cmp.Equal(stored["members"], []any{}) || stored["appID"] != sandbox.DefaultAppID {
		t.Errorf("stored %v", stored)
	}
}

func TestGroupRefusals(t *testing.T) {
	h := serveGroups(t, sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting})
	before, _ := h.Group("g")
	for name, c := range map[string]struct {
		body string
		code string
	}{
		"no nickname":     {`{"_id":"g","members":["ann"]}`, "MISSING_PARAMETER"},
		"nickname empty":  {`{"_id":"g","nickname":""}`, "INVALID_REQUEST"},
		"id a number":     {`{"_id":1,"nickname":"N"}`, "INVALID_REQUEST"},
		"picture null":    {`{"_id":"g","nickname":"N","avatarUrl":null}`, "INVALID_REQUEST"},
		"members objects": {`{"_id":"g","nickname":"N","members":[{"_id":"ann"}]}`, "INVALID_REQUEST"},
		"another field":   {`{"_id":"g","nickname":"N","description":"D"}`, "INVALID_REQUEST"},
		"unknown member":  {`{"_id":"g","nickname":"N","members":["ann","zoe"]}`, "MEMBER_NOT_FOUND"},
		"group a member":  {`{"_id":"n","nickname":"N","members":["g"]}`, "MEMBER_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			h.refused("POST", groupsPath, c.body, 400, c.code)
			if got, _ := h.Group("g"); !cmp.Equal(got, before) || !slices.Equal(h.GroupIDs(), []string{"g"}) {
				t.Errorf("a refused request changed %v, %v", h.GroupIDs(), got)
			}
		})
	}
	if got := h.send("POST", groupsPath, `{"nickname":"N","members":["ann","zoe"]}`); !strings.Contains(got.body, "'zoe'") {
		t.Errorf("the unknown member is not named: %s", got.body)
	}
	h.refused("POST", groupsPath, `{"_id":"ann","nickname":"N"}`, 409, "GROUP_ALREADY_EXISTS") // a client
}

func TestExistingGroup(t *testing.T) {
	const picture = "https://example.com/g.png"
	for name, c := range map[string]struct {
		opts    sandbox.GroupOptions
		body    string
		status  int
		replied []any // members
		stored  string
	}{
		"refused": {sandbox.GroupOptions{}, `"members":["cid"]`, 409, nil, "G " + picture + " [ann bob]"},
		"updated": {sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}, `"members":["cid"]`, 200, []any{"cid"}, "N " + picture + " [cid]"},
		"merged": {
			sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, MergeMembers: true}, `"members":["cid","ann"]`,
			200, []any{"ann", "bob", "cid"}, "N " + picture + " [ann bob cid]",
		},
		"left out": {sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}, `"avatarUrl":""`, 200, []any{"ann", "bob"}, "N  [ann bob]"},
		"cleared": {
			sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, ClearLeftOut: true}, `"members":["cid"]`,
			200, []any{"cid"}, "N <nil> [cid]",
		},
		"cleared members": {
			sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, ClearLeftOut: true}, `"avatarUrl":""`, 200, []any{}, "N  []",
		},
		"ignored": {sandbox.GroupOptions{OnExisting: sandbox.IgnoreExisting}, `"members":["cid"]`, 200, []any{"cid"}, "G " + picture + " [ann bob]"},
	} {
		t.Run(name, func(t *testing.T) {
			h := serveGroups(t, c.opts)
			body := `{"_id":"g","nickname":"N",` + c.body + `}`
			if c.status != 200 {
				h.refused("POST", groupsPath, body, c.status, "GROUP_ALREADY_EXISTS")
			} else {
				got := h.ok("POST", groupsPath, body)
				if !cmp.Equal(got["members"], c.replied) || got["nickname"] != "N" ||
					got["createdAt"] != "2026-01-02T03:04:05.678Z" || got["updatedAt"] != "2026-01-02T03:34:05.678Z" {
					t.Errorf("reply: %v", got)
				}
			}
			stored, _ := h.Group("g")
			if got := fmt.Sprint(stored["nickname"], " ", stored["avatarUrl"], " ", stored["members"]); got != c.stored {
				t.Errorf("stored %s, want %s", got, c.stored)
			}
		})
	}
}

func TestListGroups(t *testing.T) {
	h := serveGroups(t, sandbox.GroupOptions{})
	for i := range 12 {
		h.PutGroup(fmt.Sprintf("g%02d", i), map[string]any{"nickname": "N"})
	}
	list := func(query string) (first map[string]any, count int) {
		t.Helper()
		result := h.ok("GET", groupsPath+query, "")
		data, _ := result["data"].([]any)
		first, _ = data[0].(map[string]any)
		if result["totalCount"] != json.Number("13") {
			t.Errorf("%s: totalCount %v", query, result["totalCount"])
		}
		return first, len(data)
	}
	first, count := list("")
	want := map[string]any{
		"_id": "g", "id": "g", "nickname": "G", "avatarUrl": "https://example.com/g.png", "members": []any{"ann", "bob"},
	}
	if diff := cmp.Diff(want, first); diff != "" || count != 10 {
		t.Errorf("%d listed, the first (-want +got):\n%s", count, diff)
	}
	for query, want := range map[string]int{"?limit=1": 1, "?limit=100": 13, "?limit=5000": 13} {
		if _, count := list(query); count != want {
			t.Errorf("%s: %d listed, want %d", query, count, want)
		}
	}
	h.Configure(func(o *sandbox.Options) { o.Groups.DefaultLimit = 3 })
	if _, count := list(""); count != 3 {
		t.Errorf("with another default: %d listed", count)
	}
	h.Configure(func(o *sandbox.Options) { o.Groups.ListCap = 5 })
	if _, count := list("?limit=100"); count != 5 {
		t.Errorf("capped: %d listed", count)
	}
	if _, count := list("?limit=4"); count != 4 {
		t.Errorf("below the cap: %d listed", count)
	}
	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=many", "?limit="} {
		h.refused("GET", groupsPath+query, "", 400, "INVALID_QUERY")
	}
}

func TestGroupsListedLater(t *testing.T) {
	h := serveGroups(t, sandbox.GroupOptions{ListedAfter: time.Minute, OnExisting: sandbox.UpdateExisting})
	h.ok("POST", groupsPath, `{"_id":"g","nickname":"H"}`)
	h.ok("POST", groupsPath, `{"_id":"n","nickname":"N"}`)
	for _, want := range []string{"G", "H N"} {
		var nicknames []string
		data, _ := h.ok("GET", groupsPath, "")["data"].([]any)
		for _, group := range data {
			fields, _ := group.(map[string]any)
			nicknames = append(nicknames, fmt.Sprint(fields["nickname"]))
		}
		if got := strings.Join(nicknames, " "); got != want {
			t.Errorf("listed are %s, want %s", got, want)
		}
		h.Advance(time.Minute)
	}
}

func TestGroupIDsInLowerCase(t *testing.T) {
	h := serve(t, sandbox.Options{LowerCaseIDs: true})
	if made := h.ok("POST", groupsPath, `{"_id":"Team-ONE","nickname":"N"}`); made["_id"] != "team-one" {
		t.Errorf("made %v", made)
	}
	h.refused("POST", groupsPath, `{"_id":"TEAM-one","nickname":"N"}`, 409, "GROUP_ALREADY_EXISTS")
}

func TestGroupsAmongClients(t *testing.T) {
	h := serveGroups(t, sandbox.GroupOptions{})
	if diff := cmp.Diff([]string{"ann", "bob", "cid"}, h.find(`{}`)); diff != "" {
		t.Errorf("looked up: %s", diff)
	}
	h.Configure(func(o *sandbox.Options) { o.Groups.InLookup = true })
	if diff := cmp.Diff([]string{"g"}, h.find(`{"_id":{"$in":["g"]}}`)); diff != "" {
		t.Errorf("looked up: %s", diff)
	}
	data, _ := h.ok("GET", "/admin/clients?q="+url.QueryEscape(`{"_id":"g"}`), "")["data"].([]any)
	if found, _ := data[0].(map[string]any); found["clientType"] != "group" || found["nickname"] != "G" {
		t.Errorf("looked up as %v", found)
	}
	if _, ok := h.Client("g"); ok || !slices.Equal(h.ClientIDs(), []string{"ann", "bob", "cid"}) {
		t.Errorf("clients: %v", h.ClientIDs())
	}
	if _, ok := h.Group("ann"); ok {
		t.Error("a client is a group")
	}
}

func TestGroupEdits(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	s.PutGroup("g", map[string]any{"nickname": "G", "members": []string{"gone"}, "_id": "other"})
	s.PutGroup("g", map[string]any{"nickname": "H", "_id": "other"})
	got, _ := s.Group("g")
	if got["_id"] != "g" || got["nickname"] != "H" || !cmp.Equal(got["members"], []any{"gone"}) {
		t.Errorf("stored %v", got)
	}
	got["nickname"] = "changed"
	if again, _ := s.Group("g"); again["nickname"] != "H" {
		t.Error("the copy shares memory with what is stored")
	}
	s.PutClient("u", nil)
	s.RemoveGroup("u")
	s.RemoveGroup("nobody")
	s.RemoveGroup("g")
	if len(s.GroupIDs()) != 0 || len(s.ClientIDs()) != 1 || s.Count("", "") != 0 {
		t.Errorf("groups %v, clients %v", s.GroupIDs(), s.ClientIDs())
	}
	defer func() {
		if recover() == nil {
			t.Error("a client became a group")
		}
	}()
	s.PutGroup("u", nil)
}
