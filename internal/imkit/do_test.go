package imkit_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Do shows the reply, whatever it says, makes a change once, and repeats no token.
func TestDo(t *testing.T) {
	t.Parallel()
	const token = "a-t0ken-0f-s0mebody"
	broken := sayJSON(500, `{"RC":500,"RM":"`+token+` is broken"}`)
	for _, tc := range []struct {
		method string
		status int
		object string
		failed bool
		sent   int
	}{
		{method: "GET", status: 200, object: "map[RC:0 RM:OK]", sent: 2},
		{method: "POST", status: 500, object: "map[RC:500 RM:" + token + " is broken]", failed: true, sent: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serveInMemory(t, inTurn(broken, sayJSON(200, `{"RC":0,"RM":"OK"}`)))
			r := imkit.Request{Method: tc.method, Path: "/rooms/{id}", Args: []string{"a/b"}, Body: map[string]any{"token": token}}
			got, err := s.api(t).Do(t.Context(), r)
			if got.Status != tc.status || fmt.Sprint(got.Object) != tc.object || got.Header.Get("Date") == "" || (err != nil) != tc.failed {
				t.Errorf("%s: %+v, %v", tc.method, got, err)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("%s: the error has the token: %v", tc.method, err)
			}
			if len(s.seen()) != tc.sent || s.seen()[0].uri != "/rooms/a%2Fb" {
				t.Errorf("%s: %d requests: %+v", tc.method, len(s.seen()), s.seen())
			}
		})
	}
}
