package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClock(t *testing.T) {
	base := start
	s := sandbox.New(sandbox.Options{Now: func() time.Time { return base }})
	want := func(t0 time.Time) {
		t.Helper()
		if got := s.Now(); !got.Equal(t0) || got.Location() != time.UTC {
			t.Errorf("the clock shows %s, want %s", got, t0)
		}
	}
	want(start)
	base = base.Add(time.Minute)
	want(start.Add(time.Minute)) // it runs
	s.Advance(time.Hour)
	want(start.Add(time.Hour + time.Minute))
	base = base.Add(time.Minute)
	s.Advance(-time.Hour)
	want(start.Add(2 * time.Minute))
	s.SetTime(start.In(time.FixedZone("", 3600)))
	base = base.Add(time.Minute)
	want(start) // it stands
	s.Advance(time.Second)
	want(start.Add(time.Second))

	if got := time.Since(sandbox.New(sandbox.Options{}).Now()).Abs(); got > time.Minute {
		t.Errorf("without a clock of its own it is off by %s", got)
	}
}

// The header Date is right, however the clock was moved, unless the server's clock is wrong. A clock that stands is what
// tests go by themselves.
func TestDate(t *testing.T) {
	s := sandbox.New(sandbox.Options{Now: func() time.Time { return start }})
	shows := func(want time.Time) {
		t.Helper()
		date := call(t.Context(), s, "GET", "/admin/clients", "").Header().Get("Date")
		if got, err := http.ParseTime(date); err != nil || !got.Equal(want.Truncate(time.Second)) {
			t.Errorf("Date is %q, want %s", date, want)
		}
	}
	shows(start)
	s.Advance(-121 * time.Hour)
	shows(start)
	s.Configure(func(o *sandbox.Options) { o.ClockSkew = time.Hour })
	shows(start.Add(time.Hour))
	if got, want := s.Now(), start.Add(-120*time.Hour); !got.Equal(want) {
		t.Errorf("the clock shows %s, want %s", got, want)
	}
	s.SetTime(start.Add(time.Minute))
	shows(start.Add(time.Minute))
	s.Advance(time.Minute)
	shows(start.Add(2 * time.Minute))
}

func TestHookMayBlockAndCall(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	arrived, release := make(chan string), make(chan struct{})
	s.SetHook(func(r *http.Request) {
		arrived <- r.Method
		<-release
		s.PutClient("made by the hook", nil)
	})
	done := make(chan *httptest.ResponseRecorder)
	for range 2 {
		go func() { done <- call(t.Context(), s, "POST", "/admin/clients", `{"_id":"u"}`) }()
	}
	for range 2 { // both are in flight at once
		if got := <-arrived; got != "POST" {
			t.Errorf("the hook saw %s", got)
		}
	}
	if log := s.Requests(); len(log) != 2 || log[0].Status != 0 {
		t.Errorf("in flight: %+v", log)
	}
	close(release)
	for range 2 {
		if w := <-done; w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
	s.SetHook(nil)
	call(t.Context(), s, "GET", "/admin/clients", "")
	if len(s.ClientIDs()) != 2 {
		t.Errorf("clients: %v", s.ClientIDs())
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	s.Inject(sandbox.Fault{Status: 500, Skip: 10, Times: 20})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := fmt.Sprintf("u%d", i)
			for range 20 {
				call(t.Context(), s, "POST", "/admin/clients", `{"_id":"`+id+`","issueAccessToken":true}`)
				call(t.Context(), s, "GET", "/admin/clients", "")
				call(t.Context(), s, "DELETE", "/admin/clients/"+id+"/token", "")
				s.PutClient(id, map[string]any{"n": i})
				s.Advance(time.Millisecond)
				s.Configure(func(o *sandbox.Options) { o.FlatReplies = !o.FlatReplies })
				_, _ = s.Requests(), s.LiveTokens(id)
			}
		})
	}
	wg.Wait()
	failed := 0
	for _, r := range s.Requests() {
		if r.Status == 500 {
			failed++
		}
	}
	if failed != 20 || s.Count("", "") != 480 {
		t.Errorf("%d of %d requests failed, want 20 of 480", failed, s.Count("", ""))
	}
}

func TestErrorShapes(t *testing.T) {
	cases := []struct {
		shape    sandbox.ErrorShape
		under200 bool
		status   int
		want     map[string]any
	}{
		{sandbox.ErrorEnveloped, false, 401, map[string]any{
			"RC": json.Number("401"), "RM": "Unauthorized",
			"error": map[string]any{"code": "INVALID_API_KEY", "message": "Invalid API key"},
		}},
		{sandbox.ErrorFlat, false, 401, map[string]any{"error": "INVALID_API_KEY", "message": "Invalid API key"}},
		{sandbox.ErrorCodeOnly, false, 401, map[string]any{"RC": json.Number("401"), "RM": "Invalid API key"}},
		{sandbox.ErrorFlat, true, 200, map[string]any{
			"RC": json.Number("401"), "error": "INVALID_API_KEY", "message": "Invalid API key",
		}},
		{sandbox.ErrorCodeOnly, true, 200, map[string]any{"RC": json.Number("401"), "RM": "Invalid API key"}},
	}
	for _, c := range cases {
		h := serve(t, sandbox.Options{ErrorShape: c.shape, ErrorsUnder200: c.under200})
		h.header.Set("IM-API-KEY", "wrong")
		r := h.send("GET", "/admin/clients", "")
		if diff := cmp.Diff(c.want, r.object(t)); diff != "" || r.status != c.status {
			t.Errorf("shape %d: %d (-want +got):\n%s", c.shape, r.status, diff)
		}
	}
}
