// Package client has what Terraform sees of clients, the accounts of a chat server: the
// resources imkit_client and imkit_client_batch, their data sources and the list.
package client

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithIdentity    = (*clientResource)(nil)
	_ resource.ResourceWithImportState = (*clientResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*clientResource)(nil)
)

type clientResource struct{ session.Resource }

// NewResource makes the resource imkit_client.
func NewResource() resource.Resource {
	return &clientResource{session.Resource{Name: "client"}}
}

func (r *clientResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the client."})
}

// ModifyPlan knows that another spelling of JSON is no change, and warns of a client that may
// only have got another name in the configuration, since its destroy ends its tokens.
func (r *clientResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	var prior, id types.String
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &prior)...)
	}
	destroys := req.Plan.Raw.IsNull()
	if destroys {
		id = prior
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
	} else {
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("id"), &id)...)
		r.Session.KeepSpelling(ctx, path.Root("custom_attributes"), req, resp)
		if id.IsUnknown() || id.Equal(prior) {
			return
		}
	}
	if name := id.ValueString(); r.Session.PlansBoth(name, destroys) && r.Session.First("renamed: "+name) {
		resp.Diagnostics.AddWarning("Client is destroyed and created at once",
			fmt.Sprintf("This plan destroys a resource of client %q and creates another. If only the name of the resource or its key in for_each changed, "+
				"add a moved block, and the client is left alone:\n\n  moved {\n    from = imkit_client.OLD_NAME\n    to   = imkit_client.NEW_NAME\n  }\n\n"+
				"Without it, on_destroy takes effect, and the creation may fail because the client exists.", name))
	}
}

