package room

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// ValidateConfig notes member_ids as written: in a plan, ignore_changes may have replaced them.
func (r *roomResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if r.Session == nil {
		return
	}
	var config roomModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	r.Session.First(asWritten(config))
}

func asWritten(config roomModel) string {
	return fmt.Sprintf("member_ids: %q", config.MemberIDs.Strings())
}

// ModifyPlan knows that an owner among the members, or a member that moves here, is no change.
func (r *roomResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		return
	}
	state := nothingKnown() // for a new room
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	var plan, config roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(warnUselessWebhook(plan, config)...)
	// Replaced under another id, the room is destroyed for good.
	if plan.ID.IsUnknown() || !req.State.Raw.IsNull() && !plan.ID.Equal(state.ID) {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
	}
	if plan.ID.Equal(state.ID) && onlyOwnerDiffers(plan, config, state) {
		r.Session.KeepUnchanged(ctx, path.Root("member_ids"), state.MemberIDs, req, resp)
	}
	if r.Session.Asked(asWritten(config)) && len(r.keepMembers(plan.ID.ValueString(), config)) > 0 && resp.Plan.Raw.Equal(req.State.Raw) {
		// An update in the place of none, which adds them again.
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("app_id"), types.StringUnknown())...)
	}
}

// keepMembers notes who stays in a room because of member_ids, and returns those whose own
// resource this run destroys.
func (r *roomResource) keepMembers(id string, config roomModel) (left []string) {
	if id == "" || !config.MemberIDs.IsKnown() {
		return nil
	}
	for _, member := range config.MemberIDs.Strings() {
		key := tfvalue.JoinIDs(id, member)
		unlock := r.Session.Lock(session.NounMember, key)
		if r.Session.Keep(session.NounMember, key) {
			left = append(left, member)
		}
		unlock()
	}
	return left
}

// onlyOwnerDiffers reports whether the server counts the owner among the configured members.
func onlyOwnerDiffers(plan, config, state roomModel) bool {
	if config.MemberIDs.IsNull() || !config.MemberIDs.IsKnown() || state.MemberIDs.IsNull() || plan.OwnerID.IsUnknown() {
		return false
	}
	wanted, has := config.MemberIDs.Strings(), state.MemberIDs.Strings()
	return len(without(wanted, has)) == 0 && len(without(has, append(wanted, plan.OwnerID.ValueString()))) == 0
}

// warnUselessWebhook warns of a webhook that gets no events. It does so on bot_mode: on the
// webhook, Terraform would print its value.
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
