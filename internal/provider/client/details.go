package client

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

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
