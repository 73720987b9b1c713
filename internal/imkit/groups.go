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
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const pathGroups = "/admin/groups"

// groupsAtOnce is the number of groups that are asked for at first.
const groupsAtOnce = 100

// Group is a user group as the server reported it: a virtual client, with an id among
// theirs, that stands for the clients in it. Callers share it, and must not change it.
type Group struct {
	// ID is the application's own name of the group, "_id".
	ID string
	// Nickname and AvatarURL are shown to users.
	Nickname, AvatarURL Field[string]
	// Members are ids of clients.
	Members Field[[]string]
}

func decodeGroup(o map[string]any) (*Group, error) {
	id, ok := idOf(o)
	if !ok {
		return nil, errors.New("it has no _id")
	}
	return &Group{
		ID:        id,
		Nickname:  fieldOf[string](o, fieldNickname),
		AvatarURL: fieldOf[string](o, fieldAvatarURL),
		Members:   listOf(o, fieldMembers, idOf),
	}, nil
}

// GroupSettings is what [API.CreateGroup] and [API.UpdateGroup] send of a group. A nil
// field is not sent. No page says what a change makes of it, so send the group's own value
// instead.
type GroupSettings struct {
	// Nickname must not be empty.
	Nickname string
	// AvatarURL is the URL of a picture.
	AvatarURL *string
	// Members are ids of clients that exist.
	Members *[]string
}

func (s GroupSettings) check(id string) error {
	if err := CheckGroupID(id); err != nil {
		return err
	}
	if s.Nickname == "" {
		return errors.New("a group needs a nickname")
	}
	return checkIDs("member's id", s.members())
}

func (s GroupSettings) members() []string {
	if s.Members == nil {
		return nil
	}
	return *s.Members
}

// differ names what of a group is not as asked for, as far as it is reported.
func (s GroupSettings) differ(g *Group) []string {
	var names []string
	if Differs(g.Nickname, &s.Nickname) {
		names = append(names, fieldNickname)
	}
	if Differs(g.AvatarURL, s.AvatarURL) {
		names = append(names, fieldAvatarURL)
	}
	if DiffersAsSet(g.Members, s.Members) {
		names = append(names, fieldMembers)
	}
	return names
}

// ListGroups returns every user group, sorted by id. The list has no pages: where it
// stays shorter than the server says that it is, the error is [ErrListShort], and a
// group that is not in it is not known to be gone.
//
// Calls at the same moment share a request.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) ListGroups(ctx context.Context) ([]*Group, error) {
	groups, err := a.groups.Do(ctx, struct{}{}, struct{}{})
	return groups, ofBatch(ctx, http.MethodGet, pathGroups, err)
}

func (a *API) shareGroupReads() {
	a.groups.Acquire = awaitTurn(a, noLock[struct{}])
	a.groups.Call = batch.Single(func(ctx context.Context, _ struct{}) ([]*Group, error) { return a.readGroups(ctx) })
}

func (a *API) readGroups(ctx context.Context) ([]*Group, error) {
	groups, total, err := a.requestGroups(ctx, groupsAtOnce)
	if err == nil && total > int64(len(groups)) {
		groups, total, err = a.requestGroups(ctx, total)
	}
	switch {
	case err != nil:
		return nil, err
	case total > int64(len(groups)):
		return nil, fmt.Errorf("%w: %w", ErrListShort, &Error{
			Method: http.MethodGet, Path: pathGroups,
			Message: fmt.Sprintf("the server lists %d of %d groups, and has no further pages", len(groups), total),
		})
	}
	slices.SortFunc(groups, func(a, b *Group) int { return cmp.Compare(a.ID, b.ID) })
	return groups, nil
}

