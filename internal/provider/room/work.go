package room

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

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
