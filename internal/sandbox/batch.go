package sandbox

// maxBatch is how many records one batch may have, and how many ids one query may list.
const maxBatch = 100

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

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

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
		if err := s.checkRecord(records[i]); err != nil {
			return reply{}, err
		}
	}
	count := 0
	for _, record := range records {
		id, _ := record["_id"].(string)
		if s.skipped[id] {
			continue
		}
		s.ensureClient(id).merge(record)
		count++
	}
	return success(map[string]any{"count": count}), nil
}

// checkRecord wants an id, and none but the three fields that batches have.
func (s *Server) checkRecord(record map[string]any) *apiError {
	id, err := requiredString(record, "_id")
	if err != nil {
		return err
	}
	for name := range record {
		switch name {
		case "_id", "nickname", "avatarUrl":
		default:
			return invalidRequest("A record has a field other than _id, nickname and avatarUrl")
		}
	}
	if s.refused[id] {
		return invalidRequest("A record was refused")
	}
	return checkProfile(record)
}
