package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Request is an entry of the request log. It is written when the request arrives.
type Request struct {
	Method   string
	Path     string // escaped, as received, without the base path
	Route    string // template, such as "/admin/clients/{id}/token"; "" for a path the API does not have
	ClientID string // of the path or, in an upsert, of the body
	RoomID   string // of the path or, in a create, of the body
	Query    url.Values
	Header   http.Header
	Body     []byte
	JSON     map[string]any // the body, if it is a JSON object; numbers are json.Number
	Status   int            // of the reply; 0 if there was none, or not yet
	Time     time.Time      // by the server's clock
}

// record writes a call into the log.
func (s *Server) record(c *call) *Request {
	entry := &Request{
		Method:   c.Method,
		Path:     c.path,
		Route:    c.route,
		ClientID: c.clientID,
		RoomID:   c.roomID,
		Query:    c.URL.Query(),
		Header:   c.Header.Clone(),
		Body:     c.body,
		Time:     s.now(),
	}
	if object, ok := decodeObject(c.body); ok {
		entry.JSON = object
		id, _ := object["_id"].(string)
		switch c.route {
		case routeClients:
			entry.ClientID = id
		case routeRooms:
			entry.RoomID = id
		}
	}
	s.log = append(s.log, entry)
	if limit := s.opts.LogLimit; limit > 0 && len(s.log) > limit {
		s.log = slices.Delete(s.log, 0, len(s.log)-limit)
	}
	return entry
}

// Requests is a copy of the log, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := make([]Request, 0, len(s.log))
	for _, entry := range s.log {
		entries = append(entries, entry.clone())
	}
	return entries
}

func (r *Request) clone() Request {
	entry := *r
	entry.Query = url.Values(http.Header(r.Query).Clone())
	entry.Header = r.Header.Clone()
	entry.Body = slices.Clone(r.Body)
	if r.JSON != nil {
		entry.JSON = normalize(r.JSON)
	}
	return entry
}

// Count is how many requests the log has with that method and route template; "" stands for any.
func (s *Server) Count(method, route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, entry := range s.log {
		if (method == "" || entry.Method == method) && (route == "" || entry.Route == route) {
			count++
		}
	}
	return count
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}
