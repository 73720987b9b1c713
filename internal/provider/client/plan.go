package client

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan knows that another spelling of the custom attributes is no change, and
// that a client which is destroyed and created at once may have got another name.
func (r *clientResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	var prior, planned types.String
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		r.Session.PlansToDestroy(prior.ValueString(), &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("id"), &planned)...)
	r.Session.KeepSpelling(ctx, path.Root("custom_attributes"), req, resp)
	if !planned.IsUnknown() && !planned.Equal(prior) {
		r.Session.PlansToCreate(planned.ValueString(), &resp.Diagnostics)
	}
}
