package imkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	okRoom    = `{"RC":0,"RM":"OK","result":{"_id":"r","name":"N"}}`
	roomGone  = `{"RC":404,"RM":"Room not found","error":{"code":"ROOM_NOT_FOUND","message":"The specified room does not exist"}}`
	forbidden = `{"RC":403,"RM":"Forbidden","error":{"code":"INSUFFICIENT_PERMISSIONS","message":"Only members"}}`
)

// roomReply is a reply with a room, given as JSON.
func roomReply(room string) string { return `{"RC":0,"RM":"any","result":` + room + `}` }

// withMembers answers with a room that has these members, as ids.
func withMembers(ids ...string) http.HandlerFunc {
	encoded, err := json.Marshal(append([]string{}, ids...))
	if err != nil {
		panic(err)
	}
	return sayJSON(200, roomReply(`{"_id":"r","members":`+string(encoded)+`}`))
}

func saysExists(exists bool) http.HandlerFunc {
	return sayJSON(200, fmt.Sprintf(`{"RC":0,"RM":"OK","result":{"exists":%t}}`, exists))
}

// groupsListed answers with a list of groups, given as JSON.
func groupsListed(groups ...string) http.HandlerFunc {
	return sayJSON(200, fmt.Sprintf(`{"RC":0,"result":{"totalCount":%d,"data":[%s]}}`, len(groups), strings.Join(groups, ",")))
}

// people answers a look-up: of the clients that are asked for, these exist.
func people(ids ...string) http.HandlerFunc {
	return lookUp(func(id string) bool { return slices.Contains(ids, id) })
}

// lookUp answers a look-up of clients by their ids.
func lookUp(exists func(id string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data := []any{}
		for _, id := range lookedUp(r) {
			if exists(id) {
				data = append(data, map[string]any{"_id": id, "nickname": "N"})
			}
		}
		reply, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"totalCount": len(data), "data": data}})
		if err != nil {
			panic(err)
		}
		sayJSON(200, string(reply))(w, r)
	}
}

// lookedUp returns the ids that a look-up of clients asks for.
func lookedUp(r *http.Request) []string {
	var q map[string]map[string][]string
	if err := json.Unmarshal([]byte(r.URL.Query().Get("q")), &q); err != nil {
		panic(err)
	}
	return q["_id"]["$in"]
}

// routes answers each "METHOD /path" that has a handler. To everything else it
// answers as a chat server does that has no such call. Clients can be looked up in any
// case, and one of them, "known", exists.
func routes(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		handler, known := handlers[r.Method+" "+path], people("known")
		switch {
		case path == "/admin/clients" && (handler == nil || slices.Equal(lookedUp(r), []string{"known"})):
			known(w, r)
		case handler != nil:
			handler(w, r)
		default:
			http.NotFound(w, r)
		}
	}
}

// acquainted returns an API of which a call has succeeded: so the server is one of
// IMKIT, and the API key may make administrator's calls. Its request is forgotten.
func (s *server) acquainted(t *testing.T, change ...func(*imkit.Config)) *imkit.API {
	t.Helper()
	a := s.api(t, change...)
	if _, err := a.LookUpClient(t.Context(), "known"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	return a
}

func retries(n int) func(*imkit.Config) { return func(c *imkit.Config) { c.MaxRetries = n } }

// calls lists the requests as "METHOD /path".
func (s *server) calls() []string {
	var all []string
	for _, r := range s.seen() {
		path, _, _ := strings.Cut(r.uri, "?")
		all = append(all, r.method+" "+path)
	}
	return all
}

// sent decodes the body of a request.
func (r request) sent(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(r.body))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatalf("%s %s: %v", r.method, r.uri, err)
	}
	return o
}

// meaning names what is true of an error of a call about rooms or their members.
func meaning(err error) string {
	members, ok := errors.AsType[*imkit.MembersError](err)
	switch {
	case err == nil:
		return "success"
	case imkit.IsUnknownMember(err):
		return "unknown member"
	case imkit.IsInvited(err):
		return "invited"
	case imkit.IsNotMember(err):
		return "not a member"
	case ok && members.Problem == imkit.MemberStays:
		return "stays"
	case imkit.IsMembersHidden(err):
		return "members hidden"
	case imkit.IsNotFound(err):
		return "gone"
	case imkit.IsRoomHidden(err):
		return "hidden"
	case imkit.IsRoomUnclear(err):
		return "unclear"
	case imkit.IsKeyNotAllowed(err):
		return "not allowed"
	case imkit.IsUnsupported(err):
		return "unsupported"
	}
	return "error"
}

