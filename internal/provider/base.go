package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// base is what everything has that calls the server.
type base struct {
	quiet
	session *session
}

// take takes the provider's session. Terraform configures without one when it
// only validates.
func (b *base) take(providerData any, diags *diag.Diagnostics) {
	if providerData == nil {
		return
	}
	s, ok := providerData.(*session)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", providerData))
		return
	}
	b.session = s
}

// canCall tells whether calls can be made. They cannot while settings of the
// provider are not known yet.
func (b *base) canCall() bool {
	return b.session != nil && b.session.api != nil
}

// ready is canCall for what cannot go on without.
func (b *base) ready(diags *diag.Diagnostics) bool {
	if b.canCall() {
		return true
	}
	diags.AddError("Provider is not configured yet",
		"A setting in the provider block is not known yet, so the chat server cannot be called. "+
			"Give base_url, api_key and the other settings values that are known before this step, "+
			"or apply what they depend on first, with -target.")
	return false
}

// baseResource is embedded by every resource.
type baseResource struct{ base }

// Configure takes the provider's session.
func (b *baseResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// baseEphemeral is embedded by every ephemeral resource.
type baseEphemeral struct{ base }

// Configure takes the provider's session.
func (b *baseEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// baseDataSource is embedded by every data source.
type baseDataSource struct{ base }

// Configure takes the provider's session.
func (b *baseDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}
