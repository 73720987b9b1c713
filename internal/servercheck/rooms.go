package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	createRoom = "POST /rooms/"
	readRoom   = "GET /rooms/{id}"
	changeRoom = "PUT /rooms/{id}"
	deleteRoom = "DELETE /rooms/{id}"
	roomExists = "GET /rooms/{id}/exists"
)

// messages is whether there are the calls that send. None of them is made in a way that could send anything, and the
// one for push notifications not at all.
var messages = topic{
	title: "Messages", page: "actions/send_message.md",
	questions: []question{
		{"no-message-routes", "Does it lack the calls that send messages?", "Actions that send fail.", "imkit_send_message can be used."},
	},
	find: (*check).findMessages,
}

func (c *check) findMessages(ctx context.Context) {
	c.lacks("no-message-routes", c.call(ctx, "POST /messages", map[string]any{}))
}

// rooms is how a room is made and shown.
var rooms = topic{
	title: "Rooms", page: "resources/room.md",
	questions: []question{
		{"no-room-routes", "Does it lack the calls about rooms?", "imkit_room and imkit_room_member cannot be used.", "imkit_room and imkit_room_member can be used."},
		{"refuse-user-level", "Does it refuse calls that users make to the API key?", "Rooms cannot be managed until whoever runs the server allows these calls.", "Rooms can be read and changed."},
		{"no-exists-route", "Does it lack the call that reports whether a room exists?", "A room stays in the state until the server says twice that it is gone.", "A hidden room is not taken for gone."},
		{"missing-room-status", "With which status does it answer about a room that does not exist?", "The provider asks whether the room exists.", ""},
		{"little-rooms", "Does it leave settings out when it shows a room?", "Changes of these made elsewhere are not seen, and imports lack them:", "Changes made elsewhere are seen."},
	},
	find: (*check).findRooms,
}

func (c *check) findRooms(ctx context.Context) {
	missing := c.call(ctx, readRoom, nil, c.room)
	before := c.call(ctx, roomExists, nil, c.room)
	for _, r := range []reply{before, missing} {
		// The second is refused with 403 on some servers because there is no such room.
		if r.denies() && (r.means() == http.StatusUnauthorized || r.call == roomExists) {
			c.answer("refuse-user-level", strconv.Itoa(r.means()))
			c.fail(errors.New("the API key may not make calls of users, so that no room is made: it could not be deleted"))
		}
	}
	c.createRoom(ctx)
	after := c.call(ctx, roomExists, nil, c.room)
	if after.noRoute() || after.fields()["exists"] == true && before.fields()["exists"] == false {
		c.answer("no-exists-route", after.noRoute())
	}
	shown := c.call(ctx, readRoom, nil, c.room)
	if shown.denies() {
		c.answer("refuse-user-level", strconv.Itoa(shown.means()))
	}
	c.mustDo(shown)
	c.answer("refuse-user-level", false)
	if missing.refuses() {
		c.answer("missing-room-status", strconv.Itoa(missing.means()))
	}
	left := absent(shown.fields(), "name", "description", "cover", "roomTags", "extParams", "botMode", "opening", "status")
	c.answer("little-rooms", len(left) > 0, left...)
}

// createRoom makes the room, with all settings, and the second account in it.
func (c *check) createRoom(ctx context.Context) {
	if c.err != nil {
		return
	}
	settings := map[string]any{
		"_id": c.room, "name": "Terraform check", "description": "Made by make check-server", "roomType": "group",
		"roomTags": []string{"terraform-check"}, "extParams": "check=1", "botMode": false, "cover": "https://example.com/a.png",
	}
	if c.b != "" {
		settings["members"] = []string{c.b}
	}
	c.journal.add(kindRoom, c.room)
	r := c.call(ctx, createRoom, settings)
	if r.noRoute() || r.refuses() {
		c.journal.forget(kindRoom, c.room)
	}
	c.needs("no-room-routes", r)
	c.mustDo(r)
}

