package room

import (
	"context"
	"errors"

	"github.com/hashicorp/go-uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

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
		id, err := uuid.GenerateUUID()
		if err != nil {
			resp.Diagnostics.AddError("Unable to make an ID", session.Sentence(err.Error()))
			return
		}
		plan.ID = types.StringValue(id)
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
		err = r.work(ctx, how.operation(), wanted, configured, &p, &resp.Diagnostics)
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
