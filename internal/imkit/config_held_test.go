package imkit

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// While nobody knows yet whether a write has taken keys away, and until they are put
// back, they are there for whoever reads: one that creates a key would overwrite
// what it takes for new, and a deletion whose answer was lost would pass for done.
// Once they cannot be put back, they are gone.
func TestKeysAreThereWhileTheyArePutBack(t *testing.T) {
	for name, tc := range map[string]struct {
		refused bool
		after   map[string]any
	}{
		"put back":        {false, map[string]any{"announcement": "hello", "a": "1"}},
		"cannot be again": {true, map[string]any{"a": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &configServer{replaces: true, latency: time.Second, values: map[string]any{"announcement": "hello"}}
				s.fails = func(r *http.Request, n int) (http.HandlerFunc, bool) {
					if tc.refused && r.Method == http.MethodPost && n > 2 {
						return sayJSON(400, `{"error":"INVALID_REQUEST"}`), false
					}
					return nil, true
				}
				a := s.api(t)
				written := make(chan error)
				go func() {
					_, err := a.SetConfig(t.Context(), "a", "1")
					written <- err
				}()
				pass(2100 * time.Millisecond) // after a read and a write
				if _, there := s.has()["announcement"]; there {
					t.Fatal("nothing is lost yet")
				}
				during, err := a.Config(t.Context())
				if diff := cmp.Diff("hello", during["announcement"]); diff != "" || err != nil {
					t.Errorf("meanwhile: %v, %s", err, diff)
				}
				if err := <-written; (err != nil) != tc.refused {
					t.Error(err)
				}
				after, err := a.Config(t.Context())
				if diff := cmp.Diff(tc.after, after); diff != "" || err != nil {
					t.Errorf("afterwards: %v, %s", err, diff)
				}
			})
		})
	}
}
