package provider

import (
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// tokenModel is imkit_client_token in configuration, plan and state.
type tokenModel struct {
	ID               types.String `tfsdk:"id"`
	ClientID         types.String `tfsdk:"client_id"`
	Token            types.String `tfsdk:"token"`
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

// mode reads the mode off a configuration.
func (m tokenModel) mode() tokenMode {
	if m.Token.IsNull() {
		return tokenIssued
	}
	return tokenBound
}

// lifetime is what the clock is asked about.
func (m tokenModel) lifetime() lifetime {
	l := lifetime{issued: instantOf(m.IssuedAt), expires: instantOf(m.ExpirationDate), window: longestWindow}
	if !m.RenewBefore.IsUnknown() {
		// The value was validated; a state that somebody wrote by hand renews at expiry.
		l.window, _ = time.ParseDuration(m.RenewBefore.ValueString())
	}
	return l
}

// takeGrant fills in what the server granted at the moment now. The caller's own
// expiration date stays as it is spelled.
func (m *tokenModel) takeGrant(grant imkit.Grant, now time.Time) {
	if m.Token.IsUnknown() {
		m.Token = types.StringValue(grant.Token.Reveal())
	}
	if m.ExpirationDate.IsUnknown() {
		m.ExpirationDate = instantValue(grant.ExpiresAt)
	}
	m.IssuedAt = instantValue(now)
	if !grant.IssuedAt.IsZero() {
		m.IssuedAt = instantValue(grant.IssuedAt)
	}
	m.ID = types.StringValue(m.ClientID.ValueString() + "/" + m.IssuedAt.ValueString())
	m.ReadyForRenewal = types.BoolValue(false)
}

// forget makes null what stayed unknown, for a state that is kept after a call
// whose outcome is not known.
func (m *tokenModel) forget(now time.Time) {
	if m.ExpirationDate.IsUnknown() {
		m.ExpirationDate = types.StringNull()
	}
	m.takeGrant(imkit.Grant{}, now)
}

// tokenPrivateKey is where tokenPrivate stands in private state.
const tokenPrivateKey = "token"

// tokenPrivate is what the provider remembers of a token beside its attributes.
type tokenPrivate struct {
	Mode tokenMode `json:"mode"`
	// CheckedAt is when the token was last read or made. A plan that changes
	// something judges renewal by this moment and not by the clock, because
	// Terraform plans again when it applies, and both have to agree.
	CheckedAt time.Time `json:"checked_at"`
	// Imported is set until an imported token is bound.
	Imported bool `json:"imported,omitempty"`
}

func (p tokenPrivate) encode() []byte {
	encoded, err := json.Marshal(p)
	if err != nil {
		panic("encoding private state: " + err.Error()) // strings and a time always encode
	}
	return encoded
}

// decodeTokenPrivate reads private state; a token without any, or with what
// cannot be read, has the zero value.
func decodeTokenPrivate(encoded []byte) tokenPrivate {
	var p tokenPrivate
	if json.Unmarshal(encoded, &p) != nil {
		return tokenPrivate{}
	}
	return p
}
