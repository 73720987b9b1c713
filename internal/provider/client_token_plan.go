package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan decides what only the whole of a token can tell: whether it is
// renewed, bound again, or left alone.
func (r *clientTokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.session == nil {
		return
	}
	var change tokenChange
	resp.Diagnostics.Append(req.Config.Get(ctx, &change.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &change.plan)...)
	change.now = r.session.now()
	if !req.State.Raw.IsNull() {
		private, diags := req.Private.GetKey(ctx, tokenPrivateKey)
		resp.Diagnostics.Append(diags...)
		resp.Diagnostics.Append(req.State.Get(ctx, &change.prior)...)
		change.private = decodeTokenPrivate(private)
		change.exists = true
		change.noOp = req.Plan.Raw.Equal(req.State.Raw)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	verdict := change.decide()
	resp.Diagnostics.Append(verdict.diags...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, verdict.plan)...)
	if verdict.replaceBy != "" {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(verdict.replaceBy))
	}
}

// tokenChange is what there is to know when a token is planned.
type tokenChange struct {
	config, plan tokenModel
	// prior and private are of the token that exists, if one does.
	exists  bool
	prior   tokenModel
	private tokenPrivate
	// noOp is set when nothing changes but what the clock may change.
	noOp bool
	now  time.Time
}

// tokenVerdict is what is to become of the plan.
type tokenVerdict struct {
	plan tokenModel
	// replaceBy is the attribute that forces replacement; empty where none does.
	replaceBy string
	diags     diag.Diagnostics
}

// decide is the plan table of the documentation. Replacements that an attribute
// of the configuration forces by itself are in the schema.
func (c tokenChange) decide() tokenVerdict {
	mode := c.config.mode()
	switch {
	case !c.exists:
		return c.create(mode)
	case mode == tokenIssued && c.private.Imported:
		return c.refuse(path.Root("client_id"), "Issued token cannot be imported",
			"The server never shows a token again, so a token that it issued cannot be imported. "+
				"Remove the import, take the resource out of the state with `terraform state rm`, and let Terraform create a new token; "+
				"or configure the token, to bind it.")
	case mode != c.private.Mode:
		return c.replaceBy("issued_at")
	case mode == tokenIssued:
		return c.keepOrRenew()
	default:
		return c.keepOrBind()
	}
}

func (c tokenChange) refuse(at path.Path, summary, detail string) tokenVerdict {
	verdict := tokenVerdict{plan: c.plan}
	verdict.diags.AddAttributeError(at, summary, detail)
	return verdict
}

func (c tokenChange) create(mode tokenMode) tokenVerdict {
	if mode == tokenBound {
		if diags := checkExpiry(c.config.ExpirationDate, c.now); diags.HasError() {
			return tokenVerdict{plan: c.plan, diags: diags}
		}
	}
	c.plan.ReadyForRenewal = types.BoolValue(false)
	return tokenVerdict{plan: c.plan}
}

// replaceBy plans a new token. Terraform drops a reason for replacement whose
// value stays the same, so what a new token changes is made unknown.
func (c tokenChange) replaceBy(attribute string) tokenVerdict {
	c.plan.ID = types.StringUnknown()
	c.plan.IssuedAt = types.StringUnknown()
	if c.config.ExpirationDate.IsNull() {
		c.plan.ExpirationDate = types.StringUnknown()
	}
	if c.config.Token.IsNull() {
		c.plan.Token = types.StringUnknown()
	}
	c.plan.ReadyForRenewal = types.BoolValue(false)
	return tokenVerdict{plan: c.plan, replaceBy: attribute}
}

// keepOrRenew is for issued tokens.
func (c tokenChange) keepOrRenew() tokenVerdict {
	renew := c.plan.AutoRenew.IsUnknown() || c.plan.AutoRenew.ValueBool()
	if c.due() && renew {
		return c.replaceBy("expiration_date")
	}
	verdict := c.keep()
	if c.due() {
		verdict.diags.AddAttributeWarning(path.Root("auto_renew"), "Token is due for renewal",
			fmt.Sprintf("The access token of client %q %s, and auto_renew is off. Renew it with `terraform apply -replace`, or set auto_renew = true.",
				c.prior.ClientID.ValueString(), c.expiry()))
	}
	return verdict
}

