package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
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
					"or %q for client \"a/b\" of room \"50%%\".", req.ID, err, tfvalue.JoinIDs("50%", "a/b")))
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

// parseMemberID takes the id of a member apart.
func parseMemberID(id string) (room, client string, err error) {
	room, client, err = tfvalue.SplitIDs(id)
	if err == nil {
		err = imkit.CheckRoomID(room)
	}
	if err == nil {
		err = imkit.CheckID(client)
	}
	if err != nil {
		return "", "", err
	}
	return room, client, nil
}

// ModifyPlan plans what is known before anything is called: the id of the member,
// and that notifications which are not configured are not looked at.
func (r *memberResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, config memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := types.StringUnknown()
	if !plan.RoomID.IsUnknown() && !plan.ClientID.IsUnknown() {
		id = types.StringValue(plan.key())
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), id)...)
	if config.NotificationsMuted.IsNull() && plan.NotificationsMuted.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("notifications_muted"), types.BoolNull())...)
	}
	r.Session.KeepSpelling(ctx, path.Root("properties"), req, resp)
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

// presence is what is known of whether a client is in a room.
type presence int

const (
	notIn presence = iota
	isIn
	maybeIn
)

// join has the client join the room, and notes the role that it has there. That it
// may have joined, with no word of it, is an error.
func (r *memberResource) join(ctx context.Context, m *memberModel) (presence, diag.Diagnostics) {
	var diags diag.Diagnostics
	room, client := m.ids()
	role, recovered, err := r.Session.API.AddMember(ctx, room, client, m.SystemMessages.ValueBool())
	m.Role = types.StringPointerValue(role.Value)
	switch {
	case err == nil:
		session.WarnRecovered(&diags, "Member", "added", m.named(), recovered)
		return isIn, diags
	case errors.Is(err, imkit.ErrMembersHidden):
		warnMembersHidden(r.Session, &diags)
		return isIn, diags
	case imkit.HasProblem(err, imkit.MemberUnknown):
		diags.AddAttributeError(path.Root("client_id"), "Client does not exist",
			fmt.Sprintf("There is no client or group %q on the server, so it cannot join room %q. Check the id, or create it first: "+
				"with client_id = imkit_client.NAME.id Terraform does so in the right order.", client, room))
		return notIn, diags
	case imkit.HasProblem(err, imkit.MemberInvited):
		diags.AddAttributeError(path.Root("client_id"), "Client was invited and has not joined",
			fmt.Sprintf("The server was told to add client %q to room %q without an invitation, and invited it nevertheless: a setting of the server decides that. "+
				"Once the client has accepted, apply again: it is taken over then, with all that is configured. Until then each plan is to create it, and its apply tries again.", client, room))
		return notIn, diags
	case imkit.IsNotFound(err):
		diags.AddAttributeError(noSuchRoom(room))
		return notIn, diags
	case imkit.OutcomeUnknown(err) && !imkit.HasProblem(err, imkit.MemberAbsent):
		diags.Append(session.APIError("add", m.named(), err))
		diags.AddWarning("Member is kept in state as tainted",
			fmt.Sprintf("Client %q may be in room %q, so it is kept in state as tainted, and the next apply replaces it.", client, room))
		return maybeIn, diags
	}
	diags.Append(session.APIError("add", m.named(), err))
	return notIn, diags
}

