package imkit

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the server shows is told apart from what it was sent.
func TestShownConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &configServer{lag: 10 * time.Second, values: map[string]any{"old": "o"}}
		a := s.api(t)
		if _, err := a.SetConfig(t.Context(), "new", "n"); err != nil {
			t.Fatal(err)
		}
		for _, want := range []map[string]any{{"old": "o"}, {"old": "o", "new": "n"}} {
			got, err := a.ShownConfig(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, %s", err, diff)
			}
			pass(10 * time.Second)
		}
		s.fails = func(*http.Request, int) (http.HandlerFunc, bool) {
			return sayJSON(400, `{"error":"INVALID_REQUEST"}`), false
		}
		if got, err := a.ShownConfig(t.Context()); err == nil || got != nil {
			t.Errorf("%v, %v", got, err)
		}
	})
}
