package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// client is one stored client.
type client struct {
	id     string
	seq    int            // place in the order of insertion
	fields map[string]any // decoded JSON, with json.Number, "_id" included
	group  bool           // a group of others, with their ids as "members"

	versions []groupVersion // of a group
}

// clientStore holds the clients by id and in the order of their insertion.
type clientStore struct {
	byID  map[string]*client
	order []*client
	made  int
}

func newClientStore() clientStore { return clientStore{byID: map[string]*client{}} }

func (cs *clientStore) add(id string, fields map[string]any) *client {
	cs.made++
	c := &client{id: id, seq: cs.made, fields: fields}
	cs.byID[id] = c
	cs.order = append(cs.order, c)
	return c
}

func (cs *clientStore) remove(id string) {
	delete(cs.byID, id)
	cs.order = slices.DeleteFunc(cs.order, func(c *client) bool { return c.id == id })
}

// isPerson reports whether there is a client of that id which is no group.
func (s *Server) isPerson(id string) bool {
	c, ok := s.clients.byID[id]
	return ok && !c.group
}

// ensureClient finds a client, or makes it with what the server puts into every one.
func (s *Server) ensureClient(id string) *client {
	if c, ok := s.clients.byID[id]; ok {
		return c
	}
	return s.clients.add(id, map[string]any{
		"_id":                      id,
		"__v":                      json.Number("0"),
		"appID":                    s.opts.AppID,
		"isRobot":                  false,
		"lastJoinOrCreateRoomTime": formatTime(s.now()),
		"mute":                     []any{},
	})
}

// changing tells the value of a field that changes by itself with every reply that shows a client.
func (s *Server) changing(name string) (any, bool) {
	// Within the current second, so that it is new each time and yet never in the future.
	moment := s.now().Truncate(time.Second).Add(time.Duration(s.replies%1000) * time.Millisecond)
	switch name {
	case "updatedAt":
		return formatTime(moment), true
	case "lastLoginTimeMS":
		return number(moment.UnixMilli()), true
	case "userAgent":
		return "Mozilla/5.0 (sandbox) Reply/" + number(s.replies).String(), true
	case "address":
		return map[string]any{"port": number(1024 + s.replies%60000), "family": "IPv6", "address": "::1"}, true
	}
	return nil, false
}

// field is what a query on the field sees. The field "id" is made up for replies and not seen.
func (s *Server) field(c *client, name string) (any, bool) {
	if value, ok := c.fields[name]; ok {
		return value, true
	}
	return s.changing(name)
}

// show is the whole client as replies have it.
func (s *Server) show(c *client) map[string]any {
	shown := maps.Clone(c.fields)
	shown["id"] = c.id
	if c.group {
		shown["clientType"] = "group"
	}
	for _, name := range []string{"updatedAt", "lastLoginTimeMS", "userAgent", "address"} {
		if _, put := shown[name]; !put {
			shown[name], _ = s.changing(name)
		}
	}
	return shown
}
