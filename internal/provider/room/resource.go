package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithConfigure   = (*roomResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)
)

// roomResource is imkit_room.
type roomResource struct {
	session.Resource
}

// NewResource makes the resource imkit_room.
func NewResource() resource.Resource { return &roomResource{} }

// Metadata names the resource.
func (r *roomResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_room"
}

// IdentitySchema describes what identifies a room.
func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the room."})
}

// ImportState takes the id of a room, from the command line or an import block,
// or its identity.
func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounRoom, map[string]any{"system_messages": false, "adopt_existing": false, "on_destroy": onDestroyFreeze}, req, resp)
}

// Create makes the room, or takes over one that exists where the configuration
// says so.
func (r *roomResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	isNewID := plan.ID.IsUnknown()
	if isNewID {
		plan.ID = types.StringValue(session.NewID(&resp.Diagnostics))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id := plan.ID.ValueString()
	defer r.Session.Lock(session.NounRoom, id)()
	// After this run destroyed the resource of the room, it is not somebody else's.
	released := r.Session.TakeReleased(session.NounRoom, id)
	frozenByUs := r.Session.TakeFrozen(id)

	var existing *imkit.Room
	var lookFailed error
	if !isNewID {
		existing, lookFailed = r.find(ctx, id)
		if errors.Is(lookFailed, errNoRoom) {
			lookFailed = nil
		}
	}
	how := begin(existing != nil || lookFailed != nil && released, released, plan.AdoptExisting.ValueBool())
	switch {
	case lookFailed != nil && !released:
		resp.Diagnostics.Append(cannotLook(id, lookFailed))
		return
	case isDirect(existing):
		resp.Diagnostics.Append(notAGroupRoom(id))
		return
	case how == refuse:
		resp.Diagnostics.Append(alreadyExists(id, existing))
		return
	}

	p := progressOf(existing)
	err := lookFailed
	if err == nil {
		wanted, configured := plan, config
		if frozenByUs && config.Frozen.IsNull() {
			wanted.Frozen = types.BoolValue(false)
			configured.Frozen = wanted.Frozen
		}
		err = r.change(ctx, how.operation(), wanted, configured, &p, &resp.Diagnostics)
	}
	if invited, ok := errors.AsType[invitedPeople](err); ok { // an error would have the next apply replace the room
		summary, detail := problemOf(imkit.MemberInvited, invited)
		resp.Diagnostics.AddAttributeWarning(path.Root("member_ids"), summary, detail)
		err = nil
	}
	isFrozen := p.known.Frozen.ValueBool() && config.Frozen.IsNull()
	switch {
	case err == nil && how == takeOver:
		resp.Diagnostics.Append(takenOver(id, isFrozen)...)
	case err == nil && how == takeBack && isFrozen: // by others, before this run
		resp.Diagnostics.AddWarning("Room that was replaced is frozen", staysFrozen(id))
	case err == nil:
	case imkit.IsConflict(err) && !p.there:
		resp.Diagnostics.Append(alreadyExists(id, existing))
		return
	default:
		resp.Diagnostics.Append(failed(how.operation(), plan, err)...)
		if how == takeOver || how == makeRoom && !p.there && !imkit.OutcomeUnknown(err) {
			return
		}
		// The room is, or may be, on the server and nobody else's. In state,
		// tainted, the next apply knows that.
		resp.Diagnostics.Append(halfMade(id, p.there, isNewID))
		thaws := frozenByUs && !p.known.Frozen.Equal(types.BoolValue(false))
		plan.OnDestroy = types.StringValue(leftBehind(plan.OnDestroy.ValueString(), thaws))
		plan = plan.choose(plan, p.known, func(attr.Value, attr.Value) bool { return true })
	}
	r.Session.RememberCreated(session.NounRoom, id)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.completed(p.known))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, roomIdentity{ID: plan.ID})...)
}

// beginning is how the life of a resource begins.
type beginning int

// How it may begin.
const (
	// makeRoom is a room that is not there yet.
	makeRoom beginning = iota
	// takeOver is one that exists, and that the configuration says to adopt.
	takeOver
	// takeBack is one whose resource this run destroyed: it is replaced.
	takeBack
	// refuse is one that exists, and is somebody else's.
	refuse
)

// begin says how a resource begins whose room exists or not. released says that
// this run destroyed a resource of the room, and adopt that the configuration
// takes over what exists.
func begin(exists, released, adopt bool) beginning {
	switch {
	case !exists:
		return makeRoom
	case released:
		return takeBack
	case adopt:
		return takeOver
	}
	return refuse
}

// operation is what is tried, in messages.
func (b beginning) operation() string {
	switch b {
	case takeOver:
		return "take over"
	case takeBack:
		return "replace"
	default:
		return "create"
	}
}

