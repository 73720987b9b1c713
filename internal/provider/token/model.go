package token

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// tokenModel is imkit_client_token in configuration, plan and state.
type tokenModel struct {
	tfvalue.Redacted
	ID               types.String `tfsdk:"id"`
	ClientID         types.String `tfsdk:"client_id"`
	Token            types.String `tfsdk:"token"`
	TokenWO          types.String `tfsdk:"token_wo"`
	TokenWOVersion   types.Int64  `tfsdk:"token_wo_version"`
	ExpirationDate   types.String `tfsdk:"expiration_date"`
	RenewBefore      types.String `tfsdk:"renew_before"`
	AutoRenew        types.Bool   `tfsdk:"auto_renew"`
	RotationTriggers types.Map    `tfsdk:"rotation_triggers"`
	OnDestroy        types.String `tfsdk:"on_destroy"`
	IssuedAt         types.String `tfsdk:"issued_at"`
	ReadyForRenewal  types.Bool   `tfsdk:"ready_for_renewal"`
}

// tokenMode is who makes the token: the server, or the caller.
type tokenMode string

const (
	tokenIssued tokenMode = "issued"
	tokenBound  tokenMode = "bound"
)

func (m tokenModel) mode() tokenMode {
	if m.Token.IsNull() && !m.isWriteOnly() {
		return tokenIssued
	}
	return tokenBound
}

// isWriteOnly also goes by the version: ignore_changes hides the token.
func (m tokenModel) isWriteOnly() bool {
	return !m.TokenWO.IsNull() || !m.TokenWOVersion.IsNull()
}

// due reports whether renewal is due at a moment: from the window before expiry on, but
// never before half the lifetime, since a longer window would renew at every plan.
func (m tokenModel) due(at time.Time) bool {
	issued, expires := tfvalue.InstantOf(m.IssuedAt), tfvalue.InstantOf(m.ExpirationDate)
	// The window was validated; a state that somebody wrote by hand renews at expiry.
	window, _ := time.ParseDuration(m.RenewBefore.ValueString())
	window = max(window, 0)
	if !issued.IsZero() {
		window = min(window, max(expires.Sub(issued)/2, 0))
	}
	return !expires.IsZero() && !at.Before(expires.Add(-window))
}

// sameAs reports whether a plan changes nothing. Write-only values are in neither.
func (m tokenModel) sameAs(prior tokenModel) bool {
	return m.ID.Equal(prior.ID) && m.ClientID.Equal(prior.ClientID) && m.Token.Equal(prior.Token) &&
		m.TokenWOVersion.Equal(prior.TokenWOVersion) && m.ExpirationDate.Equal(prior.ExpirationDate) &&
		m.RenewBefore.Equal(prior.RenewBefore) && m.AutoRenew.Equal(prior.AutoRenew) &&
		m.RotationTriggers.Equal(prior.RotationTriggers) && m.OnDestroy.Equal(prior.OnDestroy) &&
		m.IssuedAt.Equal(prior.IssuedAt) && m.ReadyForRenewal.Equal(prior.ReadyForRenewal)
}

// takeGrant fills in what was granted. The caller's own date stays as it is spelled.
func (m *tokenModel) takeGrant(grant imkit.Grant, now time.Time) {
	if m.Token.IsUnknown() {
		m.Token = types.StringValue(grant.Token.Reveal())
	}
	if m.ExpirationDate.IsUnknown() {
		m.ExpirationDate = tfvalue.InstantValue(grant.ExpiresAt)
	}
	m.IssuedAt = tfvalue.InstantValue(now)
	if !grant.IssuedAt.IsZero() {
		m.IssuedAt = tfvalue.InstantValue(grant.IssuedAt)
	}
	m.ID = types.StringValue(m.ClientID.ValueString() + "/" + rand.Text()) // several may be made in one second
	m.ReadyForRenewal = types.BoolValue(false)
}

// tokenPrivateKey is where tokenPrivate stands in private state.
const tokenPrivateKey = "token"

// tokenPrivate is remembered of a token beside its attributes. Any change of it that a read makes
// must be of something that people see: Terraform takes it for one to be applied.
type tokenPrivate struct {
	tfvalue.Redacted
	Mode tokenMode `json:"mode"`
	// Imported is set until an imported token is bound.
	Imported bool `json:"imported,omitempty"`
	// Unrevoked are tokens that were replaced and could not be revoked yet.
	Unrevoked []string `json:"unrevoked,omitempty"`
	// Unsure is set while it is unknown whether the server bound the token.
	Unsure bool `json:"unsure,omitempty"`
	// Revoked is set where a destroy revoked the token, but failed, because others were revoked
	// too.
	Revoked bool `json:"revoked,omitempty"`
	// Dead is set when the server said that the token is not valid any more.
	Dead bool `json:"dead,omitempty"`
}

// allRevoked is of a token once all of the client's were revoked: it is replaced, or bound again.
func allRevoked(mode tokenMode) tokenPrivate {
	return tokenPrivate{Mode: mode, Dead: mode == tokenIssued, Unsure: mode == tokenBound}
}

func (p tokenPrivate) save(ctx context.Context, private session.PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, tokenPrivateKey, encode(p))
}

// encode encodes strings and booleans, which cannot fail.
func encode(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic("encoding private data: " + err.Error())
	}
	return encoded
}

// readPrivate reads the private state. One that a newer version wrote is an error: the next write
// would lose tokens that are still to be revoked.
func readPrivate(ctx context.Context, private session.PrivateState, clientID types.String) (tokenPrivate, diag.Diagnostics) {
	var p tokenPrivate
	encoded, diags := private.GetKey(ctx, tokenPrivateKey)
	if diags.HasError() || len(encoded) == 0 {
		return p, diags
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&p) != nil {
		diags.AddError("Unable to read private state of token",
			fmt.Sprintf("This version of the provider cannot read the private state of a token of client %q: a newer version may have written it. "+
				"It may hold tokens that are still to be revoked, so nothing was done. Use the newer version. "+
				"To give up the token instead, run `terraform state rm` with the address of the resource: tokens that were not revoked stay valid until they expire.", clientID.ValueString()))
	}
	return p, diags
}
