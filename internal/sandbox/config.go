package sandbox

import (
	"maps"
	"slices"
	"time"
)

// configuration is what was valid from a time on. It is never changed.
type configuration struct {
	since  time.Time
	values map[string]any
}

// configStore holds the configuration as it is and as it was, the newest last.
type configStore struct{ versions []configuration }

// current is the configuration as it is.
func (cs *configStore) current() map[string]any {
	if len(cs.versions) == 0 {
		return map[string]any{}
	}
	return cs.versions[len(cs.versions)-1].values
}

// at is the configuration as it was at a time.
func (cs *configStore) at(t time.Time) map[string]any {
	for _, version := range slices.Backward(cs.versions) {
		if !version.since.After(t) {
			return version.values
		}
	}
	return map[string]any{}
}

// change makes a new version of the configuration.
func (cs *configStore) change(now time.Time, change func(values map[string]any)) {
	values := maps.Clone(cs.current())
	change(values)
	cs.versions = append(cs.versions, configuration{now, values})
}

// PutConfig sets one key behind the caller's back. The value must be what JSON can say.
func (s *Server) PutConfig(key string, value any) {
	normal := normalize(map[string]any{key: value})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.change(s.now(), func(values map[string]any) { maps.Copy(values, normal) })
}

// RemoveConfig deletes one key behind the caller's back.
func (s *Server) RemoveConfig(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.change(s.now(), func(values map[string]any) { delete(values, key) })
}

// Config is a copy of the configuration as it is, whatever a read may show. Numbers are json.Number.
func (s *Server) Config() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return normalize(s.config.current())
}
