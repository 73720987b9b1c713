package imkit

import "sync"

// maxUnanswered is how many single attempts in a row may get no answer before
// nothing is asked any more.
const maxUnanswered = 3

// breaker keeps a server that does not answer from holding up everybody. After a
// call that got no answer in all of its attempts, those that follow, and those under
// way, try once more only; after maxUnanswered of those in a row nothing is asked any
// more. Any answer, whatever it says, sets everything back.
//
// The circuit breakers that there are know one stage and a time after which they try
// again. Here, the first stage shortens calls and refuses none, an attempt that
// began before the doubt is no sign that it is right, and a late answer still counts.
type breaker struct {
	mu         sync.Mutex
	first      *Error // of the call that got no answer; nil: there is no doubt
	unanswered int    // single attempts since then
}

// begin is called before each attempt. single tells that it must be the last of its
// call; first, unless it is nil, that it must not be made, because of that call.
func (b *breaker) begin() (single bool, first *Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unanswered >= maxUnanswered {
		return true, b.first
	}
	return b.first != nil, nil
}

// doubts reports whether a call that got no answer ends.
func (b *breaker) doubts() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first != nil
}

// answer notes that the server answers.
func (b *breaker) answer() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.first, b.unanswered = nil, 0
}

// noAnswer notes that a call ended without any answer, and whether its last attempt
// was a single one.
func (b *breaker) noAnswer(e *Error, single bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.first == nil:
		b.first = e
	case single:
		b.unanswered++
	}
}
