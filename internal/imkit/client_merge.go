package imkit

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long look-ups of single clients wait for others to share their request.
const (
	// gatherTime is the wait of a look-up on its own. Each one that joins it
	// within that time begins it anew.
	gatherTime = 5 * time.Millisecond
	// Amid others, a request waits until most of them have joined, or none did
	// for lullTime. Terraform's objects follow each other at intervals of up to
	// tens of milliseconds, and those that wait hold up none of the rest.
	lullTime = 100 * time.Millisecond
	// crowdTime is the longest wait of all.
	crowdTime = 250 * time.Millisecond
	// slowTime is from when on a request takes so long that two under way are
	// worth more requests: what one answered is worked on while the other waits.
	slowTime = 40 * time.Millisecond
)

// merger merges look-ups of single clients that happen at the same moment into
// one request. It remembers nothing: an answer is for those who waited when
// its request was sent.
//
// There are libraries that gather calls this way. What they leave to their
// users is most of the work: requests no longer than a URL may be, readers
// that leave, and a request that fails because of one id.
type merger struct {
	api *API

	mu        sync.Mutex
	gathering *gathering // nil: none
	waiting   int        // readers without an answer
	// peak is how many readers were waiting at once, lately. As many are likely
	// to come again: each has one answer to work on at a time.
	peak  int
	quiet time.Time     // when a reader last ceased to wait
	sent  time.Time     // when the last request was sent
	took  time.Duration // of the last answer
}

// gathering is the readers that share a request. Its fields are guarded by the
// merger's lock.
type gathering struct {
	// ctx has the values of the first reader's, and ends with the last reader.
	ctx    context.Context //nolint:containedctx // It belongs to the request, whose readers come and go.
	cancel context.CancelFunc
	timer  *time.Timer
	lull   time.Duration // gatherTime, then lullTime
	end    time.Time     // of crowdTime
	peak   int           // the merger's when it began
	// readers that wait, by the id they ask for.
	readers map[string][]reader
	waiting int
	length  int // of the ids, as queryLength has it
}

// reader is where someone waits for one client. It has room for the answer.
type reader chan lookedUp

// lookedUp is an answer; both are nil when there is no such client.
type lookedUp struct {
	client *Client
	err    error
}

// lookUp returns nil when there is no such client.
func (m *merger) lookUp(ctx context.Context, id string) (*Client, error) {
	r := make(reader, 1)
	g := m.join(ctx, id, r)
	select {
	case answer := <-r:
		return answer.client, answer.err
	case <-ctx.Done():
		m.leave(g, id, r)
		return nil, notAwaited(http.MethodGet, pathClients, ctx.Err())
	}
}

// join adds a reader to those that gather.
func (m *merger) join(ctx context.Context, id string, r reader) *gathering {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting == 0 && time.Since(m.quiet) > lullTime {
		m.peak = 0
	}
	m.waiting++
	m.peak = max(m.peak, m.waiting)

	if g := m.gathering; g != nil && g.readers[id] == nil && g.length+queryLength(id) > maxQuery {
		m.send(g)
	}
	g := m.gathering
	if g == nil {
		g = m.gather(ctx)
	}
	if g.readers[id] == nil {
		g.length += queryLength(id)
	}
	g.readers[id] = append(g.readers[id], r)
	g.waiting++
	if wait := m.wait(g); wait > 0 {
		g.timer.Reset(wait)
	} else {
		m.send(g)
	}
	return g
}

// wait is how long a gathering waits for the next reader. The caller holds the
// lock.
func (m *merger) wait(g *gathering) time.Duration {
	// After the first of a crowd, and of one that still grows, more may come at
	// this very moment.
	waited := g.lull == lullTime || m.slow() && g.peak == m.peak && g.peak > 1
	switch {
	case len(g.readers) == MaxLookUp:
		return 0
	case waited && m.most(g) && m.slow(): // half an answer apart, those of two do not get in each other's way
		return min(time.Until(m.sent.Add(m.took/2)), time.Until(g.end))
	case waited && m.most(g):
		return 0
	default:
		return min(g.lull, time.Until(g.end))
	}
}

// slow reports whether two requests should be under way at a time. Where
// requests are scarce, few of them are quicker. The caller holds the lock.
func (m *merger) slow() bool {
	return m.took >= slowTime && (m.api.limiter == nil || m.api.limiter.Tokens() >= 1)
}

// gather begins a gathering. The caller holds the lock.
func (m *merger) gather(ctx context.Context) *gathering {
	g := &gathering{readers: map[string][]reader{}, lull: gatherTime, end: time.Now().Add(crowdTime), peak: m.peak}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx))
	g.timer = time.AfterFunc(gatherTime, func() { m.timeUp(g) })
	m.gathering = g
	return g
}

// timeUp sends the request of a gathering, unless there is reason to wait for
// more readers.
func (m *merger) timeUp(g *gathering) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.gathering != g: // it was sent at the same moment
	case m.most(g):
		m.send(g)
	case g.lull == gatherTime:
		g.lull = lullTime
		g.timer.Reset(min(g.lull, time.Until(g.end)))
	default: // they do not come any longer
		m.peak = max(m.waiting, m.peak/2)
		m.send(g)
	}
}

// most reports whether enough of the readers that may be expected have
// gathered: not all, since of many some are always slow, and half of them where
// the server is slow.
func (m *merger) most(g *gathering) bool {
	if m.slow() {
		return 2*g.waiting >= m.peak
	}
	return 8*g.waiting >= 7*m.peak
}

// send ends a gathering and sends its request. The caller holds the lock.
func (m *merger) send(g *gathering) {
	m.gathering = nil
	m.sent = time.Now()
	g.timer.Stop()
	ids := slices.Sorted(maps.Keys(g.readers))
	go func() {
		defer g.cancel()
		failed := divide(lookUpsAtATime, ids, func(ids []string) error {
			start := time.Now()
			found, bad, err := m.api.lookUp(g.ctx, ids)
			m.answered(time.Since(start))
			if err != nil && len(bad) == 0 {
				return err
			}
			for _, id := range ids {
				if bad[id] {
					m.answer(g, id, lookedUp{err: notAbsence(err)})
				} else {
					m.answer(g, id, lookedUp{client: found[id]})
				}
			}
			return nil
		}, lookUpPatience)
		for _, part := range failed {
			for _, id := range part.items {
				m.answer(g, id, lookedUp{err: notAbsence(part.err)})
			}
		}
	}()
}

// answered notes how long a request took.
func (m *merger) answered(took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took = took
}

// answer answers those who wait for an id; each gets a client of its own.
func (m *merger) answer(g *gathering, id string, a lookedUp) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range g.readers[id] {
		r <- lookedUp{client: a.client.clone(), err: a.err}
	}
	m.left(g, len(g.readers[id]))
	delete(g.readers, id)
}

// leave takes a reader away that does not wait any longer. The last one to
// leave ends the request.
func (m *merger) leave(g *gathering, id string, r reader) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(g.readers[id], r)
	if i < 0 {
		return // it was answered at the same moment
	}
	m.left(g, 1)
	g.readers[id] = slices.Delete(g.readers[id], i, i+1)
	if len(g.readers[id]) == 0 {
		delete(g.readers, id)
		g.length -= queryLength(id)
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
func (m *merger) left(g *gathering, n int) {
	g.waiting -= n
	m.waiting -= n
	m.quiet = time.Now()
}
