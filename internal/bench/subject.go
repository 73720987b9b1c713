package main

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// subject is a way to have many of something.
type subject struct {
	// name is what the table calls many of them.
	name string
	// configuration makes one of each user in users.csv.
	configuration string
	// perMinute is the provider's rate limit where that is what is measured.
	perMinute int
	// prepare puts on the server what the configuration needs there.
	prepare func(server *sandbox.Server, count int)
	// check says what is wrong on the server, before or after the edit of one.
	check func(server *sandbox.Server, count int, edited bool) error
}

// edited is the nickname of the first user once it is edited.
const edited = "Edited"

func clientID(i int) string { return fmt.Sprintf("user-%06d", i) }

// users is the file that the configurations read, before or after the edit.
func users(count int, after bool) string {
	var b strings.Builder
	b.WriteString("id,nickname,avatar_url\n")
	for i := range count {
		nickname := fmt.Sprintf("User %d", i)
		if i == 0 && after {
			nickname = edited
		}
		fmt.Fprintf(&b, "%s,%s,https://pictures.example.com/%06d.png\n", clientID(i), nickname, i)
	}
	return b.String()
}

func checkNothing(*sandbox.Server, int, bool) error { return nil }

func checkClients(server *sandbox.Server, count int, after bool) error {
	if have := len(server.ClientIDs()); have != count {
		return fmt.Errorf("the server has %d clients instead of %d", have, count)
	}
	if first, _ := server.Client(clientID(0)); after && first["nickname"] != edited {
		return fmt.Errorf("the server calls the first client %v", first["nickname"])
	}
	return nil
}

// perMinute is the rate limit of the subject that is about it.
const perMinute = 600

// imkitProvider is a provider with a limit of so many requests a minute; 0 is none.
func imkitProvider(perMinute int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    imkit = {
      source = "%s/imkit/imkit"
    }
  }
}

provider "imkit" {
  requests_per_minute = %d
}
`, host, perMinute)
}

const usersFromFile = `
locals {
  users = { for user in csvdecode(file("${path.module}/users.csv")) : user.id => user }
}
`

const clients = `
resource "imkit_client" "users" {
  for_each   = local.users
  id         = each.key
  nickname   = each.value.nickname
  avatar_url = each.value.avatar_url
}
`

var (
	yardstick = &subject{
		name:  "`time_static`",
		check: checkNothing,
		configuration: usersFromFile + `
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
	}
	manyClients = &subject{
		name: "`imkit_client`", check: checkClients,
		configuration: imkitProvider(0) + usersFromFile + clients,
	}
	limitedClients = &subject{
		name: fmt.Sprintf("`imkit_client` at %d requests a minute", perMinute), check: checkClients, perMinute: perMinute,
		configuration: imkitProvider(perMinute) + usersFromFile + clients,
	}
	oneBatch = &subject{
		name: "records in one `imkit_client_batch`", check: checkClients,
		configuration: imkitProvider(0) + usersFromFile + `
resource "imkit_client_batch" "users" {
  clients = { for id, user in local.users : id => { nickname = user.nickname, avatar_url = user.avatar_url } }
}
`,
	}
)
