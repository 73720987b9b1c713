package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	saveGroup  = "POST /admin/groups"
	listGroups = "GET /admin/groups"
)

// groups is how user groups are made, changed and listed.
var groups = topic{
	title: "Groups", page: "resources/group.md",
	questions: []question{
		{"no-group-routes", "Does it lack the calls about groups?", "imkit_group cannot be used.", "imkit_group can be used."},
		{"groups-listed-after", "How late does the list show a group?", "An apply waits for it, ten seconds at most.", "Nothing to wait for."},
		{"group-list-limit", "How many groups does a list show that is asked for no number?", "The provider always asks for a number.", ""},
		{"group-list-cap", "How many groups does a list show at most?", "With more groups, imkit_group and imkit_groups fail.", ""},
		{"groups-in-lookup", "Does a look-up of accounts show groups?", "The provider leaves groups out of accounts.", "A look-up shows accounts only."},
		{"update-groups", "Does a second create of a group change it?", "Groups are changed in place.", "Groups cannot be changed: another id makes another group."},
		{"merge-group-members", "Does a change of a group keep the members that it does not send?", "Members can be added and not removed.", "Members are added and removed."},
		{"clear-left-out", "Does a change of a group clear what it does not send?", "The provider sends every field with every change.", ""},
	},
	find: (*check).findGroups,
}

func (c *check) findGroups(ctx context.Context) {
	if c.b == "" {
		c.fail(errNoSecond)
		return
	}
	c.journal.add(kindGroup, c.group)
	r := c.call(ctx, saveGroup, map[string]any{
		"_id": c.group, "nickname": "Terraform check", "avatarUrl": "https://example.com/a.png", "members": []string{c.a},
	})
	if r.noRoute() || r.refuses() {
		c.journal.forget(kindGroup, c.group)
	}
	c.needs("no-group-routes", r)
	c.mustDo(r)
	var before map[string]any
	c.answerLate("groups-listed-after", c.await(ctx, func() bool {
		before = c.findGroup(ctx)
		return before != nil
	}))
	if !c.lookedUp {
		c.unknown("groups-in-lookup", errNoLookUp)
	} else if found := c.lookUp(ctx, nil, c.a, c.group); len(found) > 0 {
		c.answer("groups-in-lookup", len(found) > 1)
	}
	c.changeGroup(ctx, before)
}

// findGroup finds the group in the list, and answers how many that shows.
func (c *check) findGroup(ctx context.Context) map[string]any {
	list := func(query url.Values) (found []map[string]any, total int) {
		r := c.mustDo(c.send(ctx, c.api, listGroups, imkit.Request{Query: query}))
		n, _ := r.fields()["totalCount"].(json.Number)
		total, err := strconv.Atoi(n.String())
		if err != nil {
			c.fail(errors.New("the list of groups has no totalCount"))
		}
		return objects(r.fields()["data"]), total
	}
	short, total := list(nil)
	all, total := list(url.Values{"limit": {strconv.Itoa(max(total, 100))}})
	if c.err != nil {
		return nil
	}
	for name, shown := range map[string]int{"group-list-limit": len(short), "group-list-cap": len(all)} {
		if shown < total {
			c.answer(name, strconv.Itoa(shown))
		} else {
			c.unknown(name, fmt.Errorf("the list shows all groups there are: %d", total))
		}
	}
	for _, g := range all {
		if g["_id"] == c.group {
			return g
		}
	}
	return nil
}

// changeGroup sends other values for some fields, and none for the others.
func (c *check) changeGroup(ctx context.Context, before map[string]any) {
	r := c.call(ctx, saveGroup, map[string]any{"_id": c.group, "nickname": "Terraform check 2", "members": []string{c.b}})
	if r.refuses() {
		c.answer("update-groups", false)
		c.fail(errors.New("the server does not change groups"))
	}
	c.mustDo(r)
	var now map[string]any
	late := c.await(ctx, func() bool {
		now = c.findGroup(ctx)
		return now != nil && !imkit.SameJSON(now["nickname"], before["nickname"])
	})
	if late == "" {
		c.answer("update-groups", "ignored")
		c.fail(errors.New("the server does not change groups"))
	}
	c.answer("update-groups", true)
	if members := idsOf(now["members"]); slices.Contains(members, c.b) {
		c.answer("merge-group-members", slices.Contains(members, c.a))
	}
	if before["avatarUrl"] != nil {
		c.answer("clear-left-out", !imkit.SameJSON(now["avatarUrl"], before["avatarUrl"]))
	}
}

// idsOf are the ids of a list of ids or of objects.
func idsOf(list any) []string {
	items, _ := list.([]any)
	var ids []string
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			item = o["_id"]
		}
		if id, ok := item.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
