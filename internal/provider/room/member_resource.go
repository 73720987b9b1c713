package room

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithIdentity    = (*memberResource)(nil)
	_ resource.ResourceWithImportState = (*memberResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*memberResource)(nil)
)

type memberResource struct{ session.Resource }

// NewMemberResource makes the resource imkit_room_member.
func NewMemberResource() resource.Resource {
	return &memberResource{session.Resource{Name: "room_member"}}
}

func (r *memberResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"room_id": "ID of the room.", "client_id": "ID of the client or group."})
}

// ModifyPlan plans the id, and that unconfigured notifications are not looked at.
func (r *memberResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
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

// keptKey marks, in private state, a member that member_ids keeps in the room.
const keptKey = "kept"

func (r *memberResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.Session.Release(session.NounMember, state.key())
	if r.Session.WasCreated(session.NounMember, state.key()) {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, keptKey, []byte("true"))...)
	}
}

// Create has the client join the room, and then makes one call for each setting.
func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(memberProperties.CheckNames(config.Properties)...)
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
	room, client := plan.ids()
	overwritten, err := r.overwritten(ctx, plan, settings)
	if err != nil {
		resp.Diagnostics.Append(session.APIError("look for", plan.named(), err))
		return
	}
	role, recovered, err := r.Session.API.AddMember(ctx, room, client, plan.SystemMessages.ValueBool())
	member.Role = types.StringPointerValue(role.Value)
	if errors.Is(err, imkit.ErrMembersHidden) { // success is believed
		warnMembersHidden(r.Session, &resp.Diagnostics)
		err = nil
	}
	if err != nil {
		resp.Diagnostics.Append(notAdded(plan, err))
		if !imkit.OutcomeUnknown(err) || imkit.HasProblem(err, imkit.MemberAbsent) {
			return
		}
		resp.Diagnostics.AddWarning("Member is kept in state as tainted",
			fmt.Sprintf("Client %q may be in room %q, so it is kept in state as tainted, and the next apply replaces it.", client, room))
	} else {
		session.WarnRecovered(&resp.Diagnostics, "Member", "added", plan.named(), recovered)
		if len(overwritten) > 0 {
			resp.Diagnostics.AddWarning("Existing member was adopted",
				fmt.Sprintf("Client %q was in room %q already, and is managed from now on. The configuration replaces: %s.", client, room, strings.Join(overwritten, ", ")))
		}
		failed := r.set(ctx, &member, settings)
		resp.Diagnostics.Append(failed...)
		if failed.HasError() {
			resp.Diagnostics.AddWarning("Member is kept in state as tainted",
				fmt.Sprintf("Client %q has joined room %q, but not all settings were made. The next apply replaces the member: it leaves, joins again, and gets all settings. "+
					"To make only the remaining settings, run `terraform untaint` with the address of this resource first.", client, room))
		} else {
			plan.ID = member.ID
			tfvalue.FillUnknown(&plan.Role, member.Role)
			member = plan
		}
	}
	r.Session.RememberCreated(session.NounMember, plan.key())
	r.warnShared(plan, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, member)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, member.identity())...)
}

// overwritten names what the settings replace of a client that is in the room already.
func (r *memberResource) overwritten(ctx context.Context, m memberModel, settings memberSettings) (names []string, err error) {
	room, client := m.ids()
	if settings.role == nil && len(settings.properties) == 0 || r.Session.WasMade(session.NounRoom, room) {
		return nil, nil
	}
	now, err := r.Session.API.GetRoom(ctx, room)
	switch kind := imkit.KindOf(err); {
	case imkit.IsNotFound(err), imkit.IsUnsupported(err), errors.Is(err, imkit.ErrRoomHidden), errors.Is(err, imkit.ErrRoomUnclear),
		kind == imkit.KindKeyNotAllowed, kind == imkit.KindForbidden, kind == imkit.KindUnauthorized:
		return nil, nil // the call that adds the client shows what is possible
	case err != nil:
		return nil, err
	}
	if _, isIn := now.Member(client); !isIn {
		return nil, nil
	}
	if was := now.Role(client); settings.role != nil && was.Value != nil && *was.Value != *settings.role {
		names = append(names, fmt.Sprintf("role (it was %q)", *was.Value))
	}
	return append(names, tfvalue.Altered("properties", settings.properties, now.Properties[client])...), nil
}

func (r *memberResource) warnShared(m memberModel, diags *diag.Diagnostics) {
	r.Session.WarnShared(diags, session.NounMember, m.key(), "", m.named())
	warnSharedMembers(r.Session, m.RoomID.ValueString(), "imkit_room_member", diags)
}

