package room

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var memberRoles = []string{imkit.RoleAdmin, imkit.RoleMember}

func (r *memberResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes a client, or a group, a member of a room: for configurations that own the robot, but not the room.\n\n" +
			"Use either this or `member_ids` of an `imkit_room` for one room, and not both: where `member_ids` is configured, those are the members and no others, " +
			"so that each apply would undo what the other did. A client that is in the room already is taken over.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the member: `room_id/client_id`, each percent-encoded.",
				Computed:            true,
			},
			"room_id": session.RequiredID("ID of the room, which must exist. Changing it replaces the resource.", tfvalue.RoomID),
			"client_id": session.RequiredID("ID of the client or group, which must exist. All the people of a group are in the room. "+
				"Changing it replaces the resource.", tfvalue.ClientID),
			"role": session.OptionalString("Role of the member. "+tfvalue.OneOf(memberRoles)+" The server announces a promotion in the room. "+
				"Not configured, it is not managed and shows what the server has, `null` where that does not tell. "+
				"An `admin` is made a `member` before it is removed, because the server keeps the role of who has left.",
				stringvalidator.OneOf(memberRoles...)),
			"properties": schema.DynamicAttribute{
				MarkdownDescription: "Further properties of the member as an object, kept with their JSON types: `{ shift = \"night\", level = 3 }`." + tfvalue.NumbersNote + " Each is set with a call of its own. " +
					"Properties that are not in the object are not managed. One that is removed from it is cleared on the server (sent as `null`); " +
					"when the member leaves, they stay. " +
					"An import takes in every property that the member has; if `properties` is configured, the plan after it clears those that are left out. " +
					"Names with a leading `$` are refused, and so are names that are, or have before their first dot, a reserved one: `" + strings.Join(imkit.ReservedProperties(), "`, `") + "`.",
				Optional:      true,
				Computed:      true,
				PlanModifiers: []planmodifier.Dynamic{tfvalue.UseStateForUnconfigured},
				Validators:    []validator.Dynamic{memberProperties},
			},
			"notifications_muted": session.OptionalBool("Whether the client gets no push notifications of this room; messages reach it all the same. " +
				"Not configured, it is not managed, and `null` unless the member was imported."),
			"system_messages": session.BoolSetting("Whether the server announces in the room that the member joins, and that it leaves.", false),
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
