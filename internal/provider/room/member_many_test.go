package room_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// 200 members of one room, at Terraform's own parallelism of 10.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	const many = 200
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutRoom("lobby", nil)
	for i := range many {
		w.PutClient(fmt.Sprint("client-", i), nil)
	}
	c := w.CLI(t, fmt.Sprintf("resource \"imkit_room_member\" \"test\" {\n  count     = %d\n  room_id   = \"lobby\"\n  client_id = \"client-${count.index}\"\n}\n", many))
	requests := func(step string, do func()) {
		w.ResetRequests()
		do()
		got := map[string]int{}
		for _, r := range w.Requests() {
			got[r.Method+" "+r.Route]++
		}
		t.Logf("%s: %v", step, got)
	}
	requests("join", func() { c.Apply() })
	requests("plan", func() { c.Empty() })
	requests("leave", func() { c.Must("destroy", "-auto-approve", "-refresh=false") })
	_ = http.MethodGet
}
