package sandbox

import (
	"encoding/json"
	"slices"
)

// The methods of this file are edits of rooms behind the caller's back, and looks at them. As with clients, ids
// are taken as they are, and nothing shows in the request log.

// Room is a copy of what is stored of a room.
type Room struct {
	Fields     map[string]any            // the settings, "_id" included, members not; numbers are json.Number
	Members    []string                  // in the order of joining
	Invited    []string                  // who has not joined yet
	Properties map[string]map[string]any // by client, those who left included; the role among them
}

// Room is a copy of a room.
func (s *Server) Room(id string) (Room, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rooms.byID[id]
	if !ok {
		return Room{}, false
	}
	found := Room{
		Fields: normalize(r.fields), Members: slices.Clone(r.members), Invited: slices.Clone(r.invited),
		Properties: map[string]map[string]any{},
	}
	for _, p := range r.properties {
		found.Properties[p.client] = normalize(p.values)
	}
	return found, true
}

// RoomIDs lists the rooms in the order of making.
func (s *Server) RoomIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rooms.order)
}

// PutRoom creates a room or merges settings into it. A "members" among them, a list of ids, puts its members in
// the place of those it has. Values must be what JSON can say.
func (s *Server) PutRoom(id string, fields map[string]any) {
	settings := normalize(fields)
	members, exact := settings["members"]
	for _, name := range []string{"members", "_id", "id"} {
		delete(settings, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rooms.byID[id]
	if !ok {
		r = s.newRoom(id)
		s.rooms.put(r)
	}
	if exact {
		ids := texts(members)
		r.leave(without(slices.Clone(r.members), ids), s.opts.Rooms.ForgetLeavers)
		r.join(ids)
	}
	s.set(r, settings)
}

// DeleteRoom deletes a room and its messages.
func (s *Server) DeleteRoom(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeRoom(id)
}

// FreezeRoom freezes a room, which must exist. PutRoom with a "status" of 1 thaws it.
func (s *Server) FreezeRoom(id string) {
	s.editRoom("FreezeRoom", id, func(r *room) { r.fields["status"] = json.Number("0") })
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

// editRoom changes a room, or panics if there is none.
func (s *Server) editRoom(method, id string, edit func(*room)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rooms.byID[id]
	if !ok {
		panic("sandbox: " + method + ": no room " + id)
	}
	edit(r)
}

// RepeatedRoomCreates is how many requests were made to create a room that was there, refused or not.
func (s *Server) RepeatedRoomCreates() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms.repeated
}

// OverlappingRoomChanges is how many requests to change a room arrived while another change of that room was
// under way, that is, not answered to its end.
func (s *Server) OverlappingRoomChanges() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms.overlaps
}
