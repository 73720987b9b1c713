package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Session is what everything made by one configured provider shares. It lasts
// for one run of Terraform and is safe for concurrent use.
type Session struct {
	tfvalue.Redacted
	// API is nil while settings of the provider are not known yet.
	API *imkit.API
	// Now is the one clock of the provider.
	Now func() time.Time
	// Refreshed is set once an object was read: then this run plans. The run that
	// applies a plan has a session of its own and reads nothing before it plans again.
	Refreshed atomic.Bool
	// Unverifiable is set once the server gave no clear answer about a token.
	Unverifiable atomic.Bool

	// applying is set once something was created, changed or destroyed.
	applying atomic.Bool
	// run is a name of this run, as JSON.
	run []byte

	mu    sync.Mutex
	seen  map[named]bool
	ahead map[named]lookedUp
	// coming and leaving are what is planned to be created and destroyed.
	coming   map[named]bool
	leaving  map[named]bool
	locks    map[named]*sync.Mutex
	released map[named]bool
	created  map[named]bool
	// createdAny has the kinds of what was created.
	createdAny map[Noun]bool
	granted    map[string]map[string]bool
	said       map[string]bool
	batches    map[string]map[string]bool
}

// New makes the session of a provider whose clock is now. It calls nothing until
// its API is set.
func New(now func() time.Time) *Session {
	return &Session{
		Now:        now,
		run:        newRun(),
		seen:       map[named]bool{},
		ahead:      map[named]lookedUp{},
		coming:     map[named]bool{},
		leaving:    map[named]bool{},
		locks:      map[named]*sync.Mutex{},
		released:   map[named]bool{},
		created:    map[named]bool{},
		createdAny: map[Noun]bool{},
		granted:    map[string]map[string]bool{},
		said:       map[string]bool{},
		batches:    map[string]map[string]bool{},
	}
}

// LockClient is [Session.Lock] for a client.
func (s *Session) LockClient(id string) (unlock func()) { return s.Lock(NounClient, id) }

// Lock makes what is done to one object in several calls follow each other, and
// returns what ends the turn.
func (s *Session) Lock(noun Noun, id string) (unlock func()) {
	s.mu.Lock()
	object := named{noun, id}
	lock, ok := s.locks[object]
	if !ok {
		lock = &sync.Mutex{}
		s.locks[object] = lock
	}
	s.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// Release remembers that this run destroyed the resource of an object that
// stays on the server, so that a replacement of the resource, which finds it
// there, knows that it is not somebody else's.
func (s *Session) Release(noun Noun, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released[named{noun, id}] = true
}

// TakeReleased tells whether this run destroyed the resource of the object,
// once: the next resource for the same id is not the replacement.
func (s *Session) TakeReleased(noun Noun, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.released[named{noun, id}]
	delete(s.released, named{noun, id})
	return was
}

// AnyReleased tells whether this run destroyed resources of the kind, and nothing
// took them yet.
func (s *Session) AnyReleased(noun Noun) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for object, was := range s.released {
		if was && object.noun == noun {
			return true
		}
	}
	return false
}

// RememberCreated notes that this run made the resource of an object.
func (s *Session) RememberCreated(noun Noun, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created[named{noun, id}] = true
	s.createdAny[noun] = true
}

// WasCreated tells whether the resource to be destroyed is one that
// create_before_destroy left behind: this run made one for the same object,
// which must not be taken from it.
func (s *Session) WasCreated(noun Noun, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.created[named{noun, id}]
}

// CreatedNone tells whether this run made no resource of the kind.
func (s *Session) CreatedNone(noun Noun) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.createdAny[noun]
}

// RememberGrant notes a token that this run issued or bound.
func (s *Session) RememberGrant(clientID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.granted[clientID] == nil {
		s.granted[clientID] = map[string]bool{}
	}
	s.granted[clientID][token] = true
}

// GrantedAny tells whether this run made a token for the client. What
// create_before_destroy left behind must not revoke it along with the others.
func (s *Session) GrantedAny(clientID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.granted[clientID]) > 0
}

// GrantedNone tells whether this run made no token at all.
func (s *Session) GrantedNone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.granted) == 0
}

// GrantedThis tells whether this run made that very token, as when the same one
// is bound again before the object before is destroyed.
func (s *Session) GrantedThis(clientID, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted[clientID][token]
}

// ShareBatch notes the clients of a batch, and returns those that other batches
// of this run have. A batch is known by a digest of its content, for Terraform hands over no
// address, and plans the same one more than once; two of the same content never
// undo each other's work.
func (s *Session) ShareBatch(content string, ids []string) (shared []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if s.batches[id] == nil {
			s.batches[id] = map[string]bool{}
		}
		s.batches[id][content] = true
		if len(s.batches[id]) > 1 {
			shared = append(shared, id)
		}
	}
	return shared
}

// First tells whether it is asked about a subject for the first time, for
// warnings that are of no more use when repeated for every object.
func (s *Session) First(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.said[subject]
	s.said[subject] = true
	return !was
}
