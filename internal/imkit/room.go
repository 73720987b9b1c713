package imkit

import (
	"maps"
	"slices"
)

// Room is a room as the server reported it. Replies differ in how much of it
// they show; what one does not mention is not reported.
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
	Webhook Field[Webhook]
	BotMode Field[bool]
	// ExtParams is a string in an encoding of the application's own.
	ExtParams Field[string]
	// Open tells whether anybody may join or invite, "opening".
	Open Field[bool]
	// Frozen rooms are kept, but nobody can write and no list shows them:
	// "status" 0.
	Frozen Field[bool]
	// Owner and Managers are ids of clients.
	Owner    Field[string]
	Managers Field[[]string]
	// Members are the clients and groups in the room. A server may count the
	// owner among them.
	Members Field[[]Member]
	// Properties holds what a read of the room tells of single members, by their
	// ids, without what changes by itself; nil when it is not reported. The
	// properties of clients that have left are kept by the server.
	Properties map[string]map[string]any
}

// Member is a member of a room. Where the server lists ids only, nothing else
// is reported.
type Member struct {
	// ID is that of a client or a group.
	ID string
	// Group tells a group from a client.
	Group Field[bool]
	// Nickname is the name shown to users.
	Nickname Field[string]
	// IsRobot marks a robot account.
	IsRobot Field[bool]
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

// Role returns the role of a member. Servers that know roles name only some:
// a member without one, where another has one, is a [RoleMember].
func (r *Room) Role(id string) Field[string] {
	if role, ok := r.Properties[id][propertyRole].(string); ok {
		return Field[string]{Reported: true, Value: &role}
	}
	for _, properties := range r.Properties {
		if _, known := properties[propertyRole]; known {
			if _, found := r.Member(id); found {
				role := RoleMember
				return Field[string]{Reported: true, Value: &role}
			}
			break
		}
	}
	return Field[string]{}
}

// clone copies a room that readers share, so that none changes another's.
func (r *Room) clone() *Room {
	if r == nil {
		return nil
	}
	c := *r
	for _, f := range []*Field[string]{&c.AppID, &c.Type, &c.Name, &c.Cover, &c.Description, &c.ExtParams, &c.Owner} {
		*f = f.clone()
	}
	for _, f := range []*Field[bool]{&c.BotMode, &c.Open, &c.Frozen} {
		*f = f.clone()
	}
	c.Webhook = c.Webhook.clone() // whose value cannot be changed
	c.Tags = cloneList(c.Tags)
	c.Managers = cloneList(c.Managers)
	c.Members = cloneList(c.Members)
	if c.Members.Value != nil {
		for i, m := range *c.Members.Value {
			(*c.Members.Value)[i] = Member{ID: m.ID, Group: m.Group.clone(), Nickname: m.Nickname.clone(), IsRobot: m.IsRobot.clone()}
		}
	}
	c.Properties = maps.Clone(c.Properties)
	for id, properties := range c.Properties {
		c.Properties[id] = cloneObject(properties)
	}
	return &c
}

func cloneList[T any](f Field[[]T]) Field[[]T] {
	if f.Value != nil {
		list := slices.Clone(*f.Value)
		f.Value = &list
	}
	return f
}
