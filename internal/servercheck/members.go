package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	addMembers    = "POST /rooms/{id}/members"
	removeMembers = "POST /rooms/{id}/delete/members"
	setProperty   = "PUT /rooms/{id}/member/{client}"
	muteRoom      = "POST /admin/clients/{client}/mute/{room}"
	unmuteRoom    = "DELETE /admin/clients/{client}/mute/{room}"
)

// members is how people come into a room and leave it. The second account is a member, the first comes and goes: its id
// is the one that every server takes in a path.
var members = topic{
	title: "Members of a room", page: "resources/room_member.md",
	questions: []question{
		{"unknown-member-status", "With which status does it refuse a member that does not exist?", "The provider finds out who does not exist, and says it.", ""},
		{"unnamed-members", "Does it refuse a member that does not exist without saying who?", "The provider finds out who does not exist, and says it.", "The server says who does not exist."},
		{"invite-by-default", "Are people invited, where a request does not say that they are to be added?", "The provider always says which.", ""},
		{"invite-always", "Are people invited even where a request says that they are to be added?", "Adding a member fails until the person has accepted.", "Members join at once."},
		{"hide-roles", "Does it leave the roles of members out?", "Roles changed elsewhere are not seen.", "Roles changed elsewhere are seen."},
		{"show-plain-role", "Does it show the role of a member who is no admin?", "The provider reads both.", ""},
		{"ignore-absent-members", "Is removing somebody who is no member a success?", "The provider takes both for done.", ""},
		{"forget-leavers", "Does it forget the properties of a member who leaves?", "Whoever comes back begins anew.", "Whoever comes back has the old role, unless role is configured."},
		{"hide-mute", "Does a look-up leave out which rooms an account has muted?", "notifications_muted changed elsewhere is not seen.", "notifications_muted changed elsewhere is seen."},
	},
	find: (*check).findMembers,
}

// roomState is a room as a read shows it.
type roomState struct {
	members    []string
	properties map[string]map[string]any // by client
}

func (r roomState) has(id string) bool { return slices.Contains(r.members, id) }

// roomNow reads the room.
func (c *check) roomNow(ctx context.Context) roomState {
	r := c.must(ctx, readRoom, nil, c.room)
	if _, listed := r.fields()["members"].([]any); !listed {
		c.fail(errors.New("the server does not show who is in a room"))
	}
	now := roomState{members: idsOf(r.fields()["members"]), properties: map[string]map[string]any{}}
	for _, p := range objects(r.fields()["memberProperties"]) {
		if ids := idsOf([]any{p["client"]}); len(ids) == 1 {
			now.properties[ids[0]] = p
		}
	}
	return now
}

func (c *check) findMembers(ctx context.Context) {
	if c.b == "" {
		c.fail(errNoSecond)
	}
	c.roomNow(ctx)
	c.findMute(ctx)
	c.findUnknownMember(ctx)
	c.findInvitations(ctx)
	c.findRoles(ctx)
	c.findLeavers(ctx)
}

// findMute mutes the room for the first account, and looks whether that shows.
func (c *check) findMute(ctx context.Context) {
	if !c.lookedUp {
		c.unknown("hide-mute", errNoLookUp)
		return
	}
	c.must(ctx, muteRoom, nil, c.a, c.room)
	c.answer("hide-mute", !slices.Contains(idsOf(c.lookUpFirst(ctx)["mute"]), c.room))
	c.must(ctx, unmuteRoom, nil, c.a, c.room)
}

// add adds somebody to the room, with or without saying that it is to be no invitation.
func (c *check) add(ctx context.Context, id string, said bool) reply {
	ask := map[string]any{"invitees": []string{id}, "systemMessage": false}
	if said {
		ask["invitationRequired"] = false
	}
	return c.mustAnswer(c.call(ctx, addMembers, ask, c.room))
}

// findUnknownMember adds somebody who does not exist.
func (c *check) findUnknownMember(ctx context.Context) {
	nobody := strings.TrimSuffix(c.a, "a") + "nobody"
	if r := c.add(ctx, nobody, true); r.refuses() {
		c.answer("unknown-member-status", strconv.Itoa(r.means()))
		c.answer("unnamed-members", !strings.Contains(fmt.Sprint(r.Object), nobody))
	}
}

// findInvitations adds the first account without a word about invitations, and then with one.
func (c *check) findInvitations(ctx context.Context) {
	c.mustDo(c.add(ctx, c.a, false))
	invited := !c.roomNow(ctx).has(c.a)
	c.answer("invite-by-default", invited)
	if invited {
		c.mustDo(c.add(ctx, c.a, true))
		invited = !c.roomNow(ctx).has(c.a)
	}
	c.answer("invite-always", invited)
	if invited {
		c.fail(errors.New("nobody can be added to the room"))
	}
}

// findRoles makes the first account an admin, and the second nothing.
func (c *check) findRoles(ctx context.Context) {
	c.must(ctx, setProperty, map[string]any{"property": "role", "value": "admin"}, c.room, c.a)
	now := c.roomNow(ctx)
	hidden := now.properties[c.a]["role"] != "admin"
	c.answer("hide-roles", hidden)
	if !hidden {
		c.answer("show-plain-role", now.properties[c.b]["role"] == "member")
	}
}

// findLeavers removes the first account, which has a property, once more, and adds it again.
func (c *check) findLeavers(ctx context.Context) {
	c.must(ctx, setProperty, map[string]any{"property": "check", "value": "1"}, c.room, c.a)
	shown := c.roomNow(ctx).properties[c.a]["check"] != nil
	leave := map[string]any{"members": []string{c.a}, "systemMessage": false}
	c.must(ctx, removeMembers, leave, c.room)
	c.answer("ignore-absent-members", c.mustAnswer(c.call(ctx, removeMembers, leave, c.room)).did())
	c.mustDo(c.add(ctx, c.a, true))
	if now := c.roomNow(ctx); shown && now.has(c.a) {
		c.answer("forget-leavers", now.properties[c.a]["check"] == nil)
	}
}
