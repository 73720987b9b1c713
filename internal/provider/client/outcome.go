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
	_, err := r.Session.API.LookUpClient(ctx, id)
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

// findAfterFailure looks whether a call whose answer never came has done its
// work: whether a client that is new exists, or another has what was sent. The
// error is the one of that call if not, or if that cannot be found out.
func (r *clientResource) findAfterFailure(ctx context.Context, id string, sent imkit.Profile, isNew bool, failure error) (*imkit.Client, diag.Diagnostics, error) {
	client, err := r.Session.API.LookUpClient(ctx, id)
	if err != nil || !isNew && !stores(client, sent) {
		return nil, nil, failure
	}
	did := "updated"
	if isNew {
		did = "created"
	}
	var diags diag.Diagnostics
	diags.AddWarning(fmt.Sprintf("Client was %s although the call failed", did),
		fmt.Sprintf("The call that %s client %q failed, but a look-up shows that it did its work. %s", did, id, session.Sentence(failure.Error())))
	return client, diags, nil
}

// stores reports whether a client has all that was sent. A field that was not
// reported leaves that open, unless it was to be cleared.
func stores(client *imkit.Client, sent imkit.Profile) bool {
	reported := (sent.Nickname == nil || client.Nickname.Reported) &&
		(sent.AvatarURL == nil || client.AvatarURL.Reported) &&
		(sent.Description == nil || client.Description.Reported) &&
		(sent.IsRobot == nil || client.IsRobot.Reported)
	for name, value := range sent.Custom {
		_, there := client.Custom[name]
		reported = reported && (there || value == nil)
	}
	return reported && len(altered(sent, client)) == 0
}
