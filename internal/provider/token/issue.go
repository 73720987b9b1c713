package token

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// issueFailed reports that no token was issued, as far as anybody knows.
func issueFailed(clientID string, err error) diag.Diagnostic {
	failure := session.APIError("issue a token for", session.ClientNamed(clientID), err)
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
