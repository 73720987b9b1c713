package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// step is what Terraform is asked to do.
type step int

const (
	create step = iota
	plan
	updateOne
	destroy
	steps
)

func (s step) String() string {
	return [...]string{"create", "plan", "update one", "destroy"}[s]
}

func (s step) command() []string {
	switch s {
	case plan:
		return []string{"plan", "-detailed-exitcode"}
	case destroy:
		return []string{"destroy", "-auto-approve"}
	default:
		return []string{"apply", "-auto-approve"}
	}
}

// sample is what one step took once.
type sample struct {
	took     time.Duration
	memory   int64
	requests requests
}

// result is all that is known about a subject of a size at a latency.
type result struct {
	subject   *subject
	count     int
	latency   time.Duration
	yardstick *result // measured beside it, or nil
	samples   [steps][]sample
}

func (r *result) size() string { return fmt.Sprintf("%s %s", thousands(r.count), r.subject.name) }

// world is a result's server and the folder that Terraform works in, for one run.
type world struct {
	*result
	dir    string
	server *sandbox.Server
	env    []string
}

// measure takes every subject of a group through all steps, in turns.
func measure(ctx context.Context, tf terraform, parent string, group []*result) error {
	worlds := make([]*world, len(group))
	for i, r := range group {
		dir, err := os.MkdirTemp(parent, "run-")
		if err != nil {
			return err
		}
		server := sandbox.New(sandbox.Options{Latency: r.latency})
		listener := httptest.NewServer(server)
		defer listener.Close()
		worlds[i] = &world{r, dir, server, []string{"IMKIT_BASE_URL=" + listener.URL, "IMKIT_API_KEY=" + sandbox.DefaultAPIKey}}
		if r.subject.prepare != nil {
			r.subject.prepare(server, r.count)
		}
		if err := worlds[i].write(create); err != nil {
			return err
		}
		if _, _, err := tf.run(ctx, dir, worlds[i].env, "init"); err != nil {
			return err
		}
	}
	for s := range steps {
		for _, w := range worlds {
			if err := w.take(ctx, tf, s); err != nil {
				return fmt.Errorf("%s at %v, %v: %w", w.size(), w.latency, s, err)
			}
		}
	}
	return nil
}

// take measures a step and checks that it did what it should.
func (w *world) take(ctx context.Context, tf terraform, s step) error {
	if s == updateOne {
		if err := w.write(s); err != nil {
			return err
		}
	}
	w.server.ResetRequests()
	took, memory, err := tf.run(ctx, w.dir, w.env, s.command()...)
	if err != nil {
		return err
	}
	one := sample{took, memory, count(w.server)}
	w.samples[s] = append(w.samples[s], one)
	fmt.Fprintf(os.Stderr, "  %-40s %4v  %-10v %6.1f s  %4d MB  %s\n", w.size(), w.latency, s, took.Seconds(), memory>>20, one.requests)
	return w.subject.check(w.server, w.count, s == updateOne)
}

// write writes the configuration as it is before or after the edit of one object.
func (w *world) write(s step) error {
	for name, content := range map[string]string{
		"main.tf":   w.subject.configuration,
		"users.csv": users(w.count, s == updateOne),
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
