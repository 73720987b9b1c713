package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

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
