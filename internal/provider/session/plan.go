package session

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// plannedByKey has, in private state, the run that planned to destroy an object.
const plannedByKey = "destroy_planned_by"

// PrivateState is the framework's, whose type has no name outside it.
type PrivateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// PlanDestroy notes that this run planned to destroy an object.
func (s *Session) PlanDestroy(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, plannedByKey, s.run)
}

// IsPlanned reports whether that was planned: Terraform plans a replacement as a create.
func IsPlanned(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return len(by) > 0
}

// IsLeftBehind reports whether create_before_destroy left an object behind, now or in a run that
// failed: only those are destroyed by the run that planned it. Whether it is about the same
// object as the one that replaced it, Terraform does not say. So only what is exactly its own is
// ended.
func (s *Session) IsLeftBehind(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return string(by) == string(s.run)
}

// MadeFirst says, in the warning of what is not ended, why that is.
func MadeFirst(object string) string {
	return fmt.Sprintf("Another resource was created before this one of %s was destroyed (create_before_destroy), in this apply or an earlier one.", object)
}

// KeepSpelling plans no change of an object where only the spelling of some JSON changes, such as
// a list for what a server gives back as a tuple, or a null of a type for one of none.
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

// KeepUnchanged plans no change of an object where nothing changes but one attribute, whose prior
// value means the same. If anything else changes, the attribute is planned as configured: the
// plan of the apply may know more, and has to agree with this one.
func (s *Session) KeepUnchanged(ctx context.Context, at path.Path, prior attr.Value, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if s == nil || !s.Refreshed.Load() {
		return
	}
	unchanged := tfsdk.Plan{Raw: resp.Plan.Raw, Schema: resp.Plan.Schema}
	if diags := unchanged.SetAttribute(ctx, at, prior); !diags.HasError() && unchanged.Raw.Equal(req.State.Raw) {
		resp.Plan = unchanged
	}
}
