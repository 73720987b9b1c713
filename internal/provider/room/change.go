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
	nothing action = iota
	create
	look // at who is in the room
	set
	join
	leave
	complete // what is known of a new room
)

// step is one call on the way to what is planned.
type step struct {
	tfvalue.Redacted
	action   action
	settings imkit.RoomSettings
	// members join or leave, or are in the room from its creation.
	members []string
}

// progress is how far a room has come on the way to what is planned.
type progress struct {
	tfvalue.Redacted
	// there reports whether there is a room, and isNew that it was made on the way.
	there, isNew bool
	// known is what it is as far as anybody said: what is null is not known. Of a
	// configured attribute it is what was sent, once that has been.
	known roomModel
	// looked tells that the server was asked about the room.
	looked bool
	// listed is whom the server listed last; nil where it did not.
	listed []string
	// formerOwner has lost the room on the way, and may be a member.
	formerOwner string
	// invited were to join, and were only invited.
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

// next is the next step on the way, until there is nothing left to do: it has no
// other memory than the progress. Everything that changes of the settings goes
// out in one call. Whoever comes is there before that names an owner or managers,
// and whoever goes leaves after it; but a room is thawed before anything else is
// done in it, and frozen at the very end. Only what names people who were invited
// comes later still.
func next(plan, config roomModel, p progress) step {
	settings := plan.changes(config, p.known)
	if !p.there {
		return step{action: create, settings: settings, members: some(p.comers(plan, config))}
	}
	change := step{action: set, settings: p.unnamed(settings)}
	changes := settings != imkit.RoomSettings{}
	freezes := settings.Frozen != nil && *settings.Frozen
	thaws := settings.Frozen != nil && !*settings.Frozen
	if changes && thaws {
		if names := settings.Owner != nil || settings.Managers != nil; names && len(p.comers(plan, config)) > 0 {
			change.settings = imkit.RoomSettings{Frozen: settings.Frozen} // whoever they are has to come first
		}
		return change
	}
	if !config.MemberIDs.IsNull() && p.known.MemberIDs.IsNull() && !p.looked {
		return step{action: look}
	}
	if comers := p.comers(plan, config); len(comers) > 0 {
		return step{action: join, members: some(comers)}
	}
	if changes && !freezes {
		return change
	}
	if settings.Owner != nil { // the one until now may have to go before the room is frozen
		settings.Frozen = nil
		change.settings = p.unnamed(settings)
		return change
	}
	if goers := p.goers(plan, config); len(goers) > 0 {
		return step{action: leave, members: some(goers)}
	}
	if changes {
		return change
	}
	if p.isNew && !p.looked && p.defaultsUnknown(config) {
		return step{action: complete}
	}
	return step{action: nothing}
}

// unnamed are those settings that do not name anybody who was only invited, or all of
// them where no other is left.
func (p progress) unnamed(settings imkit.RoomSettings) imkit.RoomSettings {
	rest := settings
	if rest.Owner != nil && slices.Contains(p.invited, *rest.Owner) {
		rest.Owner = nil
	}
	if rest.Managers != nil && len(without(*rest.Managers, p.invited)) < len(*rest.Managers) {
		rest.Managers = nil
	}
	if rest == (imkit.RoomSettings{}) {
		return settings
	}
	return rest
}

// defaultsUnknown reports whether the server said nothing of what it gives to every
// new room, and whose reply to the creation leaves it out. Without another look,
// the first refresh would bring it as news.
func (p progress) defaultsUnknown(config roomModel) bool {
	return config.BotMode.IsNull() && p.known.BotMode.IsNull() ||
		config.Open.IsNull() && p.known.Open.IsNull() ||
		config.Frozen.IsNull() && p.known.Frozen.IsNull()
}

// comers are the members that are planned and neither in the room nor invited to it.
func (p progress) comers(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	return without(plan.MemberIDs.Strings(), append(p.known.MemberIDs.Strings(), p.invited...))
}

// goers are those in the room that are not planned, the owner aside. Who was the
// owner until now may be in it without having been among the members.
func (p progress) goers(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	in := p.known.MemberIDs.Strings()
	if p.formerOwner != "" && !slices.Contains(in, p.formerOwner) {
		in = append(in, p.formerOwner)
	}
	goers := without(in, append(plan.MemberIDs.Strings(), p.known.OwnerID.ValueString()))
	if p.listed != nil {
		goers = without(goers, without(goers, p.listed))
	}
	return goers
}

// some are as many members as go into one call.
func some(ids []string) []string { return ids[:min(len(ids), imkit.MaxMembers)] }

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

// work brings a room to what is planned, step by step; operation is that in messages. After an error, the
// progress is how far it came. Where some were only invited, all else is done, and
// then the error is invitedPeople.
func (r *roomResource) work(ctx context.Context, operation string, plan, config roomModel, p *progress, diags *diag.Diagnostics) error {
	for {
		var err error
		switch s := next(plan, config, *p); s.action {
		case nothing:
			if len(p.invited) > 0 {
				return invitedPeople(p.invited)
			}
			return nil
		case create:
			err = r.create(ctx, plan, config, s, p, diags)
		case look:
			err = r.look(ctx, plan, config, p)
		case set:
			err = r.set(ctx, plan, config, s.settings, p, diags)
		case join:
			err = r.join(ctx, plan, s.members, p, diags)
		case leave:
			err = r.leave(ctx, plan, s.members, p)
		case complete:
			_ = r.look(ctx, plan, config, p) // the next refresh tells
		}
		if err != nil {
			if len(p.invited) > 0 {
				diags.Append(failed(operation, plan, invitedPeople(p.invited))...)
			}
			return err
		}
	}
}

// create makes the room. People who do not exist, and whom only a later call
// names, are found before it.
func (r *roomResource) create(ctx context.Context, plan, config roomModel, s step, p *progress, diags *diag.Diagnostics) error {
	later := s.settings.Later()
	people := without(p.comers(plan, config), s.members)
	if later.Managers != nil {
		people = append(people, *later.Managers...)
	}
	// Where nobody can tell, the calls themselves do.
	if unknown, err := r.Session.API.UnknownMembers(ctx, people); err == nil && len(unknown) > 0 {
		return unknownPeople(unknown)
	}
	room, _, err := r.Session.API.CreateRoom(ctx, plan.ID.ValueString(), s.settings, s.members, plan.SystemMessages.ValueBool())
	if err != nil {
		return err
	}
	sent := s.settings
	sent.Open, sent.Frozen, sent.Managers = nil, nil, nil
	p.there, p.isNew = true, true
	p.took(sent)
	p.reported(config, room)
	if p.known.MemberIDs.IsNull() {
		p.joined(s.members)
	}
	session.WarnAltered(diags, named(plan.ID.ValueString()), compare(sent, room, true))
	return nil
}

// look finds out who is in the room.
func (r *roomResource) look(ctx context.Context, plan, config roomModel, p *progress) error {
	p.looked = true
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
	session.WarnAltered(diags, named(id), compare(s, room, true))
	return nil
}

// join adds members. Where no reply shows who is in a room, success is believed.
func (r *roomResource) join(ctx context.Context, plan roomModel, ids []string, p *progress, diags *diag.Diagnostics) error {
	_, err := r.Session.API.AddMembers(ctx, plan.ID.ValueString(), ids, plan.SystemMessages.ValueBool())
	if errors.Is(err, imkit.ErrMembersHidden) {
		warnMembersHidden(r.Session, diags)
		err = nil
	}
	switch err = r.settle(ctx, plan, ids, true, p, err); {
	case err == nil:
		p.joined(ids)
	case imkit.HasProblem(err, imkit.MemberInvited):
		// Everybody else is in, and the owner need not be listed.
		invited, _ := peopleOf(err)
		invited = without(invited, []string{p.known.OwnerID.ValueString()})
		p.invited = append(p.invited, invited...)
		p.joined(without(ids, invited))
		err = nil
	}
	return err
}

// leave removes members.
func (r *roomResource) leave(ctx context.Context, plan roomModel, ids []string, p *progress) error {
	_, err := r.Session.API.RemoveMembers(ctx, plan.ID.ValueString(), ids, plan.SystemMessages.ValueBool())
	if err = r.settle(ctx, plan, ids, false, p, err); err == nil {
		p.left(ids)
	}
	return err
}

// settle looks what became of members, whose call failed in a way that leaves
// that open. It returns nil where all of them are in the room, or out of it, as
// they were to be. The owner may be in it without being listed.
func (r *roomResource) settle(ctx context.Context, plan roomModel, ids []string, in bool, p *progress, failure error) error {
	_, named := errors.AsType[*imkit.MembersError](failure)
	if !named && !imkit.OutcomeUnknown(failure) {
		return failure
	}
	room, _, err := see(ctx, r.Session.API, plan.ID.ValueString(), p.known.Frozen.ValueBool())
	if err != nil || room.Members.Value == nil {
		return failure
	}
	absent := without(ids, memberIDs(room))
	present := without(ids, absent)
	p.joined(present)
	p.left(absent)
	undone := present
	if in {
		undone = without(absent, []string{p.known.OwnerID.ValueString()})
	}
	if len(undone) == 0 {
		return nil
	}
	return failure
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
