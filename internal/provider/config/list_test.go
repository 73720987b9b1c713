package config_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// manyKinds is a server with keys of all kinds, unfit ones among them. fit is how
// many are left.
func manyKinds(t *testing.T) (w *acctest.World, fit int) {
	t.Helper()
	w = acctest.NewWorld(t, sandbox.Options{})
	all := map[string]any{
		"announcement": map[string]any{"text": "Hi ${x}", "pin": true, "a b": []any{1, nil, map[string]any{}}},
		"text":         "line\n${x} \"q\"", "empty": "", "five": "5", "json": `{"a":1}`, "list": []any{"b", "a"},
		"number": json.Number("9007199254740993"), "zero": 0, "no": false, "x${x} \"/": true, "none": []any{},
		// What nobody could adopt as it is.
		"null": nil, "for text": `{ "for": 1 }`, "for": map[string]any{"for": 1}, "infinite": json.Number("1e999999999"),
		"letters": map[string]any{"e\u0301": 1}, "e\u0301": 1, `{ "for": 1 }`: 1, "$set": 1, ".": 1,
	}
	for key, v := range all {
		w.PutConfig(key, v)
	}
	return w, len(all) - 9
}

// What a query finds can be adopted as it is.
func TestConfigListIsAdopted(t *testing.T) {
	t.Parallel()
	w, fit := manyKinds(t)
	c := w.Core(t, "imkit_config")
	found, told := c.Query(acctest.Search{})
	if len(found) != fit+6 || told.Failed() || len(w.Requests()) != 1 {
		t.Errorf("found %d by %d requests:\n%s", len(found), len(w.Requests()), told)
	}
	acctest.Says(t, told.String(), "Configuration key \"e\u0301\" was left out", `Its id, "e\u0301", is not in Unicode NFC`, `The key begins with "$"`, "proxies remove")
	found, told = c.Query(acctest.Search{Include: true})
	if len(found) != fit || told.Failed() || len(told) != 9 {
		t.Fatalf("found %d:\n%s", len(found), told)
	}
	acctest.Says(t, told.String(), `"null". Its value is null`, `"for text". Its value has an object whose first field`, `"for". Its value has an object whose first field`,
		`"infinite". Its value cannot be kept in state`, `"letters". A name in its value is not in Unicode NFC`, `id = "{ \"for\": 1 }"`)
	c.AdoptEach(found)
}

func TestConfigListLimitAndErrors(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, key := range []string{"b", "c", "a"} {
		w.PutConfig(key, 1)
	}
	c := w.Core(t, "imkit_config")
	c.Named(acctest.Search{Limit: 2}, "a", "b")
	w.Configure(func(o *sandbox.Options) { o.RefuseUserLevel = http.StatusForbidden })
	found, told := c.Query(acctest.Search{})
	if acctest.Says(t, told.String(), "Unable to list configuration keys", "does not let the API key"); len(found) > 0 {
		t.Errorf("found %d", len(found))
	}
}

func TestConfigListGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Queries) {
		return
	}
	w, fit := manyKinds(t)
	w.AdoptAll(t, "imkit_config", fit)
}
