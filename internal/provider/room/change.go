package room

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// action is what a step does.
type action int

// What there is to do to a room.
const (
	create action = iota
	look          // at who is in the room, and what it is
	set
	add
	remove
)

// step is one call on the way to what is planned.
type step struct {
	tfvalue.Redacted
	action   action
	settings imkit.RoomSettings
	// members are added or removed, or are in the room from its creation.
	members []string
}

// progress is how far a room has come on the way to what is planned.
type progress struct {
	tfvalue.Redacted
	// there reports whether there is a room.
	there bool
	// known is what is known of the room; what is null is not. Of a configured attribute
	// it is what was sent, once that has been.
	known roomModel
	// listed are the members that the server listed last; nil where it did not.
	listed []string
	// formerOwner was the owner until the change, and may be a member.
	formerOwner string
	// invited were to be added, and were only invited.
	invited []string
}

// progressOf is how far a room has come that was there before; nil is one that
// was not.
func progressOf(room *imkit.Room) progress {
	p := progress{there: room != nil, known: nothingKnown()}
	if !p.there {
		return p
	}
	p.known.refresh(room)
	if room.Members.Reported {
		p.listed = memberIDs(room)
	}
	return p
}

// steps calls do for each call on the way to what is planned, until one fails; do notes
// in the progress what it has done. Members are added before one of them becomes the
// owner or a manager, and removed after it. A room is thawed before anything else is
// done in it, and frozen at the very end.
func (p *progress) steps(plan, config roomModel, do func(step) error) error {
	isNew := !p.there
	if isNew {
		members := p.toAdd(plan, config)
		first := members[:min(len(members), imkit.MaxMembers)]
		if err := do(step{action: create, settings: plan.changes(config, p.known), members: first}); err != nil {
			return err
		}
	}
	changes := func() imkit.RoomSettings { return plan.changes(config, p.known) }
	setAll := func(settings imkit.RoomSettings) error {
		for _, some := range namedLast(settings, p.invited) {
			if err := do(step{action: set, settings: some}); err != nil {
				return err
			}
		}
		return nil
	}

	if s := changes(); s.Frozen != nil && !*s.Frozen {
		if names := s.Owner != nil || s.Managers != nil; names && len(p.toAdd(plan, config)) > 0 {
			s = imkit.RoomSettings{Frozen: s.Frozen}
		}
		if err := setAll(s); err != nil {
			return err
		}
	}
	if !config.MemberIDs.IsNull() && p.known.MemberIDs.IsNull() {
		if err := do(step{action: look}); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(p.toAdd(plan, config), imkit.MaxMembers) {
		if err := do(step{action: add, members: ids}); err != nil {
			return err
		}
	}
	if err := setAll(beforeRemoving(changes())); err != nil {
		return err
	}
	for ids := range slices.Chunk(p.toRemove(plan, config), imkit.MaxMembers) {
		if err := do(step{action: remove, members: ids}); err != nil {
			return err
		}
	}
	if err := setAll(changes()); err != nil {
		return err
	}
	if isNew && p.defaultsUnknown(config) {
		_ = do(step{action: look}) // if it fails, the next refresh shows them
	}
	return nil
}

// beforeRemoving are the settings that are sent before members are removed: all of them,
// or none if they freeze the room. A new owner is set before in any case, because the
// former one may have to be removed.
func beforeRemoving(s imkit.RoomSettings) imkit.RoomSettings {
	switch {
	case s.Frozen == nil:
		return s
	case s.Owner == nil:
		return imkit.RoomSettings{}
	}
	s.Frozen = nil
	return s
}

// namedLast divides settings into calls: a server may refuse what names people who were
// only invited, so that comes after everything else.
func namedLast(s imkit.RoomSettings, invited []string) []imkit.RoomSettings {
	var last imkit.RoomSettings
	if s.Owner != nil && slices.Contains(invited, *s.Owner) {
		last.Owner, s.Owner = s.Owner, nil
	}
	if s.Managers != nil && len(among(*s.Managers, invited)) > 0 {
		last.Managers, s.Managers = s.Managers, nil
	}
	return slices.DeleteFunc([]imkit.RoomSettings{s, last}, func(s imkit.RoomSettings) bool { return s == imkit.RoomSettings{} })
}

// defaultsUnknown reports whether the server said nothing of what it gives to every
// new room, and whose reply to the creation leaves it out. Without another look,
// the first refresh would bring it as news.
func (p *progress) defaultsUnknown(config roomModel) bool {
	return config.BotMode.IsNull() && p.known.BotMode.IsNull() ||
		config.Open.IsNull() && p.known.Open.IsNull() ||
		config.Frozen.IsNull() && p.known.Frozen.IsNull()
}

// toAdd are the members that are planned and neither in the room nor invited to it.
func (p *progress) toAdd(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	return without(plan.MemberIDs.Strings(), append(p.known.MemberIDs.Strings(), p.invited...))
}

// toRemove are those in the room that are not planned, the owner aside. Who was the
// owner until now may be in it without having been among the members.
func (p *progress) toRemove(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	in := p.known.MemberIDs.Strings()
	if p.formerOwner != "" && !slices.Contains(in, p.formerOwner) {
		in = append(in, p.formerOwner)
	}
	ids := without(in, append(plan.MemberIDs.Strings(), p.known.OwnerID.ValueString()))
	if p.listed != nil {
		ids = among(ids, p.listed)
	}
	return ids
}

// reported takes in what the server says of the room.
func (p *progress) reported(config roomModel, room *imkit.Room) {
	p.known.refreshUnmanaged(config, room)
	if room.Members.Reported {
		p.listed = memberIDs(room)
		if p.known.MemberIDs.IsNull() {
			p.known.MemberIDs = tfvalue.NewLargeSet(p.listed)
		}
	}
}

// took notes that settings were sent and taken.
func (p *progress) took(s imkit.RoomSettings) {
	if was := p.known.OwnerID.ValueString(); s.Owner != nil && *s.Owner != was {
		p.formerOwner = was
	}
	p.known.took(s)
}

// added notes what came of adding members, and returns the error that is left: the owner
// may be in the room without being listed, and who is invited holds nothing up.
func (p *progress) added(ids []string, err error) error {
	if err == nil {
		p.joined(ids)
		return nil
	}
	failure, ok := errors.AsType[*imkit.MembersError](err)
	if !ok || failure.Problem == imkit.MemberUnknown {
		return err
	}
	missing := without(failure.IDs, []string{p.known.OwnerID.ValueString()})
	p.joined(without(ids, missing))
	switch {
	case len(missing) == 0:
		return nil
	case failure.Problem == imkit.MemberInvited:
		p.invited = append(p.invited, missing...)
		return nil
	}
	return err
}

// removed notes what came of removing members, and returns the error.
func (p *progress) removed(ids []string, err error) error {
	failure, ok := errors.AsType[*imkit.MembersError](err)
	switch {
	case err == nil:
		p.left(ids)
	case ok:
		p.left(without(ids, failure.IDs))
	}
	return err
}

// joined notes that these are in the room.
func (p *progress) joined(ids []string) {
	p.known.MemberIDs = tfvalue.NewLargeSet(append(p.known.MemberIDs.Strings(), ids...))
}

// left notes that these are not in the room.
func (p *progress) left(ids []string) {
	p.known.MemberIDs = tfvalue.NewLargeSet(without(p.known.MemberIDs.Strings(), ids))
	if slices.Contains(ids, p.formerOwner) {
		p.formerOwner = ""
	}
}

// change brings a room to what is planned; operation is that in messages. After an
// error, the progress is how far it came. Where some were only invited, all else is
// done, and then the error is invitedPeople.
func (r *roomResource) change(ctx context.Context, operation string, plan, config roomModel, p *progress, diags *diag.Diagnostics) error {
	err := p.steps(plan, config, func(s step) error {
		switch s.action {
		case create:
			return r.create(ctx, plan, config, s, p, diags)
		case set:
			return r.set(ctx, plan, config, s.settings, p, diags)
		case add:
			return r.add(ctx, plan, s.members, p, diags)
		case remove:
			return r.remove(ctx, plan, s.members, p)
		default:
			return r.look(ctx, plan, config, p)
		}
	})
	if len(p.invited) == 0 {
		return err
	}
	if err == nil {
		return invitedPeople(p.invited)
	}
	diags.Append(failed(operation, plan, invitedPeople(p.invited))...)
	return err
}

// create makes the room. People who do not exist, and whom only a later call
// names, are found before it.
func (r *roomResource) create(ctx context.Context, plan, config roomModel, s step, p *progress, diags *diag.Diagnostics) error {
	sent, later := s.settings.Split()
	people := without(p.toAdd(plan, config), s.members)
	if later.Managers != nil {
		people = append(people, *later.Managers...)
	}
	// Where this cannot be found out, the calls themselves fail.
	if unknown, err := r.Session.API.UnknownMembers(ctx, people); err == nil && len(unknown) > 0 {
		return unknownPeople(unknown)
	}
	room, _, err := r.Session.API.CreateRoom(ctx, plan.ID.ValueString(), s.settings, s.members, plan.SystemMessages.ValueBool())
	if err != nil {
		return err
	}
	p.there = true
	p.took(sent)
	p.reported(config, room)
	if p.known.MemberIDs.IsNull() {
		p.joined(s.members)
	}
	session.WarnAltered(diags, named(plan.ID.ValueString()), altered(sent, room))
	return nil
}

// look finds out who is in the room.
func (r *roomResource) look(ctx context.Context, plan, config roomModel, p *progress) error {
	room, _, err := see(ctx, r.Session.API, plan.ID.ValueString(), p.known.Frozen.ValueBool())
	if err == nil {
		p.reported(config, room)
	}
	return err
}

// set changes settings.
func (r *roomResource) set(ctx context.Context, plan, config roomModel, s imkit.RoomSettings, p *progress, diags *diag.Diagnostics) error {
	id := plan.ID.ValueString()
	room, recovered, err := r.Session.API.UpdateRoom(ctx, id, s)
	if err != nil {
		return err
	}
	session.WarnRecovered(diags, "Room", "changed", named(id), recovered)
	p.took(s)
	p.reported(config, room)
	session.WarnAltered(diags, named(id), altered(s, room))
	return nil
}

// add adds members. Where no reply shows who is in a room, success is believed.
func (r *roomResource) add(ctx context.Context, plan roomModel, ids []string, p *progress, diags *diag.Diagnostics) error {
	id := plan.ID.ValueString()
	_, err := r.Session.API.AddMembers(ctx, id, ids, plan.SystemMessages.ValueBool())
	if errors.Is(err, imkit.ErrMembersHidden) {
		warnMembersHidden(r.Session, diags)
		err = nil
	}
	return p.added(ids, err)
}

// remove removes members.
func (r *roomResource) remove(ctx context.Context, plan roomModel, ids []string, p *progress) error {
	_, err := r.Session.API.RemoveMembers(ctx, plan.ID.ValueString(), ids, plan.SystemMessages.ValueBool())
	return p.removed(ids, err)
}

// unknownPeople is the error of ids that no client has, found before any call.
type unknownPeople []string

// Error names them.
func (u unknownPeople) Error() string {
	return "there is no client or group with this id: " + tfvalue.ListIDs(u)
}

// invitedPeople is the error of ids that a server invited where it was told to add
// them.
type invitedPeople []string

// Error names them.
func (i invitedPeople) Error() string {
	return "the server invited, and did not add, " + tfvalue.ListIDs(i)
}
