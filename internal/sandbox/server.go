// Package sandbox is a stateful, in-memory IMKIT chat server: an [http.Handler] for tests, and, through
// the command imkit-sandbox, a server for people to try things on.
//
// What belongs here is how the server behaves: its routes, its checks, its replies, and what servers are
// known to differ in, as switches in [Options]. With that come the means of testing against it: a
// request log, injected faults, a clock that can be moved, and edits behind the caller's back. A file has
// all about its noun: what is stored, the calls, the replies, and the edits.
//
// What does not belong here is any knowledge of the provider. The package imports neither the API client
// nor the provider, so that a mistake in those cannot hide behind the same mistake in here. It is as
// strict as the published API allows, so that a sloppy request shows.
package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxRequestBody is more than any request the API documents needs.
const maxRequestBody = 1 << 20

// Server is an in-memory chat server. It is an [http.Handler] and safe for concurrent use.
type Server struct {
	mu   sync.Mutex
	opts Options

	offset time.Duration // of the clock from real time
	frozen time.Time     // where the clock stands; zero while it runs

	clients    clientStore
	tokens     tokenStore
	rooms      roomStore
	messages   []*message // in the order of their arrival
	broadcasts []Broadcast
	pushes     []Push
	config     []configuration // as it was and, last, as it is

	made    int         // ids that the server made
	secret  []byte      // signs issued tokens
	replies int         // replies with a client so far; what changes by itself is derived from it
	window  []time.Time // of the requests that count against the rate limit
	refused map[string]bool
	skipped map[string]bool

	log        []*Request
	faults     []*Fault
	hook       func(*http.Request)
	unobserved func(*http.Request) bool
}

// New makes a server without any clients.
func New(opts Options) *Server {
	s := &Server{
		opts:    opts.withDefaults(),
		clients: clientStore{byID: map[string]*client{}},
		tokens:  tokenStore{byValue: map[string]*token{}, byClient: map[string][]*token{}},
		rooms:   roomStore{byID: map[string]*room{}, underWay: map[string]int{}},
		secret:  []byte(rand.Text()),
	}
	s.opts.LookupFields = slices.Clone(opts.LookupFields)
	s.opts.Rooms.Fields = slices.Clone(opts.Rooms.Fields)
	return s
}

// Configure changes options while the server is running. What the function empties gets its default again.
func (s *Server) Configure(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.opts)
	s.opts = s.opts.withDefaults()
}

// SetHook sets a function that is called for every request before it is served, without any lock held:
// it may block, and it may call the server's methods. nil removes it.
func (s *Server) SetHook(hook func(r *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// SetUnobserved sets which requests are answered and nothing else: they are not logged, no fault strikes them,
// and the hook does not see them. It must not call the server. nil removes it.
func (s *Server) SetUnobserved(match func(r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unobserved = match
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err != nil && !tooLarge {
		return // the caller went away, or never finished the body
	}
	s.mu.Lock()
	w.Header().Set("Date", s.date().Format(http.TimeFormat))
	c := s.newCall(w, r, body)
	c.tooLarge = err != nil
	if s.unobserved != nil && s.unobserved(r) {
		rep := s.answer(c)
		s.mu.Unlock()
		rep.write(r.Context(), w)
		return
	}
	entry := s.record(c)
	hook, latency := s.hook, s.opts.Latency
	defer s.beginChange(c)()
	s.mu.Unlock()

	r.Body = io.NopCloser(bytes.NewReader(body))
	if hook != nil {
		hook(r)
	}
	f := s.takeFaults(c)
	var rep reply
	if f.workFirst {
		rep = s.work(c)
	}
	if !wait(r.Context(), latency+f.delay) {
		return
	}
	if !f.workFirst && f.happens.needsWork() {
		rep = s.work(c)
	}
	rep = f.happens.apply(rep)
	s.mu.Lock()
	entry.Status = rep.status
	s.mu.Unlock()
	rep.write(r.Context(), w)
}

// work does what a request asks for.
func (s *Server) work(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer(c)
}

// wait pauses and reports whether the caller is still there afterwards.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Now is the time by the server's clock, in UTC.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the clock; a negative duration moves it back. The header Date shows that of a frozen clock only: of a
// running one, it is as it would be without.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen.IsZero() {
		s.offset += d
		return
	}
	s.frozen = s.frozen.Add(d)
}

// SetTime freezes the clock at a time, which the header Date then shows as well. Advance moves it from there.
func (s *Server) SetTime(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = t.UTC()
}

// now is Now for callers that hold the lock.
func (s *Server) now() time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return s.date().Add(s.offset)
}

// date is what the header Date shows: the time of the clock, but not how far a running one was moved.
func (s *Server) date() time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return s.opts.Now().Add(s.opts.ClockSkew).UTC().Round(0)
}

// newID makes an id as the server's database does: 24 hexadecimal digits.
func (s *Server) newID() string {
	s.made++
	return fmt.Sprintf("%08x%016x", uint32(s.now().Unix()), s.made) //nolint:gosec // the time of an id may wrap around
}
