package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const (
	pathMembers       = "/rooms/{id}/members"
	pathDeleteMembers = "/rooms/{id}/delete/members"
	pathMember        = "/rooms/{id}/member/{client}"
)

// addMembers makes one call, and returns the room as it is shown then; nil: it is not.
// The caller has the room's lock.
func (a *API) addMembers(ctx context.Context, room string, ids []string, announce bool) (after *Room, recovered, err error) {
	c := call{
		method: http.MethodPost,
		path:   pathMembers,
		body:   map[string]any{"invitees": ids, fieldAnnounce: announce, "invitationRequired": false},
	}
	after, err = requestRoom(ctx, a, room, c, decodeAbout("room", room, decodeRoom))
	if OutcomeUnknown(err) {
		now, lookFailed := a.readRoom(ctx, room)
		if lookFailed != nil || !now.listsMembers() {
			return nil, nil, err
		}
		if _, absent := now.split(ids); len(absent) > 0 {
			return now, nil, &MembersError{Problem: MemberAbsent, IDs: absent, err: err}
		}
		return now, err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !after.listsMembers() {
		doubtful := &Error{Method: c.method, Path: c.path, Message: "it reported success", OutcomeUnknown: true}
		if after, err = a.readRoom(ctx, room); err != nil {
			return nil, nil, fmt.Errorf("%w, but it is unknown whether they joined: %w", doubtful, err)
		}
		if !after.listsMembers() {
			return nil, nil, fmt.Errorf("%w: %w", ErrMembersHidden, doubtful)
		}
	}
	_, absent := after.split(ids)
	absent = slices.DeleteFunc(absent, func(id string) bool { return after.otherForm(id) != "" })
	if len(absent) == 0 {
		return after, nil, nil
	}
	unseen := &Error{Method: c.method, Path: c.path, Message: "it reported success"}
	if unknown, err := a.UnknownMembers(ctx, absent); err == nil && len(unknown) > 0 {
		return after, nil, &MembersError{Problem: MemberUnknown, IDs: unknown, err: unseen}
	}
	return after, nil, &MembersError{Problem: MemberInvited, IDs: absent, err: unseen}
}

// removeMembers makes one call, and another where the server refuses because some are
// not in the room. The caller has the room's lock.
func (a *API) removeMembers(ctx context.Context, room string, ids []string, announce bool) (recovered, err error) {
	c := call{method: http.MethodPost, path: pathDeleteMembers, body: map[string]any{fieldMembers: ids, fieldAnnounce: announce}}
	after, failure := requestRoom(ctx, a, room, c, decodeAbout("room", room, decodeRoom))
	stay := ids
	if failure == nil && after.listsMembers() {
		stay, _ = after.split(ids)
	}
	switch {
	case len(stay) == 0:
		return nil, nil
	case failure != nil && !isObjection(failure) && !OutcomeUnknown(failure):
		return nil, failure
	}
	after, err = a.readRoom(ctx, room)
	switch {
	case IsNotFound(err):
		return nil, err
	case failure != nil && (err != nil || !after.listsMembers()):
		return nil, failure
	case err != nil:
		return nil, err
	}
	stay, _ = after.split(ids)
	switch {
	case len(stay) == 0 && OutcomeUnknown(failure):
		return failure, nil
	case len(stay) == 0:
		return nil, nil
	case isObjection(failure) && len(stay) < len(ids):
		return a.removeMembers(ctx, room, stay, announce)
	case failure != nil:
		return nil, failure
	}
	return nil, &MembersError{Problem: MemberStays, IDs: stay, err: &Error{Method: c.method, Path: c.path, Message: "it reported success"}}
}

// memberChange is what joins and leaves have in common that can go out together.
type memberChange struct {
	room             string
	remove, announce bool
}

// changedMember is what became of one of them.
type changedMember struct {
	role      Field[string]
	recovered error
}

// AddMember adds a client or a group to a room; announce has the server write in the room
// that it joined. Who is in it already stays. It returns the member's role as far as the
// replies show it.
//
// It checks that the client is a member then. Where it is not, does not exist, or is
// refused where others are not, the error is a [*MembersError]; where the server keeps its
// id in another form, an [*OtherIDError]; where no reply shows members, [ErrMembersHidden].
// Where there is no such room, [IsNotFound] is true.
//
// Joins of one room at the same moment go out together, [MaxMembers] in one call, and one
// that fails does not keep the others from succeeding.
//
// https://docs.imkit.io: POST /rooms/{id}/members.
func (a *API) AddMember(ctx context.Context, room, id string, announce bool) (role Field[string], recovered, err error) {
	changed, err := a.changeMember(ctx, memberChange{room: room, announce: announce}, id)
	return changed.role, changed.recovered, err
}

// RemoveMember removes a client or a group from a room, and sends it together with others
// as [API.AddMember] does. Who is not in it is removed already. Where it stays, the error
// is a [*MembersError]; where there is no such room, [IsNotFound] is true.
//
// https://docs.imkit.io: POST /rooms/{id}/delete/members.
func (a *API) RemoveMember(ctx context.Context, room, id string, announce bool) (recovered, err error) {
	changed, err := a.changeMember(ctx, memberChange{room: room, remove: true, announce: announce}, id)
	return changed.recovered, err
}

// AddMembers is [API.AddMember] for several. failed has the error of each that failed.
//
// https://docs.imkit.io: POST /rooms/{id}/members.
func (a *API) AddMembers(ctx context.Context, room string, ids []string, announce bool) (failed map[string]error, recovered error) {
	return a.changeMembers(ctx, memberChange{room: room, announce: announce}, ids)
}

// RemoveMembers is [API.RemoveMember] for several. failed has the error of each that
// failed.
//
// https://docs.imkit.io: POST /rooms/{id}/delete/members.
func (a *API) RemoveMembers(ctx context.Context, room string, ids []string, announce bool) (failed map[string]error, recovered error) {
	return a.changeMembers(ctx, memberChange{room: room, remove: true, announce: announce}, ids)
}

// changeMembers makes a call for each [MaxMembers]. Changes by other callers do not join them.
func (a *API) changeMembers(ctx context.Context, change memberChange, ids []string) (failed map[string]error, recovered error) {
	failed = map[string]error{}
	for _, id := range ids {
		if err := change.check(id); err != nil {
			failed[id] = err
		}
	}
	valid := slices.DeleteFunc(asSet(ids), func(id string) bool { return failed[id] != nil })
	for some := range slices.Chunk(valid, MaxMembers) {
		changed, errs := a.changeInTurn(ctx, change, some)
		for _, id := range some {
			if errs[id] != nil {
				failed[id] = ofBatch(ctx, http.MethodPost, change.path(), errs[id])
			} else if changed[id].recovered != nil {
				recovered = changed[id].recovered
			}
		}
	}
	return failed, recovered
}

// changeInTurn is changeTogether once it is the turn of a call.
func (a *API) changeInTurn(ctx context.Context, change memberChange, ids []string) (map[string]changedMember, map[string]error) {
	ctx, release, err := a.members.Acquire(ctx, change)
	if err != nil {
		errs := map[string]error{}
		for _, id := range ids {
			errs[id] = fmt.Errorf("%w: %w", batch.ErrNotSent, err)
		}
		return nil, errs
	}
	defer release()
	return a.changeTogether(ctx, change, ids)
}

func (a *API) changeMember(ctx context.Context, change memberChange, id string) (changedMember, error) {
	if err := change.check(id); err != nil {
		return changedMember{}, err
	}
	changed, err := a.members.Do(ctx, change, id)
	return changed, ofBatch(ctx, http.MethodPost, change.path(), err)
}

func (c memberChange) check(id string) error {
	if err := CheckRoomID(c.room); err != nil {
		return err
	}
	if err := checkID("member's id", id); err != nil && (!c.remove || !isDots(id)) { // a server may list such a member
		return err
	}
	return nil
}

func (c memberChange) path() string {
	if c.remove {
		return pathDeleteMembers
	}
	return pathMembers
}

// shareMemberChanges has changes of one room at the same moment share a call, which waits
// for the room's lock.
func (a *API) shareMemberChanges() {
	a.members.Max = MaxMembers
	a.members.Grace = InterruptGrace
	a.members.Acquire = awaitTurn(a, func(ctx context.Context, change memberChange) (unlock func(), err error) {
		return a.roomLocks.Lock(ctx, change.room)
	})
	a.members.Call = a.changeTogether
}

// changeTogether makes the calls for those who join or leave together. A server may refuse
// them all because of one.
func (a *API) changeTogether(ctx context.Context, change memberChange, ids []string) (map[string]changedMember, map[string]error) {
	changed, errs := map[string]changedMember{}, map[string]error{}
	call := func(ids []string) error {
		var after *Room
		var recovered, err error
		if change.remove {
			recovered, err = a.removeMembers(ctx, change.room, ids, change.announce)
		} else {
			after, recovered, err = a.addMembers(ctx, change.room, ids, change.announce)
		}
		some, named := errors.AsType[*MembersError](err)
		if err != nil && !named {
			return err
		}
		var roles map[string]string
		if after != nil {
			roles = after.Roles()
		}
		for _, id := range ids {
			done := changedMember{recovered: recovered}
			if role, known := roles[id]; known {
				done.role = reported(role)
			}
			changed[id] = done
			if kept := after.otherForm(id); kept != "" {
				errs[id] = &OtherIDError{Sent: id, Kept: kept}
			} else if named && slices.Contains(some.IDs, id) { // the others are in, or out
				errs[id] = some.Naming([]string{id})
			}
		}
		return nil
	}
	var refused []string
	for _, part := range batch.Divide(slices.Sorted(slices.Values(ids)), call, mayBeOneMember) {
		for _, id := range part.Items {
			errs[id] = part.Err
		}
		if mayBeOneMember(part.Err) {
			refused = append(refused, part.Items...)
		}
	}
	var unknown []string
	if !change.remove && len(refused) > 0 {
		unknown, _ = a.UnknownMembers(ctx, refused) // if that fails, the errors say enough
	}
	for _, id := range refused {
		if slices.Contains(unknown, id) {
			errs[id] = &MembersError{Problem: MemberUnknown, IDs: []string{id}, err: errs[id]}
		} else if e, ok := errors.AsType[*Error](errs[id]); ok && len(changed) > 0 {
			errs[id] = &MembersError{Problem: MemberRefused, IDs: []string{id}, err: e.as(KindRefused)}
		}
	}
	return changed, errs
}

// mayBeOneMember reports whether the server may have refused a call because of one of the
// members that it is about.
func mayBeOneMember(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (isObjection(e) || e.Kind == KindForbidden || e.Kind == KindKeyNotAllowed && e.meant() == http.StatusForbidden)
}

// GetMember returns a room in which a client or a group is a member, as far as the server
// shows who is in it. Where it shows twice, a second apart, that it is not, or that there
// is no such room, [IsNotFound] is true of the error.
//
// https://docs.imkit.io: GET /rooms/{id}.
func (a *API) GetMember(ctx context.Context, room, id string) (*Room, error) {
	return lookTwice(ctx, a, func() (*Room, error) { return a.findMember(ctx, room, id) })
}

func (a *API) findMember(ctx context.Context, room, id string) (*Room, error) {
	found, err := a.FindRoom(ctx, room)
	if err != nil || !found.listsMembers() {
		return found, err
	}
	if _, in := found.Member(id); !in {
		return nil, absent(pathRoom, "it is not in the room")
	}
	return found, nil
}

// SetMemberProperty sets a property of a member of a room: its role ([RoleAdmin] or
// [RoleMember]; a promotion is always announced in the room), or one of the
// application's own, with any value that JSON has. Where there is no such room,
// [IsNotFound] is true of the error; where the client is not in it, it is a [*MembersError].
//
// https://docs.imkit.io: PUT /rooms/{id}/member/{client}.
func (a *API) SetMemberProperty(ctx context.Context, room, client, property string, value any) (recovered, err error) {
	if err := checkPair(room, client); err != nil {
		return nil, err
	}
	if property == "" || property != propertyRole && ReservedProperty(property) {
		return nil, fmt.Errorf("%q is not a property of the application's: the name is reserved", property)
	}
	_, err = changeRoom(ctx, a, room, call{
		method: http.MethodPut,
		path:   pathMember,
		args:   []string{client},
		body:   map[string]any{"property": property, "value": value},
	}, success)
	if !isObjection(err) && !OutcomeUnknown(err) {
		return nil, err
	}
	now, failure := a.readRoom(ctx, room)
	if failure != nil {
		return nil, err
	}
	if _, in := now.Member(client); !in && now.listsMembers() {
		return nil, &MembersError{Problem: MemberAbsent, IDs: []string{client}, err: err}
	}
	return settleLost(err, func() bool { return now.hasProperty(client, property, value) })
}

// hasProperty reports whether a room shows a property of a member with this value.
func (r *Room) hasProperty(client, property string, value any) bool {
	if property == propertyRole {
		role := r.Role(client)
		return role.Value != nil && *role.Value == value
	}
	has, there := r.Properties[client][property]
	return there && isSent(has, value)
}

// checkPair checks the ids of a call that has two of them in its path.
func checkPair(room, client string) error {
	if err := CheckRoomID(room); err != nil {
		return err
	}
	if err := CheckID(client); err != nil {
		return err
	}
	if queryLength(room)+queryLength(client) > maxQuery {
		return fmt.Errorf("the ids of the room and the client are too long: the limit is %d bytes together, URL-encoded", maxQuery)
	}
	return nil
}

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
	// MemberRefused was refused by the server, where it accepted others.
	MemberRefused
)

