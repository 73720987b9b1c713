package room

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

var (
	_ resource.ResourceWithConfigure   = (*memberResource)(nil)
	_ resource.ResourceWithIdentity    = (*memberResource)(nil)
	_ resource.ResourceWithImportState = (*memberResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*memberResource)(nil)
)

// memberResource is imkit_room_member.
type memberResource struct {
	session.Resource
}

// NewMemberResource makes the resource imkit_room_member.
func NewMemberResource() resource.Resource { return &memberResource{} }

// Metadata names the resource.
func (r *memberResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_room_member"
}

// Create has the client join the room, and then makes one call for each setting.
func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	settings, err := plan.settings(config, memberModel{})
	if err != nil {
		resp.Diagnostics.Append(memberProperties.NotJSON(err))
		return
	}
	defer r.Session.Lock(session.NounMember, plan.key())()
	member := plan.joined()
	became, diags := r.join(ctx, &member)
	resp.Diagnostics.Append(diags...)
	if became == notIn {
		return
	}
	r.Session.RememberCreated(session.NounMember, plan.key())
	if became == isIn {
		failed := r.set(ctx, &member, settings)
		resp.Diagnostics.Append(failed...)
		if failed.HasError() {
			resp.Diagnostics.AddWarning("Member is kept in state as tainted",
				fmt.Sprintf("Client %q has joined room %q. The next apply replaces the member: it leaves, joins again, and gets all that is configured. "+
					"To have it only do what is left, run `terraform untaint` with the address of this resource first.", plan.ClientID.ValueString(), plan.RoomID.ValueString()))
		} else {
			member = plan.after(member)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, member)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, member.identity())...)
}

// Read looks who is in the room. A member that is not leaves the state.
func (r *memberResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	r.Session.Refreshed.Store(true)
	found, diags := r.read(ctx, &state, imported)
	resp.Diagnostics.Append(diags...)
	switch {
	case resp.Diagnostics.HasError():
		return
	case !found && imported:
		resp.Diagnostics.AddError("Member to import does not exist",
			fmt.Sprintf("There is no %s on the server. Check both ids, upper and lower case included, or remove the import and let Terraform add the member. "+
				"In the id of an import, a space is %%20: Terraform's urlencode() writes \"+\", which stands for itself here.", state.named()))
		return
	case !found:
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update makes one call for each setting that changes.
func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	settings, err := plan.settings(config, state)
	if err != nil {
		resp.Diagnostics.Append(memberProperties.NotJSON(err))
		return
	}
	defer r.Session.Lock(session.NounMember, plan.key())()
	member := state
	member.SystemMessages = plan.SystemMessages
	failed := r.set(ctx, &member, settings)
	resp.Diagnostics.Append(failed...)
	if !failed.HasError() {
		member = plan
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, member)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, member.identity())...)
}

// Delete removes the member from the room, an admin as a plain member.
func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	defer r.Session.Lock(session.NounMember, state.key())()
	// Another resource may have come for the same member, as create_before_destroy does.
	if r.Session.WasCreated(session.NounMember, state.key()) {
		return
	}
	// The server keeps the role of who has left: added again later, it would be an admin by surprise.
	if role := state.Role.ValueString(); role == imkit.RoleAdmin || role == roleUnknown {
		demotion := memberSetting{operation: "take the role admin from", property: roleProperty, value: imkit.RoleMember}
		isThere, diags := r.demote(ctx, &state, demotion)
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() || !isThere {
			return
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	resp.Diagnostics.Append(r.leave(ctx, state)...)
}

// ImportState takes the id of a member, from the command line or an import block,
// or its identity.
func (r *memberResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.Ready(&resp.Diagnostics) {
		return
	}
	var of memberIdentity
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &of)...)
	} else {
		room, client, err := parseMemberID(req.ID)
		if err != nil {
			resp.Diagnostics.AddError("Invalid ID of a member",
				fmt.Sprintf("%q is not the ID of a member: %s. Write the ID of the room, a slash, and the ID of the client, each percent-encoded: \"lobby/parcel-robot\", "+
					"or %q for client \"a/b\" of room \"50%%\".", req.ID, err, memberID("50%", "a/b")))
			return
		}
		of = memberIdentity{types.StringValue(room), types.StringValue(client)}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	imported := memberModel{RoomID: of.RoomID, ClientID: of.ClientID, SystemMessages: types.BoolValue(false)}.joined()
	resp.Diagnostics.Append(resp.State.Set(ctx, imported)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, of)...)
	resp.Diagnostics.Append(session.MarkImported(ctx, resp.Private)...)
}
