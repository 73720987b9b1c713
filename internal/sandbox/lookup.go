package sandbox

import (
	"net/url"
	"slices"
	"strconv"
)

// The limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 100
)

// page is the part of the matching clients that a look-up asks for.
type page struct{ limit, skip int }

// lookup serves GET /admin/clients.
func (s *Server) lookup(c *call) (reply, *apiError) {
	params, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return reply{}, invalidQuery("The query string cannot be read")
	}
	p, bad := s.page(params)
	if bad != nil {
		return reply{}, bad
	}
	var q query
	if params.Has("q") {
		if q, bad = parseQuery(params.Get("q")); bad != nil {
			return reply{}, bad
		}
	}
	s.replies++
	var found []*client
	for _, cl := range s.candidates(q) {
		if (!cl.group || s.opts.Groups.InLookup) && q.matches(func(name string) (any, bool) { return s.field(cl, name) }) {
			found = append(found, cl)
		}
	}
	data := []any{}
	for _, cl := range found[min(p.skip, len(found)):min(p.skip+p.limit, len(found))] {
		data = append(data, s.showFound(cl))
	}
	return success(map[string]any{"totalCount": len(found), "data": data}), nil
}

// candidates are the clients that a query may match, in the order of insertion.
func (s *Server) candidates(q query) []*client {
	ids, ok := q.ids()
	if !ok {
		return s.clients.order
	}
	slices.Sort(ids)
	var found []*client
	for _, id := range slices.Compact(ids) {
		if cl, ok := s.clients.byID[id]; ok {
			found = append(found, cl)
		}
	}
	slices.SortFunc(found, func(a, b *client) int { return a.seq - b.seq })
	return found
}

// page reads limit and skip.
func (s *Server) page(params url.Values) (page, *apiError) {
	p := page{limit: defaultLimit}
	if params.Has("limit") {
		n, err := strconv.Atoi(params.Get("limit"))
		if err != nil || n < 1 || n > maxLimit {
			return p, invalidQuery("limit must be a whole number from 1 to 100")
		}
		if !s.opts.IgnoreLimit {
			p.limit = n
		}
	}
	if params.Has("skip") {
		n, err := strconv.Atoi(params.Get("skip"))
		if err != nil || n < 0 {
			return p, invalidQuery("skip must be a whole number, 0 or more")
		}
		if !s.opts.IgnoreSkip {
			p.skip = n
		}
	}
	return p, nil
}

// showFound is a client as look-ups show it.
func (s *Server) showFound(c *client) map[string]any {
	whole := s.show(c)
	if s.opts.HideMute {
		delete(whole, "mute")
	}
	if len(s.opts.LookupFields) == 0 {
		return whole
	}
	shown := map[string]any{"_id": c.id}
	for _, name := range s.opts.LookupFields {
		if value, ok := whole[name]; ok {
			shown[name] = value
		}
	}
	return shown
}
