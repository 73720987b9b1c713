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
	tfvalue.Redacted
	ID             types.String     `tfsdk:"id"`
	Name           types.String     `tfsdk:"name"`
	CoverURL       types.String     `tfsdk:"cover_url"`
	Description    types.String     `tfsdk:"description"`
	Tags           types.Set        `tfsdk:"tags"`
	MemberIDs      tfvalue.LargeSet `tfsdk:"member_ids"`
	OwnerID        types.String     `tfsdk:"owner_id"`
	ManagerIDs     types.Set        `tfsdk:"manager_ids"`
	Webhook        types.String     `tfsdk:"webhook"`
	BotMode        types.Bool       `tfsdk:"bot_mode"`
	ExtParams      types.String     `tfsdk:"ext_params"`
	Open           types.Bool       `tfsdk:"open"`
	Frozen         types.Bool       `tfsdk:"frozen"`
	SystemMessages types.Bool       `tfsdk:"system_messages"`
	AdoptExisting  types.Bool       `tfsdk:"adopt_existing"`
	OnDestroy      types.String     `tfsdk:"on_destroy"`
	AppID          types.String     `tfsdk:"app_id"`
}

// roomIdentity is the identity of imkit_room.
type roomIdentity struct {
	ID types.String `tfsdk:"id"`
}

// nothingKnown is a model of which nothing is known: every attribute is null.
func nothingKnown() roomModel {
	none := types.SetNull(types.StringType)
	return roomModel{Tags: none, MemberIDs: tfvalue.NullLargeSet(), ManagerIDs: none}
}

// changes are the settings that have to be sent: the configured ones whose
// planned value is not the prior one.
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

func changedSet(config, planned, prior types.Set) *[]string {
	if config.IsNull() || planned.Equal(prior) {
		return nil
	}
	elements := tfvalue.StringsOf(planned)
	return &elements
}

// took notes that the server has taken these settings.
func (m *roomModel) took(s imkit.RoomSettings) {
	text := func(attribute *types.String, sent *string) {
		if sent != nil {
			*attribute = types.StringValue(*sent)
		}
	}
	flag := func(attribute *types.Bool, sent *bool) {
		if sent != nil {
			*attribute = types.BoolValue(*sent)
		}
	}
	set := func(attribute *types.Set, sent *[]string) {
		if sent != nil {
			*attribute = tfvalue.StringSet(*sent)
		}
	}
	text(&m.Name, s.Name)
	text(&m.CoverURL, s.Cover)
	text(&m.Description, s.Description)
	set(&m.Tags, s.Tags)
	if s.Webhook != nil {
		m.Webhook = types.StringValue(s.Webhook.Reveal())
	}
	flag(&m.BotMode, s.BotMode)
	text(&m.ExtParams, s.ExtParams)
	text(&m.OwnerID, s.Owner)
	flag(&m.Open, s.Open)
	flag(&m.Frozen, s.Frozen)
	set(&m.ManagerIDs, s.Managers)
}

