package config

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithConfigure   = (*configResource)(nil)
	_ resource.ResourceWithIdentity    = (*configResource)(nil)
	_ resource.ResourceWithImportState = (*configResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*configResource)(nil)
)

// configResource is imkit_config.
type configResource struct {
	session.Resource
}

// NewResource makes the resource imkit_config.
func NewResource() resource.Resource { return &configResource{} }

// Metadata names the resource.
func (r *configResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_config"
}

// IdentitySchema describes what tells a key from all others.
func (r *configResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"key": "Key of the run-time configuration."})
}

// Create writes the key, or takes over one that exists where the configuration
// says so.
func (r *configResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan configModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	key := plan.Key.ValueString()
	defer r.Session.Lock(session.NounConfig, key)()

	before, diags := r.findForCreate(ctx, plan)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !before.There || !tfvalue.IsJSON(plan.Value, before.Value) {
		written, outcome := r.write(ctx, "create", plan, before, nil)
		resp.Diagnostics.Append(outcome.diags...)
		switch {
		case outcome.failed && (before.There || !outcome.mayBeThere):
			return
		case outcome.failed:
			// The key is, or may be, on the server and nobody else's. In state, tainted,
			// the next apply knows that.
			resp.Diagnostics.AddWarning("Key is kept in state as tainted",
				fmt.Sprintf("Key %q may be in the configuration, so it is kept in state as tainted, and the next apply replaces it.", key))
		}
		resp.Diagnostics.Append(written.save(ctx, resp.Private)...)
	}
	if before.There {
		resp.Diagnostics.Append(session.TakenOver(session.NounConfig, key))
	}
	r.Session.RememberCreated(session.NounConfig, key)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, configIdentity{Key: plan.Key})...)
}

// Read looks for the key in the configuration. One that is gone leaves the state.
func (r *configResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state configModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	known, diags := load(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, configIdentity{Key: state.Key})...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	key := state.Key.ValueString()
	r.Session.Refreshed.Store(true)

	all, err := r.Session.API.GetConfig(ctx)
	shown := contentOf(all, key)
	switch {
	case imkit.IsUnsupported(err) && !imported:
		r.Session.WarnUnseen(&resp.Diagnostics, "Server cannot show the configuration", "read the run-time configuration (GET /config)", "keys")
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", named(key), err))
		return
	case !imported && known.accepts(state.Value, shown, r.Session.Now()):
	case !shown.There:
		session.Gone(ctx, session.NounConfig, key, imported, resp)
		return
	default:
		if state.Value, err = tfvalue.Refresh(state.Value, shown.Value); err != nil {
			resp.Diagnostics.AddError("Unable to read configuration key", fmt.Sprintf("The value of key %q cannot be kept in state: %s.", key, err))
			return
		}
		resp.Diagnostics.Append((*memory)(nil).save(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update writes the value, if more than the resource's own settings changed.
func (r *configResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state configModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	known, diags := load(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	before, err := tfvalue.ToJSON(state.Value)
	if err != nil {
		resp.Diagnostics.AddError("Unable to update configuration key", session.Sentence(err.Error()))
		return
	}
	if !tfvalue.IsJSON(plan.Value, before) { // and not just spelled in another way
		defer r.Session.Lock(session.NounConfig, plan.Key.ValueString())()
		written, outcome := r.write(ctx, "update", plan, content{true, before}, known)
		resp.Diagnostics.Append(outcome.diags...)
		if outcome.failed {
			return
		}
		resp.Diagnostics.Append(written.save(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, configIdentity{Key: plan.Key})...)
}

// Delete deletes the key. That it is gone is success.
func (r *configResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var key types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("key"), &key)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := key.ValueString()
	defer r.Session.Lock(session.NounConfig, id)()
	// Another resource may have come for the same key, as create_before_destroy does.
	if r.Session.WasCreated(session.NounConfig, id) {
		return
	}
	if _, err := r.Session.API.DeleteConfig(ctx, id); err != nil {
		resp.Diagnostics.Append(session.APIError("delete", named(id), err))
	}
}

// ImportState takes a key, from the command line or an import block, or its
// identity.
func (r *configResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounConfig, map[string]any{"adopt_existing": false}, req, resp)
}
