package room

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// ModifyPlan knows that an owner among the members is no change, and says what
// only the server knows: that a room which is about to be created exists.
func (r *roomResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	state := nothingKnown() // for a new room
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		r.Session.Saw(session.NounRoom, state.ID.ValueString())
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		r.Session.PlansToDestroy(session.NounRoom, state.ID.ValueString(), &resp.Diagnostics)
		return
	}
	var plan, config roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(warnUselessWebhook(plan, config)...)
	if plan.ID.Equal(state.ID) {
		if onlyOwnerDiffers(plan, config, state) {
			r.Session.KeepUnchanged(ctx, path.Root("member_ids"), state.MemberIDs, req, resp)
		}
		return // Terraform plans a room with another id twice, and keeps what it is told first
	}
	if plan.ID.IsUnknown() {
		return
	}
	r.Session.PlansToCreate(session.NounRoom, plan.ID.ValueString(), &resp.Diagnostics)
	if plan.AdoptExisting.IsUnknown() || !r.CanCall() {
		return
	}
	existing, exists := session.LookAhead(ctx, r.Session, session.NounRoom, plan.ID.ValueString(), r.find, &resp.Diagnostics)
	switch {
	case !exists:
	case isDirect(existing):
		resp.Diagnostics.Append(session.WillStop(notAGroupRoom(existing.ID)))
	case plan.AdoptExisting.ValueBool():
		resp.Diagnostics.Append(session.WillBeTakenOver(session.NounRoom, existing.ID, changeOf(plan, config, existing)))
	default:
		resp.Diagnostics.Append(session.WillStop(alreadyExists(existing.ID, existing)))
	}
}

// onlyOwnerDiffers tells whether the state has the members that are configured,
// and an owner in addition, whom the server counts among them.
func onlyOwnerDiffers(plan, config, state roomModel) bool {
	return !config.MemberIDs.IsNull() && tfvalue.IsKnownSet(config.MemberIDs.SetValue) && !state.MemberIDs.IsNull() && !plan.OwnerID.IsUnknown() &&
		sameButOwner(config.MemberIDs, state.MemberIDs, plan.OwnerID.ValueString())
}

// warnUselessWebhook warns of a webhook that gets no events. It says nothing of
// what is not known yet, and nothing on the webhook: Terraform would show the line
// of the configuration that has its value.
func warnUselessWebhook(plan, config roomModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if config.Webhook.ValueString() == "" || config.BotMode.IsUnknown() || plan.BotMode.ValueBool() {
		return diags
	}
	why := "bot_mode is false"
	if config.BotMode.IsNull() {
		why = "bot_mode is not configured, and not known to be on"
	}
	diags.AddAttributeWarning(path.Root("bot_mode"), "Webhook does nothing without bot_mode",
		fmt.Sprintf("A room's webhook gets its events only while the room's bot is on, and %s. Configure bot_mode = true.", why))
	return diags
}

// changeOf says what taking a room over changes of it.
func changeOf(plan, config roomModel, existing *imkit.Room) string {
	names := compare(plan.changes(config, nothingKnown()), existing, false)
	now := nothingKnown()
	now.refresh(existing)
	if !config.MemberIDs.IsNull() && !onlyOwnerDiffers(plan, config, now) && !config.MemberIDs.Equal(now.MemberIDs) {
		names = append(names, "member_ids")
		slices.Sort(names)
	}
	change := session.ChangesOf("What will change", names, map[string]attr.Value{
		"bot_mode": config.BotMode, "cover_url": config.CoverURL, "description": config.Description, "ext_params": config.ExtParams,
		"frozen": config.Frozen, "manager_ids": config.ManagerIDs, "member_ids": config.MemberIDs, "name": config.Name, "open": config.Open,
		"owner_id": config.OwnerID, "tags": config.Tags, "webhook": config.Webhook,
	})
	if now.Frozen.ValueBool() && config.Frozen.IsNull() {
		change += " " + staysFrozen(existing.ID)
	}
	return change
}
