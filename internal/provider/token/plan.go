package token

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// ModifyPlan decides whether a token is renewed, bound again, or left alone.
func (r *tokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.Session.PlanDestroy(ctx, resp.Private)...)
		return
	}
	var change tokenChange
	resp.Diagnostics.Append(req.Config.Get(ctx, &change.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &change.plan)...)
	change.now = r.Session.Now()
	change.refreshed = r.Session.Refreshed.Load()
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &change.prior)...)
		private, diags := readPrivate(ctx, req.Private, change.prior.ClientID)
		resp.Diagnostics.Append(diags...)
		change.private = private
		if change.private.Mode == "" { // a state that somebody wrote by hand
			change.private.Mode = change.config.mode()
		}
		change.exists = true
		change.noOp = req.Plan.Raw.Equal(req.State.Raw)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	change.waitForSettings()

	verdict := change.decide()
	resp.Diagnostics.Append(verdict.diags...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, verdict.plan)...)
	if verdict.neverDue && r.Session.First("no expiry") {
		resp.Diagnostics.AddAttributeWarning(path.Root("auto_renew"), "Expiry of token is not known",
			fmt.Sprintf("Neither the server nor the token says when the token of client %q expires, so no plan renews it. Replace it with rotation_triggers or `terraform apply -replace`, "+
				"or set auto_renew = false to turn off this warning.\n\nThis warning is shown once for all tokens of this kind.", change.prior.ClientID.ValueString()))
	}
	if verdict.replaceBy != "" {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(verdict.replaceBy))
	}
}

// tokenChange is all that is known when a token is planned.
type tokenChange struct {
	tfvalue.Redacted
	config, plan tokenModel
	// prior and private are of the token that exists, if one does.
	exists  bool
	prior   tokenModel
	private tokenPrivate
	// noOp is set when nothing changes but what the clock may change.
	noOp bool
	// waiting are the settings that keep their values until they are known.
	waiting []string
	now     time.Time
	// refreshed: this run has read tokens. One that applies a plan has not.
	refreshed bool
}

// tokenVerdict is what is to become of the plan.
type tokenVerdict struct {
	tfvalue.Redacted
	plan tokenModel
	// replaceBy is the attribute that forces replacement; empty where none does.
	replaceBy string
	// neverDue is set of a token that is to be renewed, and whose expiry is not known.
	neverDue bool
	diags    diag.Diagnostics
}

// decide is the plan table. Replacements that one attribute forces are in the schema.
func (c tokenChange) decide() tokenVerdict {
	mode := c.config.mode()
	switch {
	case !c.exists && mode == tokenBound:
		return c.bind()
	case !c.exists:
		return tokenVerdict{plan: c.newToken()}
	case mode == tokenIssued && c.private.Imported:
		verdict := tokenVerdict{plan: c.plan}
		verdict.diags.AddAttributeError(path.Root("client_id"), "Issued token cannot be imported",
			"The server shows a token only when it issues it, so an issued token cannot be imported. "+
				"Remove the import block and let Terraform issue a new token, or configure token to bind the existing one. "+
				"If you used the command `terraform import`, run `terraform state rm` with the address of the resource first.")
		return verdict
	case c.private.Mode == tokenIssued && c.config.Token.Equal(c.prior.Token):
		// ignore_changes puts the token of the state into the configuration.
		return c.keepAndWarn("auto_renew", "but the configuration keeps it. Remove token from the configuration, or from ignore_changes, to have it renewed.")
	case mode == tokenIssued && c.private.Mode == tokenBound && !c.refreshed:
		// A token that was not known in the plan has turned out null. The change was planned in
		// place.
		return tokenVerdict{plan: c.newToken()}
	case mode != c.private.Mode:
		return c.replaceBecauseOf("issued_at")
	case mode == tokenIssued:
		return c.keepOrRenew()
	default:
		return c.keepOrBind()
	}
}

// waitForSettings keeps settings of an issued token while they are not known, if nothing else
// changes. Planned as changes, they might turn out to be none: then Terraform plans again, which
// looks like a first plan and asks the clock, so that both plans might differ.
func (c *tokenChange) waitForSettings() {
	if !c.exists || c.config.mode() != tokenIssued || c.private.Mode != tokenIssued {
		return
	}
	waiting := c.plan
	var names []string
	keepString := func(name string, planned *types.String, prior types.String) {
		if planned.IsUnknown() {
			*planned, names = prior, append(names, name)
		}
	}
	keepString("on_destroy", &waiting.OnDestroy, c.prior.OnDestroy)
	keepString("renew_before", &waiting.RenewBefore, c.prior.RenewBefore)
	if waiting.AutoRenew.IsUnknown() {
		waiting.AutoRenew, names = c.prior.AutoRenew, append(names, "auto_renew")
	}
	if len(names) == 0 || !waiting.sameAs(c.prior) {
		return
	}
	c.plan, c.noOp, c.waiting = waiting, true, names
}

// newToken is the plan with what another token changes made unknown.
func (c tokenChange) newToken() tokenModel {
	plan := c.plan
	plan.ID = types.StringUnknown()
	plan.IssuedAt = types.StringUnknown()
	plan.ReadyForRenewal = types.BoolValue(false)
	if c.config.ExpirationDate.IsNull() {
		plan.ExpirationDate = types.StringUnknown()
	}
	switch {
	case c.config.isWriteOnly():
		plan.Token = types.StringNull()
	case c.config.Token.IsNull():
		plan.Token = types.StringUnknown()
	}
	return plan
}

