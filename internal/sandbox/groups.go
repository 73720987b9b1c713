package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// A group is a client that stands for others: it has members, and an id among the clients' ids.

// groups lists the groups in the order of making.
func (s *Server) groups() []*client {
	return slices.DeleteFunc(slices.Clone(s.clients.order), func(c *client) bool { return !c.group })
}

// addGroup makes a group with what the server puts into every one.
func (s *Server) addGroup(id string, fields map[string]any) *client {
	now := formatTime(s.now())
	all := map[string]any{"appID": s.opts.AppID, "members": []any{}, "createdAt": now, "updatedAt": now}
	maps.Copy(all, fields)
	all["_id"] = id
	g := s.clients.add(&client{id: id, fields: all, group: true})
	s.noteListed(g)
	return g
}

// groupVersion is a group as lists have it from a time on.
type groupVersion struct {
	since time.Time
	shown map[string]any
}

// noteListed has lists show a group as it is now, in time.
func (s *Server) noteListed(g *client) {
	shown := pick(g.fields, "_id", "nickname", "avatarUrl", "members")
	shown["id"] = g.fields["_id"]
	g.versions = append(g.versions, groupVersion{s.now(), shown})
}

// listed is the newest version of a group that lists show now, nil if there is none yet.
func (s *Server) listed(g *client) map[string]any {
	for _, version := range slices.Backward(g.versions) {
		if after := s.opts.Groups.ListedAfter; after == 0 || !version.since.Add(after).After(s.now()) {
			return version.shown
		}
	}
	return nil
}

// updatedGroup is what an update makes of a group's fields.
func (s *Server) updatedGroup(g *client, sent map[string]any) map[string]any {
	fields := maps.Clone(g.fields)
	if s.opts.Groups.ClearLeftOut {
		delete(fields, "avatarUrl")
		fields["members"] = []any{}
	}
	maps.Copy(fields, sent)
	if s.opts.Groups.MergeMembers {
		had, _ := g.fields["members"].([]any)
		more, _ := sent["members"].([]any)
		fields["members"] = asList(texts(slices.Concat(had, more)))
	}
	fields["updatedAt"] = formatTime(s.now())
	return fields
}

var groupFields = fieldChecks{"_id": isFilled, "nickname": isFilled, "avatarUrl": isText, "members": isIDList}

// saveGroup serves POST /admin/groups: a create that some servers take for an update too.
func (s *Server) saveGroup(c *call) (reply, *apiError) {
	body, err := groupFields.decode(c, "nickname")
	if err != nil {
		return reply{}, err
	}
	id, given := body["_id"].(string)
	if !given {
		id = s.newID()
	}
	id = s.keptID(id)
	body["_id"] = id
	for _, member := range texts(body["members"]) {
		if !s.isPerson(member) {
			return reply{}, s.memberRefusal(member, "does not exist")
		}
	}
	if _, sent := body["members"]; sent {
		body["members"] = asList(texts(body["members"]))
	}
	known, there := s.clients.byID[id]
	if !there {
		return success(showSaved(s.addGroup(id, body).fields)), nil
	}
	if !known.group || s.opts.Groups.OnExisting == RefuseExisting {
		return reply{}, refuse(http.StatusConflict, "GROUP_ALREADY_EXISTS", "A group with this ID already exists")
	}
	updated := s.updatedGroup(known, body)
	if s.opts.Groups.OnExisting == UpdateExisting {
		known.fields = updated
		s.noteListed(known)
	}
	return success(showSaved(updated)), nil
}

// showSaved is a group as the reply to its saving has it.
func showSaved(fields map[string]any) map[string]any {
	return pick(fields, "_id", "nickname", "avatarUrl", "members", "createdAt", "updatedAt")
}

// listGroups serves GET /admin/groups.
func (s *Server) listGroups(c *call) (reply, *apiError) {
	limit, ok := wholeNumber(c.URL.Query(), "limit", s.opts.Groups.DefaultLimit)
	if !ok || limit < 1 {
		return reply{}, invalidQuery("limit must be a whole number, 1 or more")
	}
	if most := s.opts.Groups.ListCap; most > 0 {
		limit = min(limit, most)
	}
	total, data := 0, []any{}
	for _, g := range s.groups() {
		shown := s.listed(g)
		if shown == nil {
			continue
		}
		if total++; total <= limit {
			data = append(data, shown)
		}
	}
	return success(map[string]any{"totalCount": total, "data": data}), nil
}

// PutGroup creates a group or merges fields into it: "nickname", "avatarUrl" and "members", a list of ids. Values
// must be what JSON can say. The id must not be a client's.
func (s *Server) PutGroup(id string, fields map[string]any) {
	normal := normalize(fields)
	delete(normal, "_id")
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.clients.byID[id]
	switch {
	case !ok:
		s.addGroup(id, normal)
	case !g.group:
		panic("sandbox: PutGroup: " + id + " is a client")
	default:
		maps.Copy(g.fields, normal)
		s.noteListed(g)
	}
}

// Group is a copy of every stored field of a group.
func (s *Server) Group(id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.clients.byID[id]
	if !ok || !g.group {
		return nil, false
	}
	return normalize(g.fields), true
}

// GroupIDs lists the groups in the order of making.
func (s *Server) GroupIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, g := range s.groups() {
		ids = append(ids, g.id)
	}
	return ids
}

// RemoveGroup deletes a group and its tokens, for which the API has no call.
func (s *Server) RemoveGroup(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.clients.byID[id]; ok && g.group {
		s.removeClient(id)
	}
}
