package main

import (
	"fmt"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// row is one thing to measure.
type row struct {
	// name is what the flag -only takes.
	name string
	// title is what the table calls it, after the number of ids.
	title string
	// ids is how many ids there are in local.ids, a map of "id-0" to "id-0" and so on.
	ids int
	// objects is how many objects are made of each id, if not one. As many
	// time_static are measured beside them.
	objects int
	// config makes the objects.
	config string
	// prepare puts on the server what the resources need there.
	prepare func(*sandbox.Server)
	// made is how many of the objects the server has.
	made func(*sandbox.Server) int
}

var rows = []row{
	{
		name: "rooms", title: "`imkit_room`", ids: 100,
		config: imkitProvider + `
resource "imkit_room" "all" {
  for_each    = local.ids
  id          = each.key
  name        = "Room ${each.key}"
  description = "Opened for ${each.key}"
}
`,
		made: rooms,
	},
	{
		name: "rooms-without-ids", title: "`imkit_room` without ids", ids: 100,
		config: imkitProvider + `
resource "imkit_room" "all" {
  for_each    = local.ids
  name        = "Room ${each.key}"
  description = "Opened for ${each.key}"
}
`,
		made: rooms,
	},
	{
		name: "rooms-with-members", title: "`imkit_room` with ten members each", ids: 100,
		config: imkitProvider + `
resource "imkit_room" "all" {
  for_each   = local.ids
  id         = each.key
  name       = "Room ${each.key}"
  member_ids = [for i in range(10) : "id-${i}"]
}
`,
		prepare: func(s *sandbox.Server) { putClients(s, 10) },
		made: func(s *sandbox.Server) int {
			n := 0
			for _, id := range s.RoomIDs() {
				if room, _ := s.Room(id); len(room.Members) == 10 {
					n++
				}
			}
			return n
		},
	},
	{
		name: "members", title: "`imkit_room_member` of one room", ids: 200,
		config: imkitProvider + `
resource "imkit_room_member" "all" {
  for_each  = local.ids
  room_id   = "lobby"
  client_id = each.key
}
`,
		prepare: func(s *sandbox.Server) {
			s.PutRoom("lobby", nil)
			putClients(s, 200)
		},
		made: func(s *sandbox.Server) int {
			room, _ := s.Room("lobby")
			return len(room.Members)
		},
	},
	{
		name: "keys", title: "`imkit_config`", ids: 200,
		config: imkitProvider + `
resource "imkit_config" "all" {
  for_each = local.ids
  key      = each.key
  value    = { name = "Value of ${each.key}" }
}
`,
		made: func(s *sandbox.Server) int { return len(s.Config()) },
	},
	{
		name: "clients", title: "`imkit_client`", ids: 500,
		config: imkitProvider + manyClients,
		made:   clients,
	},
	{
		name: "tokens", title: "`imkit_client` with an `imkit_client_token` each", ids: 500, objects: 2,
		config: imkitProvider + manyClients + `
resource "imkit_client_token" "all" {
  for_each  = imkit_client.all
  client_id = each.value.id
}
`,
		made: func(s *sandbox.Server) int {
			n := clients(s)
			for _, id := range s.ClientIDs() {
				n += len(s.LiveTokens(id))
			}
			return n
		},
	},
	{
		name: "batch", title: "clients in one `imkit_client_batch`", ids: 1000,
		config: imkitProvider + oneBatch,
		made:   clients,
	},
	{
		name: "large-batch", title: "clients in one `imkit_client_batch`", ids: 10000,
		config: imkitProvider + oneBatch,
		made:   clients,
	},
}

// imkitProvider sets no rate limit, which would hide everything else.
const imkitProvider = `
terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

provider "imkit" {
  requests_per_minute = 0
}
`

const manyClients = `
resource "imkit_client" "all" {
  for_each   = local.ids
  id         = each.key
  nickname   = "User ${each.key}"
  avatar_url = "https://example.com/${each.key}.png"
}
`

const oneBatch = `
resource "imkit_client_batch" "all" {
  clients = { for id in local.ids : id => { nickname = "User ${id}", avatar_url = "https://example.com/${id}.png" } }
}
`

func rowNames() []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return names
}

func (r *row) count() int { return r.ids * max(1, r.objects) }

func (r *row) String() string { return fmt.Sprintf("%d %s", r.ids, r.title) }

// timeStatic is what the others are compared with.
func timeStatic(n int) *row {
	return &row{
		title: "`time_static`", ids: n,
		config: `
resource "time_static" "all" {
  for_each = local.ids
}
`,
	}
}

func rooms(s *sandbox.Server) int { return len(s.RoomIDs()) }

func clients(s *sandbox.Server) int { return len(s.ClientIDs()) }

func putClients(s *sandbox.Server, n int) {
	for i := range n {
		s.PutClient(fmt.Sprintf("id-%d", i), nil)
	}
}
