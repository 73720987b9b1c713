package imkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const pathGroups = "/admin/groups"

// groupsAtOnce is the number of groups that are asked for at first.
const groupsAtOnce = 100

// Groups returns every user group, sorted by id. The list has no pages: where it
// stays shorter than the server says that it is, [IsListShort] is true of the
// error, and a group that is not in it is not known to be gone.
//
// Calls at the same moment are one, as with [API.LookUpClient].
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) Groups(ctx context.Context) ([]*Group, error) {
	return a.nouns.groups.read(ctx, pathGroups)
}

func (a *API) listAllGroups(ctx context.Context) ([]*Group, error) {
	groups, total, err := a.listGroups(ctx, groupsAtOnce)
	if err == nil && total > int64(len(groups)) {
		groups, total, err = a.listGroups(ctx, total)
	}
	switch {
	case err != nil:
		return nil, notAbsence(err)
	case total > int64(len(groups)):
		return nil, &explained{
			listShort, "the list of groups is not complete",
			&Error{Method: http.MethodGet, Path: pathGroups, Message: fmt.Sprintf("the server lists %d of %d groups, and has no further pages", len(groups), total)},
		}
	}
	slices.SortFunc(groups, func(a, b *Group) int { return cmp.Compare(a.ID, b.ID) })
	return groups, nil
}

// Group returns one of the groups. When the list is complete and there is none,
// [IsNotFound] is true of the error.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) Group(ctx context.Context, id string) (*Group, error) {
	if err := CheckGroupID(id); err != nil {
		return nil, err
	}
	groups, err := a.Groups(ctx)
	if err != nil {
		return nil, err
	}
	if i, found := slices.BinarySearchFunc(groups, id, func(g *Group, id string) int { return cmp.Compare(g.ID, id) }); found {
		return groups[i], nil
	}
	return nil, (&Error{Method: http.MethodGet, Path: pathGroups, Attempts: 1, Status: http.StatusOK, Message: "no group has this id"}).gone()
}

// listGroups returns up to limit groups, and how many there are.
func (a *API) listGroups(ctx context.Context, limit int64) (groups []*Group, total int64, err error) {
	err = a.do(ctx, call{
		method: http.MethodGet,
		path:   pathGroups,
		query:  url.Values{"limit": {strconv.FormatInt(limit, 10)}},
		decode: func(reply answer) error {
			var err error
			groups, total, err = decodeGroups(reply)
			return err
		},
	})
	return groups, total, err
}

func decodeGroups(reply answer) ([]*Group, int64, error) {
	page, err := decodePage(reply)
	if err != nil {
		return nil, 0, err
	}
	seen := make(map[string]bool, len(page.data))
	groups := make([]*Group, len(page.data))
	for i, o := range page.data {
		if groups[i], err = decodeGroup(o); err != nil {
			return nil, 0, fmt.Errorf("data[%d]: %w", i, err)
		}
		if seen[groups[i].ID] {
			return nil, 0, errors.New("data lists a group twice")
		}
		seen[groups[i].ID] = true
	}
	return groups, page.total, nil
}
