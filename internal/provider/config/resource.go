// Package config has what Terraform sees of the run-time configuration of an application:
// the resource imkit_config, which is one key of it, the data source, which is the whole,
// and the list.
package config

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithIdentity    = (*configResource)(nil)
	_ resource.ResourceWithImportState = (*configResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*configResource)(nil)
)

type configResource struct{ session.Resource }

// NewResource makes the resource imkit_config.
func NewResource() resource.Resource {
	return &configResource{session.Resource{Name: "config"}}
}

// configModel is imkit_config in configuration, plan and state.
type configModel struct {
	Key           types.String  `tfsdk:"key"`
	Value         types.Dynamic `tfsdk:"value"`
	AdoptExisting types.Bool    `tfsdk:"adopt_existing"`
}

func (r *configResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"key": "Key of the run-time configuration."})
}

func (r *configResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages one key of the application's run-time configuration.",
		Attributes: map[string]schema.Attribute{
			"key": session.RequiredID("Key: any string in Unicode NFC, except `\"\"`, `.`, `..` and what begins with `$`; at most 7 KiB when URL-encoded. Changing it replaces the resource.", configKey),
			"value": schema.DynamicAttribute{
				MarkdownDescription: "Value of the key: anything that JSON can hold, with its types, such as `{ text = \"Back at noon.\", pin = true }`. " +
					"The whole value is replaced. It must not be null, but may contain nulls." + tfvalue.NumbersNote,
				Required:   true,
				Validators: []validator.Dynamic{tfvalue.AnyJSON},
			},
			"adopt_existing": session.AdoptExisting(session.NounConfig, "replacing its value"),
		},
	}
}

var configKey = tfvalue.CheckString("value must be a key: not empty, not \".\" or \"..\", without a leading \"$\", and short enough for a URL", func(key string) (summary, detail string) {
	if err := imkit.CheckConfigKey(key); err != nil {
		return "Invalid key", fmt.Sprintf("This cannot be a key of the configuration: %s.", err)
	}
	return "", ""
})

// ModifyPlan plans no change of spelling.
func (r *configResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Session.KeepSpelling(ctx, path.Root("value"), req, resp)
}

// Create writes the key, or takes over one that exists.
func (r *configResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan configModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	key := plan.Key.ValueString()
	defer r.Session.Lock(session.NounConfig, key)()

	value, ok := planned(plan, &resp.Diagnostics)
	if !ok {
		return
	}
	written, err := r.Session.API.CreateConfig(ctx, key, value, plan.AdoptExisting.ValueBool())
	if errors.Is(err, imkit.ErrConfigExists) {
		resp.Diagnostics.Append(session.AlreadyExists(session.NounConfig, key))
		return
	}
	r.report("create", key, value, written, err, &resp.Diagnostics)
	if err != nil {
		if mayExist := imkit.OutcomeUnknown(err) || errors.Is(err, imkit.ErrConfigLost); !written.Absent || !mayExist {
			return
		}
		// Nothing was there before, so the key is nobody else's: tainted, it is replaced.
		resp.Diagnostics.AddWarning("Key is kept in state as tainted",
			fmt.Sprintf("Key %q may be in the configuration, so it is kept in state as tainted, and the next apply replaces it.", key))
	}
	if !written.Absent {
		resp.Diagnostics.Append(session.TakenOver(session.NounConfig, key))
	}
	r.Session.RememberCreated(session.NounConfig, key)
	r.Session.WarnShared(&resp.Diagnostics, session.NounConfig, key, "", session.NounConfig.Named(key))
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("key"), plan.Key)...)
}