// joinRoom is JoinRoom for tests that do not mind the role.
func joinRoom(ctx context.Context, a *imkit.API, room, id string, announce bool) error {
	_, err := a.JoinRoom(ctx, room, id, announce)
	return err
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("client-%03d", i)
	}
	return ids
}

// pass lets time go by in a bubble of testing/synctest, where nobody waits for it.
func pass(d time.Duration) { <-time.After(d) }

// workers calls do for each item, so many at a time, as Terraform does. Before each
// call comes some work, for which there is one processor.
func workers(n int, work time.Duration, items []string, do func(item string)) {
	var all sync.WaitGroup
	free, processor := make(chan struct{}, n), make(chan struct{}, 1)
	for _, item := range items {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			processor <- struct{}{}
			pass(work)
			<-processor
			do(item)
		})
	}
	all.Wait()
}

// roomServer keeps the members of rooms. It changes a room as badly as can be: what
// it has read is written later, so that of two changes at the same moment one is lost.
// It knows each client whose id does not begin with "no-".
type roomServer struct {
	*server

	latency time.Duration
	// refuses tells the status with which a change is refused; 0: it is not.
	refuses func(ids []string) (status int)

	mu      sync.Mutex
	rooms   map[string][]string
	changes map[string]int // under way, by room
	clashes int            // changes that began while another was under way
	ended   int            // requests that the caller did not wait for
}

// serveRooms starts a server without a network, for tests in a bubble.
func serveRooms(t *testing.T, rooms ...string) *roomServer {
	t.Helper()
	s := &roomServer{rooms: map[string][]string{}, changes: map[string]int{}, refuses: func([]string) int { return 0 }}
	for _, id := range rooms {
		s.rooms[id] = []string{}
	}
	s.server = serveInMemory(t, s.handle)
	return s
}

// change is the body of a request that changes who is in a room.
type change struct {
	Invitees []string `json:"invitees"`
	Members  []string `json:"members"`
	Announce bool     `json:"systemMessage"`
}

func (c change) ids() []string { return slices.Concat(c.Invitees, c.Members) }

func (s *roomServer) handle(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/admin/clients":
		lookUp(func(id string) bool { return !strings.HasPrefix(id, "no-") })(w, r)
		return
	case "/admin/groups":
		groupsListed()(w, r)
		return
	}
	var c change
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			panic(err)
		}
	}
	part, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/rooms/"), "/")
	room, err := url.PathUnescape(part)
	if err != nil {
		panic(err)
	}
	before, exists := s.begin(r, room)
	defer s.finish(r, room)
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		s.mu.Lock()
		s.ended++
		s.mu.Unlock()
		return
	}
	status := s.refuses(c.ids())
	switch {
	case strings.HasSuffix(r.URL.Path, "/exists"):
		http.NotFound(w, r)
	case !exists:
		sayJSON(404, roomGone)(w, r)
	case status != 0 && r.Method != http.MethodGet:
		sayJSON(status, `{"RC":0,"RM":"no"}`)(w, r)
	default:
		s.answer(w, r, room, before, c)
	}
}

// begin returns who is in a room as a request arrives.
func (s *roomServer) begin(r *http.Request, room string) (members []string, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		if s.changes[room] > 0 {
			s.clashes++
		}
		s.changes[room]++
	}
	members, exists = s.rooms[room]
	return slices.Clone(members), exists
}

func (s *roomServer) finish(r *http.Request, room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.changes[room]--
	}
}

// answer writes a room as it is after a change.
func (s *roomServer) answer(w http.ResponseWriter, r *http.Request, room string, members []string, c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	members = slices.DeleteFunc(members, func(id string) bool { return slices.Contains(c.ids(), id) })
	members = append(members, c.Invitees...)
	if r.Method != http.MethodGet {
		s.rooms[room] = members
	}
	reply, err := json.Marshal(map[string]any{"RC": 0, "result": map[string]any{"_id": room, "members": append([]string{}, members...)}})
	if err != nil {
		panic(err)
	}
	sayJSON(200, string(reply))(w, r)
}

// members are those in a room, sorted.
func (s *roomServer) members(room string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.rooms[room]))
}

// changed lists what was sent to a path that changes who is in a room.
func (s *roomServer) changed(t *testing.T, path string) []change {
	t.Helper()
	var all []change
	for _, r := range s.seen() {
		if r.method == http.MethodPost && r.uri == path {
			var c change
			if err := json.Unmarshal([]byte(r.body), &c); err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
	}
	return all
}
