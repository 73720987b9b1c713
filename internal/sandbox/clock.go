package sandbox

import "time"

// clock is real time plus an offset, or frozen.
type clock struct {
	offset time.Duration
	frozen time.Time // zero while the clock runs
}

// Now is the time by the server's clock, in UTC.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the clock; a negative duration moves it back.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock.frozen.IsZero() {
		s.clock.offset += d
		return
	}
	s.clock.frozen = s.clock.frozen.Add(d)
}

// SetTime freezes the clock at a time, which the header Date then says as well. Advance moves it from there.
func (s *Server) SetTime(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.frozen = t.UTC()
}

// now is Now for callers that hold the lock.
func (s *Server) now() time.Time {
	if !s.clock.frozen.IsZero() {
		return s.clock.frozen
	}
	return s.opts.Now().Add(s.clock.offset).UTC().Round(0)
}

// isoMillis is how the API writes times.
const isoMillis = "2006-01-02T15:04:05.000Z07:00"

// formatTime writes a time as the API does: UTC, ISO 8601, milliseconds.
func formatTime(t time.Time) string { return t.UTC().Format(isoMillis) }
