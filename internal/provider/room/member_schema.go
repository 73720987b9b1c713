package room

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var memberRoles = []string{imkit.RoleAdmin, imkit.RoleMember}

func (r *memberResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages one member of a room: a client or a group.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the member: `room_id/client_id`, each percent-encoded.",
				Computed:            true,
			},
			"room_id":   session.RequiredID("ID of the room, which must exist. Changing it replaces the resource.", tfvalue.RoomID),
			"client_id": session.RequiredID("ID of the client or group, which must exist. A group brings all of its people. Changing it replaces the resource.", tfvalue.ClientID),
			"role": session.OptionalString("Role of the member. "+tfvalue.OneOf(memberRoles)+" An `admin` may manage the room's members, but is neither its owner nor a manager (see `imkit_room`). "+
				"The server announces a promotion in the room. Null if the server reports no roles.",
				stringvalidator.OneOf(memberRoles...)),
			"properties": memberProperties.Schema("Further properties of the member, an object with JSON types. "+
				"Properties that are not in it are not managed; one that is removed from it is cleared (sent as `null`). "+
				"After an import, the plan clears every property that the configured object lacks.", imkit.ReservedProperties()),
			"notifications_muted": session.OptionalBool("Whether the client gets no push notifications from this room. Messages still arrive. Null if unset, unless the member was imported."),
			"system_messages":     session.BoolSetting("Whether the server announces in the room that the member joins and leaves.", false),
		},
	}
}

// memberProperties is the validator of properties.
var memberProperties = tfvalue.Object{
	Attribute: "properties", One: "property", Many: "properties",
	Example:  "{ shift = \"night\", level = 3 }",
	Reserved: insteadOfProperty,
}

// insteadOfProperty says what to do in the place of a reserved property.
func insteadOfProperty(name string) string {
	switch {
	case name == roleProperty:
		return "Set the attribute role."
	case name == "client":
		return "It is the client itself: set the attribute client_id."
	case imkit.ReservedProperty(name):
		return "The server sets it by itself, so leave it out."
	}
	return ""
}
