package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestGroupRows(t *testing.T) {
	groups, err := groupRows([]string{"keys", "tokens", "large-batch", "rooms", "members"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		var titles []string
		for _, r := range g {
			titles = append(titles, fmt.Sprintf("%s %v", cmp.Or(r.name, r.String()), r.latency))
			if wanted := r.count() <= 1000; wanted != (r.static == g[0]) {
				t.Errorf("%v is compared with %v", r, r.static)
			}
		}
		got = append(got, strings.Join(titles, ", "))
	}
	want := []string{
		"100 `time_static` 0s, rooms 0s, rooms 50ms",
		"200 `time_static` 0s, keys 0s, keys 50ms, members 0s, members 50ms",
		"1000 `time_static` 0s, tokens 0s, tokens 50ms",
		"large-batch 0s, large-batch 50ms",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := groupRows([]string{"rooms", "robots"}); err == nil || !strings.Contains(err.Error(), `"robots", only rooms, `) {
		t.Errorf("got the error %v", err)
	}
}

// The second run was a slow one. The ratio compares what ran beside each other.
func TestTable(t *testing.T) {
	static := &result{row: timeStatic(100)}
	static.static = static
	rooms := &result{row: &row{title: "`imkit_room`", ids: 100}, latency: 50 * time.Millisecond, static: static}
	batch := &result{row: &row{title: "clients in a batch", ids: 10000}}
	for i, took := range []time.Duration{time.Second, 10 * time.Second, 3 * time.Second} {
		for step := range steps {
			static.samples[step] = append(static.samples[step], sample{took: took})
			rooms.samples[step] = append(rooms.samples[step], sample{2 * took, 300 - i})
			batch.samples[step] = append(batch.samples[step], sample{took, 5})
		}
	}
	rooms.samples[1][0].took = 9 * time.Second
	var out strings.Builder
	printTable(&out, [][]*result{{static, rooms}, {batch}})
	want := strings.TrimPrefix(`
|  | latency | create, s | ratio | requests | plan, s | ratio | requests | destroy, s | ratio | requests |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 100 'time_static' | 0 ms | 3.0 | 1.00 | 0 | 3.0 | 1.00 | 0 | 3.0 | 1.00 | 0 |
| 100 'imkit_room' | 50 ms | 6.0 | 2.00 | 299 | 9.0 | 2.00 | 299 | 6.0 | 2.00 | 299 |
| 10000 clients in a batch | 0 ms | 3.0 |  | 5 | 3.0 |  | 5 | 3.0 |  | 5 |
`, "\n")
	if got := strings.ReplaceAll(out.String(), "`", "'"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCalls(t *testing.T) {
	get, post := sandbox.Request{Method: "GET", Route: "/config"}, sandbox.Request{Method: "POST", Route: "/config"}
	if got := calls([]sandbox.Request{post, get, post}); got != "3 requests, GET /config 1, POST /config 2" {
		t.Errorf("got %s", got)
	}
}

// Two rows of one name could not be told apart by -only.
func TestNames(t *testing.T) {
	var names []string
	for _, r := range rows {
		if slices.Contains(names, r.name) {
			t.Errorf("two rows are called %s", r.name)
		}
		names = append(names, r.name)
	}
}
