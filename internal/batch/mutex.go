package batch

import (
	"context"
	"sync"
)

// Mutex is a mutex for each key. Those who wait for one get it in the order in which
// they asked. The zero value is ready for use. It must not be copied.
type Mutex[K comparable] struct {
	mu    sync.Mutex
	locks map[K]*lock // of the keys that somebody holds or waits for
}

type lock struct {
	held  chan struct{} // full while somebody holds it
	users int
}

// Lock waits for the lock of a key and returns what unlocks it. The error is the
// context's.
func (m *Mutex[K]) Lock(ctx context.Context, key K) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := m.join(key)
	select {
	case l.held <- struct{}{}:
		return func() {
			<-l.held
			m.leave(key, l)
		}, nil
	case <-ctx.Done():
		m.leave(key, l)
		return nil, ctx.Err()
	}
}

func (m *Mutex[K]) join(key K) *lock {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.locks[key]
	if l == nil {
		if m.locks == nil {
			m.locks = map[K]*lock{}
		}
		l = &lock{held: make(chan struct{}, 1)}
		m.locks[key] = l
	}
	l.users++
	return l
}

func (m *Mutex[K]) leave(key K, l *lock) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.users--
	if l.users == 0 {
		delete(m.locks, key)
	}
}
