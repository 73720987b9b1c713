package room

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

type roomDataSource struct{ session.DataSource }

// NewDataSource makes the data source imkit_room.
func NewDataSource() datasource.DataSource {
	return &roomDataSource{session.DataSource{Name: "room"}}
}

// roomDetails is the data source imkit_room.
type roomDetails struct {
	roomFields
	Members []memberDetails `tfsdk:"members"`
}

// memberDetails is a member in the data source imkit_room.
type memberDetails struct {
	ClientID types.String `tfsdk:"client_id"`
	Role     types.String `tfsdk:"role"`
	Nickname types.String `tfsdk:"nickname"`
	IsRobot  types.Bool   `tfsdk:"is_robot"`
}

// maxMembers is the most members that the data source shows. Far more take Terraform
// minutes and gigabytes.
const maxMembers = 100_000

// detailsOf is null where the server reported nothing, or too much: leftOut names that, in
// quotes.
func detailsOf(room *imkit.Room) (details roomDetails, leftOut []string) {
	m := nothingKnown()
	m.refresh(room)
	m.ID = types.StringValue(room.ID)
	details.roomFields = m.roomFields
	leftOut = tooLarge(room)
	if room.Members.Value == nil {
		return details, leftOut
	}
	if len(*room.Members.Value) > maxMembers {
		return details, append(leftOut, `"members"`)
	}
	details.Members = []memberDetails{}
	roles := room.Roles()
	for _, member := range *room.Members.Value {
		if !tfvalue.IsNFC(member.ID) {
			continue
		}
		role := types.StringNull()
		if known, ok := roles[member.ID]; ok {
			role = types.StringValue(known)
		}
		details.Members = append(details.Members, memberDetails{
			ClientID: types.StringValue(member.ID),
			Role:     role,
			Nickname: types.StringPointerValue(member.Nickname.Value),
			IsRobot:  types.BoolPointerValue(member.IsRobot.Value),
		})
	}
	return details, leftOut
}

func (d *roomDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := session.ComputedString
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
	}
	set := func(description string) schema.SetAttribute {
		return schema.SetAttribute{MarkdownDescription: description, CustomType: tfvalue.NewLargeSetType(), ElementType: types.StringType, Computed: true}
	}
	webhook := text("URL or webhook key that receives the room's events.")
	webhook.Sensitive = true
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one room by its ID.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the room.",
				Required:            true,
				Validators:          []validator.String{tfvalue.RoomID},
			},
			"name":        text("Name of the room."),
			"cover_url":   text("URL of the room's picture."),
			"description": text("Description of the room."),
			"tags":        set("Tags of the room."),
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "Members of the room.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"client_id": text("ID of the client or group."),
						"role":      text("Role, `admin` or `member`. Null if the server reports no roles."),
						"nickname":  text("Display name."),
						"is_robot":  flag("Whether it is a robot."),
					},
				},
			},
			"owner_id":    text("ID of the owner."),
			"manager_ids": set("IDs of the managers."),
			"webhook":     webhook,
			"bot_mode":    flag("Whether the room's bot is on."),
			"ext_params":  text("Parameters for the app."),
			"open":        flag("Whether anybody may join the room or invite others."),
			"frozen":      flag("Whether the room is frozen."),
			"app_id":      text("ID of the room's application."),
		},
	}
}

func (d *roomDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var configured types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &configured)...)
	if resp.Diagnostics.HasError() || !d.Ready(&resp.Diagnostics) {
		return
	}
	id := configured.ValueString()
	room, err := d.Session.API.GetRoom(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Room does not exist",
			fmt.Sprintf("There is no room %q on the server. Check the id, upper and lower case included.", id))
	case errors.Is(err, imkit.ErrRoomHidden):
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Server does not show the room",
			fmt.Sprintf("Room %q exists, but the server does not show it, as some servers do with frozen rooms. To read it, unfreeze it first: import it as an imkit_room, and set frozen = false.", id))
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", session.NounRoom.Named(id), err))
	default:
		session.WarnNotNFC(&resp.Diagnostics, session.NounRoom.Named(id), notNFC(room))
		details, leftOut := detailsOf(room)
		session.WarnTooLarge(&resp.Diagnostics, session.NounRoom.Named(id), leftOut)
		resp.Diagnostics.Append(resp.State.Set(ctx, details)...)
	}
}
