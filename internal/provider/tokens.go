package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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

// revoke ends exactly this token.
func (s *session) revoke(ctx context.Context, clientID, value string) diag.Diagnostics {
	var diags diag.Diagnostics
	token, err := imkit.NewToken(value)
	if err == nil {
		err = s.api.RevokeToken(ctx, clientID, token)
	}
	if err != nil {
		diags.Append(revokeFailed("revoke a token of", clientID, err))
	}
	return diags
}

// revokeFailed reports a token, or every token, that is still alive.
func revokeFailed(operation, clientID string, err error) diag.Diagnostic {
	if imkit.IsUnsupported(err) {
		return diag.NewErrorDiagnostic("Unable to "+operation+" client",
			fmt.Sprintf("This chat server has no call to revoke tokens, so what client %q has stays valid until it expires. "+
				"To go on all the same, set on_destroy = \"keep\" and apply, then try again. For a token that is due for renewal, set auto_renew = false in the same apply.", clientID))
	}
	return apiError(operation, clientNamed(clientID), err)
}
