package room

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// progress is how far a room has come on the way to what is planned.
type progress struct {
	tfvalue.Redacted
	plan, config roomModel
	there        bool
	// known is what is known of the room, and of a configured attribute what was sent. What is
	// null is not known.
	known roomModel
	// listed are the members that the server listed last; nil where it did not.
	listed []string
	// formerOwner was the owner until the change, and may be a member.
	formerOwner string
	// invited were to be added, and were only invited.
	invited []string
	// refused are the errors of members whom the server refuses; the others come and go.
	refused []error
}

// progressOf begins with what is known of a room; nil is a new one.
func progressOf(plan, config roomModel, room *imkit.Room) progress {
	p := progress{plan: plan, config: config, there: room != nil, known: nothingKnown()}
	if p.there {
		p.known.refresh(room)
		p.reported(room)
	}
	return p
}

// changes are the settings that are still to be sent.
func (p *progress) changes() imkit.RoomSettings { return p.plan.changes(p.config, p.known) }

// namedLast divides settings into two calls if some name who was only invited.
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

// defaultsUnknown reports whether the next refresh would show defaults of a new room as changes.
func (p *progress) defaultsUnknown() bool {
	return p.config.BotMode.IsNull() && p.known.BotMode.IsNull() ||
		p.config.Open.IsNull() && p.known.Open.IsNull() ||
		p.config.Frozen.IsNull() && p.known.Frozen.IsNull()
}

// toAdd are the members that are planned and neither in the room nor invited to it.
func (p *progress) toAdd() []string {
	if p.config.MemberIDs.IsNull() {
		return nil
	}
	return without(p.plan.MemberIDs.Strings(), append(p.known.MemberIDs.Strings(), p.invited...))
}

// toRemove are those in the room that are not planned. The owner may stay, and who was it until
// now may be in the room without having been among the members.
func (p *progress) toRemove() []string {
	if p.config.MemberIDs.IsNull() {
		return nil
	}
	in := p.known.MemberIDs.Strings()
	if p.formerOwner != "" && !slices.Contains(in, p.formerOwner) {
		in = append(in, p.formerOwner)
	}
	ids := without(in, append(p.plan.MemberIDs.Strings(), p.known.OwnerID.ValueString()))
	if p.listed != nil {
		ids = among(ids, p.listed)
	}
	return ids
}

// reported takes in what the server says of the room. What is configured is what was sent.
func (p *progress) reported(room *imkit.Room) {
	refreshed := p.known
	refreshed.refresh(room)
	p.known = p.known.withUnmanaged(p.config, refreshed)
	if room.Members.Reported {
		p.listed = memberIDs(room)
		if p.known.MemberIDs.IsNull() {
			p.known.MemberIDs = tfvalue.NewLargeSet(tfvalue.InNFC(p.listed))
		}
	}
}

// sent notes that settings were sent, and what the server answered.
func (p *progress) sent(s imkit.RoomSettings, room *imkit.Room, diags *diag.Diagnostics) {
	if was := p.known.OwnerID.ValueString(); s.Owner != nil && *s.Owner != was {
		p.formerOwner = was
	}
	p.known.took(p.plan, s)
	p.reported(room)
	session.WarnAltered(diags, session.NounRoom.Named(p.plan.ID.ValueString()), altered(s, room))
}

// passedOver notes refusals, so that the others come and go, and returns any other error.
func (p *progress) passedOver(err error) error {
	if imkit.HasProblem(err, imkit.MemberRefused) {
		p.refused = append(p.refused, err)
		return nil
	}
	return err
}

// membersError is the error of the call, or one that names those with the same problem as the
// first.
func membersError(ids []string, failed map[string]error) error {
	var first *imkit.MembersError
	var same []string
	var otherIDs []error
	for _, id := range ids {
		if _, ok := errors.AsType[*imkit.OtherIDError](failed[id]); ok {
			otherIDs = append(otherIDs, failed[id])
			continue
		}
		of, ok := errors.AsType[*imkit.MembersError](failed[id])
		if !ok {
			return failed[id]
		}
		if first == nil {
			first = of
		}
		if of.Problem == first.Problem {
			same = append(same, id)
		}
	}
	if len(otherIDs) > 0 || first == nil {
		return errors.Join(otherIDs...)
	}
	return first.Naming(same)
}

func (p *progress) joined(ids []string) {
	p.known.MemberIDs = tfvalue.NewLargeSet(append(p.known.MemberIDs.Strings(), ids...))
}

