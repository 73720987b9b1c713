package group

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// groupModel is imkit_group in configuration, plan and state.
type groupModel struct {
	groupFields
	AdoptExisting types.Bool `tfsdk:"adopt_existing"`
}

// groupFields are what the resource and the data source have in common.
type groupFields struct {
	ID        types.String     `tfsdk:"id"`
	Nickname  types.String     `tfsdk:"nickname"`
	AvatarURL types.String     `tfsdk:"avatar_url"`
	MemberIDs tfvalue.LargeSet `tfsdk:"member_ids"`
}

// fieldsOf is null where the server reported nothing.
func fieldsOf(group *imkit.Group) groupFields {
	m := groupFields{ID: types.StringValue(group.ID), MemberIDs: tfvalue.NullLargeSet()}
	m.refresh(group)
	return m
}

// settings is the whole group: what is planned, and else what it has; existing may be nil.
func (m groupModel) settings(config groupModel, existing *imkit.Group) imkit.GroupSettings {
	if config.AvatarURL.IsNull() && existing != nil {
		m.AvatarURL = tfvalue.RefreshString(m.AvatarURL, existing.AvatarURL)
	}
	if config.MemberIDs.IsNull() && existing != nil {
		m.MemberIDs = tfvalue.RefreshSet(m.MemberIDs, existing.Members)
	}
	settings := imkit.GroupSettings{Nickname: m.Nickname.ValueString(), KeepMembers: config.MemberIDs.IsNull()}
	if !m.AvatarURL.IsUnknown() {
		settings.AvatarURL = m.AvatarURL.ValueStringPointer()
	}
	switch {
	case settings.KeepMembers && existing != nil && existing.Members.Value != nil:
		settings.Members = existing.Members.Value // those that Terraform cannot hold as well
	case !m.MemberIDs.IsNull() && !m.MemberIDs.IsUnknown():
		members := m.MemberIDs.Strings()
		settings.Members = &members
	}
	return settings
}

func (m groupModel) changes(prior groupModel) bool {
	return !m.Nickname.Equal(prior.Nickname) || !m.AvatarURL.Equal(prior.AvatarURL) || !m.MemberIDs.Equal(prior.MemberIDs)
}

// refresh takes what the server reported.
func (m *groupFields) refresh(reported *imkit.Group) {
	m.Nickname = tfvalue.RefreshString(m.Nickname, reported.Nickname)
	m.AvatarURL = tfvalue.RefreshString(m.AvatarURL, reported.AvatarURL)
	m.MemberIDs = tfvalue.RefreshSet(m.MemberIDs, reported.Members)
}

func notNFC(group *imkit.Group) []string {
	if group.Members.Value == nil {
		return nil
	}
	return tfvalue.NotNFC(fmt.Sprintf("group %q: member", group.ID), *group.Members.Value...)
}

// fillUnknown takes what is not configured from replies: the last that mentions a field wins.
func (m *groupModel) fillUnknown(replies ...*imkit.Group) {
	server := groupFields{MemberIDs: tfvalue.NullLargeSet()}
	for _, reply := range replies {
		if reply != nil {
			server.refresh(reply)
		}
	}
	tfvalue.FillUnknown(&m.AvatarURL, server.AvatarURL)
	tfvalue.FillUnknown(&m.MemberIDs, server.MemberIDs)
}

// differing names the configured attributes that the server has otherwise; unreported says
// whether one that it does not mention is the same. Unknown ones may differ. Values may be
// sensitive, so messages do not show them.
func (m groupModel) differing(config groupModel, reported *imkit.Group, unreported bool) []string {
	server := fieldsOf(reported)
	if unreported {
		server = m.groupFields
		server.refresh(reported)
	}
	differs := func(want, has types.String) bool { // null is "" to a server
		return want.IsUnknown() || want.ValueString() != has.ValueString()
	}
	return tfvalue.NamesOf(map[string]bool{
		"nickname":   differs(m.Nickname, server.Nickname),
		"avatar_url": !config.AvatarURL.IsNull() && differs(m.AvatarURL, server.AvatarURL),
		"member_ids": !config.MemberIDs.IsNull() &&
			(!m.MemberIDs.IsKnown() || server.MemberIDs.IsNull() || !m.MemberIDs.Equal(server.MemberIDs)),
	})
}
