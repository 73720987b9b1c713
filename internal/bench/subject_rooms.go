package main

import (
	"fmt"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// lobby is the room of the subject that has many members in one.
const lobby = "lobby"

var (
	manyRooms = &subject{
		name: "`imkit_room`",
		configuration: imkitProvider(0) + usersFromFile + `
resource "imkit_room" "users" {
  for_each    = local.users
  id          = each.key
  name        = each.value.nickname
  description = each.value.avatar_url
}
`,
		check: func(server *sandbox.Server, count int, after bool) error {
			if have := len(server.RoomIDs()); have != count {
				return fmt.Errorf("the server has %d rooms instead of %d", have, count)
			}
			if first, _ := server.Room(clientID(0)); after && first.Fields["name"] != edited {
				return fmt.Errorf("the server calls the first room %v", first.Fields["name"])
			}
			return nil
		},
	}
	manyMembers = &subject{
		name: "`imkit_room_member` of one room",
		configuration: imkitProvider(0) + usersFromFile + `
resource "imkit_room_member" "users" {
  for_each   = local.users
  room_id    = "` + lobby + `"
  client_id  = each.key
  properties = each.value.nickname == "` + edited + `" ? { note = "` + edited + `" } : {}
}
`,
		prepare: func(server *sandbox.Server, count int) {
			server.PutRoom(lobby, nil)
			for i := range count {
				server.PutClient(clientID(i), nil)
			}
		},
		check: func(server *sandbox.Server, count int, after bool) error {
			room, _ := server.Room(lobby)
			if have := len(room.Members); have != count && have != 0 { // none once they are destroyed
				return fmt.Errorf("the room has %d members instead of %d", have, count)
			}
			if note := room.Properties[clientID(0)]["note"]; after && note != edited {
				return fmt.Errorf("the note of the first member is %v", note)
			}
			return nil
		},
	}
	manyKeys = &subject{
		name: "`imkit_config`",
		configuration: imkitProvider(0) + usersFromFile + `
resource "imkit_config" "users" {
  for_each = local.users
  key      = each.key
  value    = { nickname = each.value.nickname }
}
`,
		check: func(server *sandbox.Server, count int, after bool) error {
			if have := len(server.Config()); have != count && have != 0 {
				return fmt.Errorf("the configuration has %d keys instead of %d", have, count)
			}
			first, _ := server.Config()[clientID(0)].(map[string]any)
			if after && first["nickname"] != edited {
				return fmt.Errorf("the first key is %v", first)
			}
			return nil
		},
	}
)
