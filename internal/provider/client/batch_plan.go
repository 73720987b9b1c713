package client

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// ModifyPlan counts the clients, and says what becomes of those that leave.
func (r *batchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		if r.Session != nil {
			resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		}
		return
	}
	var clients types.Map
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("clients"), &clients)...)
	if resp.Diagnostics.HasError() || clients.IsUnknown() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_count"), int64(len(clients.Elements())))...)
	if r.Session == nil {
		return
	}
	if !req.State.Raw.IsNull() {
		warnLeavers(ctx, req, clients.Elements(), &resp.Diagnostics)
	}
	r.warnShared(clients, &resp.Diagnostics)
}

// warnLeavers says how many clients leave the batch with tokens that live on.
func warnLeavers(ctx context.Context, req resource.ModifyPlanRequest, planned map[string]attr.Value, diags *diag.Diagnostics) {
	var before types.Map
	var onDestroy types.String
	diags.Append(req.State.GetAttribute(ctx, path.Root("clients"), &before)...)
	diags.Append(req.Plan.GetAttribute(ctx, path.Root("on_destroy"), &onDestroy)...)
	if diags.HasError() || onDestroy.ValueString() != onDestroyKeep {
		return
	}
	if leavers := leavers(before.Elements(), planned); len(leavers) > 0 {
		diags.AddAttributeWarning(path.Root("on_destroy"), "Clients removed from the batch keep their tokens",
			fmt.Sprintf("This plan removes clients from the batch (%d): %s. Because on_destroy is \"keep\", their access tokens stay valid. "+
				"To revoke them, set on_destroy = \"revoke_tokens\" in the same apply.", len(leavers), tfvalue.ListIDs(leavers)))
	}
}

// warnShared says of clients that another batch of this run has as well. Each
// would undo what the other does, in every run. A batch is known by a digest of its
// content: two of the same content never undo each other's work.
func (r *batchResource) warnShared(clients types.Map, diags *diag.Diagnostics) {
	elements := clients.Elements() // a copy each time
	ids := slices.Sorted(maps.Keys(elements))
	content := sha256.New()
	for _, id := range ids {
		fmt.Fprintf(content, "%q%s", id, elements[id])
	}
	if shared := r.Session.Claim(session.NounClient, ids, string(content.Sum(nil))); len(shared) > 0 {
		diags.AddAttributeWarning(path.Root("clients"), "Client is in two batches",
			fmt.Sprintf("Another imkit_client_batch of this configuration has the same clients (%d): %s. Where the two differ, each undoes what the other did, "+
				"and no plan is ever empty. Configure each client in only one batch.", len(shared), tfvalue.ListIDs(shared)))
	}
}

// warnSharedPlan is warnShared once the batch is written, when others that are
// written at the same moment are known as well.
func (r *batchResource) warnSharedPlan(ctx context.Context, plan tfsdk.Plan, diags *diag.Diagnostics) {
	var clients types.Map
	diags.Append(plan.GetAttribute(ctx, path.Root("clients"), &clients)...)
	r.warnShared(clients, diags)
}
