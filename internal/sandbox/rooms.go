package sandbox

import (
	"encoding/json"
	"fmt"
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

func newRoomStore() roomStore {
	return roomStore{byID: map[string]*room{}, underWay: map[string]int{}}
}

func (rs *roomStore) put(r *room) {
	if _, there := rs.byID[r.id]; !there {
		rs.order = append(rs.order, r.id)
	}
	rs.byID[r.id] = r
}

func (rs *roomStore) remove(id string) {
	delete(rs.byID, id)
	rs.order = slices.DeleteFunc(rs.order, func(o string) bool { return o == id })
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
	s.rooms.remove(id)
	s.messages.removeAll(id)
}

// changeRoom changes a room: it is read, changed, and written back whole, on some servers not at once.
func (s *Server) changeRoom(id string, change func(*room) *apiError) (*room, *apiError) {
	stored, err := s.findRoom(id)
	if err != nil {
		return nil, err
	}
	r := stored.clone()
	if err := change(r); err != nil {
		return nil, err
	}
	s.pause(s.opts.Rooms.WriteDelay)
	if _, there := s.rooms.byID[id]; there {
		s.rooms.put(r)
	}
	return r, nil
}

// findRoom finds the room of a user-level call.
func (s *Server) findRoom(id string) (*room, *apiError) {
	if r, ok := s.rooms.byID[id]; ok {
		return r, nil
	}
	return nil, roomRefusal(s.opts.Rooms.MissingStatus)
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

// newID makes an id as the server's database does: 24 hexadecimal digits.
func (s *Server) newID() string {
	s.made++
	return fmt.Sprintf("%08x%016x", uint32(s.now().Unix()), s.made) //nolint:gosec // the time of an id may wrap around
}
