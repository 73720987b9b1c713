// Package room has what Terraform sees of rooms: the resources imkit_room and
// imkit_room_member, and the data source imkit_room.
package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)

	_ resource.ResourceWithValidateConfig = (*roomResource)(nil)
)

type roomResource struct{ session.Resource }

// NewResource makes the resource imkit_room.
func NewResource() resource.Resource {
	return &roomResource{session.Resource{Name: "room"}}
}

func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the room."})
}

// Create makes the room, or takes over one that exists.
func (r *roomResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	isNewID := plan.ID.IsUnknown()
	if isNewID {
		plan.ID = types.StringValue(session.NewID())
	}
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := plan.ID.ValueString()
	defer r.Session.Lock(session.NounRoom, id)()
	// After this run destroyed the resource of the room, it is not somebody else's.
	released := r.Session.TakeReleased(session.NounRoom, id)
	frozenByUs := r.Session.TakeFrozen(id)

	var existing *imkit.Room
	var err error
	if !isNewID {
		existing, err = r.find(ctx, id)
	}
	operation, refusal := begin(id, existing, err, released, plan.AdoptExisting.ValueBool())
	if refusal != nil {
		resp.Diagnostics.Append(refusal)
		return
	}
	isNew, adopts := operation == "create", operation == "adopt"

	p := progressOf(plan, config, existing)
	if frozenByUs && config.Frozen.IsNull() {
		p.plan.Frozen, p.config.Frozen = types.BoolValue(false), types.BoolValue(false)
	}
	if err == nil {
		err = r.change(ctx, operation, &p, &resp.Diagnostics)
	}
	if imkit.HasProblem(err, imkit.MemberInvited) { // an error would have the next apply replace the room
		summary, detail := problemOf(imkit.MemberInvited, p.invited)
		resp.Diagnostics.AddAttributeWarning(path.Root("member_ids"), summary, detail)
		err = nil
	}
	isFrozen := p.known.Frozen.ValueBool() && config.Frozen.IsNull()
	switch {
	case imkit.IsConflict(err) && !p.there:
		resp.Diagnostics.Append(alreadyExists(id, existing))
		return
	case err != nil:
		resp.Diagnostics.Append(failed(operation, plan, err)...)
		if adopts || isNew && !p.there && !imkit.OutcomeUnknown(err) {
			return
		}
		// In state, tainted, the next apply knows that the room is nobody else's.
		resp.Diagnostics.Append(halfMade(id, p.there, isNewID))
		thaws := frozenByUs && !p.known.Frozen.Equal(types.BoolValue(false))
		plan.OnDestroy = types.StringValue(leftBehind(plan.OnDestroy.ValueString(), thaws))
		config = roomModel{} // the state has what was done, not what is configured
	case adopts:
		resp.Diagnostics.Append(session.TakenOver(session.NounRoom, id))
		if isFrozen {
			resp.Diagnostics.AddWarning("Room that was adopted is frozen", staysFrozen(id))
		}
	case !isNew && isFrozen: // by others, before this run
		resp.Diagnostics.AddWarning("Room that was replaced is frozen", staysFrozen(id))
	}
	r.Session.RememberCreated(session.NounRoom, id)
	if isNew {
		r.Session.RememberMade(session.NounRoom, id)
	}
	r.warnShared(plan, config, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.withUnmanaged(config, p.known))...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// warnShared warns where another resource of this run writes the room, or who is in it.
func (r *roomResource) warnShared(plan, config roomModel, diags *diag.Diagnostics) {
	id := plan.ID.ValueString()
	r.Session.WarnShared(diags, session.NounRoom, id, "", session.NounRoom.Named(id))
	if !config.MemberIDs.IsNull() {
		warnSharedMembers(r.Session, id, "imkit_room", diags)
	}
}

// warnSharedMembers warns where both member_ids and imkit_room_member say who is in a room.
func warnSharedMembers(s *session.Session, room, by string, diags *diag.Diagnostics) {
	s.WarnShared(diags, session.NounMember, tfvalue.JoinIDs(room, ""), by, fmt.Sprintf("the members of room %q, by member_ids or imkit_room_member,", room))
}

// begin says what an apply is about to do, or why nothing. released: this run destroyed a
// resource of the room.
func begin(id string, existing *imkit.Room, lookFailed error, released, adopt bool) (operation string, refusal diag.Diagnostic) {
	switch {
	case lookFailed != nil && !released:
		return "", cannotLook(id, lookFailed)
	case isDirect(existing):
		return "", notAGroupRoom(id)
	case existing == nil && lookFailed == nil:
		return "create", nil
	case released:
		return "replace", nil
	case adopt:
		return "adopt", nil
	}
	return "", alreadyExists(id, existing)
}

// leftBehind is on_destroy in the state of a room that is tainted. Only attributes of it reach
// the provider when Terraform replaces it, so on_destroy says what does no harm: it is not
// deleted, and one that this run froze is thawed.
func leftBehind(onDestroy string, frozenByUs bool) string {
	switch {
	case frozenByUs:
		return onDestroyThaw
	case onDestroy == onDestroyDelete:
		return onDestroyFreeze
	}
	return onDestroy
}

// find looks for a room before it is created; nil is none. Some servers do not show a frozen
// room, so the call that knows it is made first, which not every server has or allows.
func (r *roomResource) find(ctx context.Context, id string) (*imkit.Room, error) {
	exists, err := r.Session.API.RoomExists(ctx, id)
	switch imkit.KindOf(err) {
	case imkit.KindNoRoute, imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed:
		exists = true // or not
	default:
	}
	if !exists {
		return nil, err
	}
	room, _, err := see(ctx, r.Session.API.FindRoom, id, false)
	if imkit.IsNotFound(err) {
		err = nil
	}
	return room, err
}

// cannotLook says that whether a room exists is not known, so that it is not made.
func cannotLook(id string, err error) diag.Diagnostic {
	failure := session.APIError("look for", session.NounRoom.Named(id), err)
	if !errors.Is(err, imkit.ErrRoomUnclear) {
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), failure.Summary(), failure.Detail()+
		"\n\nIf the room is new, you can leave id out: the provider then generates one, and does not have to look.")
}

