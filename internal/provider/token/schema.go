package token

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

const (
	defaultRenewBefore = "48h"
	onDestroyRevoke    = "revoke"
	onDestroyKeep      = "keep"
	onDestroyRevokeAll = "revoke_all"
)

var onDestroyValues = []string{onDestroyRevoke, onDestroyRevokeAll, onDestroyKeep}

func (r *tokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	token := session.OptionalString("The access token, stored in the state. If unset, the server issues it and a plan renews it; if set, it is your own token to bind.", stringvalidator.LengthAtLeast(1))
	token.Sensitive = true
	expiration := session.OptionalString("When the token expires, in RFC 3339. Null if unknown. Can be set for a bound token only, to a time in the future. "+
		"Another spelling of the same time is no change.", tfvalue.RFC3339)
	expiration.PlanModifiers = append(expiration.PlanModifiers, tfvalue.SameInstant)
	onDestroy := session.OnDestroy("What happens to the token on destroy and when it is replaced: `revoke` revokes this token only, `keep` leaves it valid until it expires, "+
		"`revoke_all` revokes every token of the client (only with `token_wo`, whose value is unknown by then).", onDestroyValues, onDestroyRevoke)
	onDestroy.MarkdownDescription += " Changed in the apply that replaces the token, it applies to the new one only."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages an access token of a client.",
		Attributes: map[string]schema.Attribute{
			"client_id": session.RequiredID("ID of the client, which must exist. Changing it replaces the token.", tfvalue.ClientID),
			"token":     token,
			"token_wo": schema.StringAttribute{
				MarkdownDescription: "Your own token to bind, stored in no plan and no state. Needs `token_wo_version`, and Terraform or OpenTofu 1.11.",
				// Not marked sensitive: with two sensitive attributes, Terraform before 1.12
				// takes their order, which is random, for a change in refresh-only plans.
				Optional:   true,
				WriteOnly:  true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"token_wo_version": schema.Int64Attribute{
				MarkdownDescription: "Version of `token_wo`, any whole number. Changing it binds `token_wo` again. The old token is not revoked, because its value is unknown.",
				Optional:            true,
			},
			"expiration_date": expiration,
			"on_destroy":      onDestroy,
			"issued_at":       session.ReadOnlyString("When the token was issued or bound, in RFC 3339."),
			"id":              session.ReadOnlyString("Unique ID of the token in Terraform. It begins with `client_id`, and reveals nothing of the token."),
			"renew_before": schema.StringAttribute{
				MarkdownDescription: "How long before its expiry the token is due for renewal, as a Go duration; at most half of its lifetime. Defaults to `" + defaultRenewBefore + "`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(defaultRenewBefore),
				Validators:          []validator.String{tfvalue.PositiveDuration},
			},
			"auto_renew": session.BoolSetting("Whether a plan replaces an issued token that is due for renewal; `false` only warns. A bound token is never renewed.", true),
			"rotation_triggers": schema.MapAttribute{
				MarkdownDescription: "Values that replace the token when they change, such as the `id` of a `time_rotating`. Adding the first or removing the last replaces nothing.",
				ElementType:         types.StringType,
				Optional:            true,
				PlanModifiers: []planmodifier.Map{
					mapplanmodifier.RequiresReplaceIf(triggersChanged,
						"Replaces the token when the values change.", "Replaces the token when the values change."),
				},
			},
			"ready_for_renewal": schema.BoolAttribute{
				MarkdownDescription: "Whether the token was due for renewal, or no longer valid, when it was last read.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			},
		},
	}
}

// triggersChanged requires replacement when triggers change from one value to another.
func triggersChanged(_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
	// An unknown map has no elements yet.
	resp.RequiresReplace = len(req.StateValue.Elements()) > 0 && (req.PlanValue.IsUnknown() || len(req.PlanValue.Elements()) > 0)
}

// ValidateConfig checks what attributes mean together, if they are known: variables may turn
// out null.
func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m tokenModel
	diags := &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	checkToken(diags, path.Root("token"), m.Token)
	checkToken(diags, path.Root("token_wo"), m.TokenWO)
	isSet := func(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }
	if isSet(m.Token) && isSet(m.TokenWO) {
		diags.AddAttributeError(path.Root("token_wo"), "Both token and token_wo are configured",
			"Only one of them can be configured. Remove the other: token keeps the value in state, token_wo does not.")
	}
	if isSet(m.TokenWO) && m.TokenWOVersion.IsNull() {
		diags.AddAttributeError(path.Root("token_wo"), "Write-only token without a version",
			"token_wo needs token_wo_version. Set it to 1, and to another number whenever the token changes: Terraform cannot compare write-only values.")
	}
	if m.TokenWO.IsNull() && isSet(m.TokenWOVersion) {
		diags.AddAttributeError(path.Root("token_wo_version"), "Version without a write-only token",
			"token_wo_version is configured, but token_wo is not. Configure token_wo as well, or remove the version.")
	}
	if m.mode() == tokenIssued && isSet(m.ExpirationDate) {
		diags.AddAttributeError(path.Root("expiration_date"), "Expiration date without a token",
			"The server decides when a token that it issues expires. Remove expiration_date, or configure the token that it belongs to.")
	}
	if m.TokenWO.IsNull() && m.OnDestroy.ValueString() == onDestroyRevokeAll {
		diags.AddAttributeError(path.Root("on_destroy"), "on_destroy = \"revoke_all\" needs token_wo",
			"on_destroy = \"revoke_all\" revokes every token of the client, including those of other systems. It is only for token_wo, whose value is not known on destroy. "+
				"Use \"revoke\", which revokes only this token.")
	}
}

// checkToken refuses what no header can hold. The usual cause is a line break at the end of a
// file.
func checkToken(diags *diag.Diagnostics, at path.Path, token types.String) {
	if !tfvalue.FitsHeader(token.ValueString()) {
		diags.AddAttributeError(at, "Invalid token",
			fmt.Sprintf("The value of %s contains white space, a line break or another character that a token cannot contain, such as an invisible one. "+
				"If it was read from a file, trimspace() removes the line break at its end, but not a byte order mark at its beginning.", at))
	}
}
