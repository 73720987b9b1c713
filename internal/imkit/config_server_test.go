package imkit

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// configServer keeps a run-time configuration without a network, for tests whose
// clock stands still while anything runs.
type configServer struct {
	latency time.Duration
	// replaces everything with each write, in place of keeping what is not sent.
	replaces bool
	// lag is how long it shows what was there before a write.
	lag time.Duration
	// fails answers in place of the server, unless it returns nil. A write may be
	// done nevertheless.
	fails func(r *http.Request, n int) (instead http.HandlerFunc, done bool)

	mu     sync.Mutex
	values map[string]any
	past   []configPast
	writes int // under way
	clash  bool
	calls  []string // "METHOD path keys"
}

// configPast is what there was until a write.
type configPast struct {
	until  time.Time
	values map[string]any
}

func (s *configServer) api(t *testing.T, change ...func(*Config)) *API {
	t.Helper()
	cfg := testConfig(t, "https://chat.example.com")
	for _, c := range change {
		c(&cfg)
	}
	a := newAPI(t, cfg)
	a.transport = s
	return a
}

func (s *configServer) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	var sent map[string]any
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if len(raw) > 0 {
			if sent, err = decodeObject(raw); err != nil {
				return nil, err
			}
		}
	}
	s.mu.Lock()
	said := r.Method + " " + r.URL.EscapedPath()
	if len(sent) > 0 {
		said += " " + strings.Join(slices.Sorted(maps.Keys(sent)), ",")
	}
	s.calls = append(s.calls, said)
	n := len(s.calls)
	if r.Method != http.MethodGet {
		s.writes++
		s.clash = s.clash || s.writes > 1
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.writes--
	}
	done := true
	var instead http.HandlerFunc
	if s.fails != nil {
		instead, done = s.fails(r, n)
	}
	if done || instead == nil {
		s.write(r, sent)
	}
	if instead == nil {
		reply := any(sent)
		if r.Method == http.MethodGet {
			reply = s.shown()
		}
		encoded, err := json.Marshal(map[string]any{"RC": 0, "result": reply})
		if err != nil {
			return nil, err
		}
		instead = sayJSON(200, string(encoded))
	}
	return respond(instead, r), nil
}

// write does what a request asks for. The caller holds the lock.
func (s *configServer) write(r *http.Request, sent map[string]any) {
	if r.Method == http.MethodGet {
		return
	}
	s.past = append(s.past, configPast{time.Now(), maps.Clone(s.values)})
	if r.Method == http.MethodDelete {
		delete(s.values, strings.TrimPrefix(r.URL.Path, "/config/"))
		return
	}
	if s.replaces || s.values == nil {
		s.values = map[string]any{}
	}
	maps.Copy(s.values, sent)
}

// shown is what was there a moment ago. The caller holds the lock.
func (s *configServer) shown() map[string]any {
	for _, p := range s.past {
		if time.Since(p.until) < s.lag {
			return p.values
		}
	}
	return s.values
}

// edit changes a key behind everybody's back.
func (s *configServer) edit(key string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	put(s.values, key, value)
}

func (s *configServer) has() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}

// seen lists the calls.
func (s *configServer) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}
