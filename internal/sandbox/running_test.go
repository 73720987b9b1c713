package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// call serves one request with the default key and without a network.
func call(ctx context.Context, s *sandbox.Server, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

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

func TestRequestLog(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.header.Set("User-Agent", "agent/1")
	h.send("POST", "/admin/clients", `{"_id":"u","n":1.0}`)
	h.Advance(time.Second)
	h.send("GET", "/admin/clients?q=%7B%7D&limit=5", "")
	h.send("POST", "/admin/clients", `nonsense`)
	h.send("GET", "/nowhere", "")

	type line struct {
		Method, Path, Route, ClientID, Body string
		Status                              int
		Seconds                             float64
	}
	var got []line
	for _, r := range h.Requests() {
		got = append(got, line{r.Method, r.Path, r.Route, r.ClientID, string(r.Body), r.Status, r.Time.Sub(start).Seconds()})
	}
	want := []line{
		{"POST", "/admin/clients", "/admin/clients", "u", `{"_id":"u","n":1.0}`, 200, 0},
		{"GET", "/admin/clients", "/admin/clients", "", "", 200, 1},
		{"POST", "/admin/clients", "/admin/clients", "", "nonsense", 400, 1},
		{"GET", "/nowhere", "", "", "", 404, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("log (-want +got):\n%s", diff)
	}
	first := h.Requests()[0]
	if first.Header.Get("User-Agent") != "agent/1" || first.JSON["n"] != json.Number("1.0") {
		t.Errorf("first entry: %+v", first)
	}
	if second := h.Requests()[1]; second.Query.Get("q") != "{}" || second.Query.Get("limit") != "5" || second.JSON != nil {
		t.Errorf("second entry: %+v", second)
	}
	first.JSON["n"], first.Body[0] = "changed", 'X'
	first.Header.Set("User-Agent", "changed")
	if again := h.Requests()[0]; again.JSON["n"] == "changed" || again.Body[0] == 'X' || again.Header.Get("User-Agent") == "changed" {
		t.Error("the log shares memory with its copies")
	}
	for _, c := range []struct {
		method, route string
		want          int
	}{{"POST", "/admin/clients", 2}, {"", "/admin/clients", 3}, {"GET", "", 2}, {"", "", 4}, {"PUT", "", 0}} {
		if got := h.Count(c.method, c.route); got != c.want {
			t.Errorf("Count(%q, %q): got %d, want %d", c.method, c.route, got, c.want)
		}
	}
	h.ResetRequests()
	if h.Count("", "") != 0 {
		t.Error("the log is not empty")
	}
	h.Configure(func(o *sandbox.Options) { o.LogLimit = 2 })
	for i := range 3 {
		h.send("GET", fmt.Sprintf("/%d", i), "")
	}
	if log := h.Requests(); len(log) != 2 || log[0].Path != "/1" {
		t.Errorf("limited log: %+v", log)
	}
}

func TestEdits(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	mine := map[string]any{"list": []int{1}, "_id": "other", "id": "other", "big": int64(1) << 60, "mute": []string{"room"}}
	s.PutClient("u", mine)
	got, _ := s.Client("u")
	if got["_id"] != "u" || got["id"] != nil || got["big"] != json.Number("1152921504606846976") {
		t.Errorf("stored %v", got)
	}
	if list, ok := got["list"].([]any); ok {
		list[0] = "changed"
	}
	if again, _ := s.Client("u"); !cmp.Equal(again["list"], []any{json.Number("1")}) || !cmp.Equal(again["mute"], []any{"room"}) {
		t.Errorf("stored %v", again)
	}
	s.RemoveFields("u", "list", "_id")
	if again, _ := s.Client("u"); again["list"] != nil || again["_id"] != "u" {
		t.Errorf("after removing fields: %v", again)
	}
	s.AddToken("u", "tok", time.Time{})
	s.PutClient("v", nil)
	s.RemoveClient("u")
	s.RemoveClient("nobody")
	s.RemoveFields("nobody", "x")
	if _, ok := s.Client("u"); ok || !cmp.Equal(s.ClientIDs(), []string{"v"}) {
		t.Errorf("after removing: %v", s.ClientIDs())
	}
	s.PutClient("u", nil)
	if live := s.LiveTokens("u"); len(live) != 0 {
		t.Errorf("tokens came back with the client: %v", live)
	}
	if s.Count("", "") != 0 {
		t.Error("edits are in the request log")
	}
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
