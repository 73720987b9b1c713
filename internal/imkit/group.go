package imkit

import (
	"errors"
	"slices"
)

// Group is a user group as the server reported it: a virtual client, with an id
// among theirs, that stands for the clients in it.
type Group struct {
	// ID is the application's own name of the group, "_id".
	ID string
	// Nickname and AvatarURL are shown to users.
	Nickname, AvatarURL Field[string]
	// Members are ids of clients.
	Members Field[[]string]
}

func (g *Group) clone() *Group {
	if g == nil {
		return nil
	}
	return &Group{ID: g.ID, Nickname: g.Nickname.clone(), AvatarURL: g.AvatarURL.clone(), Members: cloneList(g.Members)}
}

// GroupSettings is what [API.CreateGroup] and [API.ChangeGroup] send of a group.
// A nil field is not sent. Nobody knows what a change makes of a field that is
// left out, so it is to have the values of the group itself in place of nil.
type GroupSettings struct {
	// Nickname must not be empty.
	Nickname string
	// AvatarURL is the URL of a picture.
	AvatarURL *string
	// Members are ids of clients that exist.
	Members *[]string
}

func (s GroupSettings) check(id string) error {
	if err := CheckGroupID(id); err != nil {
		return err
	}
	if s.Nickname == "" {
		return errors.New("a group needs a nickname")
	}
	return checkIDs("member's id", s.members())
}

func (s GroupSettings) members() []string {
	if s.Members == nil {
		return nil
	}
	return *s.Members
}

func (s GroupSettings) fields(id string) map[string]any {
	fields := map[string]any{fieldID: id, fieldNickname: s.Nickname}
	setField(fields, fieldAvatarURL, s.AvatarURL)
	setList(fields, fieldMembers, s.Members)
	return fields
}

// differ names what of a group is not as asked for, as far as it is reported. A
// server may keep "" as null, and members in any order.
func (s GroupSettings) differ(g *Group) []string {
	var names []string
	text := func(name string, want *string, has Field[string]) {
		if want != nil && has.Reported && (has.Value == nil && *want != "" || has.Value != nil && *has.Value != *want) {
			names = append(names, name)
		}
	}
	text(fieldNickname, &s.Nickname, g.Nickname)
	text(fieldAvatarURL, s.AvatarURL, g.AvatarURL)
	if s.Members != nil && g.Members.Reported {
		var has []string
		if g.Members.Value != nil {
			has = *g.Members.Value
		}
		if !slices.Equal(asSet(*s.Members), asSet(has)) {
			names = append(names, fieldMembers)
		}
	}
	return names
}

func asSet(ids []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

func decodeGroupOf(reply answer, id string) (*Group, error) {
	o, err := reply.object()
	if err != nil {
		return nil, err
	}
	group, err := decodeGroup(o)
	if err != nil {
		return nil, err
	}
	if group.ID != id {
		return nil, errors.New("it is about another group")
	}
	return group, nil
}

func decodeGroup(o map[string]any) (*Group, error) {
	id, err := typed[string](o, fieldID)
	if err != nil {
		return nil, err
	}
	if id.Value == nil || *id.Value == "" {
		return nil, errors.New("it has no _id")
	}
	group := &Group{ID: *id.Value}
	if group.Nickname, err = typed[string](o, fieldNickname); err != nil {
		return nil, err
	}
	if group.AvatarURL, err = typed[string](o, fieldAvatarURL); err != nil {
		return nil, err
	}
	if group.Members, err = listOf(o, fieldMembers, idOf); err != nil {
		return nil, err
	}
	return group, nil
}
