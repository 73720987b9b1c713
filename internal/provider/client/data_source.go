package client

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ datasource.DataSourceWithConfigure = (*clientDataSource)(nil)

// clientDataSource is the data source imkit_client.
type clientDataSource struct{ session.DataSource }

// NewDataSource makes the data source imkit_client.
func NewDataSource() datasource.DataSource { return &clientDataSource{} }

// Metadata names the data source.
func (d *clientDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_client"
}

// Schema describes the data source imkit_client.
func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one client by its ID, with everything the server says about it. A client that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the client.",
				Required:            true,
				Validators:          []validator.String{tfvalue.ClientID},
			},
			"nickname":    text("Display name of the client."),
			"avatar_url":  text("URL of the client's picture."),
			"description": text("Description of the client."),
			"is_robot":    schema.BoolAttribute{MarkdownDescription: "Whether the client is a robot.", Computed: true},
			"custom_attributes": schema.DynamicAttribute{
				MarkdownDescription: "Further fields of the client as an object, with their JSON types. Null when there are none.",
				Computed:            true,
			},
			"app_id":                        text("ID of the application that the client belongs to."),
			"updated_at":                    text("When the client was last updated, in RFC 3339."),
			"last_login_time":               text("When the client last logged in, in RFC 3339."),
			"last_join_or_create_room_time": text("When the client last joined or created a room, in RFC 3339."),
			"user_agent":                    text("User agent that the client last used."),
			"address": schema.SingleNestedAttribute{
				MarkdownDescription: "Network address that the client last used.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"address": text("IP address."),
					"family":  text("Family of the address, such as `IPv6`."),
					"port":    schema.Int64Attribute{MarkdownDescription: "Port of the connection.", Computed: true},
				},
			},
			"mute": schema.DynamicAttribute{MarkdownDescription: "What the client has muted, as the server lists it.", Computed: true},
		},
	}
}

// Read looks the client up.
func (d *clientDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() || !d.Ready(&resp.Diagnostics) {
		return
	}
	client, err := d.Session.API.GetClient(ctx, id.ValueString())
	switch {
	case imkit.IsNotFound(err):
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Client does not exist",
			fmt.Sprintf("There is no client %q on the server. Check the id, upper and lower case included.", id.ValueString()))
		return
	case err != nil:
		resp.Diagnostics.Append(session.APIError("read", session.NounClient.Named(id.ValueString()), err))
		return
	}
	details, err := detailsOf(client)
	if err != nil {
		resp.Diagnostics.AddError("Unable to read client",
			fmt.Sprintf("The server's reply about client %q cannot be shown: %s.", client.ID, err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, details)...)
}

// clientDetails is all that the server says about a client, in the data sources.
type clientDetails struct {
	ID                       types.String  `tfsdk:"id"`
	Nickname                 types.String  `tfsdk:"nickname"`
	AvatarURL                types.String  `tfsdk:"avatar_url"`
	Description              types.String  `tfsdk:"description"`
	IsRobot                  types.Bool    `tfsdk:"is_robot"`
	CustomAttributes         types.Dynamic `tfsdk:"custom_attributes"`
	AppID                    types.String  `tfsdk:"app_id"`
	UpdatedAt                types.String  `tfsdk:"updated_at"`
	LastLoginTime            types.String  `tfsdk:"last_login_time"`
	LastJoinOrCreateRoomTime types.String  `tfsdk:"last_join_or_create_room_time"`
	UserAgent                types.String  `tfsdk:"user_agent"`
	Address                  types.Object  `tfsdk:"address"`
	Mute                     types.Dynamic `tfsdk:"mute"`
}

// addressTypes are the attributes of a client's address.
var addressTypes = map[string]attr.Type{"address": types.StringType, "family": types.StringType, "port": types.Int64Type}

