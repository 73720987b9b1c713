package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

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

// What cannot be seen is said once in a run.

func (r *memberResource) warnRoomHidden(diags *diag.Diagnostics, room string) {
	if r.Session.First("room hidden: " + room) {
		diags.AddWarning("Server does not show the room",
			fmt.Sprintf("Room %q exists, but the server does not show it; it may be frozen. The state of its members is kept as it is: "+
				"changes made elsewhere, and members that are gone, cannot be seen.", room))
	}
}
