package imkit

import "time"

// How long a reader waits for others to share its request. In these pictures each r
// is a reader that joins, and R the request that leaves with all of them.
//
// Alone: those that are started together join within gatherTime of each other. Who is
// alone pays that much for them, and no more:
//
//	r      R               r   r   r      R
//	|-5 ms-|               |...|...|-5 ms-|
//
// Amid others, that is when lately more of them waited at once than have joined: they
// follow each other at intervals of up to tens of milliseconds, as Terraform's objects
// do. The request goes as soon as most of them are here, seven of eight, because of
// many some are always slow; they have the next one. It goes without them when none
// joined for lullTime, for then no more will come, and at crowdTime whoever still
// comes, because the first has waited long enough:
//
//	r     r     r     R        r      r                 R        r r r r r r r r r r R
//	|-----|-----|-most|        |......|-----100 ms------|        |-----250 ms--------|
//
// On a slow server, whose answers take slowTime, two requests under way at a time are
// worth their number: what one answered is worked on while the other waits. So half
// of those expected are enough, but not before half an answer has passed since the
// request before, for two that go at once come back at once.
//
//	R1 |--------answer--------|  R3 |--------answer--------|
//	   |--half---|  R2 |--------answer--------|  R4 |--------answer--------|
//
// Where the rate limit makes calls wait, few requests are quicker, and to wait for
// readers costs nothing, since others take the turns meanwhile. So the request goes
// into the queue only when all expected are here; a lull means nothing while calls are
// under way whose callers may be back; and the longest wait is as much longer as a
// turn for each of those expected takes. In the queue, until its turn, more may join.
//
//	r     r        r      r  r queue    r      r      turn R
//	|-----|--------|------|--all|-------|------|------|
//
// A request that is full goes at once.
//
// Where a crowd is expected from the start, its readers have nothing better to do
// than to wait for each other: the request goes when all are here, or after a lull.
const (
	gatherTime = 5 * time.Millisecond
	lullTime   = 100 * time.Millisecond
	crowdTime  = 250 * time.Millisecond
	slowTime   = 40 * time.Millisecond
)

// usualCrowd is how many objects Terraform works on at a time unless it is told
// otherwise.
const usualCrowd = 10

// firstLull is how long a new gathering waits for the next reader. On a slow server,
// those of a crowd come when an answer does, and not together. The caller holds the
// lock.
func (m *merger[V]) firstLull() time.Duration {
	if m.crowd > 0 || m.slow() && m.peak > 1 {
		return lullTime
	}
	return gatherTime
}

// wait is how long a gathering waits for the next reader. The caller holds the
// lock.
func (m *merger[V]) wait(g *gathering[V]) time.Duration {
	waited := g.lull == lullTime
	switch {
	case len(g.readers) == m.most && m.most > 1:
		return 0
	case waited && m.enough(g) && m.slow():
		return min(time.Until(m.sent.Add(m.took/2)), m.remains(g))
	case waited && m.enough(g):
		return 0
	default:
		return min(g.lull, m.remains(g))
	}
}

// timeUp sends the request of a gathering, unless there is reason to wait for
// more readers.
func (m *merger[V]) timeUp(g *gathering[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.gathering != g || g.queued: // it was sent at the same moment
	case m.enough(g):
		m.send(g)
	case g.lull == gatherTime, m.scarce() && m.api.underWay.Load() > 0 && m.remains(g) > 0:
		g.lull = lullTime
		g.timer.Reset(min(g.lull, m.remains(g)))
	default: // they do not come any longer
		m.peak = max(m.waiting, m.peak/2)
		m.send(g)
	}
}

// enough reports whether enough of the readers that may be expected have
// gathered. The caller holds the lock.
func (m *merger[V]) enough(g *gathering[V]) bool {
	switch {
	case m.crowd > 0, m.scarce():
		return g.waiting >= m.peak
	case m.slow():
		return 2*g.waiting >= m.peak
	}
	return 8*g.waiting >= 7*m.peak
}

// slow reports whether two requests should be under way at a time. The caller holds
// the lock.
func (m *merger[V]) slow() bool { return m.crowd == 0 && m.took >= slowTime && !m.scarce() }

// scarce reports whether more than half is used up of the requests that the rate limit
// allows at once.
func (m *merger[V]) scarce() bool {
	l := m.api.limiter
	return l != nil && l.Tokens() < float64(l.Burst())/2
}

// remains is how long a gathering may still wait. The caller holds the lock.
func (m *merger[V]) remains(g *gathering[V]) time.Duration {
	longest := crowdTime
	if m.scarce() {
		longest += time.Duration(float64(m.peak) / float64(m.api.limiter.Limit()) * float64(time.Second))
	}
	return time.Until(g.began.Add(longest))
}
