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

// meaning names what is true of an error of a call about rooms or their members.
func meaning(err error) string {
	members, ok := errors.AsType[*imkit.MembersError](err)
	switch {
	case err == nil:
		return "success"
	case imkit.HasProblem(err, imkit.MemberUnknown):
		return "unknown member"
	case imkit.HasProblem(err, imkit.MemberInvited):
		return "invited"
	case imkit.HasProblem(err, imkit.MemberAbsent):
		return "not a member"
	case ok && members.Problem == imkit.MemberRefused:
		return "refused"
	case ok && members.Problem == imkit.MemberStays:
		return "stays"
	case errors.Is(err, imkit.ErrMembersHidden):
		return "members hidden"
	case imkit.IsNotFound(err):
		return "gone"
	case errors.Is(err, imkit.ErrRoomHidden):
		return "hidden"
	case errors.Is(err, imkit.ErrRoomUnclear):
		return "unclear"
	case is(err, imkit.KindKeyNotAllowed):
		return "not allowed"
	case imkit.IsUnsupported(err):
		return "unsupported"
	}
	return "error"
}

// joinRoom is AddMember for tests that mind neither the role nor what was recovered.
func joinRoom(ctx context.Context, a *imkit.API, room, id string, announce bool) error {
	_, _, err := a.AddMember(ctx, room, id, announce)
	return err
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
		lookUps{exists: func(id string) bool { return !strings.HasPrefix(id, "no-") }}.answer(w, r)
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
