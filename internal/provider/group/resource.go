package group

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

var (
	_ resource.ResourceWithConfigure   = (*groupResource)(nil)
	_ resource.ResourceWithIdentity    = (*groupResource)(nil)
	_ resource.ResourceWithImportState = (*groupResource)(nil)
)

// groupResource is imkit_group.
type groupResource struct {
	session.Resource
}

// NewResource makes the resource imkit_group.
func NewResource() resource.Resource { return &groupResource{} }

// Metadata names the resource.
func (r *groupResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group"
}

// IdentitySchema describes what tells a group from all others.
func (r *groupResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the group."})
}

// Create makes the group, or takes over one that exists where the configuration
// says so.
func (r *groupResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	if !plan.ID.IsUnknown() {
		defer r.Session.Lock(session.NounGroup, plan.ID.ValueString())()
	}
	claimed, diags := r.claim(ctx, plan, config)
	resp.Diagnostics.Append(diags...)
	id, existing := claimed.id, claimed.existing
	plan.ID = types.StringValue(id)
	if resp.Diagnostics.HasError() {
		if claimed.ours {
			r.keepTainted(ctx, plan, nil, resp)
		}
		return
	}

	var now *imkit.Group
	var err error
	if existing == nil {
		now, _, err = r.Session.API.CreateGroup(ctx, id, plan.settings(config, nil))
	} else {
		now, err = r.change(ctx, plan, config, existing)
	}
	plan.fillUnknown(existing, now)
	if err != nil {
		resp.Diagnostics.Append(failed("create", plan, existing == nil, now, err)...)
		if claimed.ours || existing == nil && imkit.OutcomeUnknown(err) {
			r.keepTainted(ctx, plan, now, resp)
		}
		return
	}
	session.WarnAltered(&resp.Diagnostics, named(id), plan.differing(config, now, true))
	if existing != nil && !claimed.ours {
		resp.Diagnostics.Append(session.TakenOver(session.NounGroup, id))
	}
	r.made(ctx, plan, resp)
}

// keepTainted keeps a group in state that is, or may be, on the server and nobody
// else's: the next apply knows that. now is what the server has, if it is known.
func (r *groupResource) keepTainted(ctx context.Context, plan groupModel, now *imkit.Group, resp *resource.CreateResponse) {
	plan.fillUnknown()
	if now != nil {
		plan.refresh(now)
	}
	resp.Diagnostics.AddWarning("Group is kept in state as tainted",
		fmt.Sprintf("Group %q may be on the server, so it is kept in state as tainted. The next apply looks for it, and goes on with it.", plan.ID.ValueString()))
	r.made(ctx, plan, resp)
}

// made writes a group into the state.
func (r *groupResource) made(ctx context.Context, group groupModel, resp *resource.CreateResponse) {
	r.Session.RememberCreated(session.NounGroup, group.ID.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, group)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, groupIdentity{ID: group.ID})...)
}

// Read looks for the group in the list. One that is gone leaves the state.
func (r *groupResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, groupIdentity{ID: state.ID})...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	id := state.ID.ValueString()
	r.Session.Refreshed.Store(true)

	reported, err := r.Session.API.GetGroup(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounGroup, id, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		r.Session.WarnUnseen(&resp.Diagnostics, "Server cannot list groups", "list user groups (GET /admin/groups)", "groups")
	case err != nil:
		resp.Diagnostics.Append(readFailed(id, err))
		return
	default:
		state.refresh(reported)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update changes the group, if more than the resource's own settings changed.
// Where the server does not change it as asked, the state has what the server has.
func (r *groupResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	if plan.changes(state) {
		defer r.Session.Lock(session.NounGroup, plan.ID.ValueString())()
		now, err := r.update(ctx, plan, config)
		if now != nil {
			plan.fillUnknown(now)
			state.refresh(now)
		}
		if err != nil {
			resp.Diagnostics.Append(failed("update", plan, false, now, err)...)
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
			return
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, groupIdentity{ID: plan.ID})...)
}

// Delete ends the management of the group. The API cannot delete one.
func (r *groupResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	if r.Session.WasCreated(session.NounGroup, id.ValueString()) {
		return
	}
	r.Session.Release(session.NounGroup, id.ValueString())
	if r.Session.First("group destroyed") {
		resp.Diagnostics.AddWarning("Group remains on the server",
			fmt.Sprintf("The IMKIT API cannot delete a group, so group %q stays on the server as it is, in every room that it is a member of. "+
				"It can be managed again with an import, or with its id and adopt_existing = true.\n\n"+
				"Other groups that this run destroys get no warning of their own.", id.ValueString()))
	}
}

// ImportState takes the id of a group, from the command line or an import block,
// or its identity.
func (r *groupResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounGroup, map[string]any{"adopt_existing": false}, req, resp)
}
