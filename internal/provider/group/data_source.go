package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

type groupsDataSource struct{ session.DataSource }

// groupsModel is imkit_groups.
type groupsModel struct {
	Groups []groupFields `tfsdk:"groups"`
}

// NewGroupsDataSource makes the data source imkit_groups.
func NewGroupsDataSource() datasource.DataSource {
	return &groupsDataSource{session.DataSource{Name: "groups"}}
}

func (d *groupsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := session.ComputedString
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists all user groups of the application.",
		Attributes: map[string]schema.Attribute{
			"groups": schema.ListNestedAttribute{
				MarkdownDescription: "The groups, sorted by ID. An incomplete list from the server is an error.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"id":         text("ID of the group."),
						"nickname":   text("Display name of the group."),
						"avatar_url": text("URL of the group's picture."),
						"member_ids": schema.SetAttribute{
							MarkdownDescription: "IDs of the clients in the group. Null if the server does not report them.",
							CustomType:          tfvalue.NewLargeSetType(),
							ElementType:         types.StringType,
							Computed:            true,
						},
					},
				},
			},
		},
	}
}

func (d *groupsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.Ready(&resp.Diagnostics) {
		return
	}
	groups, err := d.Session.API.ListGroups(ctx)
	if err != nil {
		resp.Diagnostics.Append(session.APIError("list", "groups", err))
		return
	}
	model := groupsModel{Groups: []groupFields{}}
	var leftOut, tooLarge []string
	for _, group := range groups {
		if named := tfvalue.NotNFC("group", group.ID); named != nil {
			leftOut = append(leftOut, named...)
			continue
		}
		leftOut = append(leftOut, notNFC(group)...)
		fields := fieldsOf(group)
		if tfvalue.IsTooLargeSet(group.Members) {
			fields.MemberIDs = tfvalue.NullLargeSet()
			tooLarge = append(tooLarge, session.NounGroup.Named(group.ID)+`: "members"`)
		}
		model.Groups = append(model.Groups, fields)
	}
	session.WarnNotNFC(&resp.Diagnostics, "the groups", leftOut)
	session.WarnTooLarge(&resp.Diagnostics, "groups", tooLarge)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