// leftBehind is on_destroy in the state of a room that was begun and not
// finished, and is therefore tainted. Terraform replaces it, and nothing but
// attributes of it reaches the provider then; so on_destroy says what does no
// harm. People may have written in it, so it is not deleted. One that this run
// froze, and did not thaw, is to be thawed by whatever replaces it.
func leftBehind(onDestroy string, frozenByUs bool) string {
	switch {
	case frozenByUs:
		return onDestroyThaw
	case onDestroy == onDestroyDelete:
		return onDestroyFreeze
	}
	return onDestroy
}

// errNoRoom says that there is no room where one was looked for.
var errNoRoom = errors.New("there is no such room")

// find looks for a room before it is created. A server may answer for one that it
// does not show, a frozen one above all, as for one that is not there; so the call
// that knows both is made first.
func (r *roomResource) find(ctx context.Context, id string) (*imkit.Room, error) {
	exists, err := r.Session.API.RoomExists(ctx, id)
	switch {
	case err == nil && !exists:
		return nil, errNoRoom
	case err != nil && !cannotTell(err):
		return nil, err
	}
	room, err := r.Session.API.GetRoom(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		return nil, errNoRoom
	case errors.Is(err, imkit.ErrRoomHidden):
		return hiddenRoom(id), nil
	}
	return room, err
}

// cannotTell reports whether the server does not answer whether a room exists.
func cannotTell(err error) bool {
	switch imkit.KindOf(err) {
	case imkit.KindNoRoute, imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed:
		return true
	default:
		return false
	}
}

// cannotLook says that whether a room exists is not known, so that it is not made.
func cannotLook(id string, err error) diag.Diagnostic {
	failure := session.APIError("look for", named(id), err)
	if !errors.Is(err, imkit.ErrRoomUnclear) {
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), failure.Summary(), failure.Detail()+
		"\n\nIf there is no such room yet, leave id out: the provider then makes one that no room has, and need not look.")
}

// alreadyExists is the error of an apply that may not take the room over. existing is
// what is known of it; nil is nothing.
func alreadyExists(id string, existing *imkit.Room) diag.DiagnosticWithPath {
	failure := session.AlreadyExists(session.NounRoom, id)
	is := "is"
	switch {
	case existing == nil || existing.Frozen.Value == nil:
		is = "may be"
	case !*existing.Frozen.Value:
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(failure.Path(), failure.Summary(), failure.Detail()+
		fmt.Sprintf("\n\nThe room %s frozen, as a destroy leaves a room unless on_destroy says otherwise: "+
			"nothing of it is lost, and once it is imported or taken over, frozen = false thaws it.", is))
}

// takenOver is what the apply that took a room over warns of.
func takenOver(id string, frozen bool) diag.Diagnostics {
	diags := diag.Diagnostics{session.TakenOver(session.NounRoom, id)}
	if frozen {
		diags.AddWarning("Room that was taken over is frozen", staysFrozen(id))
	}
	return diags
}

// halfMade says what becomes of a room whose creation did not end well. made says
// that it is there for sure, and newID that its id was not configured.
func halfMade(id string, made, newID bool) diag.Diagnostic {
	state := "may be on the server"
	if made {
		state = "is on the server, but not all that is configured was done"
	}
	replaced := "It is made what is configured under the same id, and nothing of it is lost."
	if newID {
		replaced = "As no id is configured, that freezes this room and makes another one."
	}
	return diag.NewWarningDiagnostic("Room is kept in state as tainted",
		fmt.Sprintf("Room %q %s. Terraform marks a resource whose creation failed as tainted: the next apply replaces it. %s "+
			"To keep this room and do just the rest, run `terraform untaint` with the address of the resource first.", id, state, replaced))
}

// Read reads the room. One that is gone leaves the state.
func (r *roomResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, roomIdentity{ID: state.ID})...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	id := state.ID.ValueString()
	r.Session.Refreshed.Store(true)

	wasFrozen := state.Frozen.ValueBool()
	room, isHidden, err := see(ctx, r.Session.API, id, wasFrozen)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounRoom, id, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		warnNoRooms(r.Session, &resp.Diagnostics)
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", named(id), err))
		return
	case isDirect(room) && imported:
		direct := notAGroupRoom(id)
		resp.Diagnostics.AddError(direct.Summary(), direct.Detail())
		return
	default:
		state.refresh(room)
	}
	switch {
	case imported && state.Frozen.ValueBool():
		resp.Diagnostics.AddWarning("Imported room is frozen", staysFrozen(id))
	case isHidden && !wasFrozen:
		resp.Diagnostics.AddWarning("Server does not show the room",
			fmt.Sprintf("Room %q exists, but the server does not show it, as it does with rooms that are frozen. So it is taken to be frozen; "+
				"of everything else, the state is kept as it is. To thaw the room, configure frozen = false.", id))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// see reads a room that ought to be there; frozen says that it was frozen when it
// was last seen. What the server does not show of one that exists is not known.
// When there is none, [imkit.IsNotFound] is true of the error.
func see(ctx context.Context, api *imkit.API, id string, frozen bool) (room *imkit.Room, isHidden bool, err error) {
	room, err = api.GetRoom(ctx, id)
	switch {
	case errors.Is(err, imkit.ErrRoomHidden):
		return hiddenRoom(id), true, nil
	case frozen && imkit.IsNotFound(err) && errors.Is(err, imkit.ErrUnconfirmed):
		return nil, false, fmt.Errorf("%w, or it is frozen and not shown: %w", imkit.ErrRoomUnclear, errors.New(err.Error()))
	}
	return room, false, err
}

// hiddenRoom is what is known of a room that exists and that the server does not
// show, as it does with frozen ones.
func hiddenRoom(id string) *imkit.Room {
	frozen := true
	return &imkit.Room{ID: id, Frozen: imkit.Field[bool]{Reported: true, Value: &frozen}}
}

// isDirect reports whether it is a room of two people.
func isDirect(room *imkit.Room) bool {
	return room != nil && room.Type.Value != nil && *room.Type.Value == "direct"
}

// notAGroupRoom is the error of a room of two people.
func notAGroupRoom(id string) diag.DiagnosticWithPath {
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "Room is a conversation of two people",
		fmt.Sprintf("Room %q is a direct room. Those are made by the app as two people begin to talk, and are not managed; it was not changed.", id))
}