// replaceBecauseOf plans a replacement by an attribute that changes: Terraform ignores others.
func (c tokenChange) replaceBecauseOf(attribute string) tokenVerdict {
	return tokenVerdict{plan: c.newToken(), replaceBy: attribute}
}

func (c tokenChange) keepOrRenew() tokenVerdict {
	renew := c.plan.AutoRenew.IsUnknown() || c.plan.AutoRenew.ValueBool()
	switch {
	case c.private.Dead:
		verdict := c.replaceBecauseOf("issued_at")
		verdict.diags.AddAttributeWarning(path.Root("client_id"), "Token was revoked elsewhere",
			fmt.Sprintf("The server reports that the access token of client %q is not valid any more, although it has not expired: "+
				"it was revoked, or a newer token took its place. This plan replaces it.", c.prior.ClientID.ValueString()))
		return verdict
	case c.due() && renew && !c.config.ExpirationDate.IsNull(): // ignore_changes keeps the date
		return c.replaceBecauseOf("issued_at")
	case c.due() && renew:
		return c.replaceBecauseOf("expiration_date")
	}
	verdict := c.keepAndWarn("auto_renew", "and auto_renew is off. Renew it with `terraform apply -replace`, or set auto_renew = true.")
	verdict.neverDue = renew && c.prior.ExpirationDate.IsNull()
	return verdict
}

// keepOrBind is for tokens of the caller, which the clock never replaces.
func (c tokenChange) keepOrBind() tokenVerdict {
	if !c.plan.Token.Equal(c.prior.Token) || !c.plan.TokenWOVersion.Equal(c.prior.TokenWOVersion) || !c.plan.ExpirationDate.Equal(c.prior.ExpirationDate) {
		return c.bind()
	}
	// What an earlier apply left undone must not fail every plan from expiry on.
	undone := c.private.Unsure || len(c.private.Unrevoked) > 0
	if undone && !checkExpiry(c.config.ExpirationDate, c.now).HasError() {
		return c.bind()
	}
	return c.keepAndWarn("token", "and the provider does not replace a token that was configured. Configure a new one.")
}

func (c tokenChange) bind() tokenVerdict {
	if diags := checkExpiry(c.config.ExpirationDate, c.now); diags.HasError() {
		return tokenVerdict{plan: c.plan, diags: diags}
	}
	return tokenVerdict{plan: c.newToken()}
}

// keepAndWarn leaves the token as it is, and warns once renewal is due.
func (c tokenChange) keepAndWarn(attribute, reason string) tokenVerdict {
	verdict := tokenVerdict{plan: c.plan}
	clientID, expires := c.prior.ClientID.ValueString(), c.prior.ExpirationDate.ValueString()
	if len(c.waiting) > 0 {
		verdict.diags.AddAttributeWarning(path.Root(c.waiting[0]), "Setting is not known yet",
			fmt.Sprintf("Settings of the token of client %q are not known until this plan is applied, so they keep their values: %s. "+
				"If they turn out to be different, the next plan changes them.", clientID, strings.Join(c.waiting, ", ")))
	}
	if !c.plan.RenewBefore.Equal(c.prior.RenewBefore) {
		verdict.plan.ReadyForRenewal = types.BoolUnknown()
	}
	summary, condition := "Token is due for renewal", "expired on "+expires
	switch {
	case c.private.Dead:
		summary, condition = "Token is not valid any more", "is not valid any more"
	case !c.due():
		return verdict
	case c.now.Before(tfvalue.InstantOf(c.prior.ExpirationDate)):
		condition = "expires on " + expires
	}
	verdict.diags.AddAttributeWarning(path.Root(attribute), summary, fmt.Sprintf("The access token of client %q %s, %s", clientID, condition, reason))
	return verdict
}

// due asks whether renewal is due. Terraform plans an update again when it applies it, maybe days
// later, and both plans have to agree.
func (c tokenChange) due() bool {
	switch {
	case c.noOp:
		// What is left alone is not planned again.
		return c.plannedDue()
	case c.plan.RenewBefore.IsUnknown(), c.plan.RenewBefore.Equal(c.prior.RenewBefore):
		// What the last read found holds for both plans.
		return c.prior.ReadyForRenewal.ValueBool()
	default:
		// Only the first plan asks the clock: if there is a second one, renewal was not due.
		return c.refreshed && c.plannedDue()
	}
}

// plannedDue asks the clock about the token that exists, under the planned window.
func (c tokenChange) plannedDue() bool {
	token := c.prior
	token.RenewBefore = c.plan.RenewBefore
	return token.due(c.now)
}

// checkExpiry refuses to bind a token that has expired.
func checkExpiry(configured types.String, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	if expires := tfvalue.InstantOf(configured); !expires.IsZero() && !expires.After(now) {
		diags.AddAttributeError(path.Root("expiration_date"), "Expiration date has passed",
			fmt.Sprintf("The token cannot be bound with the expiration date %s, which is in the past (it is now %s). Configure a later date, with a token that is still valid.",
				configured.ValueString(), now.UTC().Format(time.RFC3339)))
	}
	return diags
}
