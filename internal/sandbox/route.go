package sandbox

import (
	"html"
	"net/http"
	"net/url"
	"strings"
)

// The routes of the API, as templates.
const (
	routeClients = "/admin/clients"
	routeBatch   = "/admin/clients/list"
	routeToken   = "/admin/clients/{id}/token"
	routeMe      = "/me"
)

// call is one request on its way through the server.
type call struct {
	*http.Request
	body     []byte
	tooLarge bool
	path     string // escaped, as received, without the base path
	route    string // template, or "" when there is none
	clientID string // of the path
}

// newCall finds the route. It splits the escaped path, because ids may contain "/", "%" and "..".
func (s *Server) newCall(r *http.Request, body []byte) *call {
	c := &call{Request: r, body: body, path: r.URL.EscapedPath()}
	path, ok := strings.CutPrefix(c.path, s.opts.BasePath)
	if !ok || !strings.HasPrefix(path, "/") {
		return c
	}
	c.path = path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/") // as Express does
	}
	switch path {
	case routeClients, routeBatch, routeMe:
		c.route = path
		return c
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != 4 || parts[0] != "admin" || parts[1] != "clients" || parts[2] == "" || parts[3] != "token" {
		return c
	}
	id, err := url.PathUnescape(parts[2])
	if err != nil {
		return c
	}
	c.route, c.clientID = routeToken, id
	return c
}

// answer serves a call. The caller holds the lock.
func (s *Server) answer(c *call) reply {
	handle := s.handler(c.Method + " " + c.route)
	if handle == nil {
		return unknownRoute(c)
	}
	rep, err := handle(c)
	if err != nil {
		return s.errorReply(err)
	}
	return rep
}

// handler finds what serves a route, or nil.
func (s *Server) handler(methodAndRoute string) func(*call) (reply, *apiError) {
	switch methodAndRoute {
	case "POST " + routeClients:
		return s.admin(s.upsert)
	case "POST " + routeBatch:
		return s.admin(s.upsertMany)
	case "PUT " + routeToken:
		return s.admin(s.replaceToken)
	case "GET " + routeClients:
		if !s.opts.NoLookupRoute {
			return s.admin(s.lookup)
		}
	case "DELETE " + routeToken:
		if !s.opts.NoRevokeRoute {
			return s.admin(s.revoke)
		}
	case "GET " + routeMe:
		if !s.opts.NoMeRoute {
			return s.me
		}
	}
	return nil
}

// unknownRoute is what Express answers when nothing serves a request.
func unknownRoute(c *call) reply {
	const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>%</pre>
</body>
</html>
`
	what := html.EscapeString("Cannot " + c.Method + " " + c.URL.EscapedPath())
	return reply{
		status: http.StatusNotFound,
		header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body:   []byte(strings.Replace(page, "%", what, 1)),
	}
}
