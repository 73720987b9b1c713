package imkit

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// roomServer keeps the members of rooms without a network, for tests whose clock
// stands still while anything runs. It changes a room as badly as can be: what it
// has read is written later, so that of two changes at the same moment one is lost.
type roomServer struct {
	latency time.Duration
	// refuses says why a change of a room is refused; nil, or "": it is not.
	refuses func(path string, ids []string) (status int)
	// silent keeps the members out of replies to changes.
	silent bool
	// ignores those who are to join or leave.
	ignores func(id string) bool

	mu      sync.Mutex
	rooms   map[string][]string
	changes map[string]int // under way, by room
	clashes int            // changes that began while another was under way
	calls   []string       // "METHOD path ids"
	ended   int            // requests whose context ended
}

func newRoomServer(rooms ...string) *roomServer {
	s := &roomServer{rooms: map[string][]string{}, changes: map[string]int{}}
	for _, id := range rooms {
		s.rooms[id] = []string{}
	}
	return s
}

func (s *roomServer) api(t *testing.T, change ...func(*Config)) *API {
	t.Helper()
	cfg := testConfig(t, "https://chat.example.com")
	for _, c := range change {
		c(&cfg)
	}
	a := newAPI(t, cfg)
	a.transport = s
	return a
}

func (s *roomServer) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	var body struct {
		Invitees      []string `json:"invitees"`
		Members       []string `json:"members"`
		SystemMessage bool     `json:"systemMessage"`
	}
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &body); err != nil {
				return nil, err
			}
		}
	}
	ids := slices.Concat(body.Invitees, body.Members)
	said := r.Method + " " + r.URL.Path
	if len(ids) > 0 {
		said += " " + strings.Join(ids, ",")
	}
	if body.SystemMessage {
		said += " announced"
	}
	room, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/rooms/"), "/")
	room, err := url.PathUnescape(room)
	if err != nil {
		return nil, err
	}

	s.mu.Lock()
	s.calls = append(s.calls, said)
	before := slices.Clone(s.rooms[room])
	_, exists := s.rooms[room]
	if r.Method != http.MethodGet {
		if s.changes[room] > 0 {
			s.clashes++
		}
		s.changes[room]++
	}
	s.mu.Unlock()
	defer func() {
		if r.Method != http.MethodGet {
			s.mu.Lock()
			s.changes[room]--
			s.mu.Unlock()
		}
	}()
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		s.mu.Lock()
		s.ended++
		s.mu.Unlock()
		return nil, r.Context().Err()
	}
	w := &replyWriter{header: http.Header{"Content-Type": {"application/json"}}, status: 200}
	s.handle(r, room, exists, before, ids)(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())), Request: r}, nil
}

func (s *roomServer) handle(r *http.Request, room string, exists bool, members, ids []string) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/admin/clients"):
		return s.lookUp(r)
	case r.URL.Path == "/admin/groups":
		return groupsListed(`{"_id":"team"}`)
	case !exists:
		return sayJSON(404, roomGone)
	}
	if s.refuses != nil && r.Method != http.MethodGet {
		if status := s.refuses(r.URL.Path, ids); status != 0 {
			return sayJSON(status, `{"RC":0,"RM":"no"}`)
		}
	}
	for _, id := range ids {
		switch leaves := strings.HasSuffix(r.URL.Path, "/delete/members"); {
		case s.ignores != nil && s.ignores(id):
		case leaves:
			members = slices.DeleteFunc(members, func(other string) bool { return other == id })
		case !slices.Contains(members, id):
			members = append(members, id)
		}
	}
	if r.Method != http.MethodGet {
		s.rooms[room] = members
	}
	reply := map[string]any{"_id": room}
	if !s.silent || r.Method == http.MethodGet {
		reply["members"] = members
	}
	encoded, err := json.Marshal(map[string]any{"RC": 0, "result": reply})
	if err != nil {
		panic(err)
	}
	return sayJSON(200, string(encoded))
}

// lookUp knows every client whose id does not begin with "no-".
func (s *roomServer) lookUp(r *http.Request) http.HandlerFunc {
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(r.URL.Query().Get("q")), &q); err != nil {
		panic(err)
	}
	known := slices.DeleteFunc(q["_id"]["$in"], func(id string) bool { return strings.HasPrefix(id, "no-") || id == "team" })
	return (&lookUpServer{}).list(known)
}

// members are those in a room, sorted.
func (s *roomServer) members(room string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.rooms[room]))
}

// seen lists the calls with a prefix.
func (s *roomServer) seen(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c string) bool { return !strings.HasPrefix(c, prefix) })
}
