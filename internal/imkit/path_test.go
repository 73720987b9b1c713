package imkit_test

import (
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Each id is one segment, whatever it contains, and no id is taken for a place in the
// path; the base URL's own path stays in front.
func TestIDsInAPath(t *testing.T) {
	t.Parallel()
	ids := []string{
		"a", "a/b", "a%2Fb", "..", ".", "...", "{client}", "{id}", "}{", "a b", "+", "?q=1", "#x", `"`, "$", ";", "日本語", "e\u0301", "😀", "\x00", "%",
	}
	for _, base := range []string{"", "/chat", "/a%2Fb"} {
		for pattern, call := range map[string]func(a *imkit.API, first, second string) error{
			"PUT " + base + "/rooms/{first}/member/{second}": func(a *imkit.API, first, second string) error {
				return a.SetMemberProperty(t.Context(), first, second, "role", "member")
			},
			"POST " + base + "/admin/clients/{first}/mute/{second}": func(a *imkit.API, first, second string) error {
				return a.MuteRoom(t.Context(), first, second)
			},
			"DELETE " + base + "/admin/clients/{first}/token": func(a *imkit.API, first, _ string) error {
				return a.RevokeAllTokens(t.Context(), first)
			},
		} {
			var first, second, raw string
			mux := http.NewServeMux()
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				first, second, raw = r.PathValue("first"), r.PathValue("second"), r.URL.EscapedPath()
				sayJSON(200, `{"RC":0}`)(w, r)
			})
			s := serve(t, mux.ServeHTTP)
			s.URL += base
			a := s.api(t)
			for i, id := range ids {
				other := ids[len(ids)-1-i]
				err := call(a, id, other)
				if err != nil || first != id || second != other && second != "" {
					t.Errorf("%s: %q and %q arrived as %q and %q (%s): %v", pattern, id, other, first, second, raw, err)
				}
			}
		}
	}
}