// change brings a room to what is planned; operation is that in messages. After an error, the
// progress is how far it came. If some were only invited, or refused, all else is done.
func (r *roomResource) change(ctx context.Context, operation string, p *progress, diags *diag.Diagnostics) error {
	if left := r.keepMembers(p.plan.ID.ValueString(), p.config); !p.known.MemberIDs.IsNull() {
		p.known.MemberIDs = tfvalue.NewLargeSet(without(p.known.MemberIDs.Strings(), left))
	}
	err := r.steps(ctx, p, diags)
	var errs []error
	if len(p.invited) > 0 {
		errs = append(errs, &imkit.MembersError{Problem: imkit.MemberInvited, IDs: p.invited})
	}
	errs = append(errs, p.refused...)
	if err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil
	}
	last := len(errs) - 1
	for _, other := range errs[:last] {
		diags.Append(failed(operation, p.plan, other)...)
	}
	return errs[last]
}

// steps makes the calls on the way to what is planned, until one fails. Members are added
// before one becomes the owner or a manager, and removed after it. A room is thawed first, and
// frozen last.
func (r *roomResource) steps(ctx context.Context, p *progress, diags *diag.Diagnostics) error {
	isNew := !p.there
	if isNew {
		if err := r.create(ctx, p, diags); err != nil {
			return err
		}
	}
	if s := p.changes(); s.Frozen != nil && !*s.Frozen {
		if names := s.Owner != nil || s.Managers != nil; names && len(p.toAdd()) > 0 {
			s = imkit.RoomSettings{Frozen: s.Frozen}
		}
		if err := r.set(ctx, p, s, diags); err != nil {
			return err
		}
	}
	if !p.config.MemberIDs.IsNull() && p.known.MemberIDs.IsNull() {
		if err := r.look(ctx, p); err != nil {
			return err
		}
	}
	if err := r.add(ctx, p, diags); err != nil {
		return err
	}
	s := p.changes()
	switch {
	case s.Frozen == nil:
	case s.Owner == nil: // all of it in one call, at the end
		s = imkit.RoomSettings{}
	default: // the former owner may have to be removed
		s.Frozen = nil
	}
	if err := r.set(ctx, p, s, diags); err != nil {
		return err
	}
	if err := r.remove(ctx, p, diags); err != nil {
		return err
	}
	if err := r.set(ctx, p, p.changes(), diags); err != nil {
		return err
	}
	if isNew && p.defaultsUnknown() {
		_ = r.look(ctx, p) // if it fails, the next refresh shows them
	}
	return nil
}

// create makes the room, unless people whom only a later call names do not exist.
func (r *roomResource) create(ctx context.Context, p *progress, diags *diag.Diagnostics) error {
	settings, members := p.changes(), p.toAdd()
	first := members[:min(len(members), imkit.MaxMembers)]
	sent, later := settings.Split()
	people := without(members, first)
	if later.Managers != nil {
		people = append(people, *later.Managers...)
	}
	people = slices.DeleteFunc(people, func(id string) bool { // what this run made is there, shown yet or not
		return r.Session.WasCreated(session.NounClient, id) || r.Session.WasCreated(session.NounGroup, id)
	})
	// Where this cannot be found out, the calls themselves fail.
	if unknown, err := r.Session.API.UnknownMembers(ctx, people); err == nil && len(unknown) > 0 {
		return &imkit.MembersError{Problem: imkit.MemberUnknown, IDs: unknown}
	}
	id := p.plan.ID.ValueString()
	room, recovered, err := r.Session.API.CreateRoom(ctx, id, settings, first, p.plan.SystemMessages.ValueBool())
	if err != nil {
		return err
	}
	session.WarnRecovered(diags, "Room", "created", session.NounRoom.Named(id), recovered)
	p.there = true
	p.sent(sent, room, diags)
	if p.known.MemberIDs.IsNull() {
		p.joined(first)
	}
	return nil
}

// set changes settings. A server may refuse to name people who were only invited, so that
// comes after everything else.
func (r *roomResource) set(ctx context.Context, p *progress, s imkit.RoomSettings, diags *diag.Diagnostics) error {
	id := p.plan.ID.ValueString()
	for _, some := range namedLast(s, p.invited) {
		room, recovered, err := r.Session.API.UpdateRoom(ctx, id, some)
		if err != nil {
			return err
		}
		session.WarnRecovered(diags, "Room", "changed", session.NounRoom.Named(id), recovered)
		p.sent(some, room, diags)
	}
	return nil
}

// add adds members. The owner may be in the room without being listed, and those who are only
// invited hold nothing up.
func (r *roomResource) add(ctx context.Context, p *progress, diags *diag.Diagnostics) error {
	members := p.toAdd()
	if len(members) == 0 {
		return nil
	}
	id := p.plan.ID.ValueString()
	failed, recovered := r.Session.API.AddMembers(ctx, id, members, p.plan.SystemMessages.ValueBool())
	session.WarnRecovered(diags, "Room", "changed", session.NounRoom.Named(id), recovered)
	var in, left []string
	for _, member := range members {
		err := failed[member]
		isOwner := member == p.known.OwnerID.ValueString()
		switch invited := imkit.HasProblem(err, imkit.MemberInvited); {
		case errors.Is(err, imkit.ErrMembersHidden): // success is believed
			warnMembersHidden(r.Session, diags)
			in = append(in, member)
		case err == nil, isOwner && (invited || imkit.HasProblem(err, imkit.MemberAbsent)):
			in = append(in, member)
		case invited:
			p.invited = append(p.invited, member)
		default:
			left = append(left, member)
		}
	}
	p.joined(in)
	return p.passedOver(membersError(left, failed))
}