// keepOrBind is for tokens of the caller, which the clock never replaces.
func (c tokenChange) keepOrBind() tokenVerdict {
	if !c.plan.Token.Equal(c.prior.Token) || !c.plan.ExpirationDate.Equal(c.prior.ExpirationDate) {
		return c.bind()
	}
	verdict := c.keep()
	if c.due() {
		verdict.diags.AddAttributeWarning(path.Root("token"), "Token is due for renewal",
			fmt.Sprintf("The access token bound to client %q %s. The provider never replaces a token that it did not make: configure a new one.",
				c.prior.ClientID.ValueString(), c.expiry()))
	}
	return verdict
}

func (c tokenChange) bind() tokenVerdict {
	if diags := checkExpiry(c.config.ExpirationDate, c.now); diags.HasError() {
		return tokenVerdict{plan: c.plan, diags: diags}
	}
	verdict := c.replaceBy("")
	if c.plan.Token.Equal(c.prior.Token) && c.config.ExpirationDate.IsNull() {
		// Nothing is known to change the date of the same token.
		verdict.plan.ExpirationDate = c.prior.ExpirationDate
	}
	return verdict
}

// keep leaves the token as it is. Only another window changes what is due.
func (c tokenChange) keep() tokenVerdict {
	verdict := tokenVerdict{plan: c.plan}
	switch {
	case c.plan.RenewBefore.IsUnknown():
		verdict.plan.ReadyForRenewal = types.BoolUnknown()
	case !c.plan.RenewBefore.Equal(c.prior.RenewBefore):
		verdict.plan.ReadyForRenewal = types.BoolValue(c.due())
	}
	if window, shorter := c.planned().cut(); shorter && !c.config.RenewBefore.IsNull() && !c.config.RenewBefore.IsUnknown() && !c.planned().expires.IsZero() {
		verdict.diags.Append(windowCut(c.prior.ClientID.ValueString(), c.planned().window, window))
	}
	return verdict
}

// due asks whether renewal is due: at this moment where nothing else changes,
// else at the moment of the last read. The second is asked again at apply, maybe
// days later, and has to give the same answer; the first is not, because
// Terraform does not plan again what it planned to leave alone.
func (c tokenChange) due() bool {
	at := c.private.CheckedAt
	if c.noOp {
		at = c.now
	}
	return c.planned().due(at)
}

// planned is the life of the existing token under the planned window.
func (c tokenChange) planned() lifetime {
	l := c.prior.lifetime()
	l.window = c.plan.lifetime().window
	return l
}

func (c tokenChange) expiry() string {
	expires := c.prior.ExpirationDate.ValueString()
	if c.now.Before(instantOf(c.prior.ExpirationDate)) {
		return "expires on " + expires
	}
	return "expired on " + expires
}

// checkExpiry refuses to bind a token that would be dead on arrival.
func checkExpiry(configured types.String, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	if expires := instantOf(configured); !expires.IsZero() && !expires.After(now) {
		diags.AddAttributeError(path.Root("expiration_date"), "Expiration date has passed",
			fmt.Sprintf("The token would be bound with the expiration date %s, which lies in the past (now is %s). Configure a date in the future, with a token that is still valid.",
				configured.ValueString(), now.UTC().Format(time.RFC3339)))
	}
	return diags
}

func windowCut(clientID string, configured, used time.Duration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("renew_before"), "Renewal window is longer than half the lifetime",
		fmt.Sprintf("renew_before is %s, but the token of client %q lives for only %s. It is renewed %s before it expires, at half its lifetime, because a longer window would renew it all the time.",
			configured, clientID, used*2, used))
}
