package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
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

// showProperties is the memberProperties of a room with that last message, if there is one.
func (s *Server) showProperties(r *room, last *message) []any {
	members, shown := setOf(r.members), []any{}
	for i, p := range r.properties {
		one := maps.Clone(p.values)
		one["client"], one["badge"] = p.client, (s.replies+i)%100
		if last != nil {
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

// checkMembers wants every id to be one of a client or a group.
func (s *Server) checkMembers(ids []string) *apiError {
	for _, id := range ids {
		if _, ok := s.clients.byID[id]; !ok {
			return s.memberRefusal(id, "does not exist")
		}
	}
	return nil
}

// memberRefusal names an id of a list that cannot be used, where the server does.
func (s *Server) memberRefusal(id, why string) *apiError {
	who := "Member '" + id + "' "
	if s.opts.UnnamedMembers {
		who = "A member "
	}
	return refuse(cmp.Or(s.opts.UnknownMemberStatus, http.StatusBadRequest), "MEMBER_NOT_FOUND", who+why)
}

// What the requests may have.
var (
	inviteFields   = fieldChecks{"invitees": isSomeIDs, "systemMessage": isFlag, "invitationRequired": isFlag}
	removeFields   = fieldChecks{"members": isSomeIDs, "systemMessage": isFlag}
	propertyFields = fieldChecks{"property": isFilled, "value": isAnything}
)

// addMembers serves POST /rooms/{id}/members: clients and groups join, or are invited to.
func (s *Server) addMembers(c *call) (reply, *apiError) {
	body, err := inviteFields.decode(c, "invitees")
	if err != nil {
		return reply{}, err
	}
	ids := s.keptIDs(texts(body["invitees"]))
	var joined []string
	r, err := s.changeRoom(c.roomID, func(r *room) *apiError {
		if err := s.mayAdd(c, r); err != nil {
			return err
		}
		if err := s.checkMembers(ids); err != nil {
			return err
		}
		if s.invites(body) && r.fields["roomType"] != "direct" {
			r.invite(ids)
			return nil
		}
		joined = r.join(ids)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	if body["systemMessage"] == true {
		s.announce(r.id, announceJoin, joined)
	}
	return success(s.showChanged(c, r)), nil
}

// invites reports whether who is added has to accept it first.
func (s *Server) invites(body map[string]any) bool {
	if asked, ok := body["invitationRequired"].(bool); ok {
		return asked || s.opts.Rooms.InviteAlways
	}
	return s.opts.Rooms.InviteByDefault || s.opts.Rooms.InviteAlways
}

// removeMembers serves POST /rooms/{id}/delete/members.
func (s *Server) removeMembers(c *call) (reply, *apiError) {
	body, err := removeFields.decode(c, "members")
	if err != nil {
		return reply{}, err
	}
	ids := texts(body["members"])
	var left []string
	r, err := s.changeRoom(c.roomID, func(r *room) *apiError {
		if err := s.mayRemove(c, r, ids); err != nil {
			return err
		}
		for _, id := range ids {
			if !r.has(id) && !s.opts.Rooms.IgnoreAbsentMembers {
				return s.memberRefusal(id, "is not in the room")
			}
		}
		left = r.leave(ids, s.opts.Rooms.ForgetLeavers)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	if body["systemMessage"] == true {
		kind := announceRemoval
		if slices.Equal(left, []string{c.user}) {
			kind = announceLeave
		}
		s.announce(r.id, kind, left)
	}
	return success(s.showChanged(c, r)), nil
}

// setProperty serves PUT /rooms/{id}/member/{client}: one property of one member.
func (s *Server) setProperty(c *call) (reply, *apiError) {
	body, err := propertyFields.decode(c, "property", "value")
	if err != nil {
		return reply{}, err
	}
	property, _ := body["property"].(string)
	value := body["value"]
	if err := checkProperty(property, value); err != nil {
		return reply{}, err
	}
	if property != "role" {
		value = s.stored(value)
	}
	r, err := s.changeRoom(c.roomID, func(r *room) *apiError {
		if err := s.maySetProperty(c, r, property); err != nil {
			return err
		}
		if !r.has(c.clientID) {
			return refuse(http.StatusNotFound, "MEMBER_NOT_FOUND", "The specified member does not exist")
		}
		r.propertiesOf(c.clientID)[property] = value
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	if property == "role" && value == roleAdmin {
		s.announce(r.id, announceAdmin, []string{c.clientID})
	}
	return success(s.showChanged(c, r)), nil
}

// checkProperty refuses what the server keeps itself, and roles that there are not.
func checkProperty(name string, value any) *apiError {
	switch name {
	case "client", "badge", "lastRead":
		return invalidRequest(name + " is set by the server")
	case "role":
		if value != roleAdmin && value != roleMember {
			return invalidRequest(`role must be "admin" or "member"`)
		}
	}
	return nil
}

// mute serves POST /admin/clients/{client}/mute/{room}: no more push notifications of the room to the client.
func (s *Server) mute(c *call) (reply, *apiError) {
	cl, rooms, err := s.muted(c)
	if err != nil {
		return reply{}, err
	}
	if !slices.Contains(rooms, c.roomID) {
		rooms = append(rooms, c.roomID)
	}
	return s.setMuted(cl, rooms), nil
}

// unmute serves DELETE /admin/clients/{client}/mute/{room}.
func (s *Server) unmute(c *call) (reply, *apiError) {
	cl, rooms, err := s.muted(c)
	if err != nil {
		return reply{}, err
	}
	if !slices.Contains(rooms, c.roomID) {
		return reply{}, refuse(http.StatusBadRequest, "ROOM_NOT_MUTED", "The room is not muted for this client")
	}
	return s.setMuted(cl, without(rooms, []string{c.roomID})), nil
}

// muted finds the client of a call, and the rooms it has muted.
func (s *Server) muted(c *call) (*client, []string, *apiError) {
	if !s.isPerson(c.clientID) {
		return nil, nil, clientNotFound(c.clientID)
	}
	if _, ok := s.rooms.byID[c.roomID]; !ok {
		return nil, nil, roomNotFound()
	}
	cl := s.clients.byID[c.clientID]
	return cl, texts(cl.fields["mute"]), nil
}

func (s *Server) setMuted(cl *client, rooms []string) reply {
	cl.fields["mute"] = asList(rooms)
	s.replies++
	return success(s.show(cl))
}

// AddMembers makes clients or groups members of a room, which must exist, without an announcement.
func (s *Server) AddMembers(roomID string, ids ...string) {
	s.editRoom("AddMembers", roomID, func(r *room) { r.join(ids) })
}

// RemoveMembers takes members out of a room, which must exist, without an announcement. Their properties stay or
// go as after a request.
func (s *Server) RemoveMembers(roomID string, ids ...string) {
	forget := func(r *room) { r.leave(ids, s.opts.Rooms.ForgetLeavers) }
	s.editRoom("RemoveMembers", roomID, forget)
}

// SetMemberProperty gives somebody in a room, which must exist, a property, such as the "role", without an
// announcement. The value must be what JSON can say.
func (s *Server) SetMemberProperty(roomID, clientID, property string, value any) {
	normal := normalize(map[string]any{property: value})
	s.editRoom("SetMemberProperty", roomID, func(r *room) { r.propertiesOf(clientID)[property] = normal[property] })
}
