//go:build ignore

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// checkClient makes sure that a client is there before anything is done with
// tokens: a token call would conjure it up out of a typing mistake.
func (s *session) checkClient(ctx context.Context, id string) diag.Diagnostics {
	var diags diag.Diagnostics
	_, err := s.api.LookUpClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		diags.Append(noSuchClient(id))
	case imkit.IsUnsupported(err):
		s.warnNoLookup(&diags)
	case err != nil:
		diags.Append(apiError("look up", clientNamed(id), err))
	}
	return diags
}

func noSuchClient(id string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("client_id"), "Client does not exist",
		fmt.Sprintf("There is no client %q on the server, so it cannot have a token. Check the id, or create the client first: "+
			"with client_id = imkit_client.NAME.id Terraform does so in the right order. For an ephemeral token, create the client in an earlier apply.", id))
}

// issueFailed reports that no token was issued, as far as anybody knows.
func issueFailed(clientID string, err error) diag.Diagnostic {
	failure := apiError("issue a token for", clientNamed(clientID), err)
	if !imkit.OutcomeUnknown(err) {
		return failure
	}
	return diag.NewErrorDiagnostic(failure.Summary(), failure.Detail()+
		"\n\nEach attempt may have made a token before it failed. Nobody holds those tokens, and they end by themselves when they expire.")
}

// warnRepeated says that there may be a token which nobody holds.
func warnRepeated(clientID string, grant imkit.Grant) diag.Diagnostics {
	var diags diag.Diagnostics
	if grant.Repeated {
		diags.AddWarning("Another token may have been issued",
			fmt.Sprintf("The server was asked more than once for the token of client %q, because an answer never came. "+
				"It may have made another token before that answer was lost. Nobody holds it, and it ends by itself when it expires.", clientID))
	}
	return diags
}

// revoke ends exactly this token, unless this run made the very same one: what
// create_before_destroy leaves behind may hold the token that was bound again.
func (s *session) revoke(ctx context.Context, clientID, value, object string) diag.Diagnostics {
	var diags diag.Diagnostics
	if s.grantedThis(clientID, value) {
		return diags
	}
	token, err := imkit.NewToken(value)
	if err == nil {
		err = s.api.RevokeToken(ctx, clientID, token)
	}
	s.reportRevocation(&diags, object, err)
	return diags
}

// revokeAll ends every token of a client; done is false when they are alive.
func (s *session) revokeAll(ctx context.Context, clientID string) (done bool, diags diag.Diagnostics) {
	err := s.api.RevokeAllTokens(ctx, clientID)
	s.reportRevocation(&diags, "every token of "+clientNamed(clientID), err)
	return err == nil, diags
}

// reportRevocation reports what could not be revoked. A server without the call
// cannot be made to, so that is a warning, once in a run.
func (s *session) reportRevocation(diags *diag.Diagnostics, object string, err error) {
	switch {
	case imkit.IsUnsupported(err):
		if s.first("no revocation") {
			diags.AddWarning("Server cannot revoke tokens",
				"This chat server has no call to revoke tokens (DELETE /admin/clients/{id}/token). "+
					"Tokens that are destroyed, replaced or closed stay valid until they expire.")
		}
	case err != nil:
		failure := apiError("revoke", object, err)
		diags.AddError(failure.Summary(), failure.Detail()+"\n\nWhat was not revoked is still valid. It stays in the state, and the next apply tries again.")
	}
}

// tokenNamed names a token in messages by its id, which is no secret.
func tokenNamed(id types.String) string { return fmt.Sprintf("token %q", id.ValueString()) }
