package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

func (r *groupResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	id := session.OptionalString("ID of the group, any string that is not empty, and that no client has. Not configured, the provider makes a UUID. "+
		"Changing it replaces the resource: another group is made, and the one before stays on the server.", tfvalue.GroupID)
	id.PlanModifiers = append(id.PlanModifiers, stringplanmodifier.RequiresReplace())
	members := session.OptionalSet("IDs of the clients in the group, which must exist. "+
		"Not configured, they are not managed and show what the server has. Set it to `[]` to have none.", tfvalue.ClientID)
	members.CustomType = tfvalue.NewLargeSetType()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a user group: a virtual client that stands for a team. A room that has the group as a member has all of its people.\n\n" +
			"Only what is configured is managed. No server can delete a group, so a destroy leaves it there. Some servers cannot change one either.",
		Attributes: map[string]schema.Attribute{
			"id": id,
			"nickname": schema.StringAttribute{
				MarkdownDescription: "Display name of the group. Must not be empty.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"avatar_url":     session.OptionalString("URL of the group's picture, `http` or `https`."+session.Clearable, tfvalue.WebURLOrEmpty),
			"member_ids":     members,
			"adopt_existing": session.AdoptExisting(session.NounGroup, "changes only what is configured"),
		},
	}
}
