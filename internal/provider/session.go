package provider

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// session is what everything made by one configured provider shares. It lasts
// for one run of Terraform and is safe for concurrent use.
type session struct {
	quiet
	// api is nil while settings of the provider are not known yet.
	api *imkit.API
	// now is the one clock of the provider.
	now func() time.Time
	// refreshed is set once a token was read: then this run plans. The run that
	// applies a plan has a session of its own and reads nothing before it plans again.
	refreshed atomic.Bool
	// unverifiable is set once the server gave no clear answer about a token.
	unverifiable atomic.Bool

	mu       sync.Mutex
	clients  map[string]*sync.Mutex
	released map[string]bool
	created  map[string]bool
	granted  map[string]map[string]bool
	said     map[string]bool
}

func newSession(now func() time.Time) *session {
	return &session{
		now:      now,
		clients:  map[string]*sync.Mutex{},
		released: map[string]bool{},
		created:  map[string]bool{},
		granted:  map[string]map[string]bool{},
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

// rememberCreated notes that this run made the resource of a client.
func (s *session) rememberCreated(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created[id] = true
}

// wasCreated tells whether the object to be destroyed is one that
// create_before_destroy left behind: this run made a resource for the same
// client, whose tokens must not be revoked.
func (s *session) wasCreated(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.created[id]
}

// rememberGrant notes a token that this run issued or bound.
func (s *session) rememberGrant(clientID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.granted[clientID] == nil {
		s.granted[clientID] = map[string]bool{}
	}
	s.granted[clientID][token] = true
}

// grantedAny tells whether this run made a token for the client. What
// create_before_destroy left behind must not revoke it along with the others.
func (s *session) grantedAny(clientID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.granted[clientID]) > 0
}

// grantedThis tells whether this run made that very token, as when the same one
// is bound again before the object before is destroyed.
func (s *session) grantedThis(clientID, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted[clientID][token]
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
