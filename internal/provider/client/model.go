package client

import (
	"fmt"
	"sort"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// clientModel is imkit_client in configuration, plan and state.
type clientModel struct {
	ID               types.String  `tfsdk:"id"`
	Nickname         types.String  `tfsdk:"nickname"`
	AvatarURL        types.String  `tfsdk:"avatar_url"`
	Description      types.String  `tfsdk:"description"`
	IsRobot          types.Bool    `tfsdk:"is_robot"`
	CustomAttributes types.Dynamic `tfsdk:"custom_attributes"`
	AdoptExisting    types.Bool    `tfsdk:"adopt_existing"`
	OnDestroy        types.String  `tfsdk:"on_destroy"`
	AppID            types.String  `tfsdk:"app_id"`
}

// clientIdentity is the identity of imkit_client.
type clientIdentity struct {
	ID types.String `tfsdk:"id"`
}

// profileChanges is what an upsert has to send: the configured attributes whose
// planned value is not the prior one. A new client has an empty prior model.
func (m clientModel) profileChanges(config, prior clientModel) (imkit.Profile, error) {
	profile := imkit.Profile{
		Nickname:    value.ChangedString(config.Nickname, m.Nickname, prior.Nickname),
		AvatarURL:   value.ChangedString(config.AvatarURL, m.AvatarURL, prior.AvatarURL),
		Description: value.ChangedString(config.Description, m.Description, prior.Description),
	}
	if !config.IsRobot.IsNull() && !m.IsRobot.Equal(prior.IsRobot) {
		profile.IsRobot = m.IsRobot.ValueBoolPointer()
	}
	if value.IsNullDynamic(config.CustomAttributes) {
		return profile, nil
	}
	planned, err := value.Fields(m.CustomAttributes)
	if err != nil {
		return profile, err
	}
	before, err := value.Fields(prior.CustomAttributes)
	if err != nil {
		return profile, fmt.Errorf("in the state: %w", err)
	}
	if changes := value.Changes(before, planned); len(changes) > 0 {
		profile.Custom = changes
	}
	return profile, nil
}

func isEmptyProfile(p imkit.Profile) bool {
	return p.Nickname == nil && p.AvatarURL == nil && p.Description == nil && p.IsRobot == nil && len(p.Custom) == 0
}

// refresh brings the model up to date with what the server reported. A field
// that was not reported keeps its value.
func (m *clientModel) refresh(reported *imkit.Client) error {
	m.Nickname = value.RefreshString(m.Nickname, reported.Nickname)
	m.AvatarURL = value.RefreshString(m.AvatarURL, reported.AvatarURL)
	m.Description = value.RefreshString(m.Description, reported.Description)
	m.AppID = value.RefreshString(m.AppID, reported.AppID)
	if reported.IsRobot.Reported {
		m.IsRobot = types.BoolPointerValue(reported.IsRobot.Value)
	}
	custom, err := value.RefreshFields(m.CustomAttributes, reported.Custom)
	if err != nil {
		return fmt.Errorf("custom_attributes: %w", err)
	}
	m.CustomAttributes = custom
	return nil
}

// fillUnknown gives attributes that were not configured what the server has;
// null where it did not say. Replies come oldest first, and the last that
// mentions a field wins.
func (m *clientModel) fillUnknown(replies ...*imkit.Client) {
	var server clientModel
	for _, reply := range replies {
		if reply == nil {
			continue
		}
		server.Nickname = value.RefreshString(server.Nickname, reply.Nickname)
		server.AvatarURL = value.RefreshString(server.AvatarURL, reply.AvatarURL)
		server.Description = value.RefreshString(server.Description, reply.Description)
		server.AppID = value.RefreshString(server.AppID, reply.AppID)
		if reply.IsRobot.Reported {
			server.IsRobot = types.BoolPointerValue(reply.IsRobot.Value)
		}
	}
	fill := func(attribute *types.String, value types.String) {
		if attribute.IsUnknown() {
			*attribute = value
		}
	}
	fill(&m.Nickname, server.Nickname)
	fill(&m.AvatarURL, server.AvatarURL)
	fill(&m.Description, server.Description)
	fill(&m.AppID, server.AppID)
	if m.IsRobot.IsUnknown() {
		m.IsRobot = server.IsRobot
	}
}

// altered names the attributes that the server stored otherwise than it was
// told to, as a server that cuts long names does. Such an attribute differs
// again at every refresh.
func altered(sent imkit.Profile, reply *imkit.Client) []string {
	var names []string
	check := func(name string, sent *string, got imkit.Field[string]) {
		if sent == nil || !got.Reported {
			return
		}
		if got.Value == nil && *sent == "" || got.Value != nil && *got.Value == *sent {
			return
		}
		names = append(names, name)
	}
	check("nickname", sent.Nickname, reply.Nickname)
	check("avatar_url", sent.AvatarURL, reply.AvatarURL)
	check("description", sent.Description, reply.Description)
	if sent.IsRobot != nil && reply.IsRobot.Reported && (reply.IsRobot.Value == nil || *reply.IsRobot.Value != *sent.IsRobot) {
		names = append(names, "is_robot")
	}
	for name, field := range sent.Custom {
		if got, there := reply.Custom[name]; there && !value.SameJSON(field, got) {
			names = append(names, "custom_attributes."+name)
		}
	}
	sort.Strings(names)
	return names
}
