package session

import (
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// ledger has what one run has done so far, one record for each object. Its questions,
// and who asks them:
//
//   - WasCreated: what is destroyed asks it. Another resource, made by this run, has the
//     object now, so that it must not be taken from that one. What needs the object asks
//     it as well: what this run made is there, whether look-ups show it yet or not.
//   - TakeReleased: what is created asks it. What exists is not somebody else's if this run
//     has just destroyed the resource of it: it is being replaced.
//   - Unfinished: a group without an id that is created asks it, to go on with one that
//     an earlier apply may have made.
//   - TakeFrozen: a room that is created asks it. What this run froze, it thaws.
//   - Granted, GrantedAny: what revokes tokens asks them, so that it does not end one that
//     this run made.
//   - Keep: a room asks it of its member_ids, which keep members in the room whose own
//     resource is destroyed.
//   - WasMade: a member that joins asks it. In a room that this run made, it is nobody's yet.
//   - IssuesAnother: what issues a token asks it, to warn that it may have ended another.
//   - Claim: what writes asks it, to warn that another writer undoes its work. Batches and
//     groups ask it in their plan, which has all that they are going to write.
//   - PlansBoth: the plan of a client asks it, to warn of one that got another name.
//   - Lock: calls about one object follow each other.
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
	// created and released are set once this run made a resource of the object, or
	// destroyed one; frozen, once it froze the room when it did.
	created, released, frozen bool
	// made is set once this run made the object itself.
	made bool
	// unfinished is set beside released where it is unknown whether the object was made.
	unfinished bool
	// claims are by whom it is written.
	claims map[string]bool
	// tokens are those that were issued for the client, or bound to it.
	tokens map[string]bool
	// issued is how many tokens this run issued for the client, less the issued ones that it
	// destroyed.
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

// Lock makes what is done to one object in several calls follow each other, and
// returns what ends the turn.
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

// WasCreated reports whether this run made a resource of the object.
func (s *Session) WasCreated(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was = r.created })
	return was
}

// RememberMade notes that an object was not there before this run made it.
func (s *Session) RememberMade(noun Noun, id string) {
	s.update(noun, id, func(r *record) { r.made = true })
}

// WasMade reports whether the object was not there before this run made it.
func (s *Session) WasMade(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was = r.made })
	return was
}

// Release notes that this run destroyed a resource of an object that stays on the
// server, or plans to.
func (s *Session) Release(noun Noun, id string) {
	s.update(noun, id, func(r *record) {
		r.released = true
		clear(r.claims)
	})
}

// Keep notes that another resource has the object, so that it stays when its own is
// destroyed, and reports whether that was, or is planned to be.
func (s *Session) Keep(noun Noun, id string) (released bool) {
	s.update(noun, id, func(r *record) { r.created, released = true, r.released })
	return released
}

// TakeReleased reports whether this run destroyed a resource of the object, once: the
// next resource for the same id is not the replacement.
func (s *Session) TakeReleased(noun Noun, id string) (was bool) {
	s.update(noun, id, func(r *record) { was, r.released = r.released, false })
	return was
}

// RememberFrozen notes that this run froze a room when it destroyed the resource.
func (s *Session) RememberFrozen(id string) {
	s.update(NounRoom, id, func(r *record) { r.frozen = true })
}

// TakeFrozen reports whether this run froze the room when it destroyed a resource of
// it, once.
func (s *Session) TakeFrozen(id string) (was bool) {
	s.update(NounRoom, id, func(r *record) { was, r.frozen = r.frozen, false })
	return was
}

// ReleaseUnfinished is [Session.Release] of an object that an earlier run may have made or
// not: its answer was lost.
func (s *Session) ReleaseUnfinished(noun Noun, id string) {
	s.update(noun, id, func(r *record) { r.released, r.unfinished = true, true })
}

// Unfinished are the ids of such objects of the kind that nothing took yet.
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

// Granted reports whether this run made that very token, as when the same one is bound
// again before the object before is destroyed.
func (s *Session) Granted(clientID, token string) (was bool) {
	s.update(NounClient, clientID, func(r *record) { was = r.tokens[token] })
	return was
}

// GrantedAny reports whether this run made a token for the client.
func (s *Session) GrantedAny(clientID string) (was bool) {
	s.update(NounClient, clientID, func(r *record) { was = len(r.tokens) > 0 })
	return was
}

// IssuesAnother notes that this run issues a token for the client, and reports whether it
// has issued one before, rotations aside: see [Session.ReleaseIssued].
func (s *Session) IssuesAnother(clientID string) (another bool) {
	s.update(NounClient, clientID, func(r *record) {
		r.issued++
		another = r.issued > 1
	})
	return another
}

// ReleaseIssued notes that this run destroyed a token that had been issued: the next one
// comes in its place.
func (s *Session) ReleaseIssued(clientID string) {
	s.update(NounClient, clientID, func(r *record) { r.issued-- })
}

// Claim notes who writes objects, and returns those that somebody else writes as well.
// A writer needs a name that is its own: Terraform hands over no address, and plans the
// same resource more than once.
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

// WarnShared claims an object that was written, and warns, once in a run, where somebody
// else wrote it as well. Where by is empty, it is a writer of its own: Terraform creates or
// changes a resource once in a run.
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

// PlansBoth notes that this run plans to destroy a resource of a client, or to create
// one, and reports whether it plans both: either may be planned first. In an apply,
// which plans again, it reports nothing: any advice comes too late.
func (s *Session) PlansBoth(id string, destroys bool) (both bool) {
	s.update(NounClient, id, func(r *record) {
		r.destroying = r.destroying || destroys
		r.creating = r.creating || !destroys
		both = r.creating && r.destroying
	})
	return both && !s.applying.Load()
}
