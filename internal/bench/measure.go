package main

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// maxStatic is up to how many time_static are measured: Terraform by itself takes
// very long for more.
const maxStatic = 1000

// steps are what Terraform is asked to do, in this order.
var steps = [...]struct {
	name string
	args []string
}{
	{"create", []string{"apply", "-auto-approve"}},
	{"plan", []string{"plan", "-detailed-exitcode"}}, // which fails if anything is to change
	{"destroy", []string{"destroy", "-auto-approve"}},
}

// sample is what a step took in one run.
type sample struct {
	took     time.Duration
	requests int
}

// result has all samples of a row at one latency of the server.
type result struct {
	*row
	latency time.Duration
	static  *result // the time_static that are measured beside it; nil above maxStatic
	samples [len(steps)][]sample
}

// groupRows makes the results of the rows of these names, each at 0 and at 50 ms.
// Rows of as many objects are one group, with as many time_static.
func groupRows(names []string) ([][]*result, error) {
	groups := map[int][]*result{}
	for _, name := range names {
		i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no row %q, only %s", name, strings.Join(rowNames(), ", "))
		}
		r := &rows[i]
		n := r.count()
		group := groups[n]
		var static *result
		switch {
		case group != nil:
			static = group[0].static
		case n <= maxStatic:
			static = &result{row: timeStatic(n)}
			static.static = static
			group = append(group, static)
		}
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			group = append(group, &result{row: r, latency: latency, static: static})
		}
		groups[n] = group
	}
	var sorted [][]*result
	for _, n := range slices.Sorted(maps.Keys(groups)) {
		sorted = append(sorted, groups[n])
	}
	return sorted, nil
}

// measure takes a group through all steps once. They take turns, step by step, so that
// whatever slows the machine down for a while slows all of them.
func measure(ctx context.Context, tf *terraform, parent string, group []*result) error {
	var trials []*trial
	for _, r := range group {
		t, err := newTrial(r, tf, parent)
		if err != nil {
			return err
		}
		defer t.listener.Close()
		trials = append(trials, t)
	}
	for step := range steps {
		for _, t := range trials {
			if err := t.take(ctx, step); err != nil {
				return fmt.Errorf("%s at %v, %s: %w", t.row, t.latency, steps[step].name, err)
			}
		}
	}
	return nil
}

// trial is one run of a row: its server, and the folder that Terraform works in.
type trial struct {
	*result
	tf       *terraform
	dir      string
	server   *sandbox.Server
	listener *httptest.Server
}

func newTrial(r *result, tf *terraform, parent string) (*trial, error) {
	dir, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range r.ids {
		ids = append(ids, fmt.Sprintf("id-%d", i))
	}
	// A map: Terraform takes several times as long for a large set.
	config := fmt.Sprintf("locals {\n  ids = { for id in split(\",\", %q) : id => id }\n}\n%s", strings.Join(ids, ","), r.config)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	server := sandbox.New(sandbox.Options{Latency: r.latency})
	if r.prepare != nil {
		r.prepare(server)
	}
	return &trial{r, tf, dir, server, httptest.NewServer(server)}, nil
}

// take measures a step.
func (t *trial) take(ctx context.Context, step int) error {
	t.server.ResetRequests()
	began := time.Now()
	err := t.tf.run(ctx, t.dir, []string{"IMKIT_BASE_URL=" + t.listener.URL, "IMKIT_API_KEY=" + sandbox.DefaultAPIKey}, steps[step].args...)
	took := time.Since(began)
	if err != nil {
		return err
	}
	requests := t.server.Requests()
	t.samples[step] = append(t.samples[step], sample{took, len(requests)})
	fmt.Fprintf(os.Stderr, "  %s, %v, %s: %.1f s, %s\n", t.row, t.latency, steps[step].name, took.Seconds(), calls(requests))

	if step == 0 && t.made != nil {
		if made := t.made(t.server); made != t.count() {
			return fmt.Errorf("the server has %d of %d", made, t.count())
		}
	}
	return nil
}

// calls says how many requests there were of each kind.
func calls(requests []sandbox.Request) string {
	n := map[string]int{}
	for _, r := range requests {
		n[r.Method+" "+r.Route]++
	}
	said := []string{fmt.Sprintf("%d requests", len(requests))}
	for _, call := range slices.Sorted(maps.Keys(n)) {
		said = append(said, fmt.Sprintf("%s %d", call, n[call]))
	}
	return strings.Join(said, ", ")
}
