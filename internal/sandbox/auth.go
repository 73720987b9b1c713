package sandbox

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The headers that carry credentials.
const (
	headerAPIKey        = "IM-API-KEY" //nolint:gosec // a header's name
	headerClientKey     = "IM-CLIENT-KEY"
	headerAuthorization = "IM-Authorization"
)

// admit refuses a call to whoever may not make it, and finds out which user makes it. What that user may do in a room
// is up to the call.
func (s *Server) admit(c *call, who caller) *apiError {
	withKey := c.Header.Get(headerAPIKey) != ""
	asUser := c.Header.Get(headerClientKey) != "" || c.Header.Get(headerAuthorization) != ""
	switch {
	case withKey || who == platform || who == user && !asUser:
		if err := s.checkAPIKey(c.Header); err != nil {
			return err
		}
	case c.Header.Get(headerClientKey) != s.opts.ClientKey:
		return refuse(http.StatusForbidden, "INVALID_CLIENT_KEY", "Invalid client key")
	}
	switch {
	case who == bearer || who == user && !withKey:
		return s.signIn(c)
	case who == user:
		return refuseKey(s.opts.RefuseUserLevel)
	}
	return nil
}

// signIn finds the user whose token was sent. One page has "Bearer" before it.
func (s *Server) signIn(c *call) *apiError {
	t := s.tokens.find(strings.TrimPrefix(c.Header.Get(headerAuthorization), "Bearer "), s.now())
	if t == nil {
		return refuse(http.StatusUnauthorized, "INVALID_TOKEN", "Invalid or expired token")
	}
	c.user = t.clientID
	return nil
}

// refuseKey refuses a call to the API key, unless the status is 0.
func refuseKey(status int) *apiError {
	switch status {
	case http.StatusUnauthorized:
		return refuse(status, "UNAUTHORIZED", "A user's token is required")
	case http.StatusForbidden:
		return refuse(status, "INSUFFICIENT_PERMISSIONS", "The API key may not make this call")
	}
	return nil
}

// checkAPIKey wants the one right key, and counts its use against the rate limit.
func (s *Server) checkAPIKey(h http.Header) *apiError {
	switch keys := h.Values(headerAPIKey); {
	case len(keys) == 0 || keys[0] == "":
		return refuse(http.StatusUnauthorized, "MISSING_API_KEY", "API key is required")
	case len(keys) > 1 || keys[0] != s.opts.APIKey:
		return refuse(http.StatusUnauthorized, "INVALID_API_KEY", "Invalid API key")
	}
	return s.checkRate()
}

// checkRate counts the requests of the last minute by the server's clock.
func (s *Server) checkRate() *apiError {
	limit := s.opts.RequestsPerMinute
	if limit <= 0 {
		return nil
	}
	now := s.now()
	s.window = slices.DeleteFunc(s.window, func(t time.Time) bool {
		return t.After(now) || now.Sub(t) >= time.Minute
	})
	if len(s.window) >= limit {
		oldest := s.window[len(s.window)-limit]
		err := refuse(http.StatusTooManyRequests, "RATE_LIMIT_EXCEEDED", "Too many requests, please try again later")
		err.retryAfter = int(math.Ceil((time.Minute - now.Sub(oldest)).Seconds()))
		return err
	}
	s.window = append(s.window, now)
	return nil
}
