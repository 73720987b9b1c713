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

type clientDataSource struct{ session.DataSource }

// NewDataSource makes the data source imkit_client.
func NewDataSource() datasource.DataSource {
	return &clientDataSource{session.DataSource{Name: "client"}}
}

func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := session.ComputedString
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one client by its ID.",
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
				MarkdownDescription: "Further fields of the client, an object with JSON types.",
				Computed:            true,
			},
			"app_id":                        text("ID of the client's application."),
			"updated_at":                    text("When the client was last updated, in RFC 3339."),
			"last_login_time":               text("When the client last signed in, in RFC 3339."),
			"last_join_or_create_room_time": text("When the client last joined or created a room, in RFC 3339."),
			"user_agent":                    text("User agent last used."),
			"address": schema.SingleNestedAttribute{
				MarkdownDescription: "Network address last used.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"address": text("IP address."),
					"family":  text("Address family, such as `IPv6`."),
					"port":    schema.Int64Attribute{MarkdownDescription: "Port.", Computed: true},
				},
			},
			"mute": schema.DynamicAttribute{MarkdownDescription: "What the client has muted, as the server reports it.", Computed: true},
		},
	}
}

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
	session.WarnNotNFC(&resp.Diagnostics, session.NounClient.Named(client.ID), notNFC(client))
	details, tooLarge := detailsOf(client)
	session.WarnTooLarge(&resp.Diagnostics, session.NounClient.Named(client.ID), tooLarge)
	for attribute, value := range details {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
}

// detailsOf is all that the server says about a client, by attribute. What it did not report as
// its pages say is null. Fields that are too large are left out and returned.
func detailsOf(client *imkit.Client) (details map[string]attr.Value, tooLarge []string) {
	custom, tooLarge := tfvalue.ImportFields(client.Custom)
	muted := client.Server["mute"]
	if !tfvalue.HasNFCNames(muted) {
		muted = nil
	}
	mute, err := tfvalue.Refresh(types.DynamicNull(), muted)
	if err != nil {
		tooLarge = append(tooLarge, `"mute"`)
	}
	address := types.ObjectNull(addressTypes)
	if fields, ok := client.Server["address"].(map[string]any); ok {
		address = types.ObjectValueMust(addressTypes, map[string]attr.Value{
			"address": textOf(fields["address"]), "family": textOf(fields["family"]), "port": wholeOf(fields["port"]),
		})
	}
	return map[string]attr.Value{
		"id":                            types.StringValue(client.ID),
		"nickname":                      types.StringPointerValue(client.Nickname.Value),
		"avatar_url":                    types.StringPointerValue(client.AvatarURL.Value),
		"description":                   types.StringPointerValue(client.Description.Value),
		"is_robot":                      types.BoolPointerValue(client.IsRobot.Value),
		"custom_attributes":             custom,
		"app_id":                        types.StringPointerValue(client.AppID.Value),
		"updated_at":                    momentOf(client.Server["updatedAt"]),
		"last_login_time":               millisecondsOf(client.Server["lastLoginTimeMS"]),
		"last_join_or_create_room_time": momentOf(client.Server["lastJoinOrCreateRoomTime"]),
		"user_agent":                    textOf(client.Server["userAgent"]),
		"address":                       address,
		"mute":                          mute,
	}, tooLarge
}

func notNFC(client *imkit.Client) []string {
	what := fmt.Sprintf("client %q: field", client.ID)
	return append(tfvalue.NotNFCFields(what, client.Custom), tfvalue.NotNFCFields(what, map[string]any{"mute": client.Server["mute"]})...)
}

var addressTypes = map[string]attr.Type{"address": types.StringType, "family": types.StringType, "port": types.Int64Type}

func textOf(field any) types.String {
	text, ok := field.(string)
	if !ok {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func wholeOf(field any) types.Int64 {
	number, _ := field.(json.Number)
	n, err := number.Int64()
	if err != nil {
		return types.Int64Null()
	}
	return types.Int64Value(n)
}

func momentOf(field any) types.String {
	return tfvalue.InstantValue(tfvalue.InstantOf(textOf(field)))
}

func millisecondsOf(field any) types.String {
	number, _ := field.(json.Number)
	ms, err := number.Float64()
	if err != nil || math.Abs(ms) >= 1<<52 {
		return types.StringNull()
	}
	return tfvalue.InstantValue(time.UnixMilli(int64(ms)))
}