// staysFrozen is what people should know of a room that is frozen, and that
// nothing they configured thaws.
func staysFrozen(id string) string {
	return fmt.Sprintf("Room %q is frozen: nobody can write in it, and it is not in its members' lists. It stays so unless the configuration has frozen = false.", id)
}

// warnNoRooms says, once in a run, that drift cannot be seen.
func warnNoRooms(s *session.Session, diags *diag.Diagnostics) {
	s.WarnUnseen(diags, "Server cannot show rooms", "read a room (GET /rooms/{id})", "rooms and members")
}

// warnMembersHidden says, once in a run, that nobody can see who is in a room.
func warnMembersHidden(s *session.Session, diags *diag.Diagnostics) {
	if s.First("members hidden") {
		diags.AddWarning("Server does not show who is in a room",
			"This chat server leaves the members out of its replies about rooms. They are taken to be as the state has them: "+
				"whether they joined, and that they have left, cannot be seen.")
	}
}

// Update does what the changed configuration asks of the room, if that is more
// than a change of the resource's own settings.
func (r *roomResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	p := progress{there: true, known: state}
	made := plan
	if err := r.change(ctx, "update", plan, config, &p, &resp.Diagnostics); err != nil {
		resp.Diagnostics.Append(failed("update", plan, err)...)
		if _, allElse := errors.AsType[invitedPeople](err); allElse {
			made.MemberIDs = p.known.MemberIDs
		} else {
			made = p.known // with the settings of the resource as they were
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, made.completed(p.known))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, roomIdentity{ID: plan.ID})...)
}

// named names a room in messages.
func named(id string) string { return fmt.Sprintf("room %q", id) }

// failed reports a call that failed. People who do not exist, or did not join,
// are named on the attributes that have them.
func failed(operation string, plan roomModel, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	id := plan.ID.ValueString()
	people, problem := peopleOf(err)
	if problem != imkit.MemberUnknown { // which owners and managers cannot have
		summary, detail := problemOf(problem, people)
		diags.AddAttributeError(path.Root("member_ids"), summary, fmt.Sprintf("Tried to %s %s. %s", operation, named(id), detail))
		return diags
	}
	for _, attribute := range []struct {
		name string
		ids  []string
	}{
		{"member_ids", plan.MemberIDs.Strings()},
		{"owner_id", []string{plan.OwnerID.ValueString()}},
		{"manager_ids", tfvalue.StringsOf(plan.ManagerIDs)},
	} {
		if those := among(people, attribute.ids); len(those) > 0 {
			summary, detail := problemOf(problem, those)
			if call := errors.Unwrap(err); call != nil {
				detail += "\n\n" + session.Sentence(call.Error())
			}
			diags.AddAttributeError(path.Root(attribute.name), summary, fmt.Sprintf("Tried to %s %s. %s", operation, named(id), detail))
		}
	}
	if !diags.HasError() {
		diags.Append(session.APIError(operation, named(id), err))
	}
	return diags
}

