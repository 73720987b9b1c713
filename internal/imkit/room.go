package imkit

import (
	"slices"
	"strings"
)

// Fields of a room in requests and replies.
//
// https://docs.imkit.io: POST /rooms/, PUT /rooms/{id}.
const (
	fieldName       = "name"
	fieldCover      = "cover"
	fieldRoomType   = "roomType"
	fieldTags       = "roomTags"
	fieldWebhook    = "webhook"
	fieldBotMode    = "botMode"
	fieldExtParams  = "extParams"
	fieldOpening    = "opening"
	fieldStatus     = "status"
	fieldOwner      = "owner"
	fieldManagers   = "managers"
	fieldMembers    = "members"
	fieldProperties = "memberProperties"
	fieldAnnounce   = "systemMessage"
)

// Properties of a member with a meaning of their own.
const (
	propertyClient = "client"
	propertyRole   = "role"
)

// volatileProperties change by themselves, as members read.
var volatileProperties = []string{"badge", "lastRead"}

// reservedProperties is every property with a meaning of its own; sorted.
var reservedProperties = slices.Sorted(slices.Values(append([]string{fieldID, propertyClient, propertyRole}, volatileProperties...)))

// ReservedProperty reports whether a property of a member belongs to this package or to
// the server, as [ReservedField] does for fields of a client.
func ReservedProperty(name string) bool { return isReserved(name, reservedProperties) }

// ReservedProperties lists the names that are reserved, sorted.
func ReservedProperties() []string { return slices.Clone(reservedProperties) }

// Room is a room as the server reported it. Callers share it, and must not change it.
type Room struct {
	// ID is the application's own name of the room, "_id".
	ID string
	// AppID is the application that the room belongs to, "appID".
	AppID Field[string]
	// Type is "group" or "direct".
	Type Field[string]
	// Name, Cover (the URL of a picture) and Description are shown to members.
	Name, Cover, Description Field[string]
	// Tags are the tags that all members see, "roomTags".
	Tags Field[[]string]
	// Webhook gets the room's events, as long as BotMode is on.
	Webhook Field[Secret]
	BotMode Field[bool]
	// ExtParams is a string in an encoding of the application's own.
	ExtParams Field[string]
	// Open is set where anybody may join or invite, "opening".
	Open Field[bool]
	// Frozen rooms are kept, but nobody can write and no list shows them: "status" 0.
	Frozen Field[bool]
	// Owner and Managers are ids of clients.
	Owner    Field[string]
	Managers Field[[]string]
	// Members are the clients and groups in the room, perhaps with the owner.
	Members Field[[]Member]
	// Properties holds what a read of the room tells of single members, by their ids,
	// without what changes by itself; nil when it is not reported. The server keeps those
	// of clients that have left.
	Properties map[string]map[string]any
}

// Member is a member of a room: a client or a group. Where the server lists ids only,
// nothing else is reported.
type Member struct {
	ID       string
	Group    Field[bool]
	Nickname Field[string]
	IsRobot  Field[bool]
}

// Roles of a member, for [API.SetMemberProperty].
const (
	RoleAdmin  = "admin"
	RoleMember = "member"
)

// Member returns a member of the room by its id.
func (r *Room) Member(id string) (m Member, found bool) {
	if r.Members.Value == nil {
		return Member{}, false
	}
	i := slices.IndexFunc(*r.Members.Value, func(m Member) bool { return m.ID == id })
	if i < 0 {
		return Member{}, false
	}
	return (*r.Members.Value)[i], true
}

// Role returns the role of a member, as [Room.Roles] has it.
func (r *Room) Role(id string) Field[string] {
	if role, known := r.Roles()[id]; known {
		return reported(role)
	}
	return Field[string]{}
}

// Roles returns the roles of members. Servers that know roles name only some: a member
// without one, where another has one, is a [RoleMember].
func (r *Room) Roles() map[string]string {
	roles := map[string]string{}
	for id, properties := range r.Properties {
		if role, known := properties[propertyRole].(string); known {
			roles[id] = role
		}
	}
	if len(roles) == 0 || r.Members.Value == nil {
		return roles
	}
	for _, m := range *r.Members.Value {
		if r.Properties[m.ID][propertyRole] == nil {
			roles[m.ID] = RoleMember
		}
	}
	return roles
}

// otherForm is the id of a member that a server shows in the place of this one; "" for none.
func (r *Room) otherForm(id string) string {
	if r == nil || !r.listsMembers() {
		return ""
	}
	if _, isIn := r.Member(id); !isIn {
		for _, m := range *r.Members.Value {
			if isOtherForm(m.ID, id) {
				return m.ID
			}
		}
	}
	return ""
}

// isOtherForm reports whether a server shows this in the place of an id that it was sent.
func isOtherForm(shown, sent string) bool { return shown != sent && strings.EqualFold(shown, sent) }

// listsMembers reports whether a reply shows who is in the room.
func (r *Room) listsMembers() bool { return r.Members.Value != nil }