// Read looks for the key in the configuration. One that is gone leaves the state.
func (r *configResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state configModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("key"), state.Key)...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	key := state.Key.ValueString()
	r.Session.Refreshed.Store(true)

	value, err := r.Session.API.GetConfigKey(ctx, key)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounConfig, key, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		r.Session.WarnUnseen(&resp.Diagnostics, "Server cannot show the configuration", "read the run-time configuration (GET /config)", "keys")
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", session.NounConfig.Named(key), err))
		return
	default:
		session.WarnNotNFC(&resp.Diagnostics, session.NounConfig.Named(key), tfvalue.NotNFCFields("part of key", map[string]any{key: value}))
		state.Value, err = tfvalue.Refresh(state.Value, value)
		if err != nil && imported {
			resp.Diagnostics.AddError("Unable to read configuration key", fmt.Sprintf("The value of key %q cannot be kept in state: %s. Leave this key out of the configuration, or have it hold less.", key, err))
			return
		}
		if err != nil {
			session.WarnTooLarge(&resp.Diagnostics, session.NounConfig.Named(key), []string{"value"})
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update writes the value, if it changes in more than its spelling.
func (r *configResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state configModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	key := plan.Key.ValueString()
	defer r.Session.Lock(session.NounConfig, key)()

	before, err := tfvalue.ToJSON(state.Value)
	if err != nil {
		resp.Diagnostics.AddError("Unable to update configuration key", fmt.Sprintf("The value of key %q in the state cannot be read as JSON: %s. "+
			"Remove the resource from the state with `terraform state rm`, and import the key again.", key, err))
		return
	}
	value, ok := planned(plan, &resp.Diagnostics)
	if !ok {
		return
	}
	written, err := r.Session.API.SetConfig(ctx, key, value, before)
	r.report("update", key, value, written, err, &resp.Diagnostics)
	if err != nil {
		return // and the state keeps the old value
	}
	r.Session.WarnShared(&resp.Diagnostics, session.NounConfig, key, "", session.NounConfig.Named(key))
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("key"), plan.Key)...)
}

// Delete deletes the key. That it is gone already is success.
func (r *configResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state configModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	key := state.Key.ValueString()
	defer r.Session.Lock(session.NounConfig, key)()

	if r.Session.WasCreated(session.NounConfig, key) {
		return // create_before_destroy: another resource has the key now
	}
	recovered, err := r.Session.API.DeleteConfig(ctx, key)
	if err != nil {
		resp.Diagnostics.Append(session.APIError("delete", session.NounConfig.Named(key), err))
		return
	}
	session.WarnRecovered(&resp.Diagnostics, "Key", "deleted", session.NounConfig.Named(key), recovered)
}

func (r *configResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounConfig, map[string]any{"adopt_existing": false}, req, resp)
}

func planned(plan configModel, diags *diag.Diagnostics) (value any, ok bool) {
	value, err := tfvalue.ToJSON(plan.Value)
	if err != nil {
		diags.AddAttributeError(path.Root("value"), "Invalid value",
			fmt.Sprintf("The value of key %q cannot be sent as JSON: %s.", plan.Key.ValueString(), err))
	}
	return value, err == nil
}

func (r *configResource) report(operation, key string, value any, written imkit.WrittenConfig, err error, diags *diag.Diagnostics) {
	if err != nil {
		failure := session.APIError(operation, session.NounConfig.Named(key), err)
		if errors.Is(err, imkit.ErrConfigLost) {
			failure = diag.NewErrorDiagnostic("Configuration keys may be lost", failure.Detail()+
				"\n\nThe next apply restores the keys that Terraform manages. Restore the others by hand before anything else is written: "+
				"some servers replace the whole configuration with each write.")
		}
		diags.Append(failure)
		return
	}
	session.WarnRecovered(diags, "Key", operation+"d", session.NounConfig.Named(key), written.Recovered)
	if lost := tfvalue.ListIDs(written.PutBack); lost != "" && r.Session.First("put back: "+lost) {
		diags.AddWarning("Server lost other keys for a moment",
			fmt.Sprintf("Writing key %q made the server lose the keys that were not sent with it: %s. They were put back at once with the values they had, "+
				"but apps that read the configuration in between may have missed them. For the rest of this run, each write sends the whole configuration.",
				key, lost))
	}
	switch { // unknown where the read failed: then the next plan shows it
	case !written.Known, imkit.SameJSON(written.Shown, value):
	case written.Shown == nil, imkit.SameJSON(written.Shown, written.Before):
		diags.AddWarning("Server does not show the key yet",
			fmt.Sprintf("The server has accepted the new value of %s, but does not show it yet. "+
				"The next plan may show a change: wait until the server shows the value, then plan again.", session.NounConfig.Named(key)))
	default:
		session.WarnAltered(diags, session.NounConfig.Named(key), []string{"value"})
	}
}
