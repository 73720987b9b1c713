package main

import (
	"net/http"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// roomView is a room as shown. Its webhook, which may hold a secret, is not.
type roomView struct {
	ID            string                    `json:"id"`
	Members       []string                  `json:"members"`
	Invited       []string                  `json:"invited,omitempty"`
	Properties    map[string]map[string]any `json:"properties"`
	Announcements []sandbox.Announcement    `json:"announcements,omitempty"`
	Fields        map[string]any            `json:"fields"`
}

func (c control) showRooms(w http.ResponseWriter, _ *http.Request) {
	views := []roomView{}
	for _, id := range c.RoomIDs() {
		room, ok := c.Room(id)
		if !ok {
			continue
		}
		if _, set := room.Fields["webhook"]; set {
			room.Fields["webhook"] = "(not shown)"
		}
		views = append(views, roomView{id, room.Members, room.Invited, room.Properties, c.Announcements(id), room.Fields})
	}
	answer(w, http.StatusOK, views)
}

func (c control) putRoom(w http.ResponseWriter, r *http.Request) {
	var fields map[string]any
	if read(w, r, &fields) {
		c.PutRoom(r.PathValue("id"), fields)
		done(w, "put", r.PathValue("id"))
	}
}

func (c control) deleteRoom(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.DeleteRoom(id)
		done(w, "removed", id)
	}
}

func (c control) freezeRoom(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.FreezeRoom(id)
		done(w, "frozen", id)
	}
}

func (c control) addMember(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.AddMembers(id, r.PathValue("client"))
		done(w, "added", r.PathValue("client"))
	}
}

func (c control) removeMember(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.RemoveMembers(id, r.PathValue("client"))
		done(w, "removed", r.PathValue("client"))
	}
}

// roomOf is the room that a request is about, which must exist.
func (c control) roomOf(w http.ResponseWriter, r *http.Request) (string, bool) {
	id := r.PathValue("id")
	_, ok := c.Room(id)
	if !ok {
		missing(w, "room", id)
	}
	return id, ok
}
