package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// MemberProblem is what is wrong with members.
type MemberProblem int

// What may be wrong with members.
const (
	// MemberUnknown is an id that no client and no group has.
	MemberUnknown MemberProblem = iota
	// MemberInvited was invited to a room, and has not joined.
	MemberInvited
	// MemberStays was to be removed from a room, and is still in it.
	MemberStays
	// MemberAbsent is not in the room.
	MemberAbsent
)

// MembersError is the error of a call that failed because of some of the members
// that it was about.
type MembersError struct {
	Problem MemberProblem
	// IDs are those members.
	IDs []string

	err error // of the call
}

// Error names the members and says what is wrong with them.
func (e *MembersError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.says(), quoted(e.IDs), e.err)
}

// maxQuoted is the number of ids that an error names.
const maxQuoted = 10

// quoted lists ids for an error.
func quoted(ids []string) string {
	some := make([]string, 0, maxQuoted)
	for _, id := range ids[:min(len(ids), maxQuoted)] {
		some = append(some, strconv.Quote(id))
	}
	said := strings.Join(some, ", ")
	if more := len(ids) - maxQuoted; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return said
}

func (e *MembersError) says() string {
	switch e.Problem {
	case MemberInvited:
		return "the server invited members, who have not joined"
	case MemberStays:
		return "members are still in the room"
	case MemberAbsent:
		return "not a member of the room"
	default:
		return "there is no client or group with this id"
	}
}

// Unwrap returns the error of the call.
func (e *MembersError) Unwrap() error { return e.err }

// hasProblem reports whether an error is about members with this problem.
func hasProblem(err error, p MemberProblem) bool {
	e, ok := errors.AsType[*MembersError](err)
	return ok && e.Problem == p
}

// IsUnknownMember reports whether an error names ids that no client and no group
// has, in a [*MembersError].
func IsUnknownMember(err error) bool { return hasProblem(err, MemberUnknown) }

// IsInvited reports whether the server invited clients to a room that it was told
// to add, and that have not joined: in a [*MembersError].
func IsInvited(err error) bool { return hasProblem(err, MemberInvited) }

// IsNotMember reports whether a client is not in the room: in a [*MembersError].
func IsNotMember(err error) bool { return hasProblem(err, MemberAbsent) }

// isObjection reports whether the server found fault with what it was asked, as
// opposed to who asked, or to the call as such. It says so in JSON.
func isObjection(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.shape < shapeObject || IsNotFound(err) {
		return false
	}
	class := e.class()
	return isRefusal(err) || class == http.StatusNotFound || class >= 200 && class < 300 && !e.retry
}

// nameUnknown looks for the members that do not exist when the server objects to
// a call about members, for it does not say which. It returns err where it finds
// none, or cannot find out.
func (a *API) nameUnknown(ctx context.Context, ids []string, err error, unknown func(context.Context, []string) ([]string, error)) error {
	if len(ids) == 0 || !isObjection(err) {
		return err
	}
	missing, failure := unknown(ctx, ids)
	if failure != nil || len(missing) == 0 {
		return err
	}
	return &MembersError{Problem: MemberUnknown, IDs: missing, err: err}
}

// UnknownMembers returns those of the ids that neither a client nor a group has, in
// the order given.
//
// https://docs.imkit.io: GET /admin/clients, GET /admin/groups.
func (a *API) UnknownMembers(ctx context.Context, ids []string) ([]string, error) {
	unknown, err := a.unknownClients(ctx, ids)
	if err != nil || len(unknown) == 0 {
		return nil, err
	}
	groups, err := a.Groups(ctx)
	if IsUnsupported(err) { // a server without groups
		return unknown, nil
	}
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		unknown = slices.DeleteFunc(unknown, func(id string) bool { return id == g.ID })
	}
	return unknown, nil
}

// unknownClients returns those of the ids that no client has.
func (a *API) unknownClients(ctx context.Context, ids []string) ([]string, error) {
	found, err := a.LookUpClients(ctx, ids)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for _, id := range ids {
		if found[id] == nil && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
