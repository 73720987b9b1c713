package imkit

import (
	"maps"
	"sync"
	"time"
)

// ConfigLag is how long a server may go on showing what a key of the run-time
// configuration had before it was written. What it shows after that is what it has.
//
// https://docs.imkit.io: GET /config.
const ConfigLag = time.Minute

// configMemory is what a run remembers of the run-time configuration: what it
// wrote, as long as the server may show anything that was there before.
type configMemory struct {
	mu      sync.Mutex
	written map[string]writtenValue
	// held are keys that a write may have taken away, as long as nobody knows whether
	// it has, and until they are put back.
	held map[string]any
}

type writtenValue struct {
	value any // absent: it was deleted
	at    time.Time
}

// absent stands for the value of a key that is not there.
type absent struct{}

// valueOf returns the value of a key, or absent.
func valueOf(all map[string]any, key string) any {
	if v, ok := all[key]; ok {
		return v
	}
	return absent{}
}

// put gives a key a value, or takes it away.
func put(all map[string]any, key string, value any) {
	if _, gone := value.(absent); gone {
		delete(all, key)
	} else {
		all[key] = value
	}
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

// hold has these keys be there, whatever the server shows; nil ends that.
func (m *configMemory) hold(keys map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = keys
}

// seen returns what there is, given what the server showed when it was asked. That
// it shows what was written is no sign that it will not show something older in the
// next moment.
func (m *configMemory) seen(shown map[string]any, asked time.Time) map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := maps.Clone(shown)
	maps.Copy(all, m.held)
	for key, w := range m.written {
		if asked.Sub(w.at) < ConfigLag {
			put(all, key, w.value)
		} else {
			delete(m.written, key)
		}
	}
	return all
}
