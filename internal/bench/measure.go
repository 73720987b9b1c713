package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// subject is a way to have many of something.
type subject int

const (
	yardstick subject = iota
	manyClients
	oneBatch
)

func (s subject) String() string {
	return [...]string{"`time_static`", "`imkit_client`", "records in one `imkit_client_batch`"}[s]
}

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
	subject   subject
	count     int
	latency   time.Duration
	yardstick *result // measured beside it, or nil
	samples   [steps][]sample
}

func (r *result) size() string { return fmt.Sprintf("%s %s", thousands(r.count), r.subject) }

// requests counts them by kind.
type requests struct{ lookUps, upserts, batches, revocations, other int }

func count(server *sandbox.Server) requests {
	n := requests{
		lookUps:     server.Count(http.MethodGet, "/admin/clients"),
		upserts:     server.Count(http.MethodPost, "/admin/clients"),
		batches:     server.Count(http.MethodPost, "/admin/clients/list"),
		revocations: server.Count(http.MethodDelete, "/admin/clients/{id}/token"),
	}
	n.other = server.Count("", "") - n.lookUps - n.upserts - n.batches - n.revocations
	return n
}

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
	return w.check(s)
}

func (w *world) check(s step) error {
	if w.subject == yardstick {
		return nil
	}
	if have := len(w.server.ClientIDs()); have != w.count {
		return fmt.Errorf("the server has %d clients instead of %d", have, w.count)
	}
	if first, _ := w.server.Client(clientID(0)); s == updateOne && first["nickname"] != edited {
		return fmt.Errorf("the server calls the first client %v", first["nickname"])
	}
	return nil
}

const edited = "Edited"

func clientID(i int) string { return fmt.Sprintf("user-%06d", i) }

// write writes the configuration as it is before or after the edit of one client.
func (w *world) write(s step) error {
	var users strings.Builder
	users.WriteString("id,nickname,avatar_url\n")
	for i := range w.count {
		nickname := fmt.Sprintf("User %d", i)
		if i == 0 && s == updateOne {
			nickname = edited
		}
		fmt.Fprintf(&users, "%s,%s,https://pictures.example.com/%06d.png\n", clientID(i), nickname, i)
	}
	for name, content := range map[string]string{
		"main.tf":   configurations[w.subject],
		"users.csv": users.String(),
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// The vendor's limit is off: waiting for it is not what is measured.
const imkitProvider = `
terraform {
  required_providers {
    imkit = {
      source = "` + host + `/imkit/imkit"
    }
  }
}

provider "imkit" {
  requests_per_minute = 0
}
`

const usersFromFile = `
locals {
  users = { for user in csvdecode(file("${path.module}/users.csv")) : user.id => user }
}
`

var configurations = [...]string{
	yardstick: usersFromFile + `
terraform {
  required_providers {
    time = {
      source = "` + host + `/hashicorp/time"
    }
  }
}

# It cannot be updated: a change to triggers replaces it.
resource "time_static" "users" {
  for_each = local.users
  triggers = each.value.nickname == "` + edited + `" ? { nickname = "` + edited + `" } : null
}
`,
	manyClients: imkitProvider + usersFromFile + `
resource "imkit_client" "users" {
  for_each   = local.users
  id         = each.key
  nickname   = each.value.nickname
  avatar_url = each.value.avatar_url
}
`,
	oneBatch: imkitProvider + usersFromFile + `
resource "imkit_client_batch" "users" {
  clients = { for id, user in local.users : id => { nickname = user.nickname, avatar_url = user.avatar_url } }
}
`,
}
