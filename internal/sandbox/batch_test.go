package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// records is a batch of n clients.
func records(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"_id":"u%03d","nickname":"N%d"}`, i, i))
	}
	return `{"data":[` + strings.Join(list, ",") + `]}`
}

func TestBatch(t *testing.T) {
	const path = "/admin/clients/list"
	h := serve(t, sandbox.Options{})
	h.PutClient("u000", map[string]any{"avatarUrl": "https://example.com/a.png", "nickname": "before"})
	h.AddToken("u000", "tok", start.AddDate(1, 0, 0))
	if got := h.ok("POST", path, records(100)); got["count"] != json.Number("100") {
		t.Errorf("count: got %v", got)
	}
	if got, _ := h.Client("u000"); got["nickname"] != "N0" || got["avatarUrl"] == nil {
		t.Errorf("the first is %v", got)
	}
	if len(h.LiveTokens("u000")) != 1 || len(h.ClientIDs()) != 100 {
		t.Errorf("tokens %v, %d clients", h.LiveTokens("u000"), len(h.ClientIDs()))
	}
	if got := h.ok("POST", path, `{"data":[]}`); got["count"] != json.Number("0") {
		t.Errorf("count of none: got %v", got)
	}
}

func TestBatchRefusesAllOrNothing(t *testing.T) {
	const path = "/admin/clients/list"
	h := serve(t, sandbox.Options{})
	h.RefuseIDs("bad")
	for name, body := range map[string]string{
		"too many":         records(101),
		"no data":          `{}`,
		"data an object":   `{"data":{"_id":"u"}}`,
		"a record a text":  `{"data":[{"_id":"u"},"v"]}`,
		"no id":            `{"data":[{"_id":"u"},{"nickname":"v"}]}`,
		"empty id":         `{"data":[{"_id":"u"},{"_id":""}]}`,
		"a fourth field":   `{"data":[{"_id":"u"},{"_id":"v","description":"d"}]}`,
		"another field":    `{"data":[{"_id":"u"},{"_id":"v","token":"t"}]}`,
		"nickname a flag":  `{"data":[{"_id":"u"},{"_id":"v","nickname":true}]}`,
		"a refused record": `{"data":[{"_id":"u"},{"_id":"bad"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := *h
			h.t = t
			h.refused("POST", path, body, 400, "INVALID_REQUEST")
			if ids := h.ClientIDs(); len(ids) != 0 {
				t.Errorf("made %v", ids)
			}
		})
	}
	h.RefuseIDs()
	h.ok("POST", path, `{"data":[{"_id":"bad"}]}`)
}

func TestBatchSkips(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.SkipIDs("u001")
	if got := h.ok("POST", "/admin/clients/list", records(3)); got["count"] != json.Number("2") {
		t.Errorf("count: got %v", got)
	}
	if diff := cmp.Diff([]string{"u000", "u002"}, h.ClientIDs()); diff != "" {
		t.Errorf("clients: %s", diff)
	}
	h.SkipIDs()
	if got := h.ok("POST", "/admin/clients/list", records(3)); got["count"] != json.Number("3") {
		t.Errorf("count: got %v", got)
	}
}
