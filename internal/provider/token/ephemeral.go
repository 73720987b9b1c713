package token

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ ephemeral.EphemeralResourceWithClose          = (*ephemeralToken)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*ephemeralToken)(nil)
)

// ephemeralToken is a token that lives as long as one run of Terraform.
type ephemeralToken struct{ session.Ephemeral }

// NewEphemeral makes the ephemeral resource imkit_client_token.
func NewEphemeral() ephemeral.EphemeralResource { return &ephemeralToken{} }

type ephemeralModel struct {
	tfvalue.Redacted
	ClientID               types.String `tfsdk:"client_id"`
	RevokeOnClose          types.Bool   `tfsdk:"revoke_on_close"`
	AllowTokenInvalidation types.Bool   `tfsdk:"allow_token_invalidation"`
	Token                  types.String `tfsdk:"token"`
	ExpirationDate         types.String `tfsdk:"expiration_date"`
}

const openTokenKey = "open_token"

// openToken is what closing needs to know, in private data.
type openToken struct {
	tfvalue.Redacted
	ClientID string `json:"client_id"`
	Token    string `json:"token"`
}

func (r *ephemeralToken) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_client_token"
}

func (r *ephemeralToken) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Issues an access token for one run of Terraform, stored in no plan and no state.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: "ID of the client.",
				Required:            true,
				Validators:          []validator.String{tfvalue.ClientID},
			},
			"revoke_on_close": schema.BoolAttribute{
				MarkdownDescription: "Whether the token is revoked at the end of the run. Defaults to `true`.",
				Optional:            true,
			},
			"allow_token_invalidation": schema.BoolAttribute{
				MarkdownDescription: "Must be `true`, to accept that every plan and apply may end the client's other tokens. Defaults to `false`, which is an error.",
				Optional:            true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The access token.",
				Computed:            true,
				Sensitive:           true,
			},
			"expiration_date": schema.StringAttribute{
				MarkdownDescription: "When the token expires, in RFC 3339. Null if unknown.",
				Computed:            true,
			},
		},
	}
}

func (r *ephemeralToken) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var config ephemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() && !config.AllowTokenInvalidation.IsUnknown() {
		config.checkAllowed(&resp.Diagnostics)
	}
}

func (m ephemeralModel) checkAllowed(diags *diag.Diagnostics) {
	if !m.AllowTokenInvalidation.ValueBool() {
		diags.AddAttributeError(path.Root("allow_token_invalidation"), "Opening may end the client's other tokens",
			"Terraform opens this ephemeral resource whenever it plans and applies. Each time the server issues a new token, and it may end every other token of the client, "+
				"including those that other systems hold. If nothing else uses the client, set allow_token_invalidation = true. "+
				"For a client that others use, manage the token with the resource imkit_client_token.")
	}
}

// Open issues a token.
func (r *ephemeralToken) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config ephemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.checkAllowed(&resp.Diagnostics)
	// Not every core takes a token that is not known, so unknown settings are an error.
	if resp.Diagnostics.HasError() || !r.Ready(&resp.Diagnostics) {
		return
	}
	clientID := config.ClientID.ValueString()
	defer r.Session.Lock(session.NounClient, clientID)()
	checkClient(ctx, r.Session, clientID, createEarlier, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	grant, err := r.Session.API.IssueToken(ctx, clientID)
	open := openToken{ClientID: clientID, Token: grant.Token.Reveal()}
	if err != nil {
		resp.Diagnostics.Append(issueFailed(clientID, err, grant, "was revoked, unless a warning says otherwise"))
		if !grant.Token.IsZero() {
			r.revoke(ctx, open, &resp.Diagnostics)
		}
		return
	}
	warnRepeated(clientID, grant, &resp.Diagnostics)
	if config.RevokeOnClose.IsNull() || config.RevokeOnClose.ValueBool() {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, openTokenKey, encode(open))...)
	}
	config.Token = types.StringValue(grant.Token.Reveal())
	config.ExpirationDate = tfvalue.InstantValue(grant.ExpiresAt)
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}

// Close revokes the token that Open issued, and no other.
func (r *ephemeralToken) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	encoded, diags := req.Private.GetKey(ctx, openTokenKey)
	resp.Diagnostics.Append(diags...)
	var open openToken
	if len(encoded) == 0 || json.Unmarshal(encoded, &open) != nil || !r.CanCall() {
		return
	}
	defer r.Session.Lock(session.NounClient, open.ClientID)()
	r.revoke(ctx, open, &resp.Diagnostics)
}

// revoke ends the token, after an interrupt as well: nothing would revoke it later.
func (r *ephemeralToken) revoke(ctx context.Context, open openToken, diags *diag.Diagnostics) {
	ctx, cancel := imkit.WithGrace(ctx)
	defer cancel()
	err := r.Session.API.RevokeToken(ctx, open.ClientID, imkit.NewSecret(open.Token))
	switch {
	case imkit.IsUnsupported(err):
		r.Session.ReportRevocation(diags, "", err)
	case imkit.IsRevokedOthers(err):
		diags.AddError(session.OthersRevoked("the ephemeral token of "+session.NounClient.Named(open.ClientID), err))
	case err != nil:
		failure := session.APIError("revoke", "the ephemeral token of "+session.NounClient.Named(open.ClientID), err)
		diags.AddWarning("Ephemeral token was not revoked",
			fmt.Sprintf("%s\n\nThe token stays valid until it expires, or until every token of the client is revoked, as by the action imkit_revoke_tokens.", failure.Detail()))
	}
}