func notAdded(m memberModel, err error) diag.Diagnostic {
	room, client := m.ids()
	if other, ok := errors.AsType[*imkit.OtherIDError](err); ok {
		return otherID("client_id", err, fmt.Sprintf("The client is in the room, but not in the state: set client_id = %s.", tfvalue.HCLString(other.Kept)))
	}
	switch {
	case imkit.HasProblem(err, imkit.MemberUnknown):
		return diag.NewAttributeErrorDiagnostic(path.Root("client_id"), "Client does not exist",
			fmt.Sprintf("There is no client or group %q on the server, so it cannot join room %q. Check the id, or create it first: "+
				"with client_id = imkit_client.NAME.id Terraform does so in the right order.", client, room))
	case imkit.HasProblem(err, imkit.MemberInvited):
		return diag.NewAttributeErrorDiagnostic(path.Root("client_id"), "Member was invited and has not joined",
			fmt.Sprintf("The server invited client %q to room %q instead of adding it: a setting of the server decides that. "+
				"Once the client has accepted, apply again: Terraform then adopts the member and makes its settings. Until then, each plan is to create it, and each apply tries again.", client, room))
	case imkit.IsNotFound(err):
		return noSuchRoom(room)
	}
	return session.APIError("add", m.named(), err)
}

func noSuchRoom(room string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("room_id"), "Room does not exist",
		fmt.Sprintf("There is no room %q on the server. Check the id, or create the room first: with room_id = imkit_room.NAME.id Terraform does so in the right order.", room))
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

	id, client := state.ids()
	room, err := r.Session.API.GetMember(ctx, id, client)
	switch gone := imkit.IsNotFound(err); {
	case gone && imported:
		resp.Diagnostics.AddError("Member to import does not exist",
			fmt.Sprintf("There is no %s on the server. Check both ids, upper and lower case included, or remove the import and let Terraform add the member. "+
				"In the id of an import, write a space as %%20: Terraform's urlencode() writes it as \"+\", which is taken literally here.", state.named()))
		return
	case gone:
		resp.State.RemoveResource(ctx)
		return
	case imkit.IsUnsupported(err) && !imported:
		warnNoRooms(r.Session, &resp.Diagnostics)
	case errors.Is(err, imkit.ErrRoomHidden) && !imported:
		if r.Session.First("room hidden: " + id) {
			resp.Diagnostics.AddWarning("Server does not show the room",
				fmt.Sprintf("Room %q exists, but the server does not show it; it may be frozen. The state of its members is kept as it is: "+
					"changes made elsewhere, and members that are gone, cannot be seen until the room is unfrozen.", id))
		}
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", state.named(), err))
	default:
		resp.Diagnostics.Append(r.refresh(ctx, &state, room, imported)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// refresh takes what its room shows of a member, and whether the client has muted the room. A
// group has no notifications, and is not found.
func (r *memberResource) refresh(ctx context.Context, m *memberModel, room *imkit.Room, imported bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if room.Members.Value == nil {
		warnMembersHidden(r.Session, &diags)
	}
	id, client := m.ids()
	if imported { // which takes over every property
		session.WarnNotNFC(&diags, m.named(), tfvalue.NotNFCFields("property", room.Properties[client]))
	}
	session.WarnTooLarge(&diags, m.named(), m.refresh(room, imported))
	if !imported && m.NotificationsMuted.IsNull() {
		return diags
	}
	found, err := r.Session.API.FindClient(ctx, client)
	switch {
	case imkit.IsNotFound(err):
	case imkit.IsUnsupported(err):
		r.Session.WarnNoLookup(&diags)
	case err != nil:
		diags.Append(session.APIError("look up the notifications of", m.named(), err))
	default:
		if muted := found.Muted(id); muted.Reported {
			m.NotificationsMuted = types.BoolPointerValue(muted.Value)
		}
	}
	return diags
}

// Update makes one call for each setting that changes.
func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(memberProperties.CheckNames(config.Properties)...)
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
	if settings.role != nil || len(settings.properties) > 0 || settings.muted != nil {
		r.warnShared(plan, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, member)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, member.identity())...)
}

