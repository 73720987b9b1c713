package imkit

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// gatherer gathers what is asked for one by one at the same moment, of the same
// key, and has it done together: in one call for each key at a time, as soon as
// the key's turn comes. While one is under way, the next ones collect.
//
// It waits for others much as [merger] does. The difference is that this changes
// something: whoever stops waiting leaves while nothing is sent, and then not
// before it is known what became of it.
type gatherer[K comparable, V any] struct {
	// most is the greatest number of items of one call.
	most int
	// turn waits until the call may be made, and returns what is to be done after
	// it. An error is the context's.
	turn func(ctx context.Context, key K) (done func(), err error)
	// call does it for all items, each of them once. It returns what came of those
	// for which there is something to return, and the errors of those for which it
	// failed.
	call func(ctx context.Context, key K, items []string) (results map[string]V, failed map[string]error)

	mu     sync.Mutex
	crowds map[K]*crowd[V]
}

// crowd is those who want the same. Its fields, and those of its companies, are
// guarded by the gatherer's lock.
type crowd[V any] struct {
	open    *company[V] // takes in more; nil: none
	waiting int         // for an answer
	peak    int         // how many were waiting at once, lately
	came    time.Time   // when the last one did
	quiet   time.Time
	// alone is how many calls go out before it is tried again whether others come
	// when one waits for them: where a call is quicker than they are, nobody is
	// ever seen to wait.
	alone int
}

const (
	// trialTime is how long such a trial waits for the next one.
	trialTime = 50 * time.Millisecond
	// triedEvery is how many calls go out between two of them.
	triedEvery = 8
)

// company is those who share a call.
type company[V any] struct {
	// ctx has the values of the first one's, and ends with the last one.
	ctx     context.Context //nolint:containedctx // It belongs to the call, for which people come and go.
	cancel  context.CancelFunc
	timer   *time.Timer
	lull    time.Duration // gatherTime, then lullTime; or trialTime
	trial   bool          // it waits to see whether others come
	end     time.Time     // of crowdTime
	ready   chan struct{} // closed when it does not wait for others any longer
	isReady bool
	sent    bool                         // it takes in no more
	people  map[string][]chan outcome[V] // who wants which item
	waiting int                          // of the people, those whose context did not end
}

// do has one item done. The error is the context's when nothing was sent.
func (g *gatherer[K, V]) do(ctx context.Context, key K, item string) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	answer := make(chan outcome[V], 1)
	c := g.join(ctx, key, item, answer)
	select {
	case o := <-answer:
		return o.value, o.err
	case <-ctx.Done():
		if g.leave(key, c, item, answer) {
			return none, ctx.Err()
		}
		o := <-answer
		return o.value, o.err
	}
}

// join adds one who waits.
func (g *gatherer[K, V]) join(ctx context.Context, key K, item string, answer chan outcome[V]) *company[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.crowds[key]
	if all == nil {
		if g.crowds == nil {
			g.crowds = map[K]*crowd[V]{}
		}
		all = &crowd[V]{}
		g.crowds[key] = all
	}
	if all.waiting == 0 && time.Since(all.quiet) > lullTime {
		all.peak = 0
	}
	if all.open == nil {
		all.open = g.begin(ctx, key, all.tries())
	}
	all.waiting++
	all.peak = max(all.peak, all.waiting)
	all.came = time.Now()
	c := all.open
	c.people[item] = append(c.people[item], answer)
	c.waiting++
	switch {
	case len(c.people) == g.most:
		all.open = nil
		c.depart()
	case c.isReady:
	case c.lull == lullTime && all.mostOf(c):
		c.depart()
	default:
		c.timer.Reset(min(c.lull, time.Until(c.end)))
	}
	return c
}

// tries reports whether the next company is to wait for others of whom nothing is
// seen, because another came a moment ago. The caller holds the lock.
func (all *crowd[V]) tries() bool {
	if all.peak > 1 || time.Since(all.came) > lullTime {
		return false
	}
	all.alone--
	return all.alone < 0
}

// begin opens a company. The caller holds the lock.
func (g *gatherer[K, V]) begin(ctx context.Context, key K, trial bool) *company[V] {
	c := &company[V]{people: map[string][]chan outcome[V]{}, ready: make(chan struct{}), lull: gatherTime, trial: trial, end: time.Now().Add(crowdTime)}
	if trial {
		c.lull = trialTime
	}
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx)) //nolint:gosec // Its call, or the last of the company to leave, calls cancel.
	c.timer = time.AfterFunc(c.lull, func() { g.timeUp(key, c) })
	go g.run(key, c)
	return c
}

// timeUp ends the wait for others, unless there is reason to wait for more.
func (g *gatherer[K, V]) timeUp(key K, c *company[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.crowds[key]
	switch {
	case all.open != c || c.isReady: // it happened at the same moment
	case c.trial && c.waiting == 1:
		all.alone = triedEvery
		c.depart()
	case c.trial, all.mostOf(c):
		c.depart()
	case c.lull == gatherTime:
		c.lull = lullTime
		c.timer.Reset(min(c.lull, time.Until(c.end)))
	default: // they do not come any longer
		all.peak = max(all.waiting, all.peak/2)
		c.depart()
	}
}

// mostOf reports whether enough of those who may be expected have come: not all,
// since of many some are always slow.
func (all *crowd[V]) mostOf(c *company[V]) bool { return 8*c.waiting >= 7*all.peak }

// depart ends the wait for others. The caller holds the lock.
func (c *company[V]) depart() {
	if !c.isReady {
		c.isReady = true
		c.timer.Stop()
		close(c.ready)
	}
}

// run makes the call of a company once it is ready and its turn has come.
func (g *gatherer[K, V]) run(key K, c *company[V]) {
	defer c.cancel()
	select {
	case <-c.ready:
	case <-c.ctx.Done():
		return
	}
	done, err := g.turn(c.ctx, key)
	if err != nil {
		return // all have left
	}
	defer done()
	if items := g.send(key, c); len(items) > 0 {
		results, failed := g.call(c.ctx, key, items)
		g.answer(key, c, results, failed)
	}
}

// send closes a company, and returns what its people want.
func (g *gatherer[K, V]) send(key K, c *company[V]) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if all := g.crowds[key]; all.open == c {
		all.open = nil
	}
	c.sent = true
	return slices.Sorted(maps.Keys(c.people))
}

// answer tells everybody what became of their item.
func (g *gatherer[K, V]) answer(key K, c *company[V], results map[string]V, failed map[string]error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for item, people := range c.people {
		for _, answer := range people {
			answer <- outcome[V]{results[item], failed[item]}
		}
	}
	g.left(key, c, c.waiting)
}

// leave takes one away who does not wait any longer, and reports whether that was
// before anything was sent. The last one ends the call.
func (g *gatherer[K, V]) leave(key K, c *company[V], item string, answer chan outcome[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(answer) > 0 { // it came at the same moment
		return false
	}
	g.left(key, c, 1)
	if !c.sent {
		c.people[item] = slices.DeleteFunc(c.people[item], func(other chan outcome[V]) bool { return other == answer })
		if len(c.people[item]) == 0 {
			delete(c.people, item)
		}
	}
	if c.waiting == 0 {
		c.cancel()
		c.timer.Stop()
		if all := g.crowds[key]; all.open == c {
			all.open = nil
		}
	}
	return !c.sent
}

// left counts those who wait no longer. The caller holds the lock.
func (g *gatherer[K, V]) left(key K, c *company[V], n int) {
	all := g.crowds[key]
	c.waiting -= n
	all.waiting -= n
	all.quiet = time.Now()
}
