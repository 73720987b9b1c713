package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// client is one stored client.
type client struct {
	id     string
	fields map[string]any // decoded JSON, with json.Number, "_id" included
	group  bool           // a group of others, with their ids as "members"
	shown  time.Time      // from when on look-ups show it

	versions []groupVersion // of a group
}

// clientStore holds the clients by id and in the order of their insertion.
type clientStore struct {
	byID  map[string]*client
	order []*client
}

func (cs *clientStore) add(c *client) *client {
	cs.byID[c.id] = c
	cs.order = append(cs.order, c)
	return c
}

// removeClient deletes a client, or a group, and its tokens.
func (s *Server) removeClient(id string) {
	delete(s.clients.byID, id)
	s.clients.order = slices.DeleteFunc(s.clients.order, func(c *client) bool { return c.id == id })
	s.tokens.endAll(id, nil)
}

// isPerson reports whether there is a client of that id which is no group.
func (s *Server) isPerson(id string) bool {
	c, ok := s.clients.byID[id]
	return ok && !c.group
}

func clientNotFound(id string) *apiError {
	return refuse(http.StatusNotFound, "CLIENT_NOT_FOUND", "Client with id '"+id+"' not found")
}

// ensureClient finds a client, or makes it with what the server puts into every one.
func (s *Server) ensureClient(id string) *client {
	if c, ok := s.clients.byID[id]; ok {
		return c
	}
	var shown time.Time
	if after := s.opts.ClientsShownAfter; after > 0 { // else a clock that goes back hides nobody
		shown = s.now().Add(after)
	}
	return s.clients.add(&client{id: id, shown: shown, fields: map[string]any{
		"_id":                      id,
		"__v":                      json.Number("0"),
		"appID":                    s.opts.AppID,
		"isRobot":                  false,
		"lastJoinOrCreateRoomTime": formatTime(s.now()),
		"mute":                     []any{},
	}})
}

// merge stores the fields sent and leaves the others as they are.
func (c *client) merge(fields map[string]any) {
	for name, value := range fields {
		if !notStored[name] {
			c.fields[name] = value
		}
	}
}

// notStored are the fields of a request that do not become a client's: those that the server sets, and the token options.
var notStored = map[string]bool{
	"_id": true, "id": true, "__v": true, "appID": true, "mute": true, "address": true, "userAgent": true,
	"lastJoinOrCreateRoomTime": true, "lastLoginTimeMS": true, "updatedAt": true,
	"issueAccessToken": true, "token": true, "expirationDate": true,
}

// volatile are the fields that change by themselves with every reply that shows a client.
func (s *Server) volatile() map[string]any {
	// Within the current second, so that it is new each time and yet never in the future.
	moment := s.now().Truncate(time.Second).Add(time.Duration(s.replies%1000) * time.Millisecond)
	return map[string]any{
		"updatedAt":       formatTime(moment),
		"lastLoginTimeMS": number(moment.UnixMilli()),
		"userAgent":       "Mozilla/5.0 (sandbox) Reply/" + strconv.Itoa(s.replies),
		"address":         map[string]any{"port": number(1024 + s.replies%60000), "family": "IPv6", "address": "::1"},
	}
}

// show is the whole client as replies have it.
func (s *Server) show(c *client) map[string]any {
	shown := s.volatile()
	maps.Copy(shown, c.fields)
	shown["id"] = c.id
	if c.group {
		shown["clientType"] = "group"
	}
	return shown
}

// What the requests have. A client may have fields of the application's own besides.
var (
	upsertFields = fieldChecks{
		"_id": isFilled, "nickname": orNull(isText), "avatarUrl": orNull(isText), "description": orNull(isText), "isRobot": orNull(isFlag),
		"issueAccessToken": isFlag, "token": isFilled, "expirationDate": isTime,
	}
	batchFields = fieldChecks{"_id": isFilled, "nickname": orNull(isText), "avatarUrl": orNull(isText)}
)

// upsert serves POST /admin/clients: create or update one client, and give it a token if so asked.
func (s *Server) upsert(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	if err := upsertFields.checkTypes(body, "_id"); err != nil {
		return reply{}, err
	}
	id, _ := body["_id"].(string)
	id = s.keptID(id)
	body["_id"] = id
	op, err := s.tokenOperation(id, body)
	if err != nil {
		return reply{}, err
	}
	if err := s.checkUpsert(id, op.wanted()); err != nil {
		return reply{}, err
	}
	for name, value := range body {
		if upsertFields[name] == nil {
			body[name] = s.stored(value)
		}
	}
	cl := s.ensureClient(id)
	cl.merge(body)
	return s.upsertReply(cl, op), nil
}

