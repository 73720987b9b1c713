package room

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// roomModel is imkit_room in configuration, plan and state.
type roomModel struct {
	roomFields
	MemberIDs      tfvalue.LargeSet `tfsdk:"member_ids"`
	SystemMessages types.Bool       `tfsdk:"system_messages"`
	AdoptExisting  types.Bool       `tfsdk:"adopt_existing"`
	OnDestroy      types.String     `tfsdk:"on_destroy"`
}

// roomFields are what the resource and the data source have in common.
type roomFields struct {
	tfvalue.Redacted
	ID          types.String     `tfsdk:"id"`
	Name        types.String     `tfsdk:"name"`
	CoverURL    types.String     `tfsdk:"cover_url"`
	Description types.String     `tfsdk:"description"`
	Tags        tfvalue.LargeSet `tfsdk:"tags"`
	OwnerID     types.String     `tfsdk:"owner_id"`
	ManagerIDs  tfvalue.LargeSet `tfsdk:"manager_ids"`
	Webhook     types.String     `tfsdk:"webhook"`
	BotMode     types.Bool       `tfsdk:"bot_mode"`
	ExtParams   types.String     `tfsdk:"ext_params"`
	Open        types.Bool       `tfsdk:"open"`
	Frozen      types.Bool       `tfsdk:"frozen"`
	AppID       types.String     `tfsdk:"app_id"`
}

func nothingKnown() roomModel {
	none := tfvalue.NullLargeSet()
	return roomModel{roomFields: roomFields{Tags: none, ManagerIDs: none}, MemberIDs: none}
}

// changes are the configured settings that change.
func (m roomModel) changes(config, prior roomModel) imkit.RoomSettings {
	s := imkit.RoomSettings{
		Name:        tfvalue.ChangedString(config.Name, m.Name, prior.Name),
		Cover:       tfvalue.ChangedString(config.CoverURL, m.CoverURL, prior.CoverURL),
		Description: tfvalue.ChangedString(config.Description, m.Description, prior.Description),
		Tags:        changedSet(config.Tags, m.Tags, prior.Tags),
		BotMode:     tfvalue.ChangedBool(config.BotMode, m.BotMode, prior.BotMode),
		ExtParams:   tfvalue.ChangedString(config.ExtParams, m.ExtParams, prior.ExtParams),
		Owner:       tfvalue.ChangedString(config.OwnerID, m.OwnerID, prior.OwnerID),
		Open:        tfvalue.ChangedBool(config.Open, m.Open, prior.Open),
		Frozen:      tfvalue.ChangedBool(config.Frozen, m.Frozen, prior.Frozen),
		Managers:    changedSet(config.ManagerIDs, m.ManagerIDs, prior.ManagerIDs),
	}
	if changed := tfvalue.ChangedString(config.Webhook, m.Webhook, prior.Webhook); changed != nil {
		webhook := imkit.NewSecret(*changed)
		s.Webhook = &webhook
	}
	return s
}

func changedSet(config, planned, prior tfvalue.LargeSet) *[]string {
	if config.IsNull() || planned.Equal(prior) {
		return nil
	}
	elements := planned.Strings()
	return &elements
}

// took notes that the server has taken these settings.
func (m *roomModel) took(plan roomModel, s imkit.RoomSettings) {
	setIf(s.Name != nil, &m.Name, plan.Name)
	setIf(s.Cover != nil, &m.CoverURL, plan.CoverURL)
	setIf(s.Description != nil, &m.Description, plan.Description)
	setIf(s.Tags != nil, &m.Tags, plan.Tags)
	setIf(s.Webhook != nil, &m.Webhook, plan.Webhook)
	setIf(s.BotMode != nil, &m.BotMode, plan.BotMode)
	setIf(s.ExtParams != nil, &m.ExtParams, plan.ExtParams)
	setIf(s.Owner != nil, &m.OwnerID, plan.OwnerID)
	setIf(s.Open != nil, &m.Open, plan.Open)
	setIf(s.Frozen != nil, &m.Frozen, plan.Frozen)
	setIf(s.Managers != nil, &m.ManagerIDs, plan.ManagerIDs)
}

func setIf[T attr.Value](condition bool, attribute *T, value T) {
	if condition {
		*attribute = value
	}
}

// refresh takes what the server reported, unless it is too large.
func (m *roomModel) refresh(room *imkit.Room) {
	m.Name = tfvalue.RefreshString(m.Name, room.Name)
	m.CoverURL = tfvalue.RefreshString(m.CoverURL, room.Cover)
	m.Description = tfvalue.RefreshString(m.Description, room.Description)
	if !tfvalue.IsTooLargeSet(room.Tags) {
		m.Tags = tfvalue.RefreshSet(m.Tags, room.Tags)
	}
	m.Webhook = tfvalue.RefreshString(m.Webhook, revealed(room.Webhook))
	m.BotMode = refreshBool(m.BotMode, room.BotMode)
	m.ExtParams = tfvalue.RefreshString(m.ExtParams, room.ExtParams)
	m.OwnerID = tfvalue.RefreshString(m.OwnerID, room.Owner)
	setIf(!tfvalue.IsNFC(m.OwnerID.ValueString()), &m.OwnerID, types.StringNull())
	m.Open = refreshBool(m.Open, room.Open)
	m.Frozen = refreshBool(m.Frozen, room.Frozen)
	if !tfvalue.IsTooLargeSet(room.Managers) {
		m.ManagerIDs = tfvalue.RefreshSet(m.ManagerIDs, room.Managers)
	}
	m.AppID = tfvalue.RefreshString(m.AppID, room.AppID)
	m.MemberIDs = refreshMembers(m.MemberIDs, m.OwnerID.ValueString(), room)
}