func noSuchRoom(room string) (at path.Path, summary, detail string) {
	return path.Root("room_id"), "Room does not exist",
		fmt.Sprintf("There is no room %q on the server. Check the id, or create the room first: with room_id = imkit_room.NAME.id Terraform does so in the right order.", room)
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

// read brings a member up to date with the server. It is not found where the room
// is gone, or does not list it. Where the server does not show the room, what is
// known stays, but for an import, which knows nothing.
func (r *memberResource) read(ctx context.Context, m *memberModel, imported bool) (found bool, diags diag.Diagnostics) {
	id, client := m.ids()
	room, err := r.Session.API.GetRoom(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		return false, diags
	case imkit.IsUnsupported(err) && !imported:
		warnNoRooms(r.Session, &diags)
		return true, diags
	case errors.Is(err, imkit.ErrRoomHidden) && !imported:
		r.warnRoomHidden(&diags, id)
		return true, diags
	case err != nil:
		diags.Append(session.APIError("read", m.named(), err))
		return false, diags
	}
	if room.Members.Value == nil {
		warnMembersHidden(r.Session, &diags)
	} else if _, in := room.Member(client); !in {
		return false, diags
	}
	if err := m.refresh(room, imported); err != nil {
		diags.AddError("Unable to read member", fmt.Sprintf("The server's reply about %s cannot be kept in state: %s.", m.named(), err))
		return false, diags
	}
	if imported || !m.NotificationsMuted.IsNull() {
		diags.Append(r.readMuted(ctx, m)...)
	}
	return true, diags
}

// readMuted looks whether the client has muted the room. A group has no
// notifications, and is not found.
func (r *memberResource) readMuted(ctx context.Context, m *memberModel) diag.Diagnostics {
	var diags diag.Diagnostics
	room, client := m.ids()
	found, err := r.Session.API.GetClient(ctx, client)
	switch {
	case imkit.IsNotFound(err):
	case imkit.IsUnsupported(err):
		r.Session.WarnNoLookup(&diags)
	case err != nil:
		diags.Append(session.APIError("look up the notifications of", m.named(), err))
	default:
		if muted := found.Muted(room); muted.Reported {
			m.NotificationsMuted = types.BoolPointerValue(muted.Value)
		}
	}
	return diags
}

// warnRoomHidden says, once in a run, that the members of a room cannot be seen.
func (r *memberResource) warnRoomHidden(diags *diag.Diagnostics, room string) {
	if r.Session.First("room hidden: " + room) {
		diags.AddWarning("Server does not show the room",
			fmt.Sprintf("Room %q exists, but the server does not show it; it may be frozen. The state of its members is kept as it is: "+
				"changes made elsewhere, and members that are gone, cannot be seen.", room))
	}
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

// set makes a call for each setting, until one fails. What was done is noted in the
// model.
func (r *memberResource) set(ctx context.Context, m *memberModel, settings []memberSetting) diag.Diagnostics {
	var diags diag.Diagnostics
	properties := map[string]any{}
	for _, s := range settings {
		recovered, err := r.call(ctx, *m, s)
		session.WarnRecovered(&diags, "Member", "changed", m.named(), recovered)
		if err == nil {
			err = m.note(s)
		} else if s.property == roleProperty && imkit.OutcomeUnknown(err) {
			m.Role = types.StringValue(roleUnknown)
		}
		if err != nil {
			diags.Append(notSet(*m, s, err))
			return diags
		}
		if s.property != "" && s.property != roleProperty {
			properties[s.property] = s.value
		}
	}
	if len(properties) > 0 {
		r.warnAltered(ctx, &diags, *m, properties)
	}
	return diags
}

// call makes the call of one setting.
func (r *memberResource) call(ctx context.Context, m memberModel, s memberSetting) (recovered, err error) {
	room, client := m.ids()
	switch {
	case s.property != "":
		return r.Session.API.SetMemberProperty(ctx, room, client, s.property, s.value)
	case s.value == true:
		return r.Session.API.MuteRoom(ctx, client, room)
	default:
		return r.Session.API.UnmuteRoom(ctx, client, room)
	}
}

// notSet reports a setting that failed.
func notSet(m memberModel, s memberSetting, err error) diag.Diagnostic {
	room, client := m.ids()
	switch failure := session.APIError(s.operation, m.named(), err); {
	case !imkit.IsNotFound(err):
		return failure
	case s.property != "":
		return diag.NewAttributeErrorDiagnostic(noSuchRoom(room))
	default:
		return diag.NewAttributeErrorDiagnostic(path.Root("notifications_muted"), failure.Summary(), failure.Detail()+
			fmt.Sprintf("\n\nThe server knows no client %q or no room %q. A group gets no notifications, only its people do: leave notifications_muted out for it.", client, room))
	}
}

// warnAltered looks whether the server has the properties that were set as they were
// sent. What cannot be seen now, the next plan shows.
func (r *memberResource) warnAltered(ctx context.Context, diags *diag.Diagnostics, m memberModel, sent map[string]any) {
	id, client := m.ids()
	if room, err := r.Session.API.GetRoom(ctx, id); err == nil {
		session.WarnAltered(diags, m.named(), tfvalue.Altered("properties", sent, room.Properties[client]))
	}
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

// demote takes the role from a member that is about to leave. It reports whether
// the member is still there.
func (r *memberResource) demote(ctx context.Context, m *memberModel, s memberSetting) (isThere bool, diags diag.Diagnostics) {
	_, err := r.call(ctx, *m, s)
	if imkit.IsNotFound(err) || imkit.HasProblem(err, imkit.MemberAbsent) {
		return false, diags
	}
	if err == nil {
		err = m.note(s)
	}
	if err != nil {
		diags.Append(session.APIError(s.operation, m.named(), err))
	}
	return true, diags
}

// leave removes the client from the room. That it is not in it, or that there is no
// such room, is success.
func (r *memberResource) leave(ctx context.Context, m memberModel) diag.Diagnostics {
	var diags diag.Diagnostics
	room, client := m.ids()
	recovered, err := r.Session.API.RemoveMember(ctx, room, client, m.SystemMessages.ValueBool())
	switch {
	case err == nil, imkit.IsNotFound(err):
		session.WarnRecovered(&diags, "Member", "removed", m.named(), recovered)
	default:
		diags.Append(session.APIError("remove", m.named(), err))
	}
	return diags
}