// keptID is the form in which the server keeps an id.
func (s *Server) keptID(id string) string {
	if s.opts.LowerCaseIDs {
		return strings.ToLower(id)
	}
	return id
}

func (s *Server) keptIDs(ids []string) []string {
	for i, id := range ids {
		ids[i] = s.keptID(id)
	}
	return ids
}

// stored is what the server stores of a value of the application's own.
func (s *Server) stored(value any) any {
	if s.opts.Store == nil {
		return value
	}
	return s.opts.Store(value)
}

// checkUpsert refuses what the server is set to refuse.
func (s *Server) checkUpsert(id string, tokenWanted bool) *apiError {
	_, known := s.clients.byID[id]
	switch {
	case s.refused[id]:
		return invalidRequest("A record was refused")
	case known && s.opts.RejectExistingOnUpsert:
		return refuse(http.StatusConflict, "USER_EXISTS", "User with _id '"+id+"' already exists")
	case !known && s.opts.RejectUnknownOnUpsert,
		!known && s.opts.RequireKnownClientForTokens && tokenWanted:
		return clientNotFound(id)
	}
	return nil
}

// maxBatch is how many records one batch may have, and how many ids one query may list.
const maxBatch = 100

// upsertMany serves POST /admin/clients/list: all the records or, when one is wrong, none.
func (s *Server) upsertMany(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	data, ok := body["data"].([]any)
	switch {
	case !ok:
		return reply{}, invalidRequest("data must be an array")
	case len(data) > maxBatch:
		return reply{}, invalidRequest("data must have at most 100 records")
	}
	records := make([]map[string]any, len(data))
	for i, value := range data {
		if records[i], ok = value.(map[string]any); !ok {
			return reply{}, invalidRequest("A record must be an object")
		}
		if err := batchFields.check(records[i], "_id"); err != nil {
			return reply{}, err
		}
		if id, _ := records[i]["_id"].(string); s.refused[id] {
			return reply{}, invalidRequest("A record was refused")
		}
	}
	count := 0
	for _, record := range records {
		if id, _ := record["_id"].(string); !s.skipped[id] {
			s.ensureClient(id).merge(record)
			count++
		}
	}
	return success(map[string]any{"count": count}), nil
}

// RefuseIDs makes the server refuse upserts of these clients, alone or in a batch, without saying which of a
// batch it minds. It replaces the ids set before.
func (s *Server) RefuseIDs(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = setOf(ids)
}

// SkipIDs makes the server leave these clients out of batches without a word: only the count shows it. It
// replaces the ids set before.
func (s *Server) SkipIDs(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped = setOf(ids)
}

// What follows, here and in the other files, are edits and looks behind the caller's back, as somebody else would
// make them. They take ids exactly as they are and leave no trace in the request log.

// PutClient creates a client or merges fields into it, as an admin console would. Fields that change by
// themselves, such as updatedAt, keep the value put here. Values must be what JSON can say.
func (s *Server) PutClient(id string, fields map[string]any) {
	normal := normalize(fields)
	delete(normal, "_id")
	delete(normal, "id")
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.ensureClient(id).fields, normal)
}

// RemoveFields takes fields away from a client.
func (s *Server) RemoveFields(id string, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients.byID[id]
	if !ok {
		return
	}
	for _, name := range names {
		if name != "_id" {
			delete(c.fields, name)
		}
	}
}

// RemoveClient deletes a client and its tokens, for which the API has no call.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeClient(id)
}

// Client is a copy of every stored field of a client, "_id" included and those that change by themselves not.
// Numbers are json.Number. A group is no client here.
func (s *Server) Client(id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isPerson(id) {
		return nil, false
	}
	return normalize(s.clients.byID[id].fields), true
}

// ClientIDs lists the clients, groups aside, in the order of insertion.
func (s *Server) ClientIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.clients.order))
	for _, c := range s.clients.order {
		if !c.group {
			ids = append(ids, c.id)
		}
	}
	return ids
}
