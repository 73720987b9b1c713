package group_test

import (
	"fmt"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// manyKinds is a server with groups of all kinds, one of which nobody could manage
// as it is. fit is how many are left.
func manyKinds(t *testing.T) (w *acctest.World, fit int) {
	t.Helper()
	w = acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("ann", nil)
	w.PutClient("a/b ${x}", nil)
	groups := map[string]map[string]any{
		"team":     {"nickname": "Team", "avatarUrl": "https://example.com/t.png", "members": []any{"ann", "a/b ${x}"}},
		"nobody":   {"nickname": "Nobody", "members": []any{}},
		"${x} \"/": {"nickname": "%{ if } $${y}\n", "members": []any{"ann"}},
		"5":        {"nickname": "5", "avatarUrl": nil},
		"picture":  {"nickname": "Picture", "avatarUrl": "pictures/1.png"},
		"nameless": {"nickname": nil},
		"renamed":  {"nickname": `{ "for": 1 }`},
	}
	for id, fields := range groups {
		w.PutGroup(id, fields)
	}
	return w, len(groups) - 2
}

// What a query finds can be adopted as it is.
func TestGroupListIsAdopted(t *testing.T) {
	t.Parallel()
	w, fit := manyKinds(t)
	c := w.Core(t, "imkit_group")
	found, told := c.Query(acctest.Search{})
	if len(found) != fit+2 || len(told) > 0 || len(w.Requests()) != 1 {
		t.Errorf("found %d by %d requests:\n%s", len(found), len(w.Requests()), told)
	}
	found, told = c.Query(acctest.Search{Include: true})
	if len(found) != fit || told.Failed() {
		t.Fatalf("found %d:\n%s", len(found), told)
	}
	acctest.Says(t, told.String(), `does not include group "nameless". It has no nickname`, `does not include group "renamed". Its nickname is JSON`,
		`does not include these attributes of group "picture": avatar_url.`)
	c.AdoptEach(found)
}

func TestGroupListNamesAndLimit(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for i := range 150 {
		w.PutGroup(fmt.Sprintf("group-%03d", i), map[string]any{"nickname": fmt.Sprintf("Group %d", i)})
	}
	c := w.Core(t, "imkit_group")
	c.Named(acctest.Search{Limit: 2}, "Group 0", "Group 1")
	if found, told := c.Query(acctest.Search{Limit: 1000}); len(found) != 150 || len(told) > 0 {
		t.Errorf("found %d:\n%s", len(found), told)
	}
}

func TestGroupListGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Queries) {
		return
	}
	w, fit := manyKinds(t)
	w.AdoptAll(t, "imkit_group", fit)
}
