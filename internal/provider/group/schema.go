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
	id := session.OptionalString("ID of the group: any string in Unicode NFC that no client has, except `\"\"`, `.` and `..`; at most 7 KiB when URL-encoded. Defaults to a UUID that the provider makes. "+
		"Changing it creates another group.", tfvalue.GroupID)
	id.PlanModifiers = append(id.PlanModifiers, stringplanmodifier.RequiresReplace())
	members := session.OptionalSet("IDs of the clients in the group, which must exist.", tfvalue.ClientID)
	members.CustomType = tfvalue.NewLargeSetType()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a user group, a virtual client for a team.",
		Attributes: map[string]schema.Attribute{
			"id": id,
			"nickname": schema.StringAttribute{
				MarkdownDescription: "Display name of the group. Must not be empty. IMKIT documents no length limit.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"avatar_url":     session.OptionalString("URL of the group's picture, `http` or `https`.", tfvalue.WebURLOrEmpty),
			"member_ids":     members,
			"adopt_existing": session.AdoptExisting(session.NounGroup, "changing only what is configured"),
		},
	}
}
