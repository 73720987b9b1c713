package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// The roles of a member.
const (
	roleAdmin  = "admin"
	roleMember = "member"
)

// memberProperties are what is known of somebody in a room, members and those who left.
type memberProperties struct {
	client string
	values map[string]any
}

func cloneProperties(list []memberProperties) []memberProperties {
	clones := slices.Clone(list)
	for i := range clones {
		clones[i].values = maps.Clone(clones[i].values)
	}
	return clones
}

// has reports whether an id is a member.
func (r *room) has(id string) bool { return slices.Contains(r.members, id) }

// join makes members of those who are not, and returns them.
func (r *room) join(ids []string) []string {
	there := setOf(r.members)
	var joined []string
	for _, id := range ids {
		if there[id] {
			continue
		}
		there[id] = true
		joined = append(joined, id)
		r.propertiesOf(id)
	}
	r.members = append(r.members, joined...)
	r.invited = without(r.invited, ids)
	return joined
}

// invite keeps who may join.
func (r *room) invite(ids []string) {
	there := setOf(slices.Concat(r.members, r.invited))
	for _, id := range ids {
		if !there[id] {
			there[id] = true
			r.invited = append(r.invited, id)
		}
	}
}

// leave ends memberships, and returns who was a member. Properties stay unless they are to be forgotten.
func (r *room) leave(ids []string, forget bool) []string {
	gone := setOf(ids)
	var left []string
	for _, id := range r.members {
		if gone[id] {
			left = append(left, id)
		}
	}
	r.members = without(r.members, ids)
	if forget {
		r.properties = slices.DeleteFunc(r.properties, func(p memberProperties) bool { return gone[p.client] })
	}
	return left
}

// propertiesOf are somebody's properties, which can be changed.
func (r *room) propertiesOf(id string) map[string]any {
	for _, p := range r.properties {
		if p.client == id {
			return p.values
		}
	}
	values := map[string]any{}
	r.properties = append(r.properties, memberProperties{id, values})
	return values
}

// keptIDs are ids in the form that the server keeps.
func (s *Server) keptIDs(ids []string) []string {
	if s.opts.LowerCaseIDs {
		for i, id := range ids {
			ids[i] = strings.ToLower(id)
		}
	}
	return ids
}

func without(ids, gone []string) []string {
	set := setOf(gone)
	return slices.DeleteFunc(ids, func(id string) bool { return set[id] })
}

// showProperties is the memberProperties of a room.
func (s *Server) showProperties(r *room) []any {
	members, shown := setOf(r.members), []any{}
	for i, p := range r.properties {
		one := maps.Clone(p.values)
		one["client"], one["badge"] = p.client, (s.replies+i)%100
		if last := s.messages.last(r.id); last != nil {
			one["lastRead"] = last.id
		}
		if one["role"] != roleAdmin {
			delete(one, "role")
			if s.opts.Rooms.ShowPlainRole && members[p.client] {
				one["role"] = roleMember
			}
		}
		if s.opts.Rooms.HideRoles {
			delete(one, "role")
		}
		shown = append(shown, one)
	}
	return shown
}
