package client

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
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

// profileChanges is what is configured and changes. A new client has an empty prior model.
func (m clientModel) profileChanges(config, prior clientModel) (imkit.Profile, error) {
	profile := imkit.Profile{
		Nickname:    tfvalue.ChangedString(config.Nickname, m.Nickname, prior.Nickname),
		AvatarURL:   tfvalue.ChangedString(config.AvatarURL, m.AvatarURL, prior.AvatarURL),
		Description: tfvalue.ChangedString(config.Description, m.Description, prior.Description),
		IsRobot:     tfvalue.ChangedBool(config.IsRobot, m.IsRobot, prior.IsRobot),
	}
	changes, err := tfvalue.ChangedFields(config.CustomAttributes, m.CustomAttributes, prior.CustomAttributes)
	if len(changes) > 0 {
		profile.Custom = changes
	}
	return profile, err
}

func isEmptyProfile(p imkit.Profile) bool {
	return p.Nickname == nil && p.AvatarURL == nil && p.Description == nil && p.IsRobot == nil && len(p.Custom) == 0
}

// refresh takes what the server reported, and returns the fields that are too large. An imported
// client takes over every custom field.
func (m *clientModel) refresh(reported *imkit.Client, imported bool) (tooLarge []string) {
	m.refreshProfile(reported)
	if imported {
		m.CustomAttributes, tooLarge = tfvalue.ImportFields(reported.Custom)
	} else {
		m.CustomAttributes, tooLarge = tfvalue.RefreshFields(m.CustomAttributes, reported.Custom)
	}
	return tooLarge
}

func (m *clientModel) refreshProfile(reported *imkit.Client) {
	m.Nickname = tfvalue.RefreshString(m.Nickname, reported.Nickname)
	m.AvatarURL = tfvalue.RefreshString(m.AvatarURL, reported.AvatarURL)
	m.Description = tfvalue.RefreshString(m.Description, reported.Description)
	m.AppID = tfvalue.RefreshString(m.AppID, reported.AppID)
	if reported.IsRobot.Reported {
		m.IsRobot = types.BoolPointerValue(reported.IsRobot.Value)
	}
}

// fillUnknown takes what is not configured from replies: the last that mentions a field wins.
func (m *clientModel) fillUnknown(replies ...*imkit.Client) {
	var server clientModel
	for _, reply := range replies {
		if reply != nil {
			server.refreshProfile(reply)
		}
	}
	tfvalue.FillUnknown(&m.Nickname, server.Nickname)
	tfvalue.FillUnknown(&m.AvatarURL, server.AvatarURL)
	tfvalue.FillUnknown(&m.Description, server.Description)
	tfvalue.FillUnknown(&m.AppID, server.AppID)
	tfvalue.FillUnknown(&m.IsRobot, server.IsRobot)
}

// altered names the attributes that the server stored otherwise than they were sent.
func altered(sent imkit.Profile, reported *imkit.Client) []string {
	robot := reported.IsRobot // whose null is not false: a refresh shows it
	names := tfvalue.NamesOf(map[string]bool{
		"nickname":    imkit.Differs(reported.Nickname, sent.Nickname),
		"avatar_url":  imkit.Differs(reported.AvatarURL, sent.AvatarURL),
		"description": imkit.Differs(reported.Description, sent.Description),
		"is_robot":    sent.IsRobot != nil && robot.Reported && (robot.Value == nil || *robot.Value != *sent.IsRobot),
	})
	names = append(names, tfvalue.Altered("custom_attributes", sent.Custom, reported.Custom)...)
	slices.Sort(names)
	return names
}
