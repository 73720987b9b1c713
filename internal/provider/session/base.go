package session

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// base is what everything has that calls the server.
type base struct {
	tfvalue.Redacted
	// Session is nil while Terraform only validates.
	Session *Session
}

// take takes the provider's session. Terraform configures without one when it
// only validates.
func (b *base) take(providerData any, diags *diag.Diagnostics) {
	if providerData == nil {
		return
	}
	s, ok := providerData.(*Session)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", providerData))
		return
	}
	b.Session = s
}

// CanCall reports whether calls can be made. They cannot while settings of the
// provider are not known yet.
func (b *base) CanCall() bool {
	return b.Session != nil && b.Session.API != nil
}

// Ready is CanCall for what cannot go on without.
func (b *base) Ready(diags *diag.Diagnostics) bool {
	if b.CanCall() {
		return true
	}
	diags.AddError("Provider is not configured yet",
		"A setting in the provider block is not known yet, so the chat server cannot be called. "+
			"Give base_url, api_key and the other settings values that are known before this step, "+
			"or apply what they depend on first, with -target.")
	return false
}

// ReadyToApply is Ready for what creates, changes or destroys.
func (b *base) ReadyToApply(diags *diag.Diagnostics) bool {
	if !b.Ready(diags) {
		return false
	}
	b.Session.applying.Store(true)
	return true
}

// Resource is embedded by every resource.
type Resource struct{ base }

// Configure takes the provider's session.
func (b *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// Ephemeral is embedded by every ephemeral resource.
type Ephemeral struct{ base }

// Configure takes the provider's session.
func (b *Ephemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// DataSource is embedded by every data source.
type DataSource struct{ base }

// Configure takes the provider's session.
func (b *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// ListResource is embedded by every list resource.
type ListResource struct{ base }

// Configure takes the provider's session. The request is a resource's, because
// Terraform has a list resource be a part of one.
func (b *ListResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}

// Action is embedded by every action.
type Action struct{ base }

// Configure takes the provider's session.
func (b *Action) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	b.take(req.ProviderData, &resp.Diagnostics)
}
