package sandbox

import (
	"net/url"
	"strconv"
)

// The limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 100
)

// lookup serves GET /admin/clients.
func (s *Server) lookup(c *call) (reply, *apiError) {
	params, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return reply{}, invalidQuery("The query string cannot be read")
	}
	limit, skip, bad := s.page(params)
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
	for _, cl := range s.clients.order {
		if !cl.shown.After(s.now()) && (!cl.group || s.opts.Groups.InLookup) && s.matches(cl, q) {
			found = append(found, cl)
		}
	}
	data := []any{}
	for _, cl := range found[min(skip, len(found)):min(skip+limit, len(found))] {
		data = append(data, s.showFound(cl))
	}
	return success(map[string]any{"totalCount": len(found), "data": data}), nil
}

// page reads which part of the matching clients is asked for.
func (s *Server) page(params url.Values) (limit, skip int, err *apiError) {
	limit, ok := wholeNumber(params, "limit", defaultLimit)
	if !ok || limit < 1 || limit > maxLimit {
		return 0, 0, invalidQuery("limit must be a whole number from 1 to 100")
	}
	skip, ok = wholeNumber(params, "skip", 0)
	if !ok || skip < 0 {
		return 0, 0, invalidQuery("skip must be a whole number, 0 or more")
	}
	if s.opts.IgnoreLimit {
		limit = defaultLimit
	}
	if s.opts.IgnoreSkip {
		skip = 0
	}
	return limit, skip, nil
}

// wholeNumber reads a parameter, which may be left out.
func wholeNumber(params url.Values, name string, otherwise int) (n int, ok bool) {
	if !params.Has(name) {
		return otherwise, true
	}
	n, err := strconv.Atoi(params.Get(name))
	return n, err == nil
}

// matches reports whether a client meets a query. The field "id" is made up for replies and not seen.
func (s *Server) matches(c *client, q query) bool {
	if q.ids != nil && !q.ids[c.id] {
		return false
	}
	return q.matches(func(name string) (any, bool) {
		value, ok := c.fields[name]
		if !ok {
			value, ok = s.volatile()[name]
		}
		return value, ok
	})
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
	shown := pick(whole, s.opts.LookupFields...)
	shown["_id"] = c.id
	return shown
}
