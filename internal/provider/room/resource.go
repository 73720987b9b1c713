package room

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
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

// IdentitySchema describes what tells a room from all others.
func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the room."})
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
		resp.Diagnostics.AddWarning("Server does not show the room", notShown(id))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
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
	if err := r.work(ctx, "update", plan, config, &p, &resp.Diagnostics); err != nil {
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
		resp.Diagnostics.AddWarning("Room was left as it is", mayBeInUse(id, onDestroy))
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

// ImportState takes the id of a room, from the command line or an import block,
// or its identity.
func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounRoom, map[string]any{"system_messages": false, "adopt_existing": false, "on_destroy": onDestroyFreeze}, req, resp)
}
