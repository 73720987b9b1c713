package config

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// ModifyPlan says what only the server knows: that a key which is about to be
// created exists. Another spelling of the value is no change.
func (r *configResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	prior := r.Session.PriorID(ctx, session.NounConfig, req.State, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		return
	}
	var plan configModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	r.Session.KeepSpelling(ctx, path.Root("value"), req, resp)
	// Terraform plans another key twice, and keeps what it is told first.
	if resp.Diagnostics.HasError() || plan.Key.Equal(prior) || plan.Key.IsUnknown() || plan.AdoptExisting.IsUnknown() || !r.CanCall() {
		return
	}
	key := plan.Key.ValueString()
	existing, exists := session.LookAhead(ctx, r.Session, session.NounConfig, key, r.find, &resp.Diagnostics)
	switch {
	case !exists:
	case !plan.AdoptExisting.ValueBool():
		resp.Diagnostics.Append(session.WillStop(session.AlreadyExists(session.NounConfig, key)))
	default:
		change := "Its value will be replaced."
		if tfvalue.IsJSON(plan.Value, existing.Value) {
			change = "Its value stays as it is."
		}
		resp.Diagnostics.Append(session.WillBeTakenOver(session.NounConfig, key, change))
	}
}
