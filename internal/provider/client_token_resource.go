package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

var (
	_ resource.ResourceWithConfigure      = (*clientTokenResource)(nil)
	_ resource.ResourceWithImportState    = (*clientTokenResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clientTokenResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clientTokenResource)(nil)
)

// clientTokenResource is imkit_client_token.
type clientTokenResource struct {
	baseResource
}

func newClientTokenResource() resource.Resource { return &clientTokenResource{} }

// Metadata names the resource.
func (r *clientTokenResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_client_token"
}

// Create issues a token, or binds the caller's.
func (r *clientTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	defer r.session.lockClient(plan.ClientID.ValueString())()
	resp.Diagnostics.Append(r.session.checkClient(ctx, plan.ClientID.ValueString())...)
	if resp.Diagnostics.HasError() {
		return
	}

	mode := config.mode()
	private := tokenPrivate{Mode: mode}
	var made bool
	var diags diag.Diagnostics
	if mode == tokenBound {
		made, diags = r.bind(ctx, config, &plan)
		if made && diags.HasError() {
			diags.AddWarning("Token may have been bound",
				fmt.Sprintf("The server may have bound the token to client %q before the call failed, so the token is kept in state as tainted. The next apply binds it again.", plan.ClientID.ValueString()))
		}
	} else {
		made, diags = r.issue(ctx, &plan)
	}
	resp.Diagnostics.Append(diags...)
	if !made {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenPrivateKey, private.encode())...)

	resp.Diagnostics.Append(warnWindow(config, plan.ClientID, plan.lifetime())...)
}

// issue has the server make a token and fills in the model; made is false when
// there is no token to keep.
func (r *clientTokenResource) issue(ctx context.Context, model *tokenModel) (made bool, diags diag.Diagnostics) {
	clientID := model.ClientID.ValueString()
	grant, err := r.session.api.IssueToken(ctx, clientID)
	if err != nil {
		diags.Append(issueFailed(clientID, err))
		return false, diags
	}
	r.session.rememberGrant(clientID, grant.Token.Reveal())
	model.takeGrant(grant, r.session.now())
	return true, diags
}

// bind sends the caller's token and fills in the model; made is false when the
// server was certainly not changed.
func (r *clientTokenResource) bind(ctx context.Context, config tokenModel, model *tokenModel) (made bool, diags diag.Diagnostics) {
	clientID := model.ClientID.ValueString()
	diags = checkExpiry(config.ExpirationDate, r.session.now())
	token, err := imkit.NewToken(config.callersToken().ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("token"), "Invalid token", sentence(err.Error()))
	}
	if diags.HasError() {
		return false, diags
	}
	grant, err := r.session.api.BindToken(ctx, clientID, token, instantOf(model.ExpirationDate))
	if err != nil {
		diags.Append(apiError("bind a token to", clientNamed(clientID), err))
		if !imkit.OutcomeUnknown(err) {
			return false, diags
		}
		grant = imkit.Grant{Token: token}
	}
	r.session.rememberGrant(clientID, token.Reveal())
	model.takeGrant(grant, r.session.now())
	return true, diags
}

// Read makes sure that the client is still there, and notes whether renewal is
// due.
func (r *clientTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	encoded, diags := req.Private.GetKey(ctx, tokenPrivateKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	private := decodeTokenPrivate(encoded)
	if r.canCall() {
		_, err := r.session.api.LookUpClient(ctx, state.ClientID.ValueString())
		switch {
		case imkit.IsNotFound(err) && private.Imported:
			resp.Diagnostics.Append(noSuchClient(state.ClientID.ValueString()))
			return
		case imkit.IsNotFound(err):
			resp.State.RemoveResource(ctx)
			return
		case imkit.IsUnsupported(err):
			r.session.warnNoLookup(&resp.Diagnostics)
		case err != nil:
			resp.Diagnostics.Append(apiError("read", clientNamed(state.ClientID.ValueString()), err))
			return
		}
	}
	if r.session != nil {
		r.session.refreshed.Store(true)
		private.Dead = r.isDead(ctx, state, private, &resp.Diagnostics)
		state.ReadyForRenewal = types.BoolValue(private.Dead || state.lifetime().due(r.session.now()))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenPrivateKey, private.encode())...)
}