// MembersError is the error of a call that failed because of some of the members that it
// was about.
type MembersError struct {
	Problem MemberProblem
	// IDs are those members.
	IDs []string

	err error // of the call, if there was one
}

// Error names the members and says what is wrong with them.
func (e *MembersError) Error() string {
	said := e.says() + ": " + quoted(e.IDs)
	if e.err != nil {
		said += ": " + e.err.Error()
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
	case MemberRefused:
		return "the server refuses this member, but accepts others"
	default:
		return "there is no client or group with this id"
	}
}

// Naming returns an error of the same problem and call that names other members.
func (e *MembersError) Naming(ids []string) *MembersError {
	return &MembersError{Problem: e.Problem, IDs: ids, err: e.err}
}

// Unwrap returns the error of the call.
func (e *MembersError) Unwrap() error { return e.err }

// HasProblem reports whether an error is a [*MembersError] with this problem.
func HasProblem(err error, p MemberProblem) bool {
	e, ok := errors.AsType[*MembersError](err)
	return ok && e.Problem == p
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

// nameUnknown looks for the members that do not exist when the server objects to a call
// about members, for it does not say which. It returns err where it finds none, or
// cannot find out.
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

// UnknownMembers returns those of the ids that neither a client nor a group has, in the
// order given.
//
// https://docs.imkit.io: GET /admin/clients, GET /admin/groups.
func (a *API) UnknownMembers(ctx context.Context, ids []string) ([]string, error) {
	unknown, err := a.unknownClients(ctx, ids)
	if err != nil || len(unknown) == 0 {
		return nil, err
	}
	groups, err := a.ListGroups(ctx)
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
	found, err := a.GetClients(ctx, ids)
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
