package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

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

// warnAltered looks whether the server has the properties that were set as they were
// sent. What cannot be seen now, the next plan shows.
func (r *memberResource) warnAltered(ctx context.Context, diags *diag.Diagnostics, m memberModel, sent map[string]any) {
	id, client := m.ids()
	if room, err := r.Session.API.GetRoom(ctx, id); err == nil {
		session.WarnAltered(diags, m.named(), tfvalue.Altered("properties", sent, room.Properties[client]))
	}
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

func noSuchRoom(room string) (at path.Path, summary, detail string) {
	return path.Root("room_id"), "Room does not exist",
		fmt.Sprintf("There is no room %q on the server. Check the id, or create the room first: with room_id = imkit_room.NAME.id Terraform does so in the right order.", room)
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
