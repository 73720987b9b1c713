package imkit

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// source is what a [merger] reads, and how.
type source[V any] struct {
	// path is the template of the path that is read, for errors.
	path string
	// fetch reads what has the given keys, each once and sorted, in one call. A
	// key that is not in found is the zero value's. An error concerns all of the
	// keys or, with bad, those only: the others were read nevertheless.
	fetch func(ctx context.Context, keys []string) (found map[string]V, bad map[string]bool, err error)
	// most is the greatest number of keys in one call; 1 for a single thing, whose
	// key may be anything.
	most int
	// room is what a key takes of [maxQuery] in one call. nil: nothing.
	room func(key string) int
	// crowd is how many readers are expected from the start. 0: nobody knows.
	crowd int
	// clone copies what was read, so that each reader can change its own.
	clone func(V) V
}

// merger merges reads of single things that happen at the same moment into one
// call. It remembers nothing: an answer is for those who waited when its request
// was sent.
//
// There are libraries that gather calls this way. What they leave to their
// users is most of the work: requests no longer than a URL may be, readers
// that leave, and a request that fails because of one key.
type merger[V any] struct {
	source[V]
	api *API

	mu        sync.Mutex
	gathering *gathering[V] // nil: none
	waiting   int           // readers without an answer
	// peak is how many readers were waiting at once, lately. As many are likely
	// to come again: each has one answer to work on at a time.
	peak  int
	quiet time.Time     // when a reader last ceased to wait
	sent  time.Time     // when the last request was sent
	took  time.Duration // of the last answer
}

// newMerger returns a merger for things of one kind that one call can read
// together: all clients, or one room, or the one list of groups. It lives as
// long as the [API].
func newMerger[V any](a *API, s source[V]) *merger[V] {
	if s.room == nil {
		s.room = func(string) int { return 0 }
	}
	return &merger[V]{api: a, source: s}
}

// gathering is the readers that share a request. Its fields are guarded by the
// merger's lock.
type gathering[V any] struct {
	// ctx has the values of the first reader's, and ends with the last reader.
	ctx    context.Context //nolint:containedctx // It belongs to the request, whose readers come and go.
	cancel context.CancelFunc
	timer  *time.Timer
	lull   time.Duration // gatherTime, then lullTime
	began  time.Time
	queued bool // for the rate limit
	// readers that wait, by the key they ask for.
	readers map[string][]reader[V]
	waiting int
	length  int // of the keys, as room has it
}

// reader is where someone waits for one thing. It has room for the answer.
type reader[V any] chan outcome[V]

// outcome is an answer.
type outcome[V any] struct {
	value V
	err   error
}

// read returns what has the key, for the caller alone. When its context ends, it
// returns at once, and the others have their answers nevertheless.
func (m *merger[V]) read(ctx context.Context, key string) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, neverSent(http.MethodGet, m.path, err)
	}
	r := make(reader[V], 1)
	g := m.join(ctx, key, r)
	select {
	case answer := <-r:
		return answer.value, answer.err
	case <-ctx.Done():
		m.leave(g, key, r)
		return none, notAwaited(http.MethodGet, m.path, ctx.Err())
	}
}

// join adds a reader to those that gather.
func (m *merger[V]) join(ctx context.Context, key string, r reader[V]) *gathering[V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting == 0 && time.Since(m.quiet) > lullTime && !m.scarce() {
		m.peak = m.crowd
	}
	m.waiting++
	m.peak = max(m.peak, m.waiting)

	if g := m.gathering; g != nil && g.readers[key] == nil && (len(g.readers) == m.most || g.length+m.room(key) > maxQuery) {
		m.close(g)
	}
	g := m.gathering
	if g == nil {
		g = m.gather(ctx)
	}
	if g.readers[key] == nil {
		g.length += m.room(key)
	}
	g.readers[key] = append(g.readers[key], r)
	g.waiting++
	if !g.queued {
		if wait := m.wait(g); wait > 0 {
			g.timer.Reset(wait)
		} else {
			m.send(g)
		}
	}
	return g
}

// gather begins a gathering. The caller holds the lock.
func (m *merger[V]) gather(ctx context.Context) *gathering[V] {
	g := &gathering[V]{readers: map[string][]reader[V]{}, lull: m.firstLull(), began: time.Now()}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx)) //nolint:gosec // Its call, or the last reader to leave, calls cancel.
	g.timer = time.AfterFunc(g.lull, func() { m.timeUp(g) })
	m.gathering = g
	return g
}

// close ends a gathering that has no room. The caller holds the lock.
func (m *merger[V]) close(g *gathering[V]) {
	if !g.queued {
		m.send(g)
	}
	m.gathering = nil
}

// send sends the request of a gathering. Where that has to wait for its turn, more
// readers may join until then. The caller holds the lock.
func (m *merger[V]) send(g *gathering[V]) {
	g.timer.Stop()
	if m.api.limiter == nil || m.api.limiter.Allow() {
		m.depart(withTurn(g.ctx), g)
		return
	}
	if _, refused := m.api.breaker.begin(); refused != nil { // there is nothing to wait for
		m.depart(g.ctx, g)
		return
	}
	g.queued = true
	go func() {
		_ = waitForTurn(g.ctx, m.api.limiter)
		m.mu.Lock()
		defer m.mu.Unlock()
		if g.ctx.Err() == nil { // not all have left
			m.depart(withTurn(g.ctx), g)
		}
	}()
}

// depart ends a gathering and makes its call. The caller holds the lock.
func (m *merger[V]) depart(ctx context.Context, g *gathering[V]) {
	if m.gathering == g {
		m.gathering = nil
	}
	m.sent = time.Now()
	keys := slices.Sorted(maps.Keys(g.readers))
	go func() {
		defer g.cancel()
		failed := divide(lookUpsAtATime, keys, func(keys []string) error {
			start := time.Now()
			found, bad, err := m.fetch(ctx, keys)
			m.answered(time.Since(start))
			if err != nil && len(bad) == 0 {
				return err
			}
			for _, key := range keys {
				if bad[key] {
					m.answer(g, key, outcome[V]{err: err})
				} else {
					m.answer(g, key, outcome[V]{value: found[key]})
				}
			}
			return nil
		}, lookUpPatience)
		for _, part := range failed {
			for _, key := range part.items {
				m.answer(g, key, outcome[V]{err: part.err})
			}
		}
	}()
}

// answered notes how long a request took.
func (m *merger[V]) answered(took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took = took
}

// answer answers those who wait for a key; each gets a value of its own.
func (m *merger[V]) answer(g *gathering[V], key string, o outcome[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range g.readers[key] {
		own := o
		if o.err == nil {
			own.value = m.clone(o.value)
		}
		r <- own
	}
	m.left(g, len(g.readers[key]))
	delete(g.readers, key)
}

// leave takes a reader away that does not wait any longer. The last one to
// leave ends the request.
func (m *merger[V]) leave(g *gathering[V], key string, r reader[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(g.readers[key], r)
	if i < 0 {
		return // it was answered at the same moment
	}
	m.left(g, 1)
	g.readers[key] = slices.Delete(g.readers[key], i, i+1)
	if len(g.readers[key]) == 0 {
		delete(g.readers, key)
		g.length -= m.room(key)
	}
	if g.waiting > 0 {
		return
	}
	g.cancel()
	if m.gathering == g {
		m.gathering = nil
		g.timer.Stop()
	}
}

// left counts readers that wait no longer. The caller holds the lock.
func (m *merger[V]) left(g *gathering[V], n int) {
	g.waiting -= n
	m.waiting -= n
	m.quiet = time.Now()
}
