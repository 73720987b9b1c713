package sandbox

import (
	"maps"
	"slices"
	"time"
)

// A group is a client that stands for others: it has members, and an id among the clients' ids.

// groups lists the groups in the order of making.
func (s *Server) groups() []*client {
	var found []*client
	for _, c := range s.clients.order {
		if c.group {
			found = append(found, c)
		}
	}
	return found
}

// addGroup makes a group with what the server puts into every one.
func (s *Server) addGroup(id string, fields map[string]any) *client {
	now := formatTime(s.now())
	all := map[string]any{"appID": s.opts.AppID, "members": []any{}, "createdAt": now, "updatedAt": now}
	maps.Copy(all, fields)
	all["_id"] = id
	g := s.clients.add(id, all)
	g.group = true
	s.noteListed(g)
	return g
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

// groupVersion is a group as lists have it from a time on.
type groupVersion struct {
	since time.Time
	shown map[string]any
}

// noteListed has lists show a group as it is now, in time.
func (s *Server) noteListed(g *client) {
	g.versions = append(g.versions, groupVersion{s.now(), showGroup(g.fields)})
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

// showGroup is a group as lists have it.
func showGroup(fields map[string]any) map[string]any {
	shown := map[string]any{"id": fields["_id"]}
	for _, name := range []string{"_id", "nickname", "avatarUrl", "members"} {
		if value, ok := fields[name]; ok {
			shown[name] = value
		}
	}
	return shown
}
