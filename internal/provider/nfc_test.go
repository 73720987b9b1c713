package provider_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The same letter twice: Terraform turns the second into the first.
const (
	composed   = "\u00e9"
	decomposed = "e\u0301"
)

// A filter finds a client that Terraform cannot hold. What is made of the result must
// not be about the client whose id is spelled alike, least of all its destroy.
func TestDataSourceHandsOverNoOtherClient(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient(composed, map[string]any{"tier": "in use"})
	w.AddToken(composed, "a token in use", acctest.Epoch.AddDate(1, 0, 0))
	w.PutClient(decomposed, map[string]any{"tier": "test"})
	w.PutClient("plain", map[string]any{"tier": "test", decomposed: 1, "nested": map[string]any{decomposed: 1}})
	c := w.CLI(t, `
data "imkit_clients" "test" {
  filter = jsonencode({ tier = "test" })
}
data "imkit_client" "plain" {
  id = "plain"
}
resource "imkit_client" "test" {
  for_each       = toset([for client in data.imkit_clients.test.clients : client.id])
  id             = each.key
  adopt_existing = true
}
output "fields" {
  value = keys(data.imkit_client.plain.custom_attributes)
}
`)
	output := c.Apply()
	acctest.Says(t, output, "1 added", "Some IDs or names of the clients are not in Unicode NFC",
		`client "e\u0301", client "plain": field "e\u0301", client "plain": field "nested".`)
	acctest.Says(t, output, `Some IDs or names of client "plain" are not in Unicode NFC`)
	acctest.Equal(t, "fields", "[\"tier\"]\n", c.Must("output", "-json", "fields"))
	c.Empty()
	c.Must("destroy", "-auto-approve")
	w.Alive(t, composed, 1)
}

func TestDataSourceNamesFirstFewNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, suffix := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		w.PutClient(decomposed+suffix, nil)
	}
	output := w.CLI(t, "data \"imkit_clients\" \"test\" {}\noutput \"n\" {\n  value = length(data.imkit_clients.test.clients)\n}\n").Apply()
	acctest.Says(t, output, "n = 0", `client "e\u03015" and 2 more`)
	acctest.SaidOnce(t, output, "Some IDs or names of the clients")
}

// The other data sources.
func TestDataSourcesLeaveOutNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, id := range []string{composed, decomposed, "ann"} {
		w.PutClient(id, nil)
	}
	w.PutGroup("team "+decomposed, map[string]any{"nickname": "Other"})
	w.PutGroup("team", map[string]any{"nickname": "Team", "members": []any{"ann", decomposed}})
	w.PutRoom("lobby", map[string]any{
		"members": []any{"ann", decomposed}, "owner": decomposed, "managers": []any{decomposed}, "roomTags": []any{"hall", decomposed},
	})
	w.PutConfig(composed, "theirs")
	w.PutConfig(decomposed, "another")
	w.PutConfig("nested", map[string]any{"list": []any{map[string]any{composed: 1, decomposed: 2}}})
	w.PutConfig("plain", decomposed)
	c := w.CLI(t, `
data "imkit_groups" "test" {}
data "imkit_room" "test" {
  id = "lobby"
}
data "imkit_config" "test" {}
output "found" {
  value = jsonencode({
    groups = { for group in data.imkit_groups.test.groups : group.id => group.member_ids }
    room = [
      data.imkit_room.test.members[*].client_id, data.imkit_room.test.owner_id,
      data.imkit_room.test.manager_ids, data.imkit_room.test.tags,
    ]
    config = data.imkit_config.test.values
  })
}
`)
	output := c.Apply()
	acctest.Equal(t, "found", `{"config":{"plain":"é","é":"theirs"},"groups":{"team":["ann"]},"room":[["ann"],null,[],["hall"]]}`, c.Must("output", "-raw", "found"))
	acctest.Says(t, output,
		"Some IDs or names of the groups are not in Unicode NFC", `group "team": member "e\u0301", group "team e\u0301".`,
		`Some IDs or names of room "lobby" are not in Unicode NFC`, `member "e\u0301", owner "e\u0301", manager "e\u0301", tag "e\u0301".`,
		"Some IDs or names of the configuration are not in Unicode NFC", `key "e\u0301", key "nested".`)
}

