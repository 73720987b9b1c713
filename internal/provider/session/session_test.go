package session_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestCallsForOneClientFollowEachOther(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{KeepTokensOnReissue: true, Latency: 10 * time.Millisecond})
	server.SetTime(acctest.Epoch)
	server.PutClient("robot", nil)
	var inFlight, most atomic.Int32
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := inFlight.Add(1)
		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
		}
		server.ServeHTTP(w, r)
		inFlight.Add(-1)
	}))
	t.Cleanup(listener.Close)
	w := &acctest.World{Server: server, URL: listener.URL}

	c := w.CLI(t, "resource \"imkit_client_token\" \"test\" {\n  count     = 8\n  client_id = \"robot\"\n}\n")
	c.Apply()
	if most.Load() != 1 {
		t.Errorf("%d calls for one client were under way at once", most.Load())
	}
	w.Alive(t, "robot", 8)
	most.Store(0)
	c.Must("destroy", "-auto-approve", "-refresh=false")
	if most.Load() != 1 || len(w.LiveTokens("robot")) != 0 {
		t.Errorf("%d calls for one client were under way at once; %d tokens are alive", most.Load(), len(w.LiveTokens("robot")))
	}
}
