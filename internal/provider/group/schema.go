package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

func (r *groupResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a user group: a virtual client that stands for a team. A room that has the group as a member has all of its people.\n\n" +
			"Only what is configured is managed. No server can delete a group, so a destroy leaves it there. Some servers cannot change one either.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the group, any string that is not empty, and that no client has. Not configured, the provider makes a UUID. " +
					"Changing it replaces the resource: another group is made, and the one before stays on the server.",
				Optional:      true,
				Computed:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
				Validators:    []validator.String{tfvalue.GroupID},
			},
			"nickname": schema.StringAttribute{
				MarkdownDescription: "Display name of the group. Must not be empty.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"avatar_url": schema.StringAttribute{
				MarkdownDescription: "URL of the group's picture, `http` or `https`. Not configured, it is not managed and shows what the server has. Set it to `\"\"` to clear it.",
				Optional:            true,
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				Validators:          []validator.String{tfvalue.WebURLOrEmpty},
			},
			"member_ids": schema.SetAttribute{
				MarkdownDescription: "IDs of the clients in the group, which must exist. Not configured, they are not managed and show what the server has. Set it to `[]` to have none.",
				CustomType:          tfvalue.NewLargeSetType(),
				ElementType:         types.StringType,
				Optional:            true,
				Computed:            true,
				PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
				Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(tfvalue.ClientID)},
			},
			"adopt_existing": session.AdoptExisting(session.NounGroup, "changes only what is configured"),
		},
	}
}
