package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// call is one request on its way through the server.
type call struct {
	*http.Request
	body      []byte
	tooLarge  bool
	path      string // escaped, as received, without the base path
	route     string // template, or "" when there is none
	clientID  string // of the path
	roomID    string // of the path
	configKey string // of the path
}

// newCall finds the route.
func (s *Server) newCall(r *http.Request, body []byte) *call {
	c := &call{Request: r, body: body, path: r.URL.EscapedPath()}
	path, ok := strings.CutPrefix(c.path, s.opts.BasePath)
	if !ok || !strings.HasPrefix(path, "/") {
		return c
	}
	c.path = path
	if !c.findRoute(path) {
		c.findRoute(strings.TrimSuffix(path, "/")) // Express does not mind a slash too many
	}
	if s.opts.LowerCaseIDs && strings.HasPrefix(c.route, routeRooms) {
		c.roomID, c.clientID = strings.ToLower(c.roomID), strings.ToLower(c.clientID)
	}
	return c
}

// findRoute looks for the template that a path fits.
func (c *call) findRoute(path string) bool {
	parts := strings.Split(path, "/")
	for _, e := range endpoints {
		if c.fits(strings.Split(e.template, "/"), parts) {
			c.route = e.template
			return true
		}
	}
	return false
}

// fits reports whether a path fits a template, and if so takes the ids out of it. It goes by the parts of the
// escaped path, because ids may contain "/", "%" and "..".
func (c *call) fits(template, parts []string) bool {
	if len(template) != len(parts) {
		return false
	}
	var ids []string
	for i, part := range parts {
		if !strings.HasPrefix(template[i], "{") {
			if part != template[i] {
				return false
			}
			continue
		}
		id, err := url.PathUnescape(part)
		if err != nil || id == "" {
			return false
		}
		ids = append(ids, template[i-1], id)
	}
	for ; len(ids) > 0; ids = ids[2:] {
		c.take(ids[0], ids[1])
	}
	return true
}

// take keeps an id of the path. What stands before it says what it is the id of.
func (c *call) take(before, id string) {
	switch before {
	case "clients", "member":
		c.clientID = id
	case "rooms", "mute":
		c.roomID = id
	case "config":
		c.configKey = id
	}
}
