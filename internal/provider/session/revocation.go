package session

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Revoke ends exactly this token, unless this run made the very same one: what
// create_before_destroy leaves behind may hold the token that was bound again.
func (s *Session) Revoke(ctx context.Context, clientID, value, object string) diag.Diagnostics {
	var diags diag.Diagnostics
	if s.Granted(clientID, value) {
		return diags
	}
	s.ReportRevocation(&diags, object, s.API.RevokeToken(ctx, clientID, imkit.NewSecret(value)))
	return diags
}

// RevokeAll ends every token of a client; done is false when they are alive.
func (s *Session) RevokeAll(ctx context.Context, clientID string) (done bool, diags diag.Diagnostics) {
	_, err := s.API.RevokeAllTokens(ctx, clientID)
	s.ReportRevocation(&diags, "every token of "+NounClient.Named(clientID), err)
	return err == nil, diags
}

// ReportRevocation reports what could not be revoked. A server without the call
// cannot be made to, so that is a warning, once in a run.
func (s *Session) ReportRevocation(diags *diag.Diagnostics, object string, err error) {
	switch {
	case imkit.IsUnsupported(err):
		if s.First("no revocation") {
			diags.AddWarning("Server cannot revoke tokens",
				"This chat server has no call to revoke tokens (DELETE /admin/clients/{id}/token). "+
					"Tokens that are destroyed, replaced or closed stay valid until they expire.")
		}
	case imkit.KindOf(err) == imkit.KindNotSent:
		diags.Append(APIError("revoke", object, err))
	case err != nil:
		failure := APIError("revoke", object, err)
		diags.AddError(failure.Summary(), failure.Detail()+"\n\nWhat was not revoked is still valid. It stays in the state, and the next apply tries again.")
	}
}
