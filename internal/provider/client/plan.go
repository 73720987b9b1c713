package client

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// ModifyPlan says what only the server knows: that a client which is about to be
// created exists. Another spelling of the custom attributes is no change.
func (r *clientResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	var prior types.String // null for a new client
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &prior)...)
		r.Session.Saw(session.NounClient, prior.ValueString())
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		return
	}
	var plan, config clientModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	r.Session.KeepSpelling(ctx, path.Root("custom_attributes"), req, resp)
	// Terraform plans a client with another id twice, and keeps what it is told first.
	if resp.Diagnostics.HasError() || plan.ID.Equal(prior) || plan.ID.IsUnknown() || plan.AdoptExisting.IsUnknown() || !r.CanCall() {
		return
	}
	existing, exists := session.LookAhead(ctx, r.Session, session.NounClient, plan.ID.ValueString(), r.Session.API.LookAheadClient, &resp.Diagnostics)
	switch {
	case !exists:
	case plan.AdoptExisting.ValueBool():
		resp.Diagnostics.Append(willBeTakenOver(plan, config, existing))
	default:
		summary, detail := alreadyExists(existing.ID)
		resp.Diagnostics.AddAttributeWarning(path.Root("id"), summary, "The apply will stop here. "+detail)
	}
}

// willBeTakenOver names the attributes, and not their values, which may be
// sensitive.
func willBeTakenOver(plan, config clientModel, existing *imkit.Client) diag.Diagnostic {
	profile, _ := plan.profileChanges(config, clientModel{}) // without custom attributes that are not known yet
	changes := session.TakeOver("What will change", differing(profile, existing), map[string]attr.Value{
		"avatar_url": config.AvatarURL, "custom_attributes": config.CustomAttributes, "description": config.Description,
		"is_robot": config.IsRobot, "nickname": config.Nickname,
	})
	return diag.NewAttributeWarningDiagnostic(path.Root("adopt_existing"), "Existing client will be taken over",
		fmt.Sprintf("Client %q is on the server already, and adopt_existing is true. %s", existing.ID, changes))
}
