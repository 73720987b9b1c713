package imkit

import (
	"context"
	"sync"
)

// turns lets one thing at a time happen to each of many things, which have names.
// Those that wait come in the order in which they asked.
type turns struct {
	mu    sync.Mutex
	lines map[string]*line // of the names that somebody has or wants
}

// line is where one has the turn and others wait for it.
type line struct {
	turn   chan struct{} // full while somebody has it
	people int
}

// take waits for the turn of a name, and returns what ends it. The error is the
// context's.
func (t *turns) take(ctx context.Context, name string) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := t.join(name)
	select {
	case l.turn <- struct{}{}:
		return func() {
			<-l.turn
			t.leave(name, l)
		}, nil
	case <-ctx.Done():
		t.leave(name, l)
		return nil, ctx.Err()
	}
}

func (t *turns) join(name string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[name]
	if l == nil {
		if t.lines == nil {
			t.lines = map[string]*line{}
		}
		l = &line{turn: make(chan struct{}, 1)}
		t.lines[name] = l
	}
	l.people++
	return l
}

func (t *turns) leave(name string, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.people--
	if l.people == 0 {
		delete(t.lines, name)
	}
}
