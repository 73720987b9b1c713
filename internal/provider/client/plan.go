package client

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// ModifyPlan says what only the server knows: that a client which is about to be
// created exists. Another spelling of the custom attributes is no change.
func (r *clientResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	prior := r.Session.PriorID(ctx, session.NounClient, req.State, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		r.Session.PlansToDestroy(session.NounClient, prior.ValueString(), &resp.Diagnostics)
		return
	}
	var plan, config clientModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	r.Session.KeepSpelling(ctx, path.Root("custom_attributes"), req, resp)
	// Terraform plans a client with another id twice, and keeps what it is told first.
	if resp.Diagnostics.HasError() || plan.ID.Equal(prior) || plan.ID.IsUnknown() {
		return
	}
	r.Session.PlansToCreate(session.NounClient, plan.ID.ValueString(), &resp.Diagnostics)
	if plan.AdoptExisting.IsUnknown() || !r.CanCall() {
		return
	}
	existing, exists := session.LookAhead(ctx, r.Session, session.NounClient, plan.ID.ValueString(), r.Session.API.GetClient, &resp.Diagnostics)
	switch {
	case !exists:
	case plan.AdoptExisting.ValueBool():
		resp.Diagnostics.Append(session.WillBeTakenOver(session.NounClient, existing.ID, changeOf(plan, config, existing)))
	default:
		resp.Diagnostics.Append(session.WillStop(session.AlreadyExists(session.NounClient, existing.ID)))
	}
}

// changeOf says what taking a client over changes of it.
func changeOf(plan, config clientModel, existing *imkit.Client) string {
	profile, _ := plan.profileChanges(config, clientModel{}) // without custom attributes that are not known yet
	return session.ChangesOf("What will change", differing(profile, existing), map[string]attr.Value{
		"avatar_url": config.AvatarURL, "custom_attributes": config.CustomAttributes, "description": config.Description,
		"is_robot": config.IsRobot, "nickname": config.Nickname,
	})
}
