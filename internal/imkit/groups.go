package imkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
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
	// Members are ids of clients, sorted.
	Members Field[[]string]
}

func decodeGroup(o map[string]any) (*Group, error) {
	id, ok := idOf(o)
	if !ok {
		return nil, errors.New("it has no _id")
	}
	members := listOf(o, fieldMembers, idOf)
	if members.Value != nil {
		members = reported(asSet(*members.Value))
	}
	return &Group{
		ID:        id,
		Nickname:  fieldOf[string](o, fieldNickname),
		AvatarURL: fieldOf[string](o, fieldAvatarURL),
		Members:   members,
	}, nil
}

// groupList is what one list has.
type groupList struct {
	groups []*Group // sorted by id
	odd    []string // what is left out of it: ids that are not text, as text; "" for none
}

func (l groupList) len() int64 { return int64(len(l.groups) + len(l.odd)) }

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
	// KeepMembers is set where Members are those that the group has, and nobody asked for:
	// where the server refuses them, a change leaves out those whom two looks do not find.
	KeepMembers bool
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
// stays shorter than the server says that it is, the error is [ErrListShort]. Calls at the
// same moment share a request.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) ListGroups(ctx context.Context) ([]*Group, error) {
	list, err := a.groups.Do(ctx, struct{}{}, struct{}{})
	return list.groups, ofBatch(ctx, http.MethodGet, pathGroups, err)
}

func (a *API) shareGroupReads() {
	a.groups.Acquire = awaitTurn(a, noLock[struct{}])
	a.groups.Call = batch.Single(func(ctx context.Context, _ struct{}) (groupList, error) { return a.readGroups(ctx) })
}

func (a *API) readGroups(ctx context.Context) (groupList, error) {
	list, total, err := a.requestGroups(ctx, groupsAtOnce)
	if err == nil && total > list.len() {
		list, total, err = a.requestGroups(ctx, total)
	}
	switch {
	case err != nil:
		return groupList{}, err
	case total > list.len():
		return groupList{}, fmt.Errorf("%w: %w", ErrListShort, &Error{
			Method: http.MethodGet, Path: pathGroups,
			Message: fmt.Sprintf("the server lists %d of %d groups, and has no further pages", list.len(), total),
		})
	}
	return list, nil
}

// requestGroups returns up to limit groups, and how many there are.
func (a *API) requestGroups(ctx context.Context, limit int64) (list groupList, total int64, err error) {
	c := call{method: http.MethodGet, path: pathGroups, query: url.Values{"limit": {strconv.FormatInt(limit, 10)}}}
	total, err = request(ctx, a, c, func(reply answer) (int64, error) {
		page, err := decodePage(reply)
		switch {
		case err != nil:
			return 0, err
		case page.total.Value == nil:
			return 0, errors.New("totalCount is missing")
		}
		list.odd = slices.Repeat([]string{""}, page.odd)
		for _, o := range page.data {
			group, err := decodeGroup(o)
			switch {
			case err != nil && o[fieldID] == nil:
				list.odd = append(list.odd, "")
			case err != nil:
				list.odd = append(list.odd, fmt.Sprint(o[fieldID]))
			default:
				list.groups = append(list.groups, group)
			}
		}
		slices.SortFunc(list.groups, func(a, b *Group) int { return cmp.Compare(a.ID, b.ID) })
		list.groups = slices.CompactFunc(list.groups, func(a, b *Group) bool { return a.ID == b.ID })
		return *page.total.Value, nil
	})
	return list, total, err
}

// FindGroup returns one of the groups, by one look. When the list is complete and there is
// none, [IsNotFound] is true of the error.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) FindGroup(ctx context.Context, id string) (*Group, error) {
	if err := CheckGroupID(id); err != nil {
		return nil, err
	}
	list, err := a.groups.Do(ctx, struct{}{}, struct{}{})
	if err != nil {
		return nil, ofBatch(ctx, http.MethodGet, pathGroups, err)
	}
	i, found := slices.BinarySearchFunc(list.groups, id, func(g *Group, id string) int { return cmp.Compare(g.ID, id) })
	if found {
		return list.groups[i], nil
	}
	none := absent(pathGroups, "no group has this id")
	if slices.Contains(list.odd, id) || slices.Contains(list.odd, "") {
		none.Kind, none.Message = KindUnexpected, "the list has a group with an _id that is not text, which may be this one"
	}
	return nil, none
}

