package room

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// memberModel is imkit_room_member in configuration, plan and state.
type memberModel struct {
	ID                 types.String  `tfsdk:"id"`
	RoomID             types.String  `tfsdk:"room_id"`
	ClientID           types.String  `tfsdk:"client_id"`
	Role               types.String  `tfsdk:"role"`
	Properties         types.Dynamic `tfsdk:"properties"`
	NotificationsMuted types.Bool    `tfsdk:"notifications_muted"`
	SystemMessages     types.Bool    `tfsdk:"system_messages"`
}

// memberIdentity is the identity of imkit_room_member.
type memberIdentity struct {
	RoomID   types.String `tfsdk:"room_id"`
	ClientID types.String `tfsdk:"client_id"`
}

func (m memberModel) identity() memberIdentity { return memberIdentity{m.RoomID, m.ClientID} }

// ids are those of the room and of the client.
func (m memberModel) ids() (room, client string) {
	return m.RoomID.ValueString(), m.ClientID.ValueString()
}

func (m memberModel) key() string { return tfvalue.JoinIDs(m.ids()) }

func (m memberModel) named() string {
	room, client := m.ids()
	return fmt.Sprintf("member %q of room %q", client, room)
}

// joined is the member once it has joined, without the settings.
func (m memberModel) joined() memberModel {
	return memberModel{
		ID: types.StringValue(m.key()), RoomID: m.RoomID, ClientID: m.ClientID, SystemMessages: m.SystemMessages,
		Properties: types.DynamicNull(),
	}
}

// roleProperty is the property that has a member's role.
const roleProperty = "role"

// roleUnknown is the role of a member, in state, after a lost answer: the next apply sets it, and
// a destroy takes it for that of an admin.
const roleUnknown = "unknown"

// memberSettings are what is to be set of a member; nil is nothing, and a property that is
// null is cleared.
type memberSettings struct {
	role       *string
	properties map[string]any
	muted      *bool
}

// settings are what is configured and changes. A new member has an empty prior model.
func (m memberModel) settings(config, prior memberModel) (memberSettings, error) {
	properties, err := tfvalue.ChangedFields(config.Properties, m.Properties, prior.Properties)
	return memberSettings{
		role:       tfvalue.ChangedString(config.Role, m.Role, prior.Role),
		properties: properties,
		muted:      tfvalue.ChangedBool(config.NotificationsMuted, m.NotificationsMuted, prior.NotificationsMuted),
	}, err
}

// noteProperty takes a property that was set.
func (m *memberModel) noteProperty(name string, value any) error {
	fields, err := tfvalue.Fields(m.Properties)
	if err != nil {
		return err
	}
	if fields == nil {
		fields = map[string]any{}
	}
	if fields[name] = value; value == nil {
		delete(fields, name)
	}
	m.Properties, err = tfvalue.Refresh(m.Properties, fields)
	return err
}

// refresh takes what was reported, and returns the properties that are too large. An imported
// member takes over every property.
func (m *memberModel) refresh(reported *imkit.Room, imported bool) (tooLarge []string) {
	client := m.ClientID.ValueString()
	m.Role = tfvalue.RefreshString(m.Role, reported.Role(client))
	properties := maps.Clone(reported.Properties[client])
	delete(properties, roleProperty)
	if imported {
		m.Properties, tooLarge = tfvalue.ImportFields(properties)
	} else {
		m.Properties, tooLarge = tfvalue.RefreshFields(m.Properties, properties)
	}
	return tooLarge
}
