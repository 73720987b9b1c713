// Package token has what Terraform sees of access tokens: the resource imkit_client_token
// with the table that decides its plans, the ephemeral resource, the action
// imkit_revoke_tokens and the function decode_token.
package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithImportState    = (*tokenResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*tokenResource)(nil)
	_ resource.ResourceWithValidateConfig = (*tokenResource)(nil)
)

type tokenResource struct{ session.Resource }

// NewResource makes the resource imkit_client_token.
func NewResource() resource.Resource {
	return &tokenResource{session.Resource{Name: "client_token"}}
}

// Create issues a token, or binds the caller's.
func (r *tokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	defer r.Session.Lock(session.NounClient, plan.ClientID.ValueString())()
	checkClient(ctx, r.Session, plan.ClientID.ValueString(), createFirst, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	made, diags := r.grant(ctx, config, &plan)
	resp.Diagnostics.Append(diags...)
	if !made {
		return
	}
	private := tokenPrivate{Mode: config.mode()}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// grant issues or binds a token. made is true when there is a token to keep, if only maybe.
func (r *tokenResource) grant(ctx context.Context, config tokenModel, model *tokenModel) (made bool, diags diag.Diagnostics) {
	if config.mode() == tokenBound {
		return r.bind(ctx, config, model)
	}
	clientID := model.ClientID.ValueString()
	grant, err := r.Session.API.IssueToken(ctx, clientID)
	if err != nil {
		diags.Append(issueFailed(clientID, err, grant, "is in the state: it is revoked when the resource is replaced or destroyed"))
	}
	if grant.Token.IsZero() {
		return false, diags
	}
	r.Session.RememberGrant(clientID, grant.Token.Reveal())
	model.takeGrant(grant, r.Session.Now())
	warnRepeated(clientID, grant, &diags)
	if r.Session.IssuesAnother(clientID) {
		diags.AddWarning(fmt.Sprintf("Client %q got more than one token", clientID),
			"This run issued several tokens for the client, one for each imkit_client_token. Some servers keep only the newest, so the others may not be valid any more, "+
				"which plans show only if the provider's client_key is set. On such a server, configure one issued token per client.")
	}
	return true, diags
}

func (r *tokenResource) bind(ctx context.Context, config tokenModel, model *tokenModel) (made bool, diags diag.Diagnostics) {
	clientID := model.ClientID.ValueString()
	diags = checkExpiry(config.ExpirationDate, r.Session.Now())
	attribute, callers := "token", config.Token
	if callers.IsNull() {
		attribute, callers = "token_wo", config.TokenWO
	}
	checkToken(&diags, path.Root(attribute), callers)
	token := imkit.NewSecret(callers.ValueString())
	if diags.HasError() {
		return false, diags
	}
	grant, err := r.Session.API.BindToken(ctx, clientID, token, tfvalue.InstantOf(model.ExpirationDate))
	if err != nil {
		diags.Append(session.APIError("bind a token to", session.NounClient.Named(clientID), err))
		if !imkit.OutcomeUnknown(err) {
			return false, diags
		}
		diags.AddWarning("Token may have been bound",
			fmt.Sprintf("The server may have bound the token to client %q before the call failed, so the token is in the state. The next apply binds it again.", clientID))
		grant = imkit.Grant{Token: token}
	}
	r.Session.RememberGrant(clientID, token.Reveal())
	model.takeGrant(grant, r.Session.Now())
	// A server may keep dates to the second.
	if ends := grant.RepliedExpiry; !ends.IsZero() && ends.Sub(grant.ExpiresAt).Abs() >= time.Second {
		diags.AddAttributeWarning(path.Root("expiration_date"), "Server set another expiration date",
			fmt.Sprintf("The token of client %q was bound with the expiration date %s, but the server reports %s. The state and later plans use the configured date: configure the server's date instead.",
				clientID, model.ExpirationDate.ValueString(), ends.Format(time.RFC3339Nano)))
	}
	return true, diags
}

// Read looks for the client, and notes whether renewal is due.
func (r *tokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := readPrivate(ctx, req.Private, state.ClientID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.CanCall() {
		_, err := r.Session.API.GetClient(ctx, state.ClientID.ValueString())
		switch {
		case imkit.IsNotFound(err) && private.Imported:
			resp.Diagnostics.Append(noSuchClient(state.ClientID.ValueString(), createFirst))
			return
		case imkit.IsNotFound(err):
			resp.Diagnostics.AddWarning("Token was removed from state without being revoked",
				fmt.Sprintf("There is no client %q on the server any more, so its token was removed from the state. It was not revoked: "+
					"if the client is created again, revoke its tokens.", state.ClientID.ValueString()))
			resp.State.RemoveResource(ctx)
			return
		case imkit.IsUnsupported(err):
			r.Session.WarnNoLookup(&resp.Diagnostics)
		case err != nil:
			resp.Diagnostics.Append(session.APIError("read", session.NounClient.Named(state.ClientID.ValueString()), err))
			return
		}
	}
	if r.Session != nil {
		r.Session.Refreshed.Store(true)
		r.warnClock(state, &resp.Diagnostics)
		private.Dead = r.isDead(ctx, state, private, &resp.Diagnostics)
		state.ReadyForRenewal = types.BoolValue(private.Dead || state.due(r.Session.Now()))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// warnClock says, once in a run, that the server's clock, which made an expiry, is another one.
func (r *tokenResource) warnClock(state tokenModel, diags *diag.Diagnostics) {
	if state.ExpirationDate.IsNull() || !r.CanCall() {
		return
	}
	ahead, now := r.Session.API.ClockAhead(), r.Session.Now().UTC()
	if ahead.Abs() > time.Minute && r.Session.First("clock") {
		diags.AddWarning("Server's clock differs from this machine's",
			fmt.Sprintf("It is %s on the server and %s on this machine, whose clock decides when a token is renewed. Tokens may be renewed too late, or again and again. Correct the clock that is wrong.",
				now.Add(ahead).Format(time.RFC3339), now.Format(time.RFC3339)))
	}
}

// isDead asks whether a token was revoked elsewhere, if it has not expired and its value is
// known. An unclear answer ends the asking for this run, unless only this token is to blame.
func (r *tokenResource) isDead(ctx context.Context, state tokenModel, private tokenPrivate, diags *diag.Diagnostics) bool {
	expires := tfvalue.InstantOf(state.ExpirationDate)
	expired := !expires.IsZero() && !r.Session.Now().Before(expires)
	if state.Token.IsNull() || private.Imported || expired || !r.CanCall() || !r.Session.API.CanVerifyTokens() || r.Session.Asked(unverifiable) {
		return private.Dead
	}
	alive, err := r.Session.API.TokenIsAlive(ctx, state.ClientID.ValueString(), imkit.NewSecret(state.Token.ValueString()))
	if err != nil {
		r.warnUnverified(state.ClientID.ValueString(), err, diags)
		return private.Dead
	}
	return !alive
}

// unverifiable is said once the server gave no clear answer about a token.
const unverifiable = "Unable to verify tokens"

// warnUnverified says, once in a run, that tokens are not verified; or, once for a client, that
// its token is not, because a header cannot hold it or the reply makes no sense.
func (r *tokenResource) warnUnverified(clientID string, err error, diags *diag.Diagnostics) {
	unverified := fmt.Sprintf("Tried to check whether the token of client %q is still valid. %s What was known about it before is kept", clientID, session.Sentence(err.Error()))
	if _, called := errors.AsType[*imkit.Error](err); !called || imkit.KindOf(err) == imkit.KindUnexpected {
		if r.Session.First("unverified: " + clientID) {
			diags.AddWarning(unverifiable, unverified+".")
		}
		return
	}
	check := "Check the provider's client_key."
	if imkit.IsUnsupported(err) {
		check = "The server does not know this call: remove the provider's client_key to turn off verification."
	}
	if r.Session.First(unverifiable) {
		diags.AddWarning(unverifiable, fmt.Sprintf("%s, and no other token is verified in this run. %s", unverified, check))
	}
}

// Update binds a changed token, or changes settings of the resource only.
func (r *tokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := readPrivate(ctx, req.Private, state.ClientID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}

	if plan.IssuedAt.IsUnknown() {
		defer r.Session.Lock(session.NounClient, plan.ClientID.ValueString())()
		made, diags := r.regrant(ctx, config, &plan, state, &private)
		resp.Diagnostics.Append(diags...)
		if !made {
			return
		}
	}
	if plan.ReadyForRenewal.IsUnknown() {
		plan.ReadyForRenewal = types.BoolValue(plan.due(r.Session.Now()))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// regrant replaces a token, and revokes the old one. What cannot be revoked is remembered: the
// next plan tries again, and binding the same token twice does no harm.
func (r *tokenResource) regrant(ctx context.Context, config tokenModel, plan *tokenModel, state tokenModel, private *tokenPrivate) (made bool, diags diag.Diagnostics) {
	clientID := plan.ClientID.ValueString()
	checkClient(ctx, r.Session, clientID, createFirst, &diags)
	if diags.HasError() {
		return false, diags
	}
	made, granted := r.grant(ctx, config, plan)
	diags.Append(granted...)
	if !made {
		return false, diags
	}
	old := private.Unrevoked
	if !state.Token.IsNull() {
		old = append(old, state.Token.ValueString())
	}
	*private = tokenPrivate{Mode: config.mode(), Unsure: granted.HasError()}
	for _, token := range old {
		switch {
		case plan.OnDestroy.ValueString() == onDestroyKeep || r.Session.Granted(clientID, token):
		case diags.HasError():
			private.Unrevoked = append(private.Unrevoked, token)
		default:
			othersToo, failed := r.revoke(ctx, state, token)
			diags.Append(failed...)
			if othersToo { // the new one may be among them
				*private = allRevoked(config.mode())
				return true, diags
			}
			if failed.HasError() {
				private.Unrevoked = append(private.Unrevoked, token)
			}
		}
	}
	return true, diags
}

// Delete ends the token as on_destroy says.
func (r *tokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := readPrivate(ctx, req.Private, state.ClientID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	clientID := state.ClientID.ValueString()
	defer r.Session.Lock(session.NounClient, clientID)()
	if private.Mode == tokenIssued {
		r.Session.ReleaseIssued(clientID)
	}
	tokens := private.Unrevoked
	switch {
	case state.OnDestroy.ValueString() == onDestroyKeep, private.Revoked:
		return
	case private.Mode == tokenBound && r.Session.IsLeftBehind(ctx, req.Private):
		if !r.Session.Granted(clientID, state.Token.ValueString()) {
			resp.Diagnostics.AddWarning("Token was not revoked", session.MadeFirst(fmt.Sprintf("a token that was bound to client %q", clientID))+
				" Revoking this token might end that one as well, so nothing was revoked. "+
				"If they are different tokens, this one stays valid until it expires, or until every token of the client is revoked.")
		}
		return
	case state.OnDestroy.ValueString() == onDestroyRevokeAll && r.Session.GrantedAny(clientID):
		resp.Diagnostics.AddWarning("Tokens were not revoked",
			fmt.Sprintf("on_destroy is \"revoke_all\", but revoking every token of client %q would also end the one that this run has just made. "+
				"The token that was replaced stays valid until it expires.", clientID))
	case state.OnDestroy.ValueString() == onDestroyRevokeAll:
		_, err := r.Session.API.RevokeAllTokens(ctx, clientID)
		r.Session.ReportRevocation(&resp.Diagnostics, "every token of "+session.NounClient.Named(clientID), err)
		return
	case state.Token.IsNull():
		resp.Diagnostics.AddWarning("Token was not revoked",
			fmt.Sprintf("The value of the token that was bound to client %q is not in the state, so it could not be revoked on its own. "+
				"It stays valid until it expires, or until every token of the client is revoked.", clientID))
	default:
		tokens = append(tokens, state.Token.ValueString())
	}
	for _, token := range tokens {
		othersToo, failed := r.revoke(ctx, state, token)
		resp.Diagnostics.Append(failed...)
		if othersToo {
			// Terraform keeps in the state what failed to be destroyed.
			private = allRevoked(private.Mode)
			private.Revoked = true
			resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
			return
		}
	}
}

// revoke ends exactly this token, unless this run made the very same one, and reports whether the
// server ended others of the client as well.
func (r *tokenResource) revoke(ctx context.Context, state tokenModel, token string) (othersToo bool, diags diag.Diagnostics) {
	clientID := state.ClientID.ValueString()
	if !r.Session.Granted(clientID, token) {
		err := r.Session.API.RevokeToken(ctx, clientID, imkit.NewSecret(token))
		r.Session.ReportRevocation(&diags, fmt.Sprintf("token %q", state.ID.ValueString()), err)
		othersToo = imkit.IsRevokedOthers(err)
	}
	return othersToo, diags
}

// ImportState takes the id of a client whose token the configuration binds.
func (r *tokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.Ready(&resp.Diagnostics) {
		return
	}
	if req.ID == "" {
		resp.Diagnostics.AddError("Missing client ID", "The ID of the client whose token is to be imported is empty. Set it as the id of the import block, or as the last argument of terraform import.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_id"), req.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("renew_before"), defaultRenewBefore)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("auto_renew"), true)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("on_destroy"), onDestroyRevoke)...)
	private := tokenPrivate{Mode: tokenBound, Imported: true}
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// checkClient makes sure that a client exists: the server would create one for any id. One that
// this run made is there, although a look-up may show it later.
func checkClient(ctx context.Context, s *session.Session, id, advice string, diags *diag.Diagnostics) {
	if s.WasCreated(session.NounClient, id) {
		return
	}
	_, err := s.API.GetClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		diags.Append(noSuchClient(id, advice))
	case imkit.IsUnsupported(err):
		s.WarnNoLookup(diags)
	case err != nil:
		diags.Append(session.APIError("look up", session.NounClient.Named(id), err))
	}
}

// What to do if a client does not exist.
const (
	createFirst   = "with client_id = imkit_client.NAME.id Terraform does so in the right order."
	createEarlier = "Terraform opens ephemeral resources when it plans, before it creates anything. So create the client in an earlier apply, or with `terraform apply -target`."
)

func noSuchClient(id, advice string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("client_id"), "Client does not exist",
		fmt.Sprintf("There is no client %q on the server, so it cannot have a token. Check the id, or create the client first: %s", id, advice))
}

// issueFailed reports that no token was issued, or one in a reply that is wrong; became says what
// became of it.
func issueFailed(clientID string, err error, grant imkit.Grant, became string) diag.Diagnostic {
	failure := session.APIError("issue a token for", session.NounClient.Named(clientID), err)
	switch {
	case !grant.Token.IsZero():
		return diag.NewErrorDiagnostic(failure.Summary(), failure.Detail()+
			fmt.Sprintf("\n\nThe token in that reply %s. If the server issued it for another client, it may stay valid until it expires.", became))
	case !imkit.OutcomeUnknown(err):
		return failure
	}
	return diag.NewErrorDiagnostic(failure.Summary(), failure.Detail()+
		"\n\nEach attempt may have made a token before it failed. Nobody has those tokens; they stay valid until they expire.")
}

func warnRepeated(clientID string, grant imkit.Grant, diags *diag.Diagnostics) {
	if grant.Repeated {
		diags.AddWarning("Another token may have been issued",
			fmt.Sprintf("The request for a token of client %q was sent more than once, because there was no reply. "+
				"The server may have issued another token before the reply was lost. Nobody has that token; it stays valid until it expires.", clientID))
	}
}