// GetGroup is [API.FindGroup] for where absence has consequences: two looks, a second
// apart, have to say so.
//
// https://docs.imkit.io: GET /admin/groups.
func (a *API) GetGroup(ctx context.Context, id string) (*Group, error) {
	return lookTwice(ctx, a, func() (*Group, error) { return a.FindGroup(ctx, id) })
}

// CreateGroup makes a group, and returns it as the list shows it. Some servers change a
// group that exists instead, so look first. After an answer that was lost, a group that is
// there now is the one that was asked for, with the failure as recovered; only where two
// looks find none it is created once more.
//
// It ends when the list shows the group. Where it does not after ten seconds, or at an
// interrupt, the error is [ErrNotShown], with the group as it was reported; it may also be
// an [*OtherIDError] or, for members that do not exist, a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) CreateGroup(ctx context.Context, id string, s GroupSettings) (group *Group, recovered, err error) {
	if err := s.check(id); err != nil {
		return nil, nil, err
	}
	lost := false
	group, recovered, err = createOnce(func() (*Group, error) {
		made, err := a.postGroup(ctx, id, s, true)
		lost = lost || OutcomeUnknown(err)
		return made, err
	}, func() (*Group, error) { return a.GetGroup(ctx, id) })
	switch {
	case err == nil && recovered == nil:
		now, err := a.awaitGroup(ctx, id, s, nil)
		return cmp.Or(now, group), nil, err
	case lost && IsConflict(err): // the first create has made it, and the list is late
		if now, late := a.awaitGroup(ctx, id, s, nil); late == nil {
			return now, err, nil
		}
	}
	return group, recovered, err
}

// UpdateGroup changes a group, and returns it as the list shows it afterwards, also beside
// an error. before is what the list showed before, nil where it was not there.
//
// It ends when the list shows what was sent, or something else than before. Where the
// server refuses, or the list shows the same as before after ten seconds, the error is
// [ErrCannotChange]; where it does not show the group, or at an interrupt, [ErrNotShown].
// Where the answer was lost and the list shows that it was done, recovered is the failure.
// Members that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) UpdateGroup(ctx context.Context, id string, s GroupSettings, before *Group) (now *Group, recovered, err error) {
	if err := s.check(id); err != nil {
		return nil, nil, err
	}
	_, failure := a.postGroup(ctx, id, s, false)
	if gone, ok := errors.AsType[*MembersError](failure); ok && s.KeepMembers { // two looks did not find them
		s.Members = new(slices.DeleteFunc(slices.Clone(s.members()), func(id string) bool { return slices.Contains(gone.IDs, id) }))
		_, failure = a.postGroup(ctx, id, s, false)
	}
	if failure == nil {
		now, err = a.awaitGroup(ctx, id, s, before)
		return now, nil, err
	}
	if e, ok := errors.AsType[*Error](failure); ok && e.Status == 0 && !e.OutcomeUnknown {
		return nil, nil, failure // nobody was reached, or asked
	}
	if now, err = a.FindGroup(ctx, id); err != nil {
		return nil, nil, failure
	}
	switch _, named := errors.AsType[*MembersError](failure); {
	case isObjection(failure) && !named:
		return now, nil, fmt.Errorf("%w: %w", ErrCannotChange, failure)
	case OutcomeUnknown(failure) && len(s.differ(now)) == 0:
		return now, failure, nil
	}
	return now, nil, failure
}

// awaitGroup waits until the list shows a group as it was sent, or otherwise than before.
func (a *API) awaitGroup(ctx context.Context, id string, s GroupSettings, before *Group) (now *Group, err error) {
	shown, failure := poll(ctx, func(ctx context.Context) (bool, error) {
		found, err := a.FindGroup(ctx, id)
		switch {
		case err == nil:
			now = found
			return len(s.differ(now)) == 0 || !reflect.DeepEqual(now, before), nil
		case IsNotFound(err):
			return false, nil // the next look tells
		}
		return false, err
	})
	switch {
	case shown:
		return now, nil
	case failure != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotShown, failure)
	case now == nil, ctx.Err() != nil:
		return nil, ErrNotShown
	}
	return now, fmt.Errorf("%w: %w", ErrCannotChange, &Error{
		Method: http.MethodPost, Path: pathGroups,
		Message: "it reported success, but lists another value of " + strings.Join(s.differ(now), ", "),
	})
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