// peopleOf are those whom an error is about, and what is wrong with them.
func peopleOf(err error) ([]string, imkit.MemberProblem) {
	if unknown, ok := errors.AsType[unknownPeople](err); ok {
		return unknown, imkit.MemberUnknown
	}
	if invited, ok := errors.AsType[invitedPeople](err); ok {
		return invited, imkit.MemberInvited
	}
	if members, ok := errors.AsType[*imkit.MembersError](err); ok {
		return members.IDs, members.Problem
	}
	return nil, imkit.MemberUnknown
}

func problemOf(problem imkit.MemberProblem, ids []string) (summary, detail string) {
	switch problem {
	case imkit.MemberInvited:
		return "Member was invited, and has not joined",
			fmt.Sprintf("The server invited %s where it was told to add them: a setting of the server decides that. They are members once they accept, "+
				"and nothing waits for it but what names them. Until then each plan shows that they are missing, and its apply tries again.", tfvalue.ListIDs(ids))
	case imkit.MemberStays:
		return "Member was not removed",
			fmt.Sprintf("The server reported that it removed %s, but still lists them as members. The next apply tries again.", tfvalue.ListIDs(ids))
	default:
		return "Client does not exist",
			fmt.Sprintf("There is no client on the server, and no group, with an ID of %s. Check the spelling, upper and lower case included. "+
				"Where Terraform creates the client, refer to it, such as by imkit_client.NAME.id, so that it is there first.", tfvalue.ListIDs(ids))
	}
}

// Delete ends the management of the room, and does with it what on_destroy says.
func (r *roomResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id, onDestroy := state.ID.ValueString(), state.OnDestroy.ValueString()
	defer r.Session.Lock(session.NounRoom, id)()
	isFrozen := state.Frozen.ValueBool()
	if onDestroy == onDestroyThaw {
		onDestroy, isFrozen = onDestroyFreeze, false
	}
	replaced := r.Session.WasCreated(session.NounRoom, id)
	switch {
	case onDestroy != onDestroyKeep && (replaced || r.Session.IsLeftBehind(ctx, req.Private)):
		resp.Diagnostics.AddWarning("Room was left as it is", session.MadeFirst(named(id))+
			fmt.Sprintf(" It may be for the same room, so on_destroy = %q was not done. "+
				"If nothing manages the room any more: import it and destroy it.", onDestroy))
		return
	case replaced:
		return
	}
	remains, err := r.end(ctx, id, onDestroy)
	if err != nil {
		operation := "freeze"
		if onDestroy == onDestroyDelete {
			operation = "delete"
		}
		resp.Diagnostics.Append(session.APIError(operation, named(id), err))
		if onDestroy == onDestroyFreeze && !isFrozen && imkit.OutcomeUnknown(err) { // whoever replaces it is to thaw it
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("on_destroy"), onDestroyThaw)...)
		}
		return
	}
	if !remains {
		return
	}
	r.Session.Release(session.NounRoom, id)
	if onDestroy == onDestroyFreeze && !isFrozen {
		r.Session.RememberFrozen(id)
	}
	if session.IsPlanned(ctx, req.Private) {
		resp.Diagnostics.Append(remaining(r.Session, id, onDestroy)...)
	}
}

// end does with a room what on_destroy says. remains is false of one that is not
// there any more.
func (r *roomResource) end(ctx context.Context, id, onDestroy string) (remains bool, err error) {
	switch onDestroy {
	case onDestroyDelete:
		_, err = r.Session.API.DeleteRoom(ctx, id)
		return false, err
	case onDestroyKeep:
		return true, nil
	}
	frozen := true
	_, _, err = r.Session.API.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: &frozen})
	if imkit.IsNotFound(err) {
		return false, nil
	}
	return true, err
}

// remaining says what remains on the server of a room that is destroyed, once in
// a run for each value of on_destroy. Nothing remains of one that is deleted.
func remaining(s *session.Session, id, onDestroy string) diag.Diagnostics {
	var diags diag.Diagnostics
	said := map[string]string{
		onDestroyFreeze: "was frozen: nobody can write in it, and it is not in its members' lists any more, but nothing of it is lost (on_destroy = \"freeze\").",
		onDestroyKeep:   "was left as it is (on_destroy = \"keep\").",
	}[onDestroy]
	if said != "" && s.First("room destroyed: "+onDestroy) {
		diags.AddWarning("Room remains on the server",
			fmt.Sprintf("Room %q %s After a destroy, it can be managed again with an import, or created with adopt_existing = true, and frozen = false thaws it.\n\n"+
				"Other rooms that this run destroys in the same way get no warning of their own.", id, said))
	}
	return diags
}
