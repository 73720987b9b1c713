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

// PlanDestroy notes in the private state of an object, whose destruction is being
// planned, that this run planned it.
func (s *Session) PlanDestroy(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, plannedByKey, s.run)
}

// IsPlanned reports whether [Session.PlanDestroy] was called for an object: Terraform plans
// a replacement as a create.
func IsPlanned(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return len(by) > 0
}

// IsLeftBehind reports whether an object that is being destroyed is one that
// create_before_destroy left behind, in this run or in an earlier one that failed. Those
// alone are planned by the run that destroys them; all others by a run before it, of a
// provider of its own.
//
// Nobody says whether such an object is about the same as the one that came in its place:
// Terraform hands over neither the address nor the other object. So of it only what is
// exactly its own is ended, and a warning names the rest.
func (s *Session) IsLeftBehind(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return string(by) == string(s.run)
}

// MadeFirst says, in the warning of what is not ended, why that is.
func MadeFirst(object string) string {
	return fmt.Sprintf("Another resource was created before this one of %s was destroyed (create_before_destroy), in this apply or an earlier one.", object)
}

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
