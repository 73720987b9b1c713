package imkit

import (
	"errors"
	"fmt"
	"slices"
)

// Fields of a room in requests and replies. https://docs.imkit.io: POST
// /rooms/, PUT /rooms/{id}.
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

// ReservedProperty reports whether a property of a member belongs to this
// package or to the server: the member's id, its role, and what changes as it
// reads.
func ReservedProperty(name string) bool { return slices.Contains(reservedProperties, name) }

// ReservedProperties lists the names for which [ReservedProperty] is true, sorted.
func ReservedProperties() []string { return slices.Clone(reservedProperties) }

// decodeRoomOf decodes a reply that must be about one room.
func decodeRoomOf(reply answer, id string) (*Room, error) {
	o, err := reply.object()
	if err != nil {
		return nil, err
	}
	room, err := decodeRoom(o)
	if err != nil {
		return nil, err
	}
	if room.ID != id {
		return nil, errors.New("it is about another room")
	}
	return room, nil
}

// decodeRoom decodes a room in any of its shapes: what a change returns has the
// members as ids, and what a read returns as objects.
func decodeRoom(o map[string]any) (*Room, error) {
	id, err := typed[string](o, fieldID)
	if err != nil {
		return nil, err
	}
	if id.Value == nil || *id.Value == "" {
		return nil, errors.New("it has no _id")
	}
	room := &Room{ID: *id.Value}
	for name, field := range map[string]*Field[string]{
		fieldAppID:       &room.AppID,
		fieldRoomType:    &room.Type,
		fieldName:        &room.Name,
		fieldCover:       &room.Cover,
		fieldDescription: &room.Description,
		fieldExtParams:   &room.ExtParams,
	} {
		if *field, err = typed[string](o, name); err != nil {
			return nil, err
		}
	}
	webhook, err := typed[string](o, fieldWebhook)
	if err != nil {
		return nil, err
	}
	room.Webhook.Reported = webhook.Reported
	if webhook.Value != nil {
		room.Webhook.Value = &Webhook{secret{webhook.Value}}
	}
	if room.BotMode, err = typed[bool](o, fieldBotMode); err != nil {
		return nil, err
	}
	if room.Open, err = binary(o, fieldOpening, 1); err != nil {
		return nil, err
	}
	if room.Frozen, err = binary(o, fieldStatus, 0); err != nil {
		return nil, err
	}
	if room.Tags, err = listOf(o, fieldTags, text); err != nil {
		return nil, err
	}
	return room, decodePeople(o, room)
}

// decodePeople takes the owner, the managers, the members and their properties.
func decodePeople(o map[string]any, room *Room) error {
	owner, reported := o[fieldOwner]
	room.Owner.Reported = reported
	if owner != nil {
		id, err := idOf(owner)
		if err != nil {
			return fmt.Errorf("%s %w", fieldOwner, err)
		}
		room.Owner.Value = &id
	}
	var err error
	if room.Managers, err = listOf(o, fieldManagers, idOf); err != nil {
		return err
	}
	if room.Members, err = listOf(o, fieldMembers, decodeMember); err != nil {
		return err
	}
	properties, err := listOf(o, fieldProperties, decodeProperties)
	if err != nil || properties.Value == nil {
		return err
	}
	room.Properties = make(map[string]map[string]any, len(*properties.Value))
	for _, p := range *properties.Value {
		room.Properties[p.client] = p.values
	}
	return nil
}

// decodeMember takes a member from its id or from an object.
func decodeMember(v any) (Member, error) {
	id, err := idOf(v)
	if err != nil {
		return Member{}, err
	}
	m := Member{ID: id}
	o, ok := v.(map[string]any)
	if !ok {
		return m, nil
	}
	isGroup := o[fieldClientType] == clientTypeGroup
	m.Group = Field[bool]{Reported: true, Value: &isGroup}
	if m.Nickname, err = typed[string](o, fieldNickname); err != nil {
		return Member{}, err
	}
	m.IsRobot, err = typed[bool](o, fieldIsRobot)
	return m, err
}

type memberProperties struct {
	client string
	values map[string]any
}

func decodeProperties(v any) (memberProperties, error) {
	o, ok := v.(map[string]any)
	if !ok {
		return memberProperties{}, fmt.Errorf("is %s, not an object", kind(v))
	}
	client, err := idOf(o[propertyClient])
	if err != nil {
		return memberProperties{}, fmt.Errorf("has a client that %w", err)
	}
	p := memberProperties{client: client, values: map[string]any{}}
	for name, value := range o {
		if !ReservedProperty(name) || name == propertyRole {
			p.values[name] = value
		}
	}
	return p, nil
}

// idOf takes the id of a client from itself or from an object with an "_id".
func idOf(v any) (string, error) {
	id := v
	if o, ok := v.(map[string]any); ok {
		id = o[fieldID]
	}
	s, ok := id.(string)
	switch {
	case !ok:
		return "", fmt.Errorf("is %s, not an id", kind(id))
	case s == "":
		return "", errors.New("is an empty id")
	}
	return s, nil
}

func text(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("is %s, not a string", kind(v))
	}
	return s, nil
}

// listOf takes a field that is a list.
func listOf[T any](o map[string]any, name string, item func(any) (T, error)) (Field[[]T], error) {
	raw, reported := o[name]
	if raw == nil {
		return Field[[]T]{Reported: reported}, nil
	}
	items, ok := raw.([]any)
	if !ok {
		return Field[[]T]{}, fmt.Errorf("%s is %s, not an array", name, kind(raw))
	}
	list := make([]T, len(items))
	for i, v := range items {
		var err error
		if list[i], err = item(v); err != nil {
			return Field[[]T]{}, fmt.Errorf("%s[%d] %w", name, i, err)
		}
	}
	return Field[[]T]{Reported: true, Value: &list}, nil
}

// binary takes a field that is 0 or 1, and tells whether it is the one given.
// A number that has no published meaning reports nothing.
func binary(o map[string]any, name string, yes int64) (Field[bool], error) {
	raw, reported := o[name]
	if raw == nil {
		return Field[bool]{Reported: reported}, nil
	}
	n, err := integer(raw)
	if err != nil {
		return Field[bool]{}, fmt.Errorf("%s %w", name, err)
	}
	if n != 0 && n != 1 {
		return Field[bool]{}, nil
	}
	v := n == yes
	return Field[bool]{Reported: true, Value: &v}, nil
}
