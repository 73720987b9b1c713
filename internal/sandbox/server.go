package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
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
	mu         sync.Mutex
	opts       Options
	clock      clock
	clients    clientStore
	tokens     tokenStore
	rooms      roomStore
	messages   messageStore
	broadcasts []Broadcast
	pushes     []Push
	config     configStore
	made       int    // ids that the server made
	secret     []byte // signs issued tokens
	replies    int    // replies with a client so far; what changes by itself is derived from it
	window     []time.Time
	refused    map[string]bool
	skipped    map[string]bool
	log        []*Request
	faults     []*Fault
	hook       func(*http.Request)
	unobserved func(*http.Request) bool
}

// New makes a server without any clients.
func New(opts Options) *Server {
	s := &Server{
		opts:     opts.withDefaults(),
		clients:  newClientStore(),
		tokens:   newTokenStore(),
		rooms:    newRoomStore(),
		messages: newMessageStore(),
		secret:   []byte(rand.Text()),
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
	if !s.clock.frozen.IsZero() {
		w.Header().Set("Date", s.clock.frozen.Format(http.TimeFormat))
	}
	c := s.newCall(r, body)
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
	f := s.takeFaults(r, body, c.route)
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

// pause lets other requests in for a while. The caller holds the lock, and has it again afterwards. It ends no
// earlier when whoever asked goes away: what a server has begun it ends.
func (s *Server) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	s.mu.Unlock()
	defer s.mu.Lock()
	wait(context.Background(), d)
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
