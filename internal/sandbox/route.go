package sandbox

import "net/http"

// The routes that have a name because other code asks for them.
const (
	routeClients = "/admin/clients"
	routeToken   = "/admin/clients/{id}/token"
	routeMe      = "/me"
	routeRooms   = "/rooms/"
	routeRoom    = "/rooms/{id}" // and what is below it
	routeConfig  = "/config"
	routeGroups  = "/admin/groups"
	routeMute    = "/admin/clients/{client}/mute/{room}"
)

// endpoint is one call of the API.
type endpoint struct {
	method   string
	template string // of the path: a part in braces stands for an id
	serve    handler
	caller   caller
	absent   func(Options) bool // tells which servers lack it; nil is none
}

// handler does the work of a call. The server is locked meanwhile.
type handler func(*Server, *call) (reply, *apiError)

// caller is who may make a call.
type caller int

const (
	platform caller = iota // who has the API key
	user                   // users; who has the API key as well, but not on every server
	bearer                 // who has a client's token; the handler sees to it
)

// endpoints are all that the server can be asked.
var endpoints = []endpoint{
	{http.MethodGet, routeMe, (*Server).me, bearer, noMe},

	{http.MethodPost, routeClients, (*Server).upsert, platform, nil},
	{http.MethodGet, routeClients, (*Server).lookup, platform, noLookup},
	{http.MethodPost, "/admin/clients/list", (*Server).upsertMany, platform, nil},
	{http.MethodPut, routeToken, (*Server).replaceToken, platform, nil},
	{http.MethodDelete, routeToken, (*Server).revoke, platform, noRevoke},

	{http.MethodPost, routeRooms, (*Server).createRoom, platform, noRooms},
	{http.MethodGet, routeRoom, (*Server).getRoom, user, noRooms},
	{http.MethodPut, routeRoom, (*Server).updateRoom, user, noRooms},
	{http.MethodDelete, routeRoom, (*Server).deleteRoom, user, noRooms},
	{http.MethodGet, routeRoom + "/exists", (*Server).roomExists, user, noExists},
	{http.MethodPost, routeRoom + "/members", (*Server).addMembers, user, noRooms},
	{http.MethodPost, routeRoom + "/delete/members", (*Server).removeMembers, user, noRooms},
	{http.MethodPut, routeRoom + "/member/{client}", (*Server).setProperty, user, noRooms},
	{http.MethodPost, routeMute, (*Server).mute, platform, noRooms},
	{http.MethodDelete, routeMute, (*Server).unmute, platform, noRooms},

	{http.MethodPost, routeGroups, (*Server).saveGroup, platform, noGroups},
	{http.MethodGet, routeGroups, (*Server).listGroups, platform, noGroups},

	{http.MethodPost, "/messages", (*Server).sendMessage, platform, noMessages},
	{http.MethodPost, "/messages/batch", (*Server).sendBroadcast, platform, noMessages},
	{http.MethodPost, "/push/push2clients", (*Server).push, platform, noMessages},

	{http.MethodGet, routeConfig, (*Server).readConfig, user, noConfig},
	{http.MethodPost, routeConfig, (*Server).writeConfig, platform, noConfig},
	{http.MethodDelete, routeConfig + "/{key}", (*Server).deleteConfig, platform, noConfig},
}

func noMe(o Options) bool       { return o.NoMeRoute }
func noLookup(o Options) bool   { return o.NoLookupRoute }
func noRevoke(o Options) bool   { return o.NoRevokeRoute }
func noRooms(o Options) bool    { return o.Rooms.NoRoutes }
func noGroups(o Options) bool   { return o.Groups.NoRoutes }
func noConfig(o Options) bool   { return o.Config.NoRoutes }
func noMessages(o Options) bool { return o.NoMessageRoutes }
func noExists(o Options) bool   { return o.Rooms.NoRoutes || o.Rooms.NoExistsRoute }

// endpoint finds what serves a call. On a server that lacks it that is nothing.
func (s *Server) endpoint(c *call) (endpoint, bool) {
	for _, e := range endpoints {
		if e.method == c.Method && e.template == c.route {
			return e, e.absent == nil || !e.absent(s.opts)
		}
	}
	return endpoint{}, false
}

// answer serves a call. The caller holds the lock.
func (s *Server) answer(c *call) reply {
	if s.opts.ForeignServer {
		return foreignPage()
	}
	e, ok := s.endpoint(c)
	if !ok {
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