// detailsOf converts a client; a field that the server did not report is null.
func detailsOf(client *imkit.Client) (clientDetails, error) {
	fields := serverFields{values: client.Server}
	details := clientDetails{
		ID:                       types.StringValue(client.ID),
		Nickname:                 types.StringPointerValue(client.Nickname.Value),
		AvatarURL:                types.StringPointerValue(client.AvatarURL.Value),
		Description:              types.StringPointerValue(client.Description.Value),
		IsRobot:                  types.BoolPointerValue(client.IsRobot.Value),
		AppID:                    types.StringPointerValue(client.AppID.Value),
		UpdatedAt:                fields.timestamp("updatedAt"),
		LastLoginTime:            fields.milliseconds("lastLoginTimeMS"),
		LastJoinOrCreateRoomTime: fields.timestamp("lastJoinOrCreateRoomTime"),
		UserAgent:                fields.text("userAgent"),
		Address:                  fields.address(),
		Mute:                     fields.any("mute"),
	}
	if fields.err != nil {
		return details, fields.err
	}
	custom, err := tfvalue.ImportFields(client.Custom)
	if err != nil {
		return details, fmt.Errorf("custom_attributes: %w", err)
	}
	details.CustomAttributes = custom
	return details, nil
}

// object is the details as a value in a list of clients.
func (d clientDetails) object() attr.Value {
	return tfvalue.ObjectOf(map[string]attr.Value{
		"id": d.ID, "nickname": d.Nickname, "avatar_url": d.AvatarURL, "description": d.Description, "is_robot": d.IsRobot,
		"custom_attributes": underlying(d.CustomAttributes), "app_id": d.AppID,
		"updated_at": d.UpdatedAt, "last_login_time": d.LastLoginTime, "last_join_or_create_room_time": d.LastJoinOrCreateRoomTime,
		"user_agent": d.UserAgent, "address": d.Address, "mute": underlying(d.Mute),
	})
}

// underlying is the value within a dynamic one.
func underlying(value types.Dynamic) attr.Value {
	if value.IsNull() {
		return value
	}
	return value.UnderlyingValue()
}

// serverFields reads the fields that the server keeps by itself, and keeps the
// first error.
type serverFields struct {
	values map[string]any
	err    error
}

func (f *serverFields) fail(name string, value any) {
	if f.err == nil {
		f.err = fmt.Errorf("the server's field %s holds %T, which makes no sense there", name, value)
	}
}

func (f *serverFields) text(name string) types.String {
	switch value := f.values[name].(type) {
	case nil:
	case string:
		return types.StringValue(value)
	default:
		f.fail(name, value)
	}
	return types.StringNull()
}

func (f *serverFields) timestamp(name string) types.String {
	text := f.text(name)
	if text.IsNull() || text.ValueString() == "" {
		return types.StringNull()
	}
	t, err := time.Parse(time.RFC3339, text.ValueString())
	if err != nil {
		f.fail(name, text.ValueString())
	}
	return tfvalue.InstantValue(t)
}

func (f *serverFields) milliseconds(name string) types.String {
	switch field := f.values[name].(type) {
	case nil:
	case json.Number:
		ms, err := field.Float64()
		if err == nil && math.Abs(ms) < 1<<52 {
			return tfvalue.InstantValue(time.UnixMilli(int64(ms)))
		}
		f.fail(name, field)
	default:
		f.fail(name, field)
	}
	return types.StringNull()
}

func (f *serverFields) address() types.Object {
	switch value := f.values["address"].(type) {
	case nil:
	case map[string]any:
		inner := serverFields{values: value}
		object := types.ObjectValueMust(addressTypes, map[string]attr.Value{
			"address": inner.text("address"), "family": inner.text("family"), "port": inner.whole("port"),
		})
		if inner.err != nil && f.err == nil {
			f.err = fmt.Errorf("address: %w", inner.err)
		}
		return object
	default:
		f.fail("address", value)
	}
	return types.ObjectNull(addressTypes)
}

func (f *serverFields) whole(name string) types.Int64 {
	switch value := f.values[name].(type) {
	case nil:
	case json.Number:
		n, err := value.Int64()
		if err == nil {
			return types.Int64Value(n)
		}
		f.fail(name, value)
	default:
		f.fail(name, value)
	}
	return types.Int64Null()
}

func (f *serverFields) any(name string) types.Dynamic {
	if f.values[name] == nil {
		return types.DynamicNull()
	}
	value, err := tfvalue.FromJSON(f.values[name])
	if err != nil {
		f.fail(name, f.values[name])
		return types.DynamicNull()
	}
	return types.DynamicValue(value)
}
