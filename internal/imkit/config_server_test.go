package imkit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// values are keys of the run-time configuration with their values as JSON, byte for
// byte.
type values map[string]string

// others is a configuration that others wrote.
func others() values {
	return values{"announcement": `{"pin":true,"text":"hello"}`, "censorship": `["x",1.0,1e-7]`, "flags": `12345678901234567890`}
}

// with returns the values and some more.
func (v values) with(more values) values {
	all := maps.Clone(v)
	maps.Copy(all, more)
	return all
}

// configServer keeps a run-time configuration.
type configServer struct {
	*server

	// replaces everything with each write, in place of keeping what is not sent.
	replaces bool
	// lag is how long it shows what was there before a write.
	lag, latency time.Duration
	// fails answers in place of the server, unless it returns nil: the method, and the
	// number of writes so far. A write may be done nevertheless.
	fails func(method string, writes int) (instead http.HandlerFunc, done bool)
	// refuses is a key that it refuses to set, and all that is sent with it.
	refuses string

	mu     sync.Mutex
	values values
	past   []configPast
	writes int // so far
	now    int // of them under way
	clash  bool
}

// configPast is what there was until a write.
type configPast struct {
	until  time.Time
	values values
}

// serveConfig starts a server without a network, for tests in a bubble.
func serveConfig(t *testing.T, replaces bool, v values) *configServer {
	t.Helper()
	s := &configServer{replaces: replaces, values: v, fails: func(string, int) (http.HandlerFunc, bool) { return nil, true }}
	s.server = serveInMemory(t, s.handle)
	return s
}

func (s *configServer) handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	if r.Method != http.MethodGet {
		s.writes++
		s.now++
		s.clash = s.clash || s.now > 1
	}
	writes, latency := s.writes, s.latency
	s.mu.Unlock()
	gone := false
	select {
	case <-time.After(latency):
	case <-r.Context().Done():
		gone = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.now--
	}
	if gone {
		return
	}
	instead, done := s.fails(r.Method, writes)
	if s.refuses != "" && bytes.Contains(body, []byte(strconv.Quote(s.refuses)+":")) {
		instead, done = sayJSON(400, `{"RC":400,"RM":"Bad Request","error":{"code":"INVALID_REQUEST","message":"m"}}`), false
	}
	if instead == nil || done {
		s.write(r, body)
	}
	switch {
	case instead != nil:
		instead(w, r)
	case r.Method == http.MethodGet:
		sayJSON(200, `{"RC":0,"result":`+s.shown().json()+`}`)(w, r)
	default:
		sayJSON(200, `{"RC":0,"RM":"OK","result":{}}`)(w, r)
	}
}

// write does what a request asks for. The caller holds the lock.
func (s *configServer) write(r *http.Request, body []byte) {
	if r.Method == http.MethodGet {
		return
	}
	s.past = append(s.past, configPast{time.Now(), maps.Clone(s.values)})
	if r.Method == http.MethodDelete {
		delete(s.values, strings.TrimPrefix(r.URL.Path, "/config/"))
		return
	}
	if s.replaces {
		s.values = values{}
	}
	maps.Copy(s.values, decodeValues(body))
}

// shown is what was there a moment ago. The caller holds the lock.
func (s *configServer) shown() values {
	for _, p := range s.past {
		if time.Since(p.until) < s.lag {
			return p.values
		}
	}
	return s.values
}

func (s *configServer) has() values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}

// posted lists the keys of each request that set some.
func (s *configServer) posted() []string {
	var all []string
	for _, r := range s.seen() {
		if r.method == http.MethodPost {
			all = append(all, strings.Join(slices.Sorted(maps.Keys(decodeValues([]byte(r.body)))), " "))
		}
	}
	return all
}

// keys lists what there is, separated by spaces.
func (v values) keys() string { return strings.Join(slices.Sorted(maps.Keys(v)), " ") }

func (v values) json() string {
	parts := make([]string, 0, len(v))
	for key, value := range v {
		parts = append(parts, fmt.Sprintf("%q:%s", key, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func decodeValues(body []byte) values {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		panic(err)
	}
	v := values{}
	for key, value := range raw {
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			panic(err)
		}
		v[key] = compact.String()
	}
	return v
}

// wantConfig compares what there is with what there should be.
func wantConfig(t *testing.T, when string, want, got values) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
}

// wantShown checks what a read of the configuration returned.
func wantShown(t *testing.T, when string, want values, got map[string]any, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return
	}
	encoded, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	wantConfig(t, when, want, decodeValues(encoded))
}
