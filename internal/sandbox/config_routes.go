package sandbox

import (
	"maps"
	"net/http"
)

// readConfig serves GET /config: all of it.
func (s *Server) readConfig(*call) (reply, *apiError) {
	if err := refuseKey(s.opts.Config.RefuseRead); err != nil {
		return reply{}, err
	}
	return success(s.config.at(s.now().Add(-s.opts.Config.ShownAfter))), nil
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
	s.config.change(s.now(), func(values map[string]any) {
		if s.opts.Config.Replace {
			clear(values)
		}
		maps.Copy(values, body)
	})
	return success(body), nil
}

// deleteConfig serves DELETE /config/{key}.
func (s *Server) deleteConfig(c *call) (reply, *apiError) {
	if _, there := s.config.current()[c.configKey]; !there && !s.opts.Config.IgnoreMissing {
		return reply{}, &apiError{
			status: http.StatusNotFound, code: "CONFIG_NOT_FOUND", message: "The specified config key does not exist",
		}
	}
	s.config.change(s.now(), func(values map[string]any) { delete(values, c.configKey) })
	return success(map[string]any{}), nil
}
