package sandbox

import (
	"slices"
	"time"
)

// token is an access token that has not been ended. It may have expired.
type token struct {
	value, clientID           string
	created, updated, expires time.Time // expires is zero for a token that never does
}

func (t *token) live(now time.Time) bool { return t.expires.IsZero() || now.Before(t.expires) }

// tokenStore holds the tokens by value and, in the order of making, by client.
type tokenStore struct {
	byValue  map[string]*token
	byClient map[string][]*token
}

func newTokenStore() tokenStore {
	return tokenStore{byValue: map[string]*token{}, byClient: map[string][]*token{}}
}

// put makes a token, or gives the client's own a new expiry. A token of another client's becomes this one's.
func (ts *tokenStore) put(clientID, value string, now, expires time.Time) *token {
	if t, ok := ts.byValue[value]; ok {
		if t.clientID == clientID {
			t.updated, t.expires = now, expires
			return t
		}
		ts.end(t)
	}
	t := &token{value: value, clientID: clientID, created: now, updated: now, expires: expires}
	ts.byValue[value] = t
	ts.byClient[clientID] = append(ts.byClient[clientID], t)
	return t
}

func (ts *tokenStore) end(t *token) {
	delete(ts.byValue, t.value)
	ts.byClient[t.clientID] = slices.DeleteFunc(ts.byClient[t.clientID], func(o *token) bool { return o == t })
}

// endAll ends every token of a client but the one to keep, which may be nil.
func (ts *tokenStore) endAll(clientID string, keep *token) {
	for _, t := range slices.Clone(ts.byClient[clientID]) {
		if t != keep {
			ts.end(t)
		}
	}
}

// find is the live token of that value, or nil.
func (ts *tokenStore) find(value string, now time.Time) *token {
	if t, ok := ts.byValue[value]; ok && t.live(now) {
		return t
	}
	return nil
}

// liveOf lists a client's live tokens in the order of making.
func (ts *tokenStore) liveOf(clientID string, now time.Time) []*token {
	var live []*token
	for _, t := range ts.byClient[clientID] {
		if t.live(now) {
			live = append(live, t)
		}
	}
	return live
}

// bind gives a client a token, and ends the older ones unless the server is set to keep them.
func (s *Server) bind(clientID, value string, expires time.Time) *token {
	t := s.tokens.put(clientID, value, s.now(), expires)
	if !s.opts.KeepTokensOnReissue {
		s.tokens.endAll(clientID, t)
	}
	return t
}