// isDead asks the server whether an issued token was revoked elsewhere. A token
// past its own date needs no asking, and what is not a clear answer keeps what
// was known before.
func (r *clientTokenResource) isDead(ctx context.Context, state tokenModel, private tokenPrivate, diags *diag.Diagnostics) bool {
	expires := instantOf(state.ExpirationDate)
	expired := !expires.IsZero() && !r.session.now().Before(expires)
	if private.Mode != tokenIssued || expired || !r.canCall() || !r.session.api.CanVerifyTokens() {
		return private.Dead
	}
	token, err := imkit.NewToken(state.Token.ValueString())
	if err != nil {
		return private.Dead
	}
	alive, err := r.session.api.TokenIsAlive(ctx, state.ClientID.ValueString(), token)
	if err != nil {
		if r.session.first("verification") {
			diags.AddWarning("Unable to verify tokens",
				fmt.Sprintf("Whether tokens are still valid could not be found out, so they are taken to be. %s "+
					"Check the provider's client_key. This is said once, for whichever token came first: that of client %q.", sentence(err.Error()), state.ClientID.ValueString()))
		}
		return private.Dead
	}
	return !alive
}

// Update binds a changed token, or changes settings of the resource only.
func (r *clientTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	encoded, diags := req.Private.GetKey(ctx, tokenPrivateKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	private := decodeTokenPrivate(encoded)

	if plan.IssuedAt.IsUnknown() {
		defer r.session.lockClient(plan.ClientID.ValueString())()
		resp.Diagnostics.Append(r.rebind(ctx, config, &plan, state)...)
		// The old token stays in state until it is revoked, so that the next
		// apply tries again: binding the same token twice does no harm.
		if resp.Diagnostics.HasError() {
			return
		}
		private = tokenPrivate{Mode: config.mode()}
	}
	if plan.ReadyForRenewal.IsUnknown() {
		plan.ReadyForRenewal = types.BoolValue(plan.lifetime().due(r.session.now()))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenPrivateKey, private.encode())...)
}

// rebind binds the planned token and revokes the one it takes the place of.
func (r *clientTokenResource) rebind(ctx context.Context, config tokenModel, plan *tokenModel, state tokenModel) diag.Diagnostics {
	clientID := plan.ClientID.ValueString()
	diags := r.session.checkClient(ctx, clientID)
	if diags.HasError() {
		return diags
	}
	_, bound := r.bind(ctx, config, plan)
	diags.Append(bound...)
	if diags.HasError() || state.Token.ValueString() == "" || state.Token.Equal(config.callersToken()) {
		return diags
	}
	diags.Append(r.session.revoke(ctx, clientID, state.Token.ValueString())...)
	return diags
}

// Delete ends the token as on_destroy says.
func (r *clientTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ready(&resp.Diagnostics) {
		return
	}
	clientID, token := state.ClientID.ValueString(), state.Token.ValueString()
	defer r.session.lockClient(clientID)()
	switch {
	case state.OnDestroy.ValueString() == onDestroyKeep:
	case state.OnDestroy.ValueString() == onDestroyRevokeAll && !r.session.grantedAny(clientID):
		if err := r.session.api.RevokeAllTokens(ctx, clientID); err != nil {
			resp.Diagnostics.Append(revokeFailed("revoke every token of", clientID, err))
		}
	case token == "":
		resp.Diagnostics.AddWarning("Token was not revoked",
			fmt.Sprintf("The value of the token that was bound to client %q is not in the state, so it could not be revoked by itself. "+
				"It stays valid until it expires, or until every token of the client is revoked.", clientID))
	case r.session.grantedThis(clientID, token):
		// The object that takes the place of this one holds the same token.
	default:
		resp.Diagnostics.Append(r.session.revoke(ctx, clientID, token)...)
	}
}

// ImportState takes the id of a client whose token the configuration binds.
func (r *clientTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.ready(&resp.Diagnostics) {
		return
	}
	if req.ID == "" {
		resp.Diagnostics.AddError("Missing client id", "The id of the client whose token is to be imported is empty.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_id"), req.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("renew_before"), defaultRenewBefore)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("auto_renew"), true)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("on_destroy"), onDestroyRevoke)...)
	private := tokenPrivate{Mode: tokenBound, Imported: true}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenPrivateKey, private.encode())...)
}
