package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// The routes that other code asks for.
const (
	routeClients = "/admin/clients"
	routeToken   = "/admin/clients/{id}/token"
	routeRooms   = "/rooms/"
	routeRoom    = "/rooms/{id}" // and what is below it
)

// endpoint is one call of the API.
type endpoint struct {
	serve  func(*Server, *call) (reply, *apiError) // with the server locked
	caller caller
	absent func(Options) bool // reports whether a server lacks it; nil: none does
}

// caller is who may make a call.
type caller int

const (
	platform caller = iota // who has the API key
	user                   // users with a token; who has the API key as well, but not on every server
	bearer                 // users with a token only; the API key may stand for the client key
)

// endpoints are all the calls of the API, by the pattern of their requests.
var endpoints = map[string]endpoint{
	"GET /me": {(*Server).me, bearer, noMe},

	"POST /admin/clients":              {(*Server).upsert, platform, nil},
	"GET /admin/clients":               {(*Server).lookup, platform, noLookup},
	"POST /admin/clients/list":         {(*Server).upsertMany, platform, nil},
	"PUT /admin/clients/{id}/token":    {(*Server).replaceToken, platform, nil},
	"DELETE /admin/clients/{id}/token": {(*Server).revoke, platform, noRevoke},

	"POST /rooms/{$}":                            {(*Server).createRoom, platform, noRooms},
	"GET /rooms/{id}":                            {(*Server).getRoom, user, noRooms},
	"PUT /rooms/{id}":                            {(*Server).updateRoom, user, noRooms},
	"DELETE /rooms/{id}":                         {(*Server).deleteRoom, user, noRooms},
	"GET /rooms/{id}/exists":                     {(*Server).roomExists, user, noExists},
	"POST /rooms/{id}/members":                   {(*Server).addMembers, user, noRooms},
	"POST /rooms/{id}/delete/members":            {(*Server).removeMembers, user, noRooms},
	"PUT /rooms/{id}/member/{client}":            {(*Server).setProperty, user, noRooms},
	"POST /admin/clients/{client}/mute/{room}":   {(*Server).mute, platform, noRooms},
	"DELETE /admin/clients/{client}/mute/{room}": {(*Server).unmute, platform, noRooms},

	"POST /admin/groups": {(*Server).saveGroup, platform, noGroups},
	"GET /admin/groups":  {(*Server).listGroups, platform, noGroups},

	"POST /messages":          {(*Server).sendMessage, platform, noMessages},
	"POST /messages/batch":    {(*Server).sendBroadcast, platform, noMessages},
	"POST /push/push2clients": {(*Server).push, platform, noMessages},

	"GET /config":          {(*Server).readConfig, user, noConfig},
	"POST /config":         {(*Server).writeConfig, platform, noConfig},
	"DELETE /config/{key}": {(*Server).deleteConfig, platform, noConfig},
}

func noMe(o Options) bool       { return o.NoMeRoute }
func noLookup(o Options) bool   { return o.NoLookupRoute }
func noRevoke(o Options) bool   { return o.NoRevokeRoute }
func noRooms(o Options) bool    { return o.Rooms.NoRoutes }
func noGroups(o Options) bool   { return o.Groups.NoRoutes }
func noConfig(o Options) bool   { return o.Config.NoRoutes }
func noMessages(o Options) bool { return o.NoMessageRoutes }
func noExists(o Options) bool   { return o.Rooms.NoRoutes || o.Rooms.NoExistsRoute }

// mux finds the pattern of a request. Its handlers do nothing: the log and the faults have to know the pattern before
// the call is served, which answer does.
var mux = newMux()

func newMux() *http.ServeMux {
	mux := http.NewServeMux()
	found := func(http.ResponseWriter, *http.Request) {}
	for pattern := range endpoints {
		mux.HandleFunc(pattern, found)
	}
	mux.HandleFunc("/", found)      // everything else, which ServeMux would answer with a 404 or 405 of its own
	mux.HandleFunc("/rooms", found) // no call either: ServeMux would redirect it to /rooms/
	return mux
}

// call is one request on its way through the server.
type call struct {
	*http.Request
	body      []byte
	tooLarge  bool
	path      string // escaped, as received, without the base path
	pattern   string // of its endpoint, if the API has one
	route     string // the path of that pattern, or ""
	clientID  string // of the path
	roomID    string // of the path
	configKey string // of the path
	user      string // whose token was sent; "" if the call was made with the API key
}

// newCall finds the endpoint of a request.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request, body []byte) *call {
	c := &call{Request: r, body: body, path: r.URL.EscapedPath()}
	path, ok := strings.CutPrefix(c.path, s.opts.BasePath)
	if !ok || !strings.HasPrefix(path, "/") {
		return c
	}
	c.path = path
	matched := &http.Request{Method: r.Method, URL: &url.URL{Path: literal(path)}}
	mux.ServeHTTP(w, matched)
	c.pattern = matched.Pattern
	_, route, _ := strings.Cut(c.pattern, " ")
	c.route = strings.TrimSuffix(route, "{$}")

	value := func(name string) string {
		id, _ := url.PathUnescape(matched.PathValue(name)) // an escaped path can be unescaped
		return id
	}
	c.clientID, c.roomID, c.configKey = value("client"), value("room"), value("key")
	switch id := value("id"); {
	case c.route == routeToken:
		c.clientID = id
	case strings.HasPrefix(c.route, routeRoom):
		c.roomID = id
	}
	if c.roomID != "" {
		c.roomID, c.clientID = s.keptID(c.roomID), s.keptID(c.clientID)
	}
	return c
}

// literal is the escaped path for a URL whose parts ServeMux matches as they were received. As it is, ServeMux redirects
// from "//", and from "." and "..", although they may be ids, and takes "%2F", another one, for the end of the path.
// The URL escapes the path once more, so that PathValue gives ids that are still escaped.
func literal(path string) string {
	if path != routeRooms {
		path = strings.TrimSuffix(path, "/") // Express does not mind a slash too many
	}
	if path == "" || strings.Contains(path, "//") {
		return "/" // no id is empty
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "." || part == ".." {
			parts[i] = strings.ReplaceAll(part, ".", "%2E")
		}
	}
	return strings.Join(parts, "/")
}

// answer serves a call. The caller holds the lock.
func (s *Server) answer(c *call) reply {
	if s.opts.ForeignServer {
		return foreignPage()
	}
	e, ok := endpoints[c.pattern]
	if !ok || e.absent != nil && e.absent(s.opts) {
		return unknownRoute(c)
	}
	if err := s.admit(c, e.caller); err != nil {
		return s.errorReply(err)
	}
	rep, err := e.serve(s, c)
	if err != nil {
		return s.errorReply(err)
	}
	return rep
}
