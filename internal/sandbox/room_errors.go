package sandbox

import "net/http"

// roomRefusal is what a call about a room gets that is not there, or not to be seen.
func roomRefusal(status int) *apiError {
	if status == http.StatusForbidden {
		return &apiError{status: status, code: "INSUFFICIENT_PERMISSIONS", message: "Only members of the room may do this"}
	}
	return roomNotFound()
}

func roomNotFound() *apiError {
	return &apiError{status: http.StatusNotFound, code: "ROOM_NOT_FOUND", message: "The specified room does not exist"}
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
	err := &apiError{status: s.opts.UnknownMemberStatus, code: "MEMBER_NOT_FOUND", message: "A member " + why}
	if err.status == 0 {
		err.status = http.StatusBadRequest
	}
	if !s.opts.UnnamedMembers {
		err.message = "Member '" + id + "' " + why
	}
	return err
}