// Create makes the client, or takes over one that exists.
func (r *clientResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config clientModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(customAttributes.CheckNames(config.CustomAttributes)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := plan.ID.ValueString()
	defer r.Session.Lock(session.NounClient, id)()

	profile, err := plan.profileChanges(config, clientModel{})
	if err != nil {
		resp.Diagnostics.Append(customAttributes.NotJSON(err))
		return
	}
	replaces := r.Session.TakeReleased(session.NounClient, id)
	var existing *imkit.Client
	if !replaces {
		existing = r.findForCreate(ctx, plan, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	send, did := r.Session.API.UpsertClient, "updated"
	if existing == nil && !replaces {
		send, did = r.Session.API.CreateClient, "created"
	}
	reply, recovered, err := send(ctx, id, profile)
	switch {
	case err == nil:
		session.WarnRecovered(&resp.Diagnostics, "Client", did, session.NounClient.Named(id), recovered)
		session.WarnAltered(&resp.Diagnostics, session.NounClient.Named(id), altered(profile, reply))
		if existing != nil {
			resp.Diagnostics.Append(session.TakenOver(session.NounClient, id))
		}
		if replaces {
			resp.Diagnostics.AddWarning("Replaced client may have lost its tokens",
				fmt.Sprintf("Client %q was replaced under the same id. Unless on_destroy was \"keep\", that revoked every token it had, "+
					"so replace the tokens that Terraform manages for it as well: once with -replace, or every time with lifecycle { replace_triggered_by }.", id))
		}
	case imkit.IsOtherID(err):
		failure := session.APIError("create", session.NounClient.Named(id), err)
		resp.Diagnostics.AddAttributeError(path.Root("id"), failure.Summary(), failure.Detail()+
			"\n\nThe server stored the client under another ID, so it is not in the state. To manage that client, "+
			"configure the ID that the server has, and set adopt_existing = true.")
		return
	case imkit.IsConflict(err) && !replaces:
		resp.Diagnostics.Append(session.AlreadyExists(session.NounClient, id))
		return
	default:
		resp.Diagnostics.Append(session.APIError("create", session.NounClient.Named(id), err))
		if !replaces && (existing != nil || !imkit.OutcomeUnknown(err)) {
			return
		}
		// In state, tainted, the next apply knows that the client is nobody else's.
		resp.Diagnostics.AddWarning("Client is kept in state as tainted",
			fmt.Sprintf("Client %q may be on the server, so it is kept in state as tainted, and the next apply replaces it.", id))
	}
	r.Session.RememberCreated(session.NounClient, id)
	plan.fillUnknown(existing, reply)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// findForCreate looks for the client, and refuses what could overwrite somebody else's.
func (r *clientResource) findForCreate(ctx context.Context, plan clientModel, diags *diag.Diagnostics) *imkit.Client {
	id, adopt := plan.ID.ValueString(), plan.AdoptExisting.ValueBool()
	existing, err := r.Session.API.FindClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
	case imkit.IsUnsupported(err) && adopt:
		r.Session.WarnNoLookup(diags)
	case imkit.IsUnsupported(err):
		diags.AddAttributeError(path.Root("adopt_existing"), "Unable to check whether the client exists",
			fmt.Sprintf("This chat server has no call to look up clients (GET /admin/clients), so creating client %q could overwrite an existing one. "+
				"If that is fine, set adopt_existing = true. Nothing was changed.", id))
	case err != nil:
		diags.Append(session.APIError("look up", session.NounClient.Named(id), err))
	case !adopt:
		diags.Append(session.AlreadyExists(session.NounClient, id))
	}
	return existing
}

// Read looks the client up. One that is gone leaves the state.
func (r *clientResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state clientModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	id := state.ID.ValueString()
	r.Session.Refreshed.Store(true)

	reply, err := r.Session.API.GetClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounClient, id, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		r.Session.WarnNoLookup(&resp.Diagnostics)
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", session.NounClient.Named(id), err))
		return
	default:
		if imported { // which takes over every field
			session.WarnNotNFC(&resp.Diagnostics, session.NounClient.Named(id), tfvalue.NotNFCFields("field", reply.Custom))
		}
		session.WarnTooLarge(&resp.Diagnostics, session.NounClient.Named(id), state.refresh(reply, imported))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update sends what changes, if that is more than settings of the resource.
func (r *clientResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state clientModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(customAttributes.CheckNames(config.CustomAttributes)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := plan.ID.ValueString()
	profile, err := plan.profileChanges(config, state)
	if err != nil {
		resp.Diagnostics.Append(customAttributes.NotJSON(err))
		return
	}
	if !isEmptyProfile(profile) {
		defer r.Session.Lock(session.NounClient, id)()
		r.checkThere(ctx, id, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		reply, recovered, err := r.Session.API.UpsertClient(ctx, id, profile)
		if err != nil {
			resp.Diagnostics.Append(session.APIError("update", session.NounClient.Named(id), err))
			return
		}
		session.WarnRecovered(&resp.Diagnostics, "Client", "updated", session.NounClient.Named(id), recovered)
		session.WarnAltered(&resp.Diagnostics, session.NounClient.Named(id), altered(profile, reply))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// checkThere makes sure that a client is there: a server would make one of the changed attributes
// alone, and a field that is not reported is taken to be as it was.
func (r *clientResource) checkThere(ctx context.Context, id string, diags *diag.Diagnostics) {
	_, err := r.Session.API.GetClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		diags.AddAttributeError(path.Root("id"), "Client does not exist any more",
			fmt.Sprintf("Tried to update client %q, which was deleted after Terraform last read it. Nothing was changed, "+
				"because an update would create a new client with only the attributes that change. Plan again to create the client and its tokens.", id))
	case imkit.IsUnsupported(err):
		r.Session.WarnNoLookup(diags)
	case err != nil:
		diags.Append(session.APIError("look up", session.NounClient.Named(id), err))
	}
}

// Delete revokes the tokens, which makes the client unusable. The record stays.
func (r *clientResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state clientModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := state.ID.ValueString()
	defer r.Session.Lock(session.NounClient, id)()
	keeps := state.OnDestroy.ValueString() == onDestroyKeep
	replaced := r.Session.WasCreated(session.NounClient, id)
	switch {
	case !keeps && (replaced || r.Session.IsLeftBehind(ctx, req.Private)):
		resp.Diagnostics.AddWarning("Tokens were not revoked", session.MadeFirst(session.NounClient.Named(id))+
			" It may be for the same client, and revoking would end tokens that the client still uses, so none was revoked. "+
			"If nothing manages the client any more, import it and destroy it to revoke its tokens.")
		return
	case replaced:
		return
	}

	done := "Its access tokens were left as they are (on_destroy = \"keep\")."
	if !keeps {
		_, err := r.Session.API.RevokeAllTokens(ctx, id)
		r.Session.ReportRevocation(&resp.Diagnostics, "every token of "+session.NounClient.Named(id), err)
		if resp.Diagnostics.HasError() {
			return
		}
		done = "Every access token it had was revoked."
		if err != nil {
			done = "Its access tokens could not be revoked."
		}
	}
	r.Session.Release(session.NounClient, id)
	if r.Session.First("client destroyed: " + done) {
		resp.Diagnostics.AddWarning("Client record remains on the server",
			fmt.Sprintf("The IMKIT API cannot delete a client, so the record of client %q stays on the server. %s "+
				"To manage it again, import it or create it with adopt_existing = true.\n\n"+
				"This warning is shown once for all clients that this run destroys in this way.", id, done))
	}
}

func (r *clientResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounClient, map[string]any{"adopt_existing": false, "on_destroy": onDestroyRevokeTokens}, req, resp)
}