// requestGroups returns up to limit groups, and how many there are.
func (a *API) requestGroups(ctx context.Context, limit int64) (groups []*Group, total int64, err error) {
	c := call{method: http.MethodGet, path: pathGroups, query: url.Values{"limit": {strconv.FormatInt(limit, 10)}}}
	total, err = request(ctx, a, c, func(reply answer) (int64, error) {
		list, err := decodePage(reply)
		switch {
		case err != nil:
			return 0, err
		case list.total.Value == nil:
			return 0, errors.New("totalCount is missing")
		}
		seen := make(map[string]bool, len(list.data))
		for i, o := range list.data {
			group, err := decodeGroup(o)
			if err != nil {
				return 0, fmt.Errorf("data[%d]: %w", i, err)
			}
			if seen[group.ID] {
				return 0, errors.New("data lists a group twice")
			}
			seen[group.ID] = true
			groups = append(groups, group)
		}
		return *list.total.Value, nil
	})
	return groups, total, err
}

// GetGroup returns one of the groups. When the list is complete and there is none,
// [IsNotFound] is true of the error.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) GetGroup(ctx context.Context, id string) (*Group, error) {
	if err := CheckGroupID(id); err != nil {
		return nil, err
	}
	groups, err := a.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	i, found := slices.BinarySearchFunc(groups, id, func(g *Group, id string) int { return cmp.Compare(g.ID, id) })
	if !found {
		return nil, absent(pathGroups, "no group has this id")
	}
	return groups[i], nil
}

// CreateGroup makes a group. Some servers change a group that exists instead, so look
// first. After an answer that was lost, a group that is there now is the one that was asked
// for, with the failure as recovered, and only where there is none it is created once more.
// Members that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) CreateGroup(ctx context.Context, id string, s GroupSettings) (group *Group, recovered, err error) {
	if err := s.check(id); err != nil {
		return nil, nil, err
	}
	return createOnce(
		func() (*Group, error) { return a.postGroup(ctx, id, s, true) },
		func() (*Group, error) { return a.GetGroup(ctx, id) },
	)
}

// UpdateGroup changes a group, and returns it as the list shows it afterwards, which is
// the truth: with an error as well, as far as it can be read. Where the server refuses,
// or does something else than it was asked, the error is [ErrCannotChange]. Where the
// answer was lost and the list shows that it was done, recovered is the failure. Members
// that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) UpdateGroup(ctx context.Context, id string, s GroupSettings) (now *Group, recovered, err error) {
	if err := s.check(id); err != nil {
		return nil, nil, err
	}
	_, failure := a.postGroup(ctx, id, s, false)
	if e, ok := errors.AsType[*Error](failure); ok && e.Status == 0 && !e.OutcomeUnknown {
		return nil, nil, failure // nobody was reached, or asked
	}
	now, err = a.GetGroup(ctx, id)
	switch {
	case err != nil && failure == nil && !IsNotFound(err):
		done := &Error{Method: http.MethodPost, Path: pathGroups, Message: "it reported success", OutcomeUnknown: true}
		return nil, nil, fmt.Errorf("%w, but what the group has now could not be found out: %w", done, err)
	case err != nil:
		return nil, nil, cmp.Or(failure, err)
	}
	differ := s.differ(now)
	switch _, named := errors.AsType[*MembersError](failure); {
	case failure == nil && len(differ) > 0:
		return now, nil, fmt.Errorf("%w: %w", ErrCannotChange, &Error{
			Method: http.MethodPost, Path: pathGroups,
			Message: "it reported success, and lists another value of " + strings.Join(differ, ", "),
		})
	case isObjection(failure) && !named:
		return now, nil, fmt.Errorf("%w: %w", ErrCannotChange, failure)
	case OutcomeUnknown(failure) && len(differ) == 0:
		return now, failure, nil
	}
	return now, nil, failure
}

// postGroup sends a group.
func (a *API) postGroup(ctx context.Context, id string, s GroupSettings, isNew bool) (*Group, error) {
	body := map[string]any{fieldID: id, fieldNickname: s.Nickname}
	setField(body, fieldAvatarURL, s.AvatarURL)
	setList(body, fieldMembers, s.Members)
	group, err := request(ctx, a, call{
		method: http.MethodPost, path: pathGroups, body: body, nonIdempotent: isNew,
	}, decodeAbout("group", id, decodeGroup))
	return group, a.nameUnknown(ctx, s.members(), err, a.unknownClients)
}
