package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// baseResource is embedded by every resource: it takes what the provider
// configured.
type baseResource struct {
	session *session
}

// Configure takes the provider's session. Terraform calls it without one when
// it only validates.
func (b *baseResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	s, ok := req.ProviderData.(*session)
	if !ok {
		resp.Diagnostics.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", req.ProviderData))
		return
	}
	b.session = s
}

// ready tells whether calls can be made. They cannot while settings of the
// provider are not known yet, which only a plan may get away with.
func (b *baseResource) ready(diags *diag.Diagnostics) bool {
	if b.canCall() {
		return true
	}
	diags.AddError("Provider is not configured yet",
		"A setting in the provider block is not known yet, so the chat server cannot be called. "+
			"Give base_url, api_key and the other settings values that are known before this step, "+
			"or apply what they depend on first, with -target.")
	return false
}

func (b *baseResource) canCall() bool {
	return b.session != nil && b.session.api != nil
}
