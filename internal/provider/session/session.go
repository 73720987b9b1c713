// Package session has what the nouns share: what one run knows and has done, the base types
// that take it in Configure, attributes of schemas, and how calls that failed are reported
// and objects imported, adopted and listed, in the words of each noun.
package session

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Session is what one run of Terraform shares. It is safe for concurrent use.
type Session struct {
	tfvalue.Redacted
	ledger
	// API is nil while settings of the provider are not known yet.
	API *imkit.API
	// Now is the one clock of the provider.
	Now func() time.Time
	// Refreshed is set once a resource was read: then this run plans. One that applies a plan
	// does not read before it plans again.
	Refreshed atomic.Bool

	// applying is set once something was created, changed or destroyed.
	applying atomic.Bool
	// run is a name of this run, in JSON as private state is.
	run []byte
	// said has what was said once.
	said sync.Map
}

// New makes a session, which calls nothing until its API is set.
func New(now func() time.Time) *Session {
	return &Session{Now: now, run: []byte(strconv.Quote(rand.Text())), ledger: ledger{objects: map[named]*record{}}}
}

// First reports whether it is asked about a subject for the first time in the run.
func (s *Session) First(subject string) bool {
	_, said := s.said.LoadOrStore(subject, true)
	return !said
}

// Asked reports whether [Session.First] was asked about a subject.
func (s *Session) Asked(subject string) bool {
	_, said := s.said.Load(subject)
	return said
}

// base is what everything has that calls the server.
type base struct {
	tfvalue.Redacted
	// Session is the provider's; nil while Terraform only validates.
	Session *Session
}

// CanCall reports whether the settings of the provider are known.
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
type Resource struct {
	base
	// Name is its type without that of the provider: "client" of imkit_client.
	Name string
}

// Metadata names the type.
func (b *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Name
}

// Configure takes the provider's session.
func (b *Resource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.Session, _ = req.ProviderData.(*Session)
}

// Ephemeral is embedded by every ephemeral resource.
type Ephemeral struct{ base }

// Configure takes the provider's session.
func (b *Ephemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	b.Session, _ = req.ProviderData.(*Session)
}

// DataSource is embedded by every data source.
type DataSource struct {
	base
	// Name is its type without that of the provider.
	Name string
}

// Metadata names the type.
func (b *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Name
}

// Configure takes the provider's session.
func (b *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.Session, _ = req.ProviderData.(*Session)
}

// ListResource is embedded by every list resource. It has the name of the resource.
type ListResource struct{ Resource }

// Action is embedded by every action.
type Action struct {
	base
	// Name is its type without that of the provider.
	Name string
}

// Metadata names the type.
func (b *Action) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Name
}

// Configure takes the provider's session.
func (b *Action) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	b.Session, _ = req.ProviderData.(*Session)
}

// Progress reports what an action is doing.
func Progress(resp *action.InvokeResponse, format string, args ...any) {
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
}
