package client

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithImportState = (*batchResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*batchResource)(nil)
)

// revocationsAtATime is how many clients of a batch lose their tokens at once.
const revocationsAtATime = 4

type batchResource struct{ session.Resource }

// NewBatchResource makes the resource imkit_client_batch.
func NewBatchResource() resource.Resource {
	return &batchResource{session.Resource{Name: "client_batch"}}
}

// ModifyPlan counts the clients, and says what becomes of those that leave.
func (r *batchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		return
	}
	var clients types.Map
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("clients"), &clients)...)
	if resp.Diagnostics.HasError() || clients.IsUnknown() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_count"), int64(len(clients.Elements())))...)
	if !req.State.Raw.IsNull() {
		warnLeavers(ctx, req, clients.Elements(), &resp.Diagnostics)
	}
	r.warnShared(clients, &resp.Diagnostics)
}

// warnLeavers names who leaves the batch and keeps tokens.
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

// warnShared warns of clients that another batch of this run has as well. A batch is known by a
// digest of its content: Terraform plans one twice, and two of the same content do no harm.
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

// warnSharedPlan is warnShared once other batches are written as well.
func (r *batchResource) warnSharedPlan(ctx context.Context, plan tfsdk.Plan, diags *diag.Diagnostics) {
	var clients types.Map
	diags.Append(plan.GetAttribute(ctx, path.Root("clients"), &clients)...)
	r.warnShared(clients, diags)
}

// Create sends every record.
func (r *batchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	r.send(ctx, &plan, nil, &resp.Diagnostics)
	r.warnSharedPlan(ctx, req.Plan, &resp.Diagnostics)
	for id := range plan.Clients {
		r.Session.RememberCreated(session.NounClient, id)
	}
	if resp.Diagnostics.HasError() {
		if len(plan.Clients) == 0 {
			return // nothing to remember, and nothing that the next apply would have to replace
		}
		resp.Diagnostics.AddWarning("Batch is incomplete",
			"Terraform marks a resource whose creation failed as tainted: the next apply replaces the batch, which revokes nothing and sends everything again. "+
				"To send only the rest, run `terraform untaint` with the address of the batch first.")
		// Nothing but attributes of a tainted object reaches its Delete.
		plan.OnDestroy = types.StringValue(onDestroyKeep)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// send upserts the records that change, and leaves those that fail as they were.
func (r *batchResource) send(ctx context.Context, model *batchModel, prior map[string]batchRecord, diags *diag.Diagnostics) {
	var failures session.FailedIDs
	records := model.changes(prior)
	results := r.Session.API.UpsertClients(ctx, records, func(p imkit.BatchProgress) {
		tflog.Info(ctx, "Synchronised clients", map[string]any{"done": p.Done, "failed": p.Failed, "total": p.Total})
	})
	for _, result := range results {
		if result.Err == nil {
			continue
		}
		failures.Add(result.Err, result.ID)
		if before, had := prior[result.ID]; had {
			model.Clients[result.ID] = before
		} else {
			delete(model.Clients, result.ID)
		}
	}
	model.count()
	outcome := "These clients failed; the others were synchronised and are in the state."
	if failures.Len() == len(records) {
		outcome = "None of the clients was synchronised."
	}
	failures.Report(diags, "synchronise", outcome, len(records))
}

func (r *batchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	found, err := r.Session.API.GetClients(ctx, slices.Sorted(maps.Keys(state.Clients)))
	switch {
	case imkit.IsUnsupported(err):
		r.Session.WarnNoLookup(&resp.Diagnostics)
		return
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", fmt.Sprintf("batch of %d clients", len(state.Clients)), err))
		return
	}
	state.refresh(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update sends what changed, and removes the clients that left.
func (r *batchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	r.send(ctx, &plan, state.Clients, &resp.Diagnostics)
	leave := leavers(state.Clients, plan.Clients)
	for _, id := range leave {
		plan.Clients[id] = state.Clients[id]
	}
	r.removeClients(ctx, &plan, leave, &resp.Diagnostics)
	r.warnSharedPlan(ctx, req.Plan, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// removeClients takes clients out of the model, and revokes their tokens where on_destroy says
// so. Those whose tokens could not be revoked stay. done is about the others.
func (r *batchResource) removeClients(ctx context.Context, model *batchModel, ids []string, diags *diag.Diagnostics) (done string) {
	var mu sync.Mutex
	var failures session.FailedIDs
	done = "Their access tokens were left as they are."
	if model.OnDestroy.ValueString() == onDestroyRevokeTokens {
		done = "Their access tokens were revoked."
		batch.Each(revocationsAtATime, len(ids), func(i int) {
			_, err := r.Session.API.RevokeAllTokens(ctx, ids[i])
			mu.Lock()
			defer mu.Unlock()
			if imkit.IsUnsupported(err) {
				done = "Their access tokens could not be revoked."
				r.Session.ReportRevocation(diags, session.NounClient.Named(ids[i]), err)
			} else if err != nil {
				failures.Add(err, ids[i])
			}
		})
	}
	for _, id := range ids {
		if !failures.Has(id) {
			delete(model.Clients, id)
		}
	}
	model.count()
	failures.Report(diags, "revoke the tokens of", "These clients stay in the state, and the next apply tries again; the others were removed from the batch.", len(ids))
	return done
}

// Delete removes every client from the batch. The records stay on the server.
func (r *batchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	// What another batch of this run has is neither revoked nor kept in state.
	maps.DeleteFunc(state.Clients, func(id string, _ batchRecord) bool { return r.Session.WasCreated(session.NounClient, id) })
	leavers := slices.Sorted(maps.Keys(state.Clients))
	if state.OnDestroy.ValueString() == onDestroyRevokeTokens && len(leavers) > 0 && r.Session.IsLeftBehind(ctx, req.Private) {
		resp.Diagnostics.AddWarning("Tokens were not revoked", session.MadeFirst("a batch")+
			fmt.Sprintf(" It may have the same clients, and revoking would end tokens that they still use, so the tokens of these clients were not revoked (%d): %s. "+
				"To revoke those of a client that nothing manages any more, import it as an imkit_client and destroy it.", len(leavers), tfvalue.ListIDs(leavers)))
		return
	}
	done := r.removeClients(ctx, &state, leavers, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		return
	}
	if len(leavers) > 0 {
		resp.Diagnostics.AddWarning("Client records remain on the server",
			fmt.Sprintf("The IMKIT API cannot delete a client, so the records of the batch (%d) stay on the server. %s", len(leavers), done))
	}
}

// ImportState explains why a batch is not imported.
func (r *batchResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("Batch cannot be imported",
		"A batch synchronises profiles and owns no client, so there is nothing to import. Remove the import and apply: "+
			"clients that exist are updated, those that do not are created, and no token is touched.")
}