func revealed(webhook imkit.Field[imkit.Secret]) imkit.Field[string] {
	field := imkit.Field[string]{Reported: webhook.Reported}
	if webhook.Value != nil {
		text := webhook.Value.Reveal()
		field.Value = &text
	}
	return field
}

// refreshBool takes the reported value. Null is no change of what is off.
func refreshBool(known types.Bool, field imkit.Field[bool]) types.Bool {
	if !field.Reported || field.Value == nil && !known.ValueBool() {
		return known
	}
	return types.BoolPointerValue(field.Value)
}

// refreshMembers keeps the owner in the set or out of it, as before: servers differ in that.
func refreshMembers(known tfvalue.LargeSet, owner string, room *imkit.Room) tfvalue.LargeSet {
	if !room.Members.Reported {
		return known
	}
	members := tfvalue.InNFC(memberIDs(room))
	if known.IsNull() || owner == "" {
		return tfvalue.NewLargeSet(members)
	}
	members = slices.DeleteFunc(members, func(id string) bool { return id == owner })
	if slices.Contains(known.Strings(), owner) {
		members = append(members, owner)
	}
	return tfvalue.NewLargeSet(members)
}

func memberIDs(room *imkit.Room) []string {
	ids := []string{}
	if room.Members.Value != nil {
		for _, member := range *room.Members.Value {
			ids = append(ids, member.ID)
		}
	}
	return ids
}

// tooLarge names, in quotes, the fields of a room that are too large for Terraform.
func tooLarge(room *imkit.Room) (names []string) {
	if tfvalue.IsTooLargeSet(room.Managers) {
		names = append(names, `"managers"`)
	}
	if tfvalue.IsTooLargeSet(room.Tags) {
		names = append(names, `"roomTags"`)
	}
	return names
}

// notNFC names what Terraform cannot hold of a room.
func notNFC(room *imkit.Room) []string {
	leftOut := tfvalue.NotNFC("member", memberIDs(room)...)
	if room.Owner.Value != nil {
		leftOut = append(leftOut, tfvalue.NotNFC("owner", *room.Owner.Value)...)
	}
	if room.Managers.Value != nil {
		leftOut = append(leftOut, tfvalue.NotNFC("manager", *room.Managers.Value...)...)
	}
	if room.Tags.Value != nil {
		leftOut = append(leftOut, tfvalue.NotNFC("tag", *room.Tags.Value...)...)
	}
	return leftOut
}

// withUnmanaged is the model with what is not configured taken from other.
func (m roomModel) withUnmanaged(config, other roomModel) roomModel {
	setIf(config.Name.IsNull(), &m.Name, other.Name)
	setIf(config.CoverURL.IsNull(), &m.CoverURL, other.CoverURL)
	setIf(config.Description.IsNull(), &m.Description, other.Description)
	setIf(config.Tags.IsNull(), &m.Tags, other.Tags)
	setIf(config.MemberIDs.IsNull(), &m.MemberIDs, other.MemberIDs)
	setIf(config.OwnerID.IsNull(), &m.OwnerID, other.OwnerID)
	setIf(config.ManagerIDs.IsNull(), &m.ManagerIDs, other.ManagerIDs)
	setIf(config.Webhook.IsNull(), &m.Webhook, other.Webhook)
	setIf(config.BotMode.IsNull(), &m.BotMode, other.BotMode)
	setIf(config.ExtParams.IsNull(), &m.ExtParams, other.ExtParams)
	setIf(config.Open.IsNull(), &m.Open, other.Open)
	setIf(config.Frozen.IsNull(), &m.Frozen, other.Frozen)
	setIf(config.AppID.IsNull(), &m.AppID, other.AppID)
	return m
}

func without(elements, others []string) []string {
	set := make(map[string]bool, len(others))
	for _, other := range others {
		set[other] = true
	}
	return slices.DeleteFunc(slices.Clone(elements), func(element string) bool { return set[element] })
}

func among(elements, others []string) []string { return without(elements, without(elements, others)) }

// altered names the attributes that a room shows with another value than was sent.
func altered(s imkit.RoomSettings, room *imkit.Room) []string {
	webhook := revealed(imkit.Field[imkit.Secret]{Value: s.Webhook}).Value
	return tfvalue.NamesOf(map[string]bool{
		"name":        imkit.Differs(room.Name, s.Name),
		"cover_url":   imkit.Differs(room.Cover, s.Cover),
		"description": imkit.Differs(room.Description, s.Description),
		"tags":        imkit.DiffersAsSet(room.Tags, s.Tags),
		"owner_id":    imkit.Differs(room.Owner, s.Owner),
		"manager_ids": imkit.DiffersAsSet(room.Managers, s.Managers),
		"webhook":     imkit.Differs(revealed(room.Webhook), webhook),
		"bot_mode":    imkit.Differs(room.BotMode, s.BotMode),
		"ext_params":  imkit.Differs(room.ExtParams, s.ExtParams),
		"open":        imkit.Differs(room.Open, s.Open),
		"frozen":      imkit.Differs(room.Frozen, s.Frozen),
	})
}
