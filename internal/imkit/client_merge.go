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
	quiet time.Time // when a reader last ceased to wait
}

// gathering is the readers that share a request. Its fields are guarded by the
// merger's lock.
type gathering struct {
	// ctx has the values of the first reader's, and ends with the last reader.
	ctx    context.Context
	cancel context.CancelFunc
	timer  *time.Timer
	lull   time.Duration // gatherTime, then lullTime
	end    time.Time     // of crowdTime
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
	if len(g.readers) == MaxLookUp || g.lull == lullTime && m.most(g) {
		m.send(g)
	} else {
		g.timer.Reset(min(g.lull, time.Until(g.end)))
	}
	return g
}

// gather begins a gathering. The caller holds the lock.
func (m *merger) gather(ctx context.Context) *gathering {
	g := &gathering{readers: map[string][]reader{}, lull: gatherTime, end: time.Now().Add(crowdTime)}
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

// most reports whether most of the readers that may be expected have gathered.
// Of many, some are always slow.
func (m *merger) most(g *gathering) bool { return 8*g.waiting >= 7*m.peak }

// send ends a gathering and sends its request. The caller holds the lock.
func (m *merger) send(g *gathering) {
	m.gathering = nil
	g.timer.Stop()
	ids := slices.Sorted(maps.Keys(g.readers))
	go func() {
		defer g.cancel()
		failed := divide(lookUpsAtATime, ids, func(ids []string) error {
			found, bad, err := m.api.lookUp(g.ctx, ids)
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