// split divides ids into those that are in the room and those that are not.
func (r *Room) split(ids []string) (in, out []string) {
	for _, id := range ids {
		if _, is := r.Member(id); is {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// RoomSettings are what [API.CreateRoom] and [API.UpdateRoom] send of a [Room]. A nil
// field is not sent, and the server keeps its value; a pointer to "" or to an empty list
// clears it. What stands last, creating a room does not take.
type RoomSettings struct {
	Name, Cover, Description *string
	Tags                     *[]string
	Webhook                  *Secret
	BotMode                  *bool
	ExtParams                *string
	Owner                    *string

	Open     *bool
	Frozen   *bool
	Managers *[]string
}

// Split divides settings into those that [API.CreateRoom] sends, and those that the call
// does not take, for an [API.UpdateRoom] that follows.
func (s RoomSettings) Split() (now, later RoomSettings) {
	later = RoomSettings{Open: s.Open, Frozen: s.Frozen, Managers: s.Managers}
	s.Open, s.Frozen, s.Managers = nil, nil, nil
	return s, later
}

// people are the clients that the settings name.
func (s RoomSettings) people() []string {
	var ids []string
	if s.Owner != nil && *s.Owner != "" {
		ids = append(ids, *s.Owner)
	}
	if s.Managers != nil {
		ids = append(ids, *s.Managers...)
	}
	return ids
}

// atOnce returns the fields that creating a room takes.
func (s RoomSettings) atOnce() map[string]any {
	fields := map[string]any{}
	setField(fields, fieldName, s.Name)
	setField(fields, fieldCover, s.Cover)
	setField(fields, fieldDescription, s.Description)
	setList(fields, fieldTags, s.Tags)
	if s.Webhook != nil {
		fields[fieldWebhook] = s.Webhook.Reveal()
	}
	setField(fields, fieldBotMode, s.BotMode)
	setField(fields, fieldExtParams, s.ExtParams)
	setField(fields, fieldOwner, s.Owner)
	return fields
}

// all returns the fields that changing a room takes.
func (s RoomSettings) all() map[string]any {
	fields := s.atOnce()
	if s.Open != nil {
		fields[fieldOpening] = number(*s.Open)
	}
	if s.Frozen != nil {
		fields[fieldStatus] = number(!*s.Frozen)
	}
	setList(fields, fieldManagers, s.Managers)
	return fields
}

// hide is what no error of a call with these settings may repeat.
func (s RoomSettings) hide() []string {
	if s.Webhook == nil {
		return nil
	}
	return []string{s.Webhook.Reveal()}
}

// areStored reports whether a room shows all of the settings.
func (s RoomSettings) areStored(r *Room) bool {
	if s.Webhook != nil && (!r.Webhook.Reported || !s.Webhook.Equal(valueOr(r.Webhook, Secret{}))) {
		return false
	}
	return holds(r.Name, s.Name) && holds(r.Cover, s.Cover) && holds(r.Description, s.Description) && holdsSet(r.Tags, s.Tags) &&
		holds(r.BotMode, s.BotMode) && holds(r.ExtParams, s.ExtParams) && holds(r.Owner, s.Owner) &&
		holds(r.Open, s.Open) && holds(r.Frozen, s.Frozen) && holdsSet(r.Managers, s.Managers)
}

func valueOr[T any](f Field[T], otherwise T) T {
	if f.Value == nil {
		return otherwise
	}
	return *f.Value
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decodeRoom decodes a room in any of its shapes: what a change returns has the members
// as ids, and what a read returns as objects.
func decodeRoom(o map[string]any) (*Room, error) {
	id, _ := idOf(o) // decodeAbout has checked it
	room := &Room{
		ID:          id,
		AppID:       fieldOf[string](o, fieldAppID),
		Type:        fieldOf[string](o, fieldRoomType),
		Name:        fieldOf[string](o, fieldName),
		Cover:       fieldOf[string](o, fieldCover),
		Description: fieldOf[string](o, fieldDescription),
		Tags:        listOf(o, fieldTags, textOf),
		BotMode:     fieldOf[bool](o, fieldBotMode),
		ExtParams:   fieldOf[string](o, fieldExtParams),
		Open:        switchOf(o, fieldOpening, 1),
		Frozen:      switchOf(o, fieldStatus, 0),
		Managers:    listOf(o, fieldManagers, idOf),
		Members:     listOf(o, fieldMembers, decodeMember),
	}
	webhook := fieldOf[string](o, fieldWebhook)
	room.Webhook.Reported = webhook.Reported
	if webhook.Value != nil {
		room.Webhook = reported(NewSecret(*webhook.Value))
	}
	if owner, there := o[fieldOwner]; owner == nil {
		room.Owner.Reported = there
	} else if id, ok := idOf(owner); ok {
		room.Owner = reported(id)
	}
	if properties := fieldOf[[]any](o, fieldProperties); properties.Value != nil {
		room.Properties = make(map[string]map[string]any, len(*properties.Value))
		for _, item := range *properties.Value {
			if client, values, ok := decodeProperties(item); ok {
				room.Properties[client] = values
			}
		}
	}
	return room, nil
}

// decodeMember takes a member from its id or from an object.
func decodeMember(v any) (Member, bool) {
	id, ok := idOf(v)
	m := Member{ID: id}
	if o, isObject := v.(map[string]any); isObject {
		m.Group = reported(o[fieldClientType] == clientTypeGroup)
		m.Nickname = fieldOf[string](o, fieldNickname)
		m.IsRobot = fieldOf[bool](o, fieldIsRobot)
	}
	return m, ok
}

// decodeProperties takes the properties of one member, without what changes by itself.
func decodeProperties(v any) (client string, values map[string]any, ok bool) {
	o, _ := v.(map[string]any)
	if client, ok = idOf(o[propertyClient]); !ok {
		return "", nil, false
	}
	values = map[string]any{}
	for name, value := range o {
		if !ReservedProperty(name) || name == propertyRole {
			values[name] = value
		}
	}
	return client, values, true
}
