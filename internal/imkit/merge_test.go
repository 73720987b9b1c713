package imkit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLookUpsAtTheSameMomentAreMerged(t *testing.T) {
	for _, tc := range []struct {
		name      string
		ids, want int
		id        func(i int) string
	}{
		{"one", 1, 1, strconv.Itoa},
		{"some", 10, 1, strconv.Itoa},
		{"a hundred", 100, 1, strconv.Itoa},
		{"more", 250, 3, strconv.Itoa},
		{"twice the same", 150, 1, func(i int) string { return strconv.Itoa(i / 2) }},
		{"long ids", 100, 3, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)) }},
		{"longest ids", 3, 3, func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 7100) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &lookUpServer{latency: 20 * time.Millisecond}
				var ids []string
				for i := range tc.ids {
					ids = append(ids, tc.id(i))
				}
				clients, errs := atOnce(t.Context(), s.api(t), ids)
				for i, id := range ids {
					if errs[i] != nil || clients[i].ID != id {
						t.Fatalf("%q: %v, %v", id, clients[i], errs[i])
					}
				}
				total := 0
				for _, asked := range s.seen() {
					length := 0
					for _, id := range asked {
						length += queryLength(id)
					}
					if len(asked) > MaxLookUp || length > maxQuery {
						t.Errorf("a request for %d ids of %d bytes", len(asked), length)
					}
					total += len(asked)
				}
				slices.Sort(ids)
				if len(s.seen()) != tc.want || total != len(slices.Compact(ids)) {
					t.Errorf("%d requests for %d ids, want %d", len(s.seen()), total, tc.want)
				}
			})
		})
	}
}

// As Terraform does: so many at a time, each with some work before its look-up,
// for which there is one processor.
func TestLookUpsOfManyWorkers(t *testing.T) {
	const ids = 300
	for _, tc := range []struct {
		workers, most int
		work, latency time.Duration
	}{
		{1, 300, 0, 20 * time.Millisecond},
		{2, 150, time.Millisecond, 20 * time.Millisecond},
		{10, 60, 0, 0},
		{10, 60, 0, 20 * time.Millisecond},
		{10, 60, time.Millisecond, 20 * time.Millisecond},
		{10, 60, 3 * time.Millisecond, 20 * time.Millisecond},
		{10, 60, 3 * time.Millisecond, 200 * time.Millisecond},
		{100, 12, 0, 20 * time.Millisecond},
		{100, 12, time.Millisecond, 20 * time.Millisecond},
		{100, 12, 3 * time.Millisecond, 20 * time.Millisecond},
		{100, 12, 3 * time.Millisecond, 200 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%d, %s, %s", tc.workers, tc.work, tc.latency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &lookUpServer{latency: tc.latency}
				a := s.api(t)
				processor := make(chan struct{}, 1)
				start := time.Now()
				each(tc.workers, numbered(ids), func(id string) {
					processor <- struct{}{}
					pass(tc.work)
					<-processor
					if c, err := a.LookUpClient(t.Context(), id); err != nil || c.ID != id {
						t.Errorf("%v, %v", c, err)
					}
				})
				if n := len(s.seen()); n > tc.most {
					t.Errorf("%d requests, want at most %d", n, tc.most)
				}
				// At worst, work and waits follow each other.
				most := ids*tc.work + ids*(tc.latency+gatherTime)/time.Duration(tc.workers) + crowdTime
				if took := time.Since(start); took > most {
					t.Errorf("took %s, want at most %s", took, most)
				}
			})
		})
	}
}

// A look-up on its own waits for others, but not long; also soon after many.
func TestLookUpAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: 20 * time.Millisecond}
		a := s.api(t)
		for _, pause := range []time.Duration{0, time.Second, lullTime + 1} {
			pass(pause)
			start := time.Now()
			if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > s.latency+5*time.Millisecond {
				t.Errorf("took %s", took)
			}
			atOnce(t.Context(), a, numbered(50))
		}
		// Amid others, not for ever either.
		atOnce(t.Context(), a, numbered(50))
		start := time.Now()
		for i := range 10 {
			if _, err := a.LookUpClient(t.Context(), strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 10*(s.latency+gatherTime)+6*lullTime {
			t.Errorf("ten after a crowd took %s", took)
		}
	})
}

// What a reader gets was asked for after it came.
func TestLookUpsRememberNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: 20 * time.Millisecond}
		a := s.api(t)
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
					t.Error(err)
				}
			})
			pass(6 * time.Millisecond)
		}
		readers.Wait()
		if _, err := a.LookUpClient(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		// The second to fourth came while the first request was under way.
		if diff := cmp.Diff([][]string{{"a"}, {"a"}, {"a"}}, s.seen()); diff != "" {
			t.Error(diff)
		}
	})
}

// Readers of the same client can change what they got.
func TestReadersShareNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{}
		clients, errs := atOnce(t.Context(), s.api(t), []string{"a", "a", "a"})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		want := func() *Client {
			return &Client{
				ID: "a", Nickname: Field[string]{true, ptr("N")},
				Custom: map[string]any{"tags": []any{[]any{"t"}}}, Server: map[string]any{"mute": []any{"m"}},
			}
		}
		if diff := cmp.Diff(want(), clients[0]); diff != "" || len(s.seen()) != 1 {
			t.Fatalf("%d requests, %s", len(s.seen()), diff)
		}
		clients[0].Custom["x"] = 1
		clients[0].Server["x"] = 1
		*clients[0].Nickname.Value = "changed"
		change := func(v any) any {
			list, ok := v.([]any)
			if !ok {
				t.Fatalf("%v is no list", v)
			}
			first := list[0]
			list[0] = "changed"
			return first
		}
		change(clients[0].Server["mute"])
		change(change(clients[0].Custom["tags"]))
		if diff := cmp.Diff(want(), clients[1]); diff != "" {
			t.Error(diff)
		}
	})
}