// roomChanges is what becomes of a room: it is changed, frozen, created once more and deleted.
var roomChanges = topic{
	title: "Changes of a room", page: "resources/room.md",
	questions: []question{
		{"room-write-delay", "Are changes of one room at the same moment lost?", "The provider makes one change of a room at a time.", ""},
		{"owner-is-member", "Does an owner become a member?", "An owner who is not in member_ids is left alone.", "List the owner in member_ids if the owner is to take part."},
		{"populate-replies", "Does the reply to a change show members as objects?", "The provider reads both shapes.", ""},
		{"frozen-room-status", "With which status does it refuse to show a frozen room?", "A frozen room stays in the state as it was.", "A frozen room is shown, with its settings."},
		{"overwrite-rooms", "Does creating a room that exists replace it?", "The provider looks before it creates.", "A room that exists is not overwritten."},
		{"delete-answers-zero", "Is deleting a room that is not there a success?", "The provider takes both for done.", ""},
	},
	find: (*check).findRoomChanges,
}

func (c *check) findRoomChanges(ctx context.Context) {
	c.findLostChanges(ctx)

	if c.roomNow(ctx).has(c.a) {
		c.must(ctx, removeMembers, map[string]any{"members": []string{c.a}}, c.room)
	}
	r := c.must(ctx, changeRoom, map[string]any{"owner": c.a}, c.room)
	c.answer("owner-is-member", c.roomNow(ctx).has(c.a))
	if members := r.fields()["members"]; len(idsOf(members)) > 0 {
		c.answer("populate-replies", len(objects(members)) > 0)
	}

	c.must(ctx, changeRoom, map[string]any{"status": 0}, c.room)
	if r := c.mustAnswer(c.call(ctx, readRoom, nil, c.room)); r.did() {
		c.answer("frozen-room-status", false)
	} else {
		c.answer("frozen-room-status", strconv.Itoa(r.means()))
	}
	c.must(ctx, changeRoom, map[string]any{"status": 1}, c.room)

	c.findOverwritten(ctx)

	if c.must(ctx, deleteRoom, nil, c.room).did() {
		c.journal.forget(kindRoom, c.room)
	}
	again := c.mustAnswer(c.call(ctx, deleteRoom, nil, c.room))
	c.answer("delete-answers-zero", again.did())
}

// findLostChanges makes two changes at the same moment, a few times, after one that shows that such a change is shown.
func (c *check) findLostChanges(ctx context.Context) {
	const tries = 3
	set := func(name string) error {
		return ask(ctx, c.api, setProperty, imkit.Request{Body: map[string]any{"property": name, "value": "1"}, Args: []string{c.room, c.a}}).err
	}
	has := func(name string) bool { return c.roomNow(ctx).properties[c.a][name] != nil }
	if !c.roomNow(ctx).has(c.a) {
		c.unknown("room-write-delay", errors.New("nobody can be added to the room"))
		return
	}
	if err := set("check"); err != nil || !has("check") {
		c.unknown("room-write-delay", errors.New("the server does not show properties of members"))
		return
	}
	lost := 0
	for i := range tries {
		var pair errgroup.Group
		names := []string{fmt.Sprint("check-", i, "-a"), fmt.Sprint("check-", i, "-b")}
		for _, name := range names {
			pair.Go(func() error { return set(name) })
		}
		c.fail(pair.Wait())
		if !has(names[0]) || !has(names[1]) {
			lost++
		}
	}
	if lost > 0 {
		c.answer("room-write-delay", "lost", fmt.Sprintf("One of two was lost in %d of %d tries.", lost, tries))
	} else {
		c.answer("room-write-delay", fmt.Sprintf("none of %d lost", tries))
	}
}

// findOverwritten creates the room once more, without its description.
func (c *check) findOverwritten(ctx context.Context) {
	before := c.must(ctx, readRoom, nil, c.room)
	again := c.mustAnswer(c.call(ctx, createRoom, map[string]any{"_id": c.room, "name": "Terraform check 2", "roomType": "group"}))
	now := c.must(ctx, readRoom, nil, c.room)
	switch {
	case again.refuses():
		c.answer("overwrite-rooms", false)
	case c.err != nil:
		c.unknown("overwrite-rooms", c.err)
	case before.fields()["description"] == nil:
		c.unknown("overwrite-rooms", errors.New("it reports success, and the server does not show descriptions"))
	case now.fields()["description"] == nil:
		c.answer("overwrite-rooms", true)
	default:
		c.answer("overwrite-rooms", "kept")
	}
}
