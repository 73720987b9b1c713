package session

import (
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// ledger has what one run has done so far, one record for each object.
type ledger struct {
	mu      sync.Mutex
	objects map[named]*record
}

// named is an object of a kind.
type named struct {
	noun Noun
	id   string
}

// record is what this run has done about one object.
type record struct {
	lock sync.Mutex
	// created: this run made a resource of the object; released: it destroyed one; frozen: it
	// froze the room then.
	created, released, frozen bool
	// made is set once this run made the object itself.
	made bool
	// unfinished is set beside released where it is unknown whether the object was made.
	unfinished bool
	// claims are by whom it is written.
	claims map[string]bool
	// tokens are those that were issued for the client, or bound to it.
	tokens map[string]bool
	// issued is how many tokens were issued for the client, less those that were destroyed.
	issued int
	// creating and destroying are what is planned.
	creating, destroying bool
}

// update calls f with the record of an object.
func (l *ledger) update(noun Noun, id string, f func(*record)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	object := named{noun, id}
	r, ok := l.objects[object]
	if !ok {
		r = &record{claims: map[string]bool{}, tokens: map[string]bool{}}
		l.objects[object] = r
	}
	f(r)
}

// Lock makes what is done to one object in several calls follow each other.
func (s *Session) Lock(noun Noun, id string) (unlock func()) {
	var lock *sync.Mutex
	s.update(noun, id, func(r *record) { lock = &r.lock })
	lock.Lock()
	return lock.Unlock
}

// RememberCreated notes that this run made a resource of an object, or took it over.
func (s *Session) RememberCreated(noun Noun, id string) {
	s.update(noun, id, func(r *record) { r.created = true })
}

// WasCreated reports whether this run made a resource of the object: it must not be taken from
// that one, and it is there, whether look-ups show it yet or not.
func (s *Session) WasCreated(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was = r.created })
	return was
}

// RememberMade notes that an object was not there before this run made it.
func (s *Session) RememberMade(noun Noun, id string) {
	s.update(noun, id, func(r *record) { r.made = true })
}

// WasMade reports whether the object was not there before, so that it is nobody else's.
func (s *Session) WasMade(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was = r.made })
	return was
}

// Release notes that this run destroyed a resource of an object that stays, or plans to.
func (s *Session) Release(noun Noun, id string) {
	s.update(noun, id, func(r *record) {
		r.released = true
		clear(r.claims)
	})
}

// Keep notes that another resource has the object, so that it stays, and reports whether its own
// was destroyed, or is planned to be.
func (s *Session) Keep(noun Noun, id string) (released bool) {
	s.update(noun, id, func(r *record) { r.created, released = true, r.released })
	return released
}

// TakeReleased reports, once, whether this run destroyed a resource of the object: it is being
// replaced, and not somebody else's.
func (s *Session) TakeReleased(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was, r.released = r.released, false })
	return was
}

// RememberFrozen notes that this run froze a room when it destroyed the resource.
func (s *Session) RememberFrozen(id string) {
	s.update(NounRoom, id, func(r *record) { r.frozen = true })
}

// TakeFrozen reports, once, whether this run froze the room, and so has to thaw it.
func (s *Session) TakeFrozen(id string) (was bool) {
	s.update(NounRoom, id, func(r *record) { was, r.frozen = r.frozen, false })
	return was
}

// ReleaseUnfinished is Release of an object of which no run knows whether it was made.
func (s *Session) ReleaseUnfinished(noun Noun, id string) {
	s.update(noun, id, func(r *record) { r.released, r.unfinished = true, true })
}

// Unfinished are the ids of those that nothing took yet.
func (s *Session) Unfinished(noun Noun) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for object, r := range s.objects {
		if r.released && r.unfinished && object.noun == noun {
			ids = append(ids, object.id)
		}
	}
	return ids
}

// RememberGrant notes a token that this run issued or bound.
func (s *Session) RememberGrant(clientID, token string) {
	s.update(NounClient, clientID, func(r *record) { r.tokens[token] = true })
}

// Granted reports whether this run made that very token, so that it must not be revoked.
func (s *Session) Granted(clientID, token string) (was bool) {
	s.update(NounClient, clientID, func(r *record) { was = r.tokens[token] })
	return was
}

// GrantedAny reports whether this run made a token for the client.
func (s *Session) GrantedAny(clientID string) (was bool) {
	s.update(NounClient, clientID, func(r *record) { was = len(r.tokens) > 0 })
	return was
}

// IssuesAnother notes that this run issues a token, and reports whether that is a second one,
// which no rotation explains: see [Session.ReleaseIssued].
func (s *Session) IssuesAnother(clientID string) (another bool) {
	s.update(NounClient, clientID, func(r *record) {
		r.issued++
		another = r.issued > 1
	})
	return another
}

// ReleaseIssued notes that this run destroyed an issued token: the next comes in its place.
func (s *Session) ReleaseIssued(clientID string) {
	s.update(NounClient, clientID, func(r *record) { r.issued-- })
}

// Claim notes who writes objects, and returns those that another writes as well. Terraform hands
// over no address, and plans a resource more than once: a writer needs a name of its own.
func (s *Session) Claim(noun Noun, ids []string, by string) (shared []string) {
	for _, id := range ids {
		s.update(noun, id, func(r *record) {
			r.claims[by] = true
			if len(r.claims) > 1 {
				shared = append(shared, id)
			}
		})
	}
	return shared
}

// WarnShared claims an object, and warns, once in a run, where somebody else wrote it as well. by
// is empty for a writer that claims it only once in a run.
func (s *Session) WarnShared(diags *diag.Diagnostics, noun Noun, id, by, object string) {
	if by == "" {
		by = rand.Text()
	}
	if shared := s.Claim(noun, []string{id}, by); len(shared) > 0 && s.First("shared: "+object) {
		diags.AddWarning("Two resources write the same object",
			fmt.Sprintf("Another resource of this configuration writes %s as well. Where the two differ, each undoes what the other did, "+
				"and no plan is ever empty. Configure it in only one of them.", object))
	}
}

// PlansBoth notes that this run plans to destroy a resource of a client, or to create one, and
// reports whether it plans both. In an apply, any advice comes too late.
func (s *Session) PlansBoth(id string, destroys bool) (both bool) {
	s.update(NounClient, id, func(r *record) {
		r.destroying = r.destroying || destroys
		r.creating = r.creating || !destroys
		both = r.creating && r.destroying
	})
	return both && !s.applying.Load()
}
