package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// defaultGroupLimit is how many groups a list shows unless it is told otherwise. No page says it.
const defaultGroupLimit = 10

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
	if s.opts.Groups.LowerCaseIDs {
		id = strings.ToLower(id)
		body["_id"] = id
	}
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
		known = s.addGroup(id, body)
		return success(showSaved(known.fields)), nil
	}
	if !known.group || s.opts.Groups.OnExisting == RefuseExisting {
		return reply{}, &apiError{
			status: http.StatusConflict, code: "GROUP_ALREADY_EXISTS", message: "A group with this ID already exists",
		}
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
	shown := showGroup(fields)
	delete(shown, "id")
	shown["createdAt"], shown["updatedAt"] = fields["createdAt"], fields["updatedAt"]
	return shown
}

// listGroups serves GET /admin/groups.
func (s *Server) listGroups(c *call) (reply, *apiError) {
	limit := s.opts.Groups.DefaultLimit
	if params := c.URL.Query(); params.Has("limit") {
		n, err := strconv.Atoi(params.Get("limit"))
		if err != nil || n < 1 {
			return reply{}, invalidQuery("limit must be a whole number, 1 or more")
		}
		limit = n
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
