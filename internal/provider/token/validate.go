package token

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ValidateConfig checks what attributes mean together.
func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(config.validate()...)
}

// validate judges only what is known: variables are not while Terraform
// validates, and may turn out null.
func (m tokenModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	checkToken(&diags, path.Root("token"), m.Token)
	checkToken(&diags, path.Root("token_wo"), m.TokenWO)
	isSet := func(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }
	if isSet(m.Token) && isSet(m.TokenWO) {
		diags.AddAttributeError(path.Root("token_wo"), "Both token and token_wo are configured",
			"A token is bound with one of them. Remove the other: token keeps the value in state, token_wo does not.")
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
		diags.AddAttributeError(path.Root("on_destroy"), "Revoking every token is for write-only tokens",
			"on_destroy = \"revoke_all\" ends every token of the client, those of others too, and is only for token_wo, whose value is not known on destroy. "+
				"Use \"revoke\": it ends exactly this token.")
	}
	return diags
}

// checkToken refuses what no header can carry to the server that the token is
// meant for. The usual cause is a token that was read from a file, line break
// included. The message does not repeat it.
func checkToken(diags *diag.Diagnostics, at path.Path, token types.String) {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if strings.ContainsFunc(token.ValueString(), odd) {
		diags.AddAttributeError(at, "Invalid token",
			fmt.Sprintf("The value of %s has white space or a line break, which no token has. If it was read from a file, trimspace() removes the line break at its end.", at))
	}
}