// refresh brings the model up to date with what the server reported. A field
// that was not reported keeps its value.
func (m *roomModel) refresh(room *imkit.Room) {
	m.Name = tfvalue.RefreshString(m.Name, room.Name)
	m.CoverURL = tfvalue.RefreshString(m.CoverURL, room.Cover)
	m.Description = tfvalue.RefreshString(m.Description, room.Description)
	m.Tags = tfvalue.RefreshSet(m.Tags, room.Tags)
	m.Webhook = tfvalue.RefreshString(m.Webhook, revealed(room.Webhook))
	m.BotMode = refreshBool(m.BotMode, room.BotMode)
	m.ExtParams = tfvalue.RefreshString(m.ExtParams, room.ExtParams)
	m.OwnerID = tfvalue.RefreshString(m.OwnerID, room.Owner)
	m.Open = refreshBool(m.Open, room.Open)
	m.Frozen = refreshBool(m.Frozen, room.Frozen)
	m.ManagerIDs = tfvalue.RefreshSet(m.ManagerIDs, room.Managers)
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

// refreshBool takes the reported value. What is off and given back as null is no
// difference.
func refreshBool(known types.Bool, field imkit.Field[bool]) types.Bool {
	if !field.Reported || field.Value == nil && !known.ValueBool() {
		return known
	}
	return types.BoolPointerValue(field.Value)
}

// refreshMembers takes the reported members. Servers differ in whether they
// count the owner among them, so the owner is in the set or not as before.
func refreshMembers(known tfvalue.LargeSet, owner string, room *imkit.Room) tfvalue.LargeSet {
	if !room.Members.Reported {
		return known
	}
	members := memberIDs(room)
	if known.IsNull() || owner == "" {
		return tfvalue.NewLargeSet(members)
	}
	members = slices.DeleteFunc(members, func(id string) bool { return id == owner })
	if slices.Contains(known.Strings(), owner) {
		members = append(members, owner)
	}
	return tfvalue.NewLargeSet(members)
}

// memberIDs are the ids of the members that a room lists.
func memberIDs(room *imkit.Room) []string {
	ids := []string{}
	if room.Members.Value != nil {
		for _, member := range *room.Members.Value {
			ids = append(ids, member.ID)
		}
	}
	return ids
}

// choose takes the attributes of other wherever the condition holds of the
// model's own and of what is configured. The id and the resource's own settings
// stay.
func (m roomModel) choose(config, other roomModel, where func(mine, configured attr.Value) bool) roomModel {
	chooseOne(&m.Name, config.Name, other.Name, where)
	chooseOne(&m.CoverURL, config.CoverURL, other.CoverURL, where)
	chooseOne(&m.Description, config.Description, other.Description, where)
	chooseOne(&m.Tags, config.Tags, other.Tags, where)
	chooseOne(&m.MemberIDs, config.MemberIDs, other.MemberIDs, where)
	chooseOne(&m.OwnerID, config.OwnerID, other.OwnerID, where)
	chooseOne(&m.ManagerIDs, config.ManagerIDs, other.ManagerIDs, where)
	chooseOne(&m.Webhook, config.Webhook, other.Webhook, where)
	chooseOne(&m.BotMode, config.BotMode, other.BotMode, where)
	chooseOne(&m.ExtParams, config.ExtParams, other.ExtParams, where)
	chooseOne(&m.Open, config.Open, other.Open, where)
	chooseOne(&m.Frozen, config.Frozen, other.Frozen, where)
	chooseOne(&m.AppID, config.AppID, other.AppID, where)
	return m
}

func chooseOne[T attr.Value](mine *T, configured, other T, where func(mine, configured attr.Value) bool) {
	if where(*mine, configured) {
		*mine = other
	}
}

// completed fills in what was not known when it was planned.
func (m roomModel) completed(known roomModel) roomModel {
	return m.choose(m, known, func(mine, _ attr.Value) bool { return mine.IsUnknown() })
}

// refreshUnmanaged is refresh for attributes that are not configured. What is
// configured is what was sent.
func (m *roomModel) refreshUnmanaged(config roomModel, room *imkit.Room) {
	refreshed := *m
	refreshed.refresh(room)
	*m = m.choose(config, refreshed, func(_, configured attr.Value) bool { return configured.IsNull() })
}

// sameButOwner reports whether the configured members are those in state, but for
// an owner that only the state has.
func sameButOwner(configured, state tfvalue.LargeSet, owner string) bool {
	wanted, has := configured.Strings(), state.Strings()
	return len(without(wanted, has)) == 0 && len(without(has, append(wanted, owner))) == 0
}

// without is the elements that are not among the others.
func without(elements, others []string) []string {
	set := make(map[string]bool, len(others))
	for _, other := range others {
		set[other] = true
	}
	return slices.DeleteFunc(slices.Clone(elements), func(element string) bool { return set[element] })
}

// among is the elements that are among the others as well.
func among(elements, others []string) []string { return without(elements, without(elements, others)) }

// altered names the attributes that a room shows with another value than was sent.
func altered(s imkit.RoomSettings, room *imkit.Room) []string {
	var webhook *string
	if s.Webhook != nil {
		text := s.Webhook.Reveal()
		webhook = &text
	}
	var names []string
	for _, attribute := range []struct {
		name    string
		differs bool
	}{
		{"bot_mode", imkit.Differs(room.BotMode, s.BotMode)},
		{"cover_url", imkit.Differs(room.Cover, s.Cover)},
		{"description", imkit.Differs(room.Description, s.Description)},
		{"ext_params", imkit.Differs(room.ExtParams, s.ExtParams)},
		{"frozen", imkit.Differs(room.Frozen, s.Frozen)},
		{"manager_ids", imkit.DiffersAsSet(room.Managers, s.Managers)},
		{"name", imkit.Differs(room.Name, s.Name)},
		{"open", imkit.Differs(room.Open, s.Open)},
		{"owner_id", imkit.Differs(room.Owner, s.Owner)},
		{"tags", imkit.DiffersAsSet(room.Tags, s.Tags)},
		{"webhook", imkit.Differs(revealed(room.Webhook), webhook)},
	} {
		if attribute.differs {
			names = append(names, attribute.name)
		}
	}
	return names
}
