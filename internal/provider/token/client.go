package token

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// checkClient makes sure that a client is there before anything is done with
// tokens: a token call would conjure it up out of a typing mistake.
func checkClient(ctx context.Context, s *session.Session, id, advice string) diag.Diagnostics {
	var diags diag.Diagnostics
	_, err := s.API.GetClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		diags.Append(noSuchClient(id, advice))
	case imkit.IsUnsupported(err):
		s.WarnNoLookup(&diags)
	case err != nil:
		diags.Append(session.APIError("look up", session.ClientNamed(id), err))
	}
	return diags
}

// What helps against a client that does not exist.
const (
	createFirst   = "with client_id = imkit_client.NAME.id Terraform does so in the right order."
	createEarlier = "Terraform opens ephemeral resources when it plans, before it creates anything. So create the client in an earlier apply, or with `terraform apply -target`."
)

func noSuchClient(id, advice string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("client_id"), "Client does not exist",
		fmt.Sprintf("There is no client %q on the server, so it cannot have a token. Check the id, or create the client first: %s", id, advice))
}