func (r *roomResource) remove(ctx context.Context, p *progress, diags *diag.Diagnostics) error {
	members := p.toRemove()
	if len(members) == 0 {
		return nil
	}
	id := p.plan.ID.ValueString()
	failed, recovered := r.Session.API.RemoveMembers(ctx, id, members, p.plan.SystemMessages.ValueBool())
	session.WarnRecovered(diags, "Room", "changed", session.NounRoom.Named(id), recovered)
	stay := among(members, slices.Collect(maps.Keys(failed)))
	p.known.MemberIDs = tfvalue.NewLargeSet(without(p.known.MemberIDs.Strings(), without(members, stay)))
	return p.passedOver(membersError(stay, failed))
}

// look finds out who is in the room, and what it is.
func (r *roomResource) look(ctx context.Context, p *progress) error {
	room, _, err := see(ctx, r.Session.API.GetRoom, p.plan.ID.ValueString(), p.known.Frozen.ValueBool())
	if err == nil {
		p.reported(room)
	}
	return err
}

// failed reports a call that failed, and names people on the attributes that have them.
func failed(operation string, plan roomModel, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	object := session.NounRoom.Named(plan.ID.ValueString())
	if other, ok := errors.AsType[*imkit.OtherIDError](err); ok {
		if other.Sent == plan.ID.ValueString() {
			return diag.Diagnostics{otherID("id", err, fmt.Sprintf("The room was created, but is not in the state. To manage it, set id = %s and adopt_existing = true.", tfvalue.HCLString(other.Kept)))}
		}
		return diag.Diagnostics{otherID("member_ids", err, "Write the IDs as the server stores them.")}
	}
	members, ok := errors.AsType[*imkit.MembersError](err)
	if !ok {
		return diag.Diagnostics{session.APIError(operation, object, err)}
	}
	report := func(attribute string, ids []string) {
		if len(ids) == 0 {
			return
		}
		summary, detail := problemOf(members.Problem, ids)
		if call := members.Unwrap(); call != nil && (members.Problem == imkit.MemberUnknown || members.Problem == imkit.MemberRefused) {
			detail += "\n\n" + session.Sentence(call.Error())
		}
		diags.AddAttributeError(path.Root(attribute), summary, fmt.Sprintf("Tried to %s %s. %s", operation, object, detail))
	}
	if members.Problem != imkit.MemberUnknown { // which owners and managers cannot have
		report("member_ids", members.IDs)
		return diags
	}
	report("member_ids", among(members.IDs, plan.MemberIDs.Strings()))
	report("owner_id", among(members.IDs, []string{plan.OwnerID.ValueString()}))
	report("manager_ids", among(members.IDs, plan.ManagerIDs.Strings()))
	if !diags.HasError() {
		diags.Append(session.APIError(operation, object, err))
	}
	return diags
}

// otherID reports ids that the server keeps in a form of its own.
func otherID(attribute string, err error, advice string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Server stored another ID",
		session.Sentence(err.Error())+" Applying again does not help: in Terraform, IDs are case-sensitive. "+advice)
}

func problemOf(problem imkit.MemberProblem, ids []string) (summary, detail string) {
	switch problem {
	case imkit.MemberInvited:
		return "Member was invited and has not joined",
			fmt.Sprintf("The server invited %s instead of adding them: a setting of the server decides that. They become members once they accept. "+
				"Until then, each plan shows them as missing, each apply tries again, and a change that names them, such as owner_id, may fail.", tfvalue.ListIDs(ids))
	case imkit.MemberStays:
		return "Member was not removed",
			fmt.Sprintf("The server reported that it removed %s, but still lists them as members. The next apply tries again.", tfvalue.ListIDs(ids))
	case imkit.MemberRefused:
		return "Member was refused",
			fmt.Sprintf("The server refuses to add or remove %s. The other members were added or removed as planned. Do what the server asks for, or change member_ids.", tfvalue.ListIDs(ids))
	default:
		return "Client does not exist",
			fmt.Sprintf("There is no client or group on the server with the ID %s. Check the spelling, upper and lower case included. "+
				"If Terraform creates the client, refer to it, as with imkit_client.NAME.id, so that it is created first.", tfvalue.ListIDs(ids))
	}
}
