package sandbox

import "net/http"

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
	return success(s.showChanged(r)), nil
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
		s.announce(r.id, announceLeave, left)
	}
	return success(s.showChanged(r)), nil
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
		if !r.has(c.clientID) {
			return &apiError{
				status: http.StatusNotFound, code: "MEMBER_NOT_FOUND", message: "The specified member does not exist",
			}
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
	return success(s.showChanged(r)), nil
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
