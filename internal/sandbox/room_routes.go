package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

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
	if s.opts.LowerCaseIDs {
		id = strings.ToLower(id)
		body["_id"] = id
	}
	if _, there := s.rooms.byID[id]; there {
		s.rooms.repeated++
		if !s.opts.Rooms.Overwrite {
			return reply{}, &apiError{
				status: http.StatusConflict, code: "ROOM_ALREADY_EXISTS", message: "A room with this ID already exists",
			}
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
	if status := s.opts.Rooms.FrozenStatus; status != 0 && r.frozen() {
		return reply{}, roomRefusal(status)
	}
	return success(s.showRoom(r, true)), nil
}

// roomExists serves GET /rooms/{id}/exists, which tells of frozen rooms as of others.
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
	return successSaying(message, s.showChanged(r)), nil
}

// deleteRoom serves DELETE /rooms/{id}.
func (s *Server) deleteRoom(c *call) (reply, *apiError) {
	_, err := s.findRoom(c.roomID)
	switch {
	case err == nil:
		s.removeRoom(c.roomID)
		return success(map[string]any{"n": 1, "ok": 1}), nil
	case s.opts.Rooms.DeleteAnswersZero:
		return success(map[string]any{"n": 0, "ok": 1}), nil
	}
	return reply{}, err
}
