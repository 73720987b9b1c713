package sandbox

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// room is one stored room. Its messages are stored apart from it.
type room struct {
	id         string
	fields     map[string]any // decoded JSON, with json.Number, "_id" included, members not
	members    []string       // in the order of joining
	invited    []string       // who has not joined yet
	properties []memberProperties
}

// clone is a copy that can be changed while the stored room stays.
func (r *room) clone() *room {
	return &room{
		id:         r.id,
		fields:     maps.Clone(r.fields),
		members:    slices.Clone(r.members),
		invited:    slices.Clone(r.invited),
		properties: cloneProperties(r.properties),
	}
}

func (r *room) frozen() bool { return equal(r.fields["status"], json.Number("0")) }

// roomStore holds the rooms, and what is counted about them.
type roomStore struct {
	byID     map[string]*room
	order    []string       // ids in the order of making
	repeated int            // creates of rooms that were there
	underWay map[string]int // changes by room, from their arrival to the end of their reply
	overlaps int            // changes that arrived while another one of the same room was under way
}

func (rs *roomStore) put(r *room) {
	if _, there := rs.byID[r.id]; !there {
		rs.order = append(rs.order, r.id)
	}
	rs.byID[r.id] = r
}

// newRoom is a room with what the server puts into every one. It is not stored yet.
func (s *Server) newRoom(id string) *room {
	return &room{id: id, fields: map[string]any{
		"_id":           id,
		"__v":           json.Number("0"),
		"appID":         s.opts.AppID,
		"roomType":      "group",
		"roomTags":      []any{},
		"botMode":       false,
		"encrypted":     false,
		"serviceStatus": json.Number("0"),
		"status":        json.Number("1"),
		"opening":       json.Number("1"),
		"createdTimeMS": number(s.now().UnixMilli()),
	}}
}

// set gives a room settings. A new owner may have to become a member.
func (s *Server) set(r *room, settings map[string]any) {
	maps.Copy(r.fields, settings)
	if owner, ok := settings["owner"].(string); ok && s.opts.Rooms.OwnerIsMember {
		r.join([]string{owner})
	}
}

// removeRoom deletes a room and its messages.
func (s *Server) removeRoom(id string) {
	delete(s.rooms.byID, id)
	s.rooms.order = slices.DeleteFunc(s.rooms.order, func(o string) bool { return o == id })
	s.messages = slices.DeleteFunc(s.messages, func(m *message) bool { return m.room == id })
}

// findRoom finds the room of a user-level call.
func (s *Server) findRoom(id string) (*room, *apiError) {
	if r, ok := s.rooms.byID[id]; ok {
		return r, nil
	}
	return nil, roomRefusal(s.opts.Rooms.MissingStatus)
}

// roomRefusal is what a call about a room gets that is not there, or not to be seen.
func roomRefusal(status int) *apiError {
	if status == http.StatusForbidden {
		return notRoomMember()
	}
	return roomNotFound()
}

func roomNotFound() *apiError {
	return refuse(http.StatusNotFound, "ROOM_NOT_FOUND", "The specified room does not exist")
}

// changeRoom changes a room: it is read, changed, and written back whole, on some servers not at once. Other requests
// are let in meanwhile, and the change is completed even if the caller goes away.
func (s *Server) changeRoom(id string, change func(*room) *apiError) (*room, *apiError) {
	stored, err := s.findRoom(id)
	if err != nil {
		return nil, err
	}
	r := stored.clone()
	if err := change(r); err != nil {
		return nil, err
	}
	if delay := s.opts.Rooms.WriteDelay; delay > 0 {
		s.mu.Unlock()
		wait(context.Background(), delay)
		s.mu.Lock()
	}
	if _, there := s.rooms.byID[id]; there {
		s.rooms.put(r)
	}
	return r, nil
}

// beginChange counts a call as under way if it changes a room. The function returned ends that.
func (s *Server) beginChange(c *call) func() {
	if c.Method == http.MethodGet || !strings.HasPrefix(c.route, routeRoom) {
		return func() {}
	}
	id := c.roomID
	if s.rooms.underWay[id] > 0 {
		s.rooms.overlaps++
	}
	s.rooms.underWay[id]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.rooms.underWay[id]--
	}
}

// What the requests may have.
var (
	updateFields = fieldChecks{
		"name": isText, "cover": isText, "description": isText, "roomTags": isTextList, "webhook": isText,
		"botMode": isFlag, "extParams": isText, "opening": isBit, "status": isBit, "owner": isFilled, "managers": isIDList,
	}
	createFields = fieldChecks{
		"name": isText, "cover": isText, "description": isText, "roomTags": isTextList, "webhook": isText,
		"botMode": isFlag, "extParams": isText, "owner": isFilled,
		"_id": isFilled, "roomType": isRoomType, "members": isIDList, "systemMessage": isFlag,
	}
)

func isRoomType(value any) string {
	if value != "group" && value != "direct" {
		return `must be "direct" or "group"`
	}
	return ""
}