// set makes a call for each setting, until one fails, and notes what was done. Then it looks
// whether the server has the properties as they were sent.
func (r *memberResource) set(ctx context.Context, m *memberModel, settings memberSettings) diag.Diagnostics {
	var diags diag.Diagnostics
	room, client := m.ids()
	if settings.role != nil {
		recovered, err := r.Session.API.SetMemberProperty(ctx, room, client, roleProperty, *settings.role)
		session.WarnRecovered(&diags, "Member", "changed", m.named(), recovered)
		if err != nil {
			if imkit.OutcomeUnknown(err) {
				m.Role = types.StringValue(roleUnknown)
			}
			diags.Append(notSet("set the role of", *m, err))
			return diags
		}
		m.Role = types.StringPointerValue(settings.role)
	}
	for _, name := range slices.Sorted(maps.Keys(settings.properties)) {
		value, operation := settings.properties[name], fmt.Sprintf("set property %q of", name)
		if value == nil {
			operation = fmt.Sprintf("clear property %q of", name)
		}
		recovered, err := r.Session.API.SetMemberProperty(ctx, room, client, name, value)
		session.WarnRecovered(&diags, "Member", "changed", m.named(), recovered)
		if err == nil {
			err = m.noteProperty(name, value)
		}
		if err != nil {
			diags.Append(notSet(operation, *m, err))
			return diags
		}
	}
	if settings.muted != nil {
		diags.Append(r.mute(ctx, m, *settings.muted)...)
	}
	if diags.HasError() || len(settings.properties) == 0 {
		return diags
	}
	if now, err := r.Session.API.GetRoom(ctx, room); err == nil {
		session.WarnAltered(&diags, m.named(), tfvalue.Altered("properties", settings.properties, now.Properties[client]))
	}
	return diags
}

// notSet reports a role or a property that was not set.
func notSet(operation string, m memberModel, err error) diag.Diagnostic {
	if imkit.IsNotFound(err) {
		return noSuchRoom(m.RoomID.ValueString())
	}
	return session.APIError(operation, m.named(), err)
}

// mute turns notifications of the room off or on.
func (r *memberResource) mute(ctx context.Context, m *memberModel, muted bool) diag.Diagnostics {
	var diags diag.Diagnostics
	room, client := m.ids()
	call, operation := r.Session.API.UnmuteRoom, "turn notifications on for"
	if muted {
		call, operation = r.Session.API.MuteRoom, "turn notifications off for"
	}
	recovered, err := call(ctx, client, room)
	session.WarnRecovered(&diags, "Member", "changed", m.named(), recovered)
	if err == nil {
		m.NotificationsMuted = types.BoolValue(muted)
		return diags
	}
	failure := session.APIError(operation, m.named(), err)
	if imkit.IsNotFound(err) {
		failure = diag.NewAttributeErrorDiagnostic(path.Root("notifications_muted"), failure.Summary(), failure.Detail()+
			fmt.Sprintf("\n\nThe server has no client %q or no room %q. A group gets no notifications, only its members do: leave notifications_muted out for a group.", client, room))
	}
	diags.Append(failure)
	return diags
}

// Delete removes the member. That it is not in the room, or that there is no room, is success.
func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	defer r.Session.Lock(session.NounMember, state.key())()
	// Another resource, or member_ids of the room, may have the same member now.
	kept, diags := req.Private.GetKey(ctx, keptKey)
	resp.Diagnostics.Append(diags...)
	if kept != nil || r.Session.WasCreated(session.NounMember, state.key()) {
		return
	}
	r.Session.Release(session.NounMember, state.key())
	room, client := state.ids()
	// The server keeps the role of who has left: added again later, it would be an admin by
	// surprise.
	if role := state.Role.ValueString(); role == imkit.RoleAdmin || role == roleUnknown {
		recovered, err := r.Session.API.SetMemberProperty(ctx, room, client, roleProperty, imkit.RoleMember)
		switch {
		case imkit.IsNotFound(err), imkit.HasProblem(err, imkit.MemberAbsent): // it has left
			return
		case err != nil:
			resp.Diagnostics.Append(session.APIError("remove the admin role of", state.named(), err))
			return
		}
		session.WarnRecovered(&resp.Diagnostics, "Member", "changed", state.named(), recovered)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("role"), imkit.RoleMember)...)
	}
	recovered, err := r.Session.API.RemoveMember(ctx, room, client, state.SystemMessages.ValueBool())
	if err != nil && !imkit.IsNotFound(err) {
		resp.Diagnostics.Append(session.APIError("remove", state.named(), err))
		return
	}
	session.WarnRecovered(&resp.Diagnostics, "Member", "removed", state.named(), recovered)
}

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
			resp.Diagnostics.AddError("Invalid member ID",
				fmt.Sprintf("%q is not the ID of a member: %s. Write the ID of the room, a slash and the ID of the client, each percent-encoded: \"lobby/parcel-robot\", "+
					"or %q for client \"a/b\" of room \"50%%\".", req.ID, err, tfvalue.JoinIDs("50%", "a/b")))
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

func parseMemberID(id string) (room, client string, err error) {
	room, client, err = tfvalue.SplitIDs(id)
	if err == nil {
		err = imkit.CheckRoomID(room)
	}
	if err == nil {
		err = imkit.CheckID(client)
	}
	return room, client, err
}