// alreadyExists is the error of a room that may not be taken over; existing may be nil.
func alreadyExists(id string, existing *imkit.Room) diag.DiagnosticWithPath {
	failure := session.AlreadyExists(session.NounRoom, id)
	is := "is"
	if existing == nil || existing.Frozen.Value == nil {
		is = "may be"
	} else if !*existing.Frozen.Value {
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(failure.Path(), failure.Summary(), failure.Detail()+
		fmt.Sprintf("\n\nThe room %s frozen, which is what a destroy does unless on_destroy says otherwise: "+
			"nothing in it is lost, and once it is imported or adopted, frozen = false unfreezes it.", is))
}

// halfMade says what becomes of a room whose creation failed; made: it is there for sure.
func halfMade(id string, made, newID bool) diag.Diagnostic {
	state := "may have been created"
	if made {
		state = "was created, but not everything that is configured was done"
	}
	replaced := "That keeps the room, which has the same id, with everything in it."
	if newID {
		replaced = "As no id is configured, that creates another room and leaves this one on the server."
	}
	return diag.NewWarningDiagnostic("Room is kept in state as tainted",
		fmt.Sprintf("Room %q %s. Terraform marks a resource whose creation failed as tainted, and the next apply replaces it. %s "+
			"To keep this room and only do the rest, run `terraform untaint` with the address of the resource first.", id, state, replaced))
}

// Read reads the room. One that is gone leaves the state.
func (r *roomResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	id := state.ID.ValueString()
	r.Session.Refreshed.Store(true)

	wasFrozen := state.Frozen.ValueBool()
	room, isHidden, err := see(ctx, r.Session.API.GetRoom, id, wasFrozen)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounRoom, id, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		warnNoRooms(r.Session, &resp.Diagnostics)
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", session.NounRoom.Named(id), err))
		return
	case isDirect(room) && imported:
		direct := notAGroupRoom(id)
		resp.Diagnostics.AddError(direct.Summary(), direct.Detail())
		return
	default:
		session.WarnNotNFC(&resp.Diagnostics, session.NounRoom.Named(id), notNFC(room))
		session.WarnTooLarge(&resp.Diagnostics, session.NounRoom.Named(id), tooLarge(room))
		state.refresh(room)
	}
	switch {
	case imported && state.Frozen.ValueBool():
		resp.Diagnostics.AddWarning("Imported room is frozen", staysFrozen(id))
	case isHidden && !wasFrozen:
		resp.Diagnostics.AddWarning("Server does not show the room",
			fmt.Sprintf("Room %q exists, but the server does not show it, as some servers do with frozen rooms. It is assumed to be frozen, "+
				"and the rest of the state is kept as it is. To unfreeze the room, set frozen = false.", id))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// see reads a room. One that exists and is not shown is taken to be frozen; so may be one that
// was frozen when it was last seen, and is not found.
func see(ctx context.Context, get func(context.Context, string) (*imkit.Room, error), id string, frozen bool) (room *imkit.Room, isHidden bool, err error) {
	room, err = get(ctx, id)
	switch {
	case errors.Is(err, imkit.ErrRoomHidden):
		hidden := true // as frozen ones are
		return &imkit.Room{ID: id, Frozen: imkit.Field[bool]{Reported: true, Value: &hidden}}, true, nil
	case frozen && imkit.IsNotFound(err) && errors.Is(err, imkit.ErrUnconfirmed):
		return nil, false, fmt.Errorf("%w, or it is frozen and not shown: %w", imkit.ErrRoomUnclear, errors.New(err.Error()))
	}
	return room, false, err
}

func isDirect(room *imkit.Room) bool {
	return room != nil && room.Type.Value != nil && *room.Type.Value == "direct"
}

// notAGroupRoom is the error of a room of two people.
func notAGroupRoom(id string) diag.DiagnosticWithPath {
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "Room is a direct room",
		fmt.Sprintf("Room %q is a conversation of two people, which the app creates. The provider manages group rooms only; this one was not changed. Choose another id.", id))
}

func staysFrozen(id string) string {
	return fmt.Sprintf("Room %q is frozen: nobody can write in it, and it is not in its members' lists. To unfreeze it, set frozen = false.", id)
}

// warnNoRooms says, once in a run, that drift cannot be seen.
func warnNoRooms(s *session.Session, diags *diag.Diagnostics) {
	s.WarnUnseen(diags, "Server cannot show rooms", "read a room (GET /rooms/{id})", "rooms and members")
}

// warnMembersHidden says, once in a run, that nobody can see who is in a room.
func warnMembersHidden(s *session.Session, diags *diag.Diagnostics) {
	if s.First("members hidden") {
		diags.AddWarning("Server does not show who is in a room",
			"This chat server leaves the members out of its replies about rooms. The state is kept as it is: "+
				"whether members have joined or left cannot be seen.")
	}
}

// Update makes the calls that the changed configuration needs, if any.
func (r *roomResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	p := progress{there: true, plan: plan, config: config, known: state}
	if err := r.change(ctx, "update", &p, &resp.Diagnostics); err != nil {
		resp.Diagnostics.Append(failed("update", plan, err)...)
		if imkit.HasProblem(err, imkit.MemberInvited) { // all else was done
			plan.MemberIDs = p.known.MemberIDs
		} else {
			plan = p.known // with the settings of the resource as they were
		}
	}
	setIf(plan.AppID.IsUnknown(), &plan.AppID, p.known.AppID)
	r.warnShared(plan, config, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
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
	freezes := onDestroy == onDestroyThaw || onDestroy == onDestroyFreeze && !state.Frozen.ValueBool()
	if onDestroy == onDestroyThaw {
		onDestroy = onDestroyFreeze
	}
	replaced := r.Session.WasCreated(session.NounRoom, id)
	switch {
	case onDestroy != onDestroyKeep && (replaced || r.Session.IsLeftBehind(ctx, req.Private)):
		resp.Diagnostics.AddWarning("Room was left as it is", session.MadeFirst(session.NounRoom.Named(id))+
			fmt.Sprintf(" It may be for the same room, so on_destroy = %q was skipped. "+
				"If nothing manages the room any more, import it and destroy it.", onDestroy))
		return
	case replaced:
		return
	}
	var recovered, err error
	switch onDestroy {
	case onDestroyDelete:
		recovered, err = r.Session.API.DeleteRoom(ctx, id)
		session.WarnRecovered(&resp.Diagnostics, "Room", "deleted", session.NounRoom.Named(id), recovered)
	case onDestroyFreeze:
		frozen := true
		_, recovered, err = r.Session.API.UpdateRoom(ctx, id, imkit.RoomSettings{Frozen: &frozen})
		session.WarnRecovered(&resp.Diagnostics, "Room", "frozen", session.NounRoom.Named(id), recovered)
	}
	switch {
	case imkit.IsNotFound(err), err == nil && onDestroy == onDestroyDelete: // nothing remains
		return
	case err != nil:
		resp.Diagnostics.Append(session.APIError(onDestroy, session.NounRoom.Named(id), err))
		if freezes && imkit.OutcomeUnknown(err) { // whoever replaces it is to thaw it
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("on_destroy"), onDestroyThaw)...)
		}
		return
	}
	r.Session.Release(session.NounRoom, id)
	if freezes {
		r.Session.RememberFrozen(id)
	}
	if session.IsPlanned(ctx, req.Private) && r.Session.First("room destroyed: "+onDestroy) {
		said := "was frozen: nobody can write in it, and it is not in its members' lists any more, but nothing in it is lost"
		if onDestroy == onDestroyKeep {
			said = "was left as it is"
		}
		resp.Diagnostics.AddWarning("Room remains on the server",
			fmt.Sprintf("Room %q %s (on_destroy = %q). To manage it again, import it or create it with adopt_existing = true; frozen = false unfreezes it.\n\n"+
				"This warning is shown once for all rooms that this run destroys in this way.", id, said, onDestroy))
	}
}

func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounRoom, map[string]any{"system_messages": false, "adopt_existing": false, "on_destroy": onDestroyFreeze}, req, resp)
}
