package sandbox

import (
	"net/http"
	"time"
)

// tokenOperation is what an upsert asks for besides the profile.
type tokenOperation struct {
	issue   bool
	token   string // to bind
	expires time.Time
}

func (op tokenOperation) wanted() bool { return op.issue || op.token != "" }

// tokenOperation reads the token options of an upsert. A mixture that is none of the documented ones is refused.
func (s *Server) tokenOperation(id string, body map[string]any) (tokenOperation, *apiError) {
	var op tokenOperation
	if value, ok := body["issueAccessToken"]; ok {
		if op.issue, ok = value.(bool); !ok {
			return op, invalidRequest("issueAccessToken must be a boolean")
		}
	}
	_, hasToken := body["token"]
	_, hasExpiry := body["expirationDate"]
	switch {
	case op.issue && (hasToken || hasExpiry):
		return op, invalidRequest("issueAccessToken cannot be combined with token or expirationDate")
	case hasExpiry && !hasToken:
		return op, invalidRequest("expirationDate needs a token")
	case !hasToken:
		return op, nil
	}
	var err *apiError
	if op.token, err = requiredString(body, "token"); err != nil {
		return op, err
	}
	if op.expires, err = optionalTime(body, "expirationDate"); err != nil {
		return op, err
	}
	return op, s.checkConflict(id, op.token)
}

// checkConflict refuses to bind a token that belongs to another client.
func (s *Server) checkConflict(id, token string) *apiError {
	if t := s.tokens.find(token, s.now()); t != nil && t.clientID != id {
		return &apiError{status: http.StatusConflict, code: "TOKEN_CONFLICT", message: "Token already exists for another client"}
	}
	return nil
}
