package sandbox

import "net/http"

// apiError is a request that the server refuses.
type apiError struct {
	status     int
	code       string
	message    string
	retryAfter int // seconds; 0: not said
}

// The refusals that more than one route gives.
func invalidRequest(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "INVALID_REQUEST", message: message}
}

func invalidQuery(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "INVALID_QUERY", message: message}
}

func unauthorized(code, message string) *apiError {
	return &apiError{status: http.StatusUnauthorized, code: code, message: message}
}

func clientNotFound(id string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "CLIENT_NOT_FOUND", message: "Client with id '" + id + "' not found"}
}

// errorReply words an error in the shape the server is set to.
func (s *Server) errorReply(e *apiError) reply {
	shape := s.opts.ErrorShape
	if e.retryAfter > 0 && shape == ErrorEnveloped {
		shape = ErrorFlat // the one error that the documentation shows in no other shape
	}
	body := map[string]any{}
	switch shape {
	case ErrorEnveloped:
		body["RC"], body["RM"] = e.status, http.StatusText(e.status)
		body["error"] = map[string]any{"code": e.code, "message": e.message}
	case ErrorFlat:
		body["error"], body["message"] = e.code, e.message
	case ErrorCodeOnly:
		body["RC"], body["RM"] = e.status, e.message
	}
	if e.retryAfter > 0 {
		body["retryAfter"] = e.retryAfter
	}
	if s.opts.ErrorsUnder200 {
		body["RC"] = e.status
		return jsonReply(http.StatusOK, body)
	}
	return jsonReply(e.status, body)
}
