package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
)

// What a user may do in a room. Whoever has the API key may do everything.

// wantMember refuses a call to users who are not in the room.
func (s *Server) wantMember(c *call, r *room) *apiError {
	if c.user == "" || s.belongs(r, c.user) {
		return nil
	}
	return notRoomMember()
}

// wantManager refuses a call to users who do not manage the room.
func wantManager(c *call, r *room) *apiError {
	if c.user == "" || r.isManagedBy(c.user) {
		return nil
	}
	return notPermitted("Only room owner, manager, or platform admin may do this")
}

func notRoomMember() *apiError {
	return refuse(http.StatusForbidden, "NOT_ROOM_MEMBER", "You are not a member of this room")
}

func notPermitted(message string) *apiError {
	return refuse(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS", message)
}

// belongs reports whether a client is in a room: as a member, by a group that is one, or because it manages the room.
func (s *Server) belongs(r *room, id string) bool {
	inGroup := func(member string) bool {
		c, ok := s.clients.byID[member]
		return ok && c.group && slices.Contains(texts(c.fields["members"]), id)
	}
	return r.has(id) || slices.ContainsFunc(r.members, inGroup) || r.isManagedBy(id)
}

// isManagedBy reports whether a client is the owner of a room, one of its managers, or a member with the role "admin".
func (r *room) isManagedBy(id string) bool {
	isAdmin := func(p memberProperties) bool { return p.client == id && p.values["role"] == roleAdmin }
	return r.fields["owner"] == id || slices.Contains(texts(r.fields["managers"]), id) ||
		r.has(id) && slices.ContainsFunc(r.properties, isAdmin)
}

// isSuperuser reports whether a call is made by the owner of a room, or with the API key.
func isSuperuser(c *call, r *room) bool {
	return c.user == "" || r.fields["owner"] == c.user
}

// mayUpdate wants a manager for settings, and a superuser for those that say who manages the room.
func mayUpdate(c *call, r *room, settings map[string]any) *apiError {
	_, owner := settings["owner"]
	_, managers := settings["managers"]
	if (owner || managers) && !isSuperuser(c, r) {
		return notPermitted("Only room owner or platform admin may change the owner and the managers")
	}
	return wantManager(c, r)
}

// mayAdd lets every member invite, but to a room that is closed only those who manage it.
func (s *Server) mayAdd(c *call, r *room) *apiError {
	if equal(r.fields["opening"], json.Number("0")) {
		return wantManager(c, r)
	}
	return s.wantMember(c, r)
}

// mayRemove lets everybody leave. Others are removed by those who manage the room.
func (s *Server) mayRemove(c *call, r *room, ids []string) *apiError {
	if slices.Equal(ids, []string{c.user}) {
		return s.wantMember(c, r)
	}
	return wantManager(c, r)
}

// maySetProperty lets every member set properties, but roles only those who manage the room.
func (s *Server) maySetProperty(c *call, r *room, property string) *apiError {
	if property == "role" {
		return wantManager(c, r)
	}
	return s.wantMember(c, r)
}
