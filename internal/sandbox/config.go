package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// configuration is what was valid from a time on. It is never changed.
type configuration struct {
	since  time.Time
	values map[string]any
}

// configAt is the configuration as it was at a time.
func (s *Server) configAt(t time.Time) map[string]any {
	for _, version := range slices.Backward(s.config) {
		if !version.since.After(t) {
			return version.values
		}
	}
	return map[string]any{}
}

// currentConfig is the configuration as it is. The clock may have gone back since it was written.
func (s *Server) currentConfig() map[string]any {
	if len(s.config) == 0 {
		return map[string]any{}
	}
	return s.config[len(s.config)-1].values
}

// changeConfig makes a new version of the configuration.
func (s *Server) changeConfig(change func(values map[string]any)) {
	values := maps.Clone(s.currentConfig())
	change(values)
	s.config = append(s.config, configuration{s.now(), values})
}

// readConfig serves GET /config: all of it.
func (s *Server) readConfig(c *call) (reply, *apiError) {
	if c.user == "" {
		if err := refuseKey(s.opts.Config.RefuseRead); err != nil {
			return reply{}, err
		}
	}
	return success(s.configAt(s.now().Add(-s.opts.Config.ShownAfter))), nil
}

// writeConfig serves POST /config, and answers what was written.
func (s *Server) writeConfig(c *call) (reply, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return reply{}, err
	}
	if _, there := body[""]; there {
		return reply{}, invalidRequest("A key must not be empty")
	}
	for key, value := range body {
		body[key] = s.stored(value)
	}
	s.changeConfig(func(values map[string]any) {
		if s.opts.Config.Replace {
			clear(values)
		}
		maps.Copy(values, body)
	})
	return success(body), nil
}

// deleteConfig serves DELETE /config/{key}.
func (s *Server) deleteConfig(c *call) (reply, *apiError) {
	if _, there := s.currentConfig()[c.configKey]; !there && !s.opts.Config.IgnoreMissing {
		return reply{}, refuse(http.StatusNotFound, "CONFIG_NOT_FOUND", "The specified config key does not exist")
	}
	s.changeConfig(func(values map[string]any) { delete(values, c.configKey) })
	return success(map[string]any{}), nil
}

// PutConfig sets one key. The value must be what JSON can say.
func (s *Server) PutConfig(key string, value any) {
	normal := normalize(map[string]any{key: value})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changeConfig(func(values map[string]any) { maps.Copy(values, normal) })
}

// RemoveConfig deletes one key.
func (s *Server) RemoveConfig(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changeConfig(func(values map[string]any) { delete(values, key) })
}

// Config is a copy of the configuration as it is, whatever a read may show. Numbers are json.Number.
func (s *Server) Config() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return normalize(s.currentConfig())
}
