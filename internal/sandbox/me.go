package sandbox

import "net/http"

// me serves GET /me: the profile of the client whose token is sent.
func (s *Server) me(c *call) (reply, *apiError) {
	if c.Header.Get(headerAPIKey) != "" {
		if err := s.checkAPIKey(c.Header); err != nil {
			return reply{}, err
		}
	} else if c.Header.Get(headerClientKey) != s.opts.ClientKey {
		return reply{}, &apiError{status: http.StatusForbidden, code: "INVALID_CLIENT_KEY", message: "Invalid client key"}
	}
	t := s.tokens.find(c.Header.Get(headerAuthorization), s.now())
	if t == nil {
		return reply{}, unauthorized("INVALID_TOKEN", "Invalid or expired token")
	}
	s.replies++
	return success(s.show(s.clients.byID[t.clientID])), nil
}
