package provider

import (
	"sync"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// session is what everything made by one configured provider shares. It lasts
// for one run of Terraform and is safe for concurrent use.
type session struct {
	// api is nil while settings of the provider are not known yet.
	api *imkit.API
	// now is the one clock of the provider.
	now func() time.Time

	mu       sync.Mutex
	clients  map[string]*sync.Mutex
	released map[string]bool
	bound    map[boundToken]bool
	said     map[string]bool
}

type boundToken struct{ clientID, token string }

func newSession(now func() time.Time) *session {
	return &session{
		now:      now,
		clients:  map[string]*sync.Mutex{},
		released: map[string]bool{},
		bound:    map[boundToken]bool{},
		said:     map[string]bool{},
	}
}

// lockClient makes calls that change one client follow each other, and returns
// what ends the turn.
func (s *session) lockClient(id string) (unlock func()) {
	s.mu.Lock()
	lock, ok := s.clients[id]
	if !ok {
		lock = &sync.Mutex{}
		s.clients[id] = lock
	}
	s.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// releaseClient remembers that this run destroyed the resource of a client.
// The record stays on the server, so a replacement of the resource finds it
// there and has to know that it is not somebody else's.
func (s *session) releaseClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released[id] = true
}

// takeReleased tells whether this run destroyed the resource of the client,
// once: the next resource for the same id is not the replacement.
func (s *session) takeReleased(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.released[id]
	delete(s.released, id)
	return was
}

// rememberBound notes a token that this run bound to a client. The object that
// create_before_destroy leaves to be destroyed may hold the same value, and
// must not revoke it.
func (s *session) rememberBound(clientID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound[boundToken{clientID, token}] = true
}

func (s *session) wasBound(clientID, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bound[boundToken{clientID, token}]
}

// first tells whether it is asked about a subject for the first time, for
// warnings that are of no more use when repeated for every object.
func (s *session) first(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.said[subject]
	s.said[subject] = true
	return !was
}