// A member that Terraform cannot hold is neither taken for the one that is configured, nor
// is that one removed in its place. A warning names it, and plans settle.
func TestRoomMembersNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People(composed, decomposed, "ann")
	c := w.CLI(t, acctest.Room("lobby", `member_ids = ["ann", "`+composed+`"]`))
	c.Apply()
	members := func(want ...string) {
		t.Helper()
		room, _ := w.Room("lobby")
		acctest.Equal(t, "members", want, room.Members)
	}
	w.PutRoom("lobby", map[string]any{"members": []any{"ann", decomposed}})
	acctest.Says(t, c.Apply(), "1 changed", `Some IDs or names of room "lobby" are not in Unicode NFC`, `: member "e\u0301".`)
	members("ann", decomposed, composed)
	acctest.Says(t, c.Empty(), `member "e\u0301"`)

	c.Write(w.Config(acctest.Room("lobby", `member_ids = ["ann"]`)))
	c.Apply()
	members("ann", decomposed)
	c.Empty()
}

func TestGroupMembersNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}})
	w.People(composed, decomposed, "ann")
	c := w.CLI(t, acctest.Group("team", `nickname = "Team"`, `member_ids = ["ann", "`+composed+`"]`))
	c.Apply()
	members := func(want ...any) {
		t.Helper()
		group, _ := w.Group("team")
		acctest.Equal(t, "members", want, group["members"].([]any)) //nolint:forcetypeassert // A panic is a failure, too.
	}
	w.PutGroup("team", map[string]any{"members": []any{"ann", decomposed}})
	acctest.Says(t, c.Apply(), "1 changed", `Some IDs or names of group "team" are not in Unicode NFC`, `: group "team": member "e\u0301".`)
	members("ann", composed)

	// Members that are not managed stay, whatever their ids.
	w.PutGroup("team", map[string]any{"members": []any{"ann", decomposed}})
	c.Write(w.Config(acctest.Group("team", `nickname = "Renamed"`)))
	c.Apply()
	members("ann", decomposed)
	c.Empty()
}

// Of a value, what has a name that Terraform cannot hold is left out, and a warning says so.
func TestConfigValueNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.ConfigKey("k", `{ "`+composed+`" = 1 }`))
	c.Apply()
	w.PutConfig("k", map[string]any{decomposed: 1})
	acctest.Says(t, c.Apply(), "1 changed", `Some IDs or names of configuration key "k" are not in Unicode NFC`)
	acctest.Equal(t, "stored", map[string]any{"k": map[string]any{composed: acctest.Number("1")}}, w.Server.Config())
	acctest.SaysNot(t, c.Empty(), "NFC")
}

// An import takes over every field, and names those that it cannot.
func TestImportNamesNotNFC(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	fields := map[string]any{composed: 1, decomposed: 2, "nested": []any{map[string]any{decomposed: 3}}}
	w.PutClient("robot", fields)
	w.PutRoom("lobby", map[string]any{"members": []any{"robot"}})
	for name, value := range fields {
		w.SetMemberProperty("lobby", "robot", name, value)
	}
	c := w.CLI(t, `
import {
  to = imkit_client.test
  id = "robot"
}
resource "imkit_client" "test" {
  id                = "robot"
  custom_attributes = { "`+composed+`" = 1 }
}
import {
  to = imkit_room_member.test
  id = "lobby/robot"
}
resource "imkit_room_member" "test" {
  room_id    = "lobby"
  client_id  = "robot"
  properties = { "`+composed+`" = 1 }
}
`)
	acctest.Says(t, c.Apply(), "2 imported, 0 added, 0 changed",
		`Some IDs or names of client "robot" are not in Unicode NFC`, `: field "e\u0301", field "nested".`,
		`Some IDs or names of member "robot" of room "lobby" are not in Unicode NFC`, `: property "e\u0301", property "nested".`)
	acctest.SaysNot(t, c.Empty(), "NFC")
	w.NothingSent(t)
}
