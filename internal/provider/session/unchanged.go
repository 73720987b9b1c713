package session

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// KeepSpelling leaves an object alone of which nothing changes but how the JSON of
// one attribute is spelled, such as a list for what a server gives back as a tuple, or
// a null of a type for one of none.
func (s *Session) KeepSpelling(ctx context.Context, at path.Path, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return
	}
	var planned, prior types.Dynamic
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, at, &planned)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, at, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	was, errWas := tfvalue.ToJSON(prior)
	is, errIs := tfvalue.ToJSON(planned)
	if errWas == nil && errIs == nil && imkit.SameJSON(was, is) {
		s.KeepUnchanged(ctx, at, prior, req, resp)
	}
}

// KeepUnchanged leaves an object alone of which nothing changes but one attribute,
// whose prior value means what is configured.
//
// Where something else changes as well, that attribute is planned as it is
// configured. Terraform plans such an object once more when it applies, and what was
// not known in the first plan is known then: a value that depends on it would part
// the two. What is left alone is not planned again, and a run that applies has read
// nothing.
func (s *Session) KeepUnchanged(ctx context.Context, at path.Path, prior attr.Value, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if s == nil || !s.Refreshed.Load() {
		return
	}
	unchanged := tfsdk.Plan{Raw: resp.Plan.Raw, Schema: resp.Plan.Schema}
	if diags := unchanged.SetAttribute(ctx, at, prior); !diags.HasError() && unchanged.Raw.Equal(req.State.Raw) {
		resp.Plan = unchanged
	}
}
