package client

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// checkThere makes sure that a client is there before some of it is changed: a
// server would make one of those attributes alone, and what it lacks would never
// show, since a field that is not reported is taken to be as it was.
func (r *clientResource) checkThere(ctx context.Context, id string) diag.Diagnostics {
	var diags diag.Diagnostics
	_, err := r.Session.API.GetClient(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		diags.AddAttributeError(path.Root("id"), "Client does not exist any more",
			fmt.Sprintf("Client %q was to be updated, and is not on the server: it was deleted since Terraform last looked at it. Nothing was changed, "+
				"because an update would make a new client that has nothing but what changes. Plan again: the client and its tokens are created then.", id))
	case imkit.IsUnsupported(err):
		r.Session.WarnNoLookup(&diags)
	case err != nil:
		diags.Append(session.APIError("look up", session.ClientNamed(id), err))
	}
	return diags
}
