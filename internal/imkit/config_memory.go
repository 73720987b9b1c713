package imkit

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// configMemory is what a run remembers of the run-time configuration: what it
// wrote, as long as the server may show what was there before.
type configMemory struct {
	mu      sync.Mutex
	written map[string]writtenValue
}

type writtenValue struct {
	value any // absent: it was deleted
	at    time.Time
}

// wrote remembers what the server has now.
func (m *configMemory) wrote(keys map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.written == nil {
		m.written = map[string]writtenValue{}
	}
	for key, value := range keys {
		m.written[key] = writtenValue{value, time.Now()}
	}
}

// forget makes the server's word on a key count again.
func (m *configMemory) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.written, key)
}

// seen returns what there is, given what the server showed when it was asked: what
// was written before and does not show is there nevertheless, as long as the server
// may lag. To send it as a whole, what was written longer ago than that counts as
// well, for what is missing then is lost; but not what was deleted. What shows is
// remembered no longer.
func (m *configMemory) seen(shown map[string]any, asked time.Time, toSend bool) map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := maps.Clone(shown)
	for _, key := range slices.Collect(maps.Keys(m.written)) {
		w := m.written[key]
		_, deleted := w.value.(absent)
		switch {
		case sameValue(valueOf(shown, key), w.value):
			delete(m.written, key)
		case toSend && !deleted, asked.Sub(w.at) < lagTime:
			put(all, key, w.value)
		}
	}
	return all
}

// put gives a key a value, or takes it away.
func put(all map[string]any, key string, value any) {
	if _, gone := value.(absent); gone {
		delete(all, key)
	} else {
		all[key] = value
	}
}
