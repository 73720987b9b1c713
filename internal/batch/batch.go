package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// DefaultWindow is how long a batch waits for others to join, where nothing else is said:
// Terraform's ten objects at a time follow each other at intervals of 5 to 10 ms.
const DefaultWindow = 8 * time.Millisecond

// ErrNotSent is wrapped by the error of a caller whose item was not sent, with the
// context's error if the caller left, or that of Acquire.
var ErrNotSent = errors.New("not sent")

// Batcher makes one call for the items of many callers. There is one batch at a time
// for each key. All but Call may be left at zero. It must not be copied.
type Batcher[K, I comparable, V any] struct {
	// Call handles items, each of them once, in the order in which they were asked
	// for. An item without a result gets the zero value.
	Call func(ctx context.Context, key K, items []I) (map[I]V, map[I]error)
	// Acquire waits until a call may be made. It returns the context for the call and
	// what is to be done after it. Its error is that of all who wait.
	Acquire func(ctx context.Context, key K) (callCtx context.Context, release func(), err error)
	// Window is how long a batch waits for others after its first caller, unless it
	// fills earlier; 0 means [DefaultWindow]. While earlier batches of the key are under
	// way, it waits for three windows, or until half of all callers are in it: so two
	// calls take turns, and all callers do not wait for the same one.
	Window time.Duration
	// Max is the greatest number of items in one call; 0 means no limit.
	Max int
	// Grace is how long a caller whose context has ended still waits for an item that
	// was sent. It is meant for calls that change something.
	Grace time.Duration

	mu      sync.Mutex
	open    map[K]*pending[I, V]
	callers map[K]int // of all batches that are not over
}

// pending is one batch. The batcher's lock guards it until done is closed.
type pending[I comparable, V any] struct {
	ctx     context.Context //nolint:containedctx // It belongs to the call, and ends with its last caller.
	cancel  context.CancelFunc
	items   []I
	wanted  map[I]int // callers by item
	callers int
	window  time.Duration
	half    bool          // it leaves with half of all callers
	sent    bool          // nobody joins any more
	enough  chan struct{} // closed by endWait
	endWait func()        // ends the window; the batch goes on filling until it is sent
	done    chan struct{} // closed when values and errs are set
	values  map[I]V
	errs    map[I]error
}

// Do has one item handled and returns its result. When the context ends, its error
// is the context's, with [ErrNotSent] if the item was not sent.
func (b *Batcher[K, I, V]) Do(ctx context.Context, key K, item I) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	p := b.join(ctx, key, item)
	select {
	case <-p.done:
		b.leave(key, p, item)
		return p.values[item], p.errs[item]
	case <-ctx.Done():
	}
	sent, last := b.leave(key, p, item)
	switch {
	case last: // the call is about to end, since its context has
		<-p.done
	case sent && b.Grace > 0:
		select {
		case <-p.done:
		case <-time.After(b.Grace):
			return none, ctx.Err()
		}
	}
	switch {
	case !sent:
		return none, fmt.Errorf("%w: %w", ErrNotSent, ctx.Err())
	case b.Grace == 0:
		return none, ctx.Err()
	}
	return p.values[item], p.errs[item]
}

// join adds a caller to the open batch, or opens one.
func (b *Batcher[K, I, V]) join(ctx context.Context, key K, item I) *pending[I, V] {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.open[key]
	if p == nil {
		p = b.begin(ctx, key)
	}
	if p.wanted[item] == 0 {
		p.items = append(p.items, item)
	}
	p.wanted[item]++
	p.callers++
	b.callers[key]++
	if len(p.wanted) == b.Max {
		b.close(key, p)
	} else if p.half && 2*p.callers >= b.callers[key] {
		p.endWait()
	}
	return p
}

// begin opens a batch. The caller holds the lock.
func (b *Batcher[K, I, V]) begin(ctx context.Context, key K) *pending[I, V] {
	p := &pending[I, V]{
		wanted: map[I]int{}, window: cmp.Or(b.Window, DefaultWindow),
		enough: make(chan struct{}), done: make(chan struct{}),
	}
	p.endWait = sync.OnceFunc(func() { close(p.enough) })
	if b.callers[key] > 0 {
		p.half, p.window = true, 3*p.window
	}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx)) //nolint:gosec // The last caller calls cancel.
	if b.open == nil {
		b.open, b.callers = map[K]*pending[I, V]{}, map[K]int{}
	}
	b.open[key] = p
	go b.run(key, p)
	return p
}

// close lets nobody join any more. The caller holds the lock.
func (b *Batcher[K, I, V]) close(key K, p *pending[I, V]) {
	if b.open[key] == p {
		delete(b.open, key)
	}
	p.endWait()
}

// run makes the call of a batch.
func (b *Batcher[K, I, V]) run(key K, p *pending[I, V]) {
	defer close(p.done)
	select {
	case <-time.After(p.window):
	case <-p.enough:
	}
	ctx, release := p.ctx, func() {}
	if b.Acquire != nil {
		var err error
		if ctx, release, err = b.Acquire(p.ctx, key); err != nil {
			b.refuse(key, p, err)
			return
		}
	}
	defer release()
	if items := b.send(key, p); len(items) > 0 {
		p.values, p.errs = b.Call(ctx, key, items)
	}
}

// send closes a batch and returns its items.
func (b *Batcher[K, I, V]) send(key K, p *pending[I, V]) []I {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close(key, p)
	p.sent = true
	return p.items
}

// refuse closes a batch that is not sent, because of an error of Acquire.
func (b *Batcher[K, I, V]) refuse(key K, p *pending[I, V], err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close(key, p)
	p.errs = make(map[I]error, len(p.items))
	for _, item := range p.items { // none, if the error came because all have left
		p.errs[item] = fmt.Errorf("%w: %w", ErrNotSent, err)
	}
}

// leave ends a caller's wait. It reports whether the item was sent, and whether the
// caller was the last one, whose leaving ends the call.
func (b *Batcher[K, I, V]) leave(key K, p *pending[I, V], item I) (sent, last bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.callers--
	p.wanted[item]--
	b.callers[key]--
	if b.callers[key] == 0 {
		delete(b.callers, key)
	}
	if p.wanted[item] == 0 && !p.sent {
		delete(p.wanted, item)
		p.items = slices.DeleteFunc(p.items, func(other I) bool { return other == item })
	}
	if p.callers == 0 {
		p.cancel()
		b.close(key, p)
	}
	return p.sent, p.callers == 0
}

// Single is the Call of a [Batcher] whose key says all there is to read: its only item
// is the empty struct.
func Single[K comparable, V any](read func(ctx context.Context, key K) (V, error)) func(context.Context, K, []struct{}) (map[struct{}]V, map[struct{}]error) {
	return func(ctx context.Context, key K, _ []struct{}) (map[struct{}]V, map[struct{}]error) {
		value, err := read(ctx, key)
		return map[struct{}]V{{}: value}, map[struct{}]error{{}: err}
	}
}
