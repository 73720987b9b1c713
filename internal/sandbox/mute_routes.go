package sandbox

import (
	"net/http"
	"slices"
)

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
		return reply{}, &apiError{
			status: http.StatusBadRequest, code: "ROOM_NOT_MUTED", message: "The room is not muted for this client",
		}
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
