package imkit

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Each id is one segment, whatever it contains, and no id is taken for a place.
func TestTwoIDsInAPath(t *testing.T) {
	ids := []string{
		"a", "a/b", "a%2Fb", "..", ".", "...", "{client}", "{id}", "}{", "a b", "+", "?q=1", "#x", `"`, "$", ";", "日本語", "e\u0301", "😀", "\x00", "%",
	}
	type place struct{ method, path, pattern string }
	for _, p := range []place{
		{http.MethodPut, "/rooms/{id}/member/{client}", "PUT /rooms/{first}/member/{second}"},
		{http.MethodDelete, "/admin/clients/{client}/mute/{room}", "DELETE /admin/clients/{first}/mute/{second}"},
	} {
		var first, second, raw string
		mux := http.NewServeMux()
		mux.HandleFunc(p.pattern, func(w http.ResponseWriter, r *http.Request) {
			first, second, raw = r.PathValue("first"), r.PathValue("second"), r.URL.EscapedPath()
			sayJSON(200, `{"RC":0}`)(w, r)
		})
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		a := newAPI(t, testConfig(t, server.URL))
		for i, id := range ids {
			other := ids[len(ids)-1-i]
			err := a.do(t.Context(), call{
				method: p.method, path: p.path, id: id, other: other,
				decode: func(answer) error { return nil },
			})
			if err != nil || first != id || second != other {
				t.Errorf("%q and %q arrived as %q and %q (%s): %v", id, other, first, second, raw, err)
			}
		}
	}
}