// createRoom serves POST /rooms/.
func (s *Server) createRoom(c *call) (reply, *apiError) {
	body, err := createFields.decode(c)
	if err != nil {
		return reply{}, err
	}
	id, given := body["_id"].(string)
	if !given {
		id = s.newID()
	}
	id = s.keptID(id)
	body["_id"] = id
	if _, there := s.rooms.byID[id]; there {
		s.rooms.repeated++
		if !s.opts.Rooms.Overwrite {
			return reply{}, refuse(http.StatusConflict, "ROOM_ALREADY_EXISTS", "A room with this ID already exists")
		}
	}
	members, announced := s.keptIDs(texts(body["members"])), body["systemMessage"] == true
	if err := s.checkMembers(members); err != nil {
		return reply{}, err
	}
	if err := s.checkPeople(body); err != nil {
		return reply{}, err
	}
	delete(body, "members")
	delete(body, "systemMessage")
	r := s.newRoom(id)
	r.join(members)
	s.set(r, body)
	s.rooms.put(r)
	if announced {
		s.announce(r.id, announceJoin, members)
	}
	return success(showCreated(r)), nil
}

// checkPeople wants the owner and the managers to be clients.
func (s *Server) checkPeople(settings map[string]any) *apiError {
	ids := texts(settings["managers"])
	if owner, ok := settings["owner"].(string); ok {
		ids = append(ids, owner)
	}
	for _, id := range ids {
		if !s.isPerson(id) {
			return s.memberRefusal(id, "does not exist")
		}
	}
	return nil
}

// getRoom serves GET /rooms/{id}.
func (s *Server) getRoom(c *call) (reply, *apiError) {
	r, err := s.findRoom(c.roomID)
	if err != nil {
		return reply{}, err
	}
	if err := s.wantMember(c, r); err != nil {
		return reply{}, err
	}
	if status := s.opts.Rooms.FrozenStatus; status != 0 && r.frozen() {
		return reply{}, roomRefusal(status)
	}
	return success(s.showRoom(c, r, true)), nil
}

// roomExists serves GET /rooms/{id}/exists, which tells of frozen rooms as of others, and tells everybody.
func (s *Server) roomExists(c *call) (reply, *apiError) {
	_, there := s.rooms.byID[c.roomID]
	return success(map[string]any{"exists": there}), nil
}

// updateRoom serves PUT /rooms/{id}: what is sent changes, the rest stays.
func (s *Server) updateRoom(c *call) (reply, *apiError) {
	body, err := updateFields.decode(c)
	if err != nil {
		return reply{}, err
	}
	r, err := s.changeRoom(c.roomID, func(r *room) *apiError {
		if err := mayUpdate(c, r, body); err != nil {
			return err
		}
		if err := s.checkPeople(body); err != nil {
			return err
		}
		s.set(r, body)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	message := "OK"
	if status, sent := body["status"]; sent {
		message = "Room unfrozen successfully"
		if equal(status, json.Number("0")) {
			message = "Room frozen successfully"
		}
	}
	return successSaying(message, s.showChanged(c, r)), nil
}

// deleteRoom serves DELETE /rooms/{id}.
func (s *Server) deleteRoom(c *call) (reply, *apiError) {
	r, err := s.findRoom(c.roomID)
	switch {
	case err == nil:
		if err := wantManager(c, r); err != nil {
			return reply{}, err
		}
		s.removeRoom(c.roomID)
		return success(map[string]any{"n": 1, "ok": 1}), nil
	case s.opts.Rooms.DeleteAnswersZero:
		return success(map[string]any{"n": 0, "ok": 1}), nil
	}
	return reply{}, err
}

// showCreated is a new room as the reply to its creation has it: no more than the documented example.
func showCreated(r *room) map[string]any {
	shown := pick(r.fields, "_id", "__v", "appID", "name", "cover", "roomType", "roomTags")
	shown["members"] = asList(r.members)
	return shown
}

// showChanged is a room as replies to changes have it.
func (s *Server) showChanged(c *call, r *room) map[string]any {
	return s.showRoom(c, r, s.opts.Rooms.PopulateReplies)
}

// showRoom is a room, with clients for ids if it is populated. What changes by itself is new in every reply.
func (s *Server) showRoom(c *call, r *room, populated bool) map[string]any {
	s.replies++
	whole := maps.Clone(r.fields)
	whole["id"] = r.id
	whole["members"] = asList(r.members)
	last := s.lastMessage(r.id)
	whole["memberProperties"] = s.showProperties(r, last)
	whole["unread"] = s.replies % 100
	whole["botState"] = []string{"CONTACT", "IDLE"}[s.replies%2]
	whole["isSuperuser"] = isSuperuser(c, r)
	if last != nil {
		whole["lastMessage"] = last.fields
	}
	if populated {
		whole["members"] = s.populate(r.members)
		if owner, ok := r.fields["owner"].(string); ok {
			whole["owner"] = s.showPerson(owner)
		}
	}
	if len(s.opts.Rooms.Fields) == 0 {
		return whole
	}
	shown := pick(whole, s.opts.Rooms.Fields...)
	shown["_id"] = r.id
	return shown
}

// populate puts client objects in the place of ids. Whoever is gone has none.
func (s *Server) populate(ids []string) []any {
	people := []any{}
	for _, id := range ids {
		if person := s.showPerson(id); person != nil {
			people = append(people, person)
		}
	}
	return people
}

// showPerson is a client, or a group, as rooms show it; nil if it is gone.
func (s *Server) showPerson(id string) any {
	c, ok := s.clients.byID[id]
	if !ok {
		return nil
	}
	return pick(s.show(c), "_id", "id", "nickname", "avatarUrl", "description", "isRobot", "clientType", "lastLoginTimeMS")
}

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
