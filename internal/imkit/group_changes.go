package imkit

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// CreateGroup makes a group. Some servers change a group that exists instead, so
// look first, and create only what is not there. After an answer that was lost,
// CreateGroup looks: a group that is there now is the one that was asked for, and
// only where there is none it is created once more. Members that do not exist are
// a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) CreateGroup(ctx context.Context, id string, s GroupSettings) (*Group, error) {
	if err := s.check(id); err != nil {
		return nil, err
	}
	return createOnce(
		func() (*Group, error) { return a.postGroup(ctx, id, s, true) },
		func() (*Group, error) { return a.Group(ctx, id) },
	)
}

// ChangeGroup changes a group, and returns it as the list shows it afterwards,
// which is the truth: with an error as well, as far as it can be read. Where the
// server refuses, or does something else than it was asked, [IsCannotChange] is
// true of the error. Members that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /admin/groups.
func (a *API) ChangeGroup(ctx context.Context, id string, s GroupSettings) (*Group, error) {
	if err := s.check(id); err != nil {
		return nil, err
	}
	_, failure := a.postGroup(ctx, id, s, false)
	now, err := a.Group(ctx, id)
	if err != nil {
		if failure != nil {
			err = failure
		}
		return nil, err
	}
	return now, changed(failure, s.differ(now))
}

// changed says how a change went of which differ is what is not as asked for now.
func changed(failure error, differ []string) error {
	_, named := errors.AsType[*MembersError](failure)
	switch {
	case failure == nil && len(differ) > 0:
		return &explained{
			cannotChange, "the server does not change this group as asked",
			&Error{Method: http.MethodPost, Path: pathGroups, Message: "it reported success, and lists another value of " + strings.Join(differ, ", ")},
		}
	case isObjection(failure) && !named:
		return &explained{cannotChange, "the server does not change a group that exists", failure}
	case OutcomeUnknown(failure) && len(differ) == 0:
		return nil // it was done
	}
	return failure
}

// postGroup sends a group.
func (a *API) postGroup(ctx context.Context, id string, s GroupSettings, once bool) (*Group, error) {
	var group *Group
	err := a.do(ctx, call{
		method: http.MethodPost,
		path:   pathGroups,
		body:   s.fields(id),
		once:   once,
		decode: func(reply answer) error {
			var err error
			group, err = decodeGroupOf(reply, id)
			return err
		},
	})
	if err != nil {
		return nil, a.nameUnknown(ctx, s.members(), notAbsence(err), a.unknownClients)
	}
	return group, nil
}
