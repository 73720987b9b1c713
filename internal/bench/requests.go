package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// requests counts them by kind.
type requests map[string]int

// kinds are what calls are named in the table, by method and route, in its order.
var kinds = []struct{ call, name string }{
	{"GET /admin/clients", "look-up"},
	{"POST /admin/clients", "upsert"},
	{"POST /admin/clients/list", "batch call"},
	{"DELETE /admin/clients/{id}/token", "revocation"},
	{"GET /rooms/{id}", "room read"},
	{"POST /rooms/", "room creation"},
	{"PUT /rooms/{id}", "room change"},
	{"POST /rooms/{id}/members", "joining call"},
	{"POST /rooms/{id}/delete/members", "leaving call"},
	{"GET /config", "configuration read"},
	{"POST /config", "configuration write"},
	{"DELETE /config/{key}", "key deletion"},
}

func count(server *sandbox.Server) requests {
	n := requests{}
	for _, r := range server.Requests() {
		n[r.Method+" "+r.Route]++
	}
	return n
}

func (n requests) total() int {
	total := 0
	for _, count := range n {
		total += count
	}
	return total
}

// String says how many of each kind there were, without those there were none of.
func (n requests) String() string {
	var said []string
	others := maps.Clone(n)
	for _, kind := range kinds {
		delete(others, kind.call)
		switch count := n[kind.call]; {
		case count == 1:
			said = append(said, "1 "+kind.name)
		case count > 1:
			said = append(said, fmt.Sprintf("%s %ss", thousands(count), kind.name))
		}
	}
	for _, call := range slices.Sorted(maps.Keys(others)) {
		said = append(said, fmt.Sprintf("%s `%s`", thousands(others[call]), call))
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}
