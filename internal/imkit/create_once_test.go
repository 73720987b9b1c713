package imkit_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// creating is a server on which something is created: each POST is answered by the
// next handler, the last one answers the rest. From the POST of a number on there is
// what was to be created; 0: never.
type creating struct {
	posts []http.HandlerFunc
	from  int64
	// there and missing answer the look.
	there, missing http.HandlerFunc

	made atomic.Int64
}

func (c *creating) post(w http.ResponseWriter, r *http.Request) {
	c.posts[min(int(c.made.Add(1)), len(c.posts))-1](w, r)
}

func (c *creating) get(w http.ResponseWriter, r *http.Request) {
	if c.from > 0 && c.made.Load() >= c.from {
		c.there(w, r)
	} else {
		c.missing(w, r)
	}
}

type handlers = []http.HandlerFunc

// A room that is there after an answer that was lost has been made; one that is
// not is made once more, and not twice. Nobody knows what a server does with a create
// of a room that is there.
func TestCreateRoomAfterALostAnswer(t *testing.T) {
	t.Parallel()
	made, gone, refused, odd := sayJSON(200, okRoom), sayJSON(404, roomGone), sayJSON(403, forbidden), sayJSON(400, `{"RC":400,"RM":"no"}`)
	there := sayJSON(200, roomReply(`{"_id":"r","name":"there"}`))
	conflict, senseless := sayJSON(409, `{"RC":409,"RM":"exists"}`), sayJSON(200, `{"RC":0,"result":{"_id":"other"}}`)
	for name, tc := range map[string]struct {
		server  *creating
		exists  http.HandlerFunc // nil: no such call
		want    string
		unknown bool
		posts   int
		name    string // of the room in the end; "": any
	}{
		"answered":              {&creating{posts: handlers{made}}, nil, "success", false, 1, "N"},
		"refused":               {&creating{posts: handlers{sayJSON(400, `{"error":"INVALID_REQUEST"}`)}}, nil, "error", false, 1, ""},
		"exists":                {&creating{posts: handlers{conflict}, from: 1, there: there}, nil, "error", false, 1, ""},
		"not allowed":           {&creating{posts: handlers{refused}}, nil, "not allowed", false, 1, ""},
		"busy":                  {&creating{posts: handlers{sayJSON(429, ""), made}}, nil, "success", false, 2, "N"},
		"lost, there":           {&creating{posts: handlers{cut}, from: 1, there: there}, nil, "success", false, 1, "there"},
		"502, there":            {&creating{posts: handlers{say(502, "text/html", "")}, from: 1, there: there}, nil, "success", false, 1, "there"},
		"makes no sense, there": {&creating{posts: handlers{senseless}, from: 1, there: there}, nil, "success", false, 1, "there"},
		"lost, hidden":          {&creating{posts: handlers{cut}, missing: refused}, saysExists(true), "success", false, 1, ""},
		"lost, not there":       {&creating{posts: handlers{cut, made}, from: 2, there: there, missing: gone}, nil, "success", false, 2, ""},
		"lost, 403, not there":  {&creating{posts: handlers{cut, made}, from: 2, there: there, missing: refused}, saysExists(false), "success", false, 2, ""},
		"lost, there too late":  {&creating{posts: handlers{cut, conflict}, from: 2, there: there, missing: gone}, nil, "success", false, 2, "there"},
		"lost, then refused":    {&creating{posts: handlers{cut, conflict}, missing: gone}, nil, "error", false, 2, ""},
		"lost twice, there":     {&creating{posts: handlers{cut}, from: 2, there: there, missing: gone}, nil, "success", false, 2, "there"},
		"lost twice, not there": {&creating{posts: handlers{cut}, missing: gone}, nil, "error", true, 2, ""},
		"lost, cannot look":     {&creating{posts: handlers{cut}, missing: odd}, nil, "error", true, 1, ""},
		"lost, cannot tell":     {&creating{posts: handlers{cut, conflict}, from: 2, there: odd, missing: gone}, nil, "error", true, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"POST /rooms/": tc.server.post, "GET /rooms/r": tc.server.get, "GET /rooms/r/exists": tc.exists,
				}))
				room, err := s.acquainted(t, retries(2)).CreateRoom(t.Context(), "r", imkit.RoomSettings{}, nil, false)
				if got := meaning(err); got != tc.want || imkit.OutcomeUnknown(err) != tc.unknown {
					t.Errorf("%s, unknown %t: %v", got, imkit.OutcomeUnknown(err), err)
				}
				if n := s.count(http.MethodPost); n != tc.posts {
					t.Errorf("%d creates, want %d: %s", n, tc.posts, s.calls())
				}
				switch {
				case err != nil && room != nil, err == nil && room.ID != "r":
					t.Errorf("%+v", room)
				case err == nil && tc.name != "" && *room.Name.Value != tc.name:
					t.Errorf("%q, want %q", *room.Name.Value, tc.name)
				}
			})
		})
	}
}

// An interrupted create is not settled, and says so.
func TestCreateRoomInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		cut(w, r)
	})
	_, err := s.api(t).CreateRoom(ctx, "r", imkit.RoomSettings{}, nil, false)
	if s.count(http.MethodPost) != 1 || !imkit.OutcomeUnknown(err) {
		t.Errorf("%s, unknown %t: %v", s.calls(), imkit.OutcomeUnknown(err), err)
	}
}

// The same of groups.
func TestCreateGroupAfterALostAnswer(t *testing.T) {
	t.Parallel()
	made, there, gone := sayJSON(200, `{"RC":0,"result":`+team+`}`), groupsListed(team), groupsListed()
	short := sayJSON(200, `{"RC":0,"result":{"totalCount":2,"data":[{"_id":"a"}]}}`)
	for name, tc := range map[string]struct {
		server         *creating
		fails, unknown bool
		posts          int
	}{
		"answered":             {&creating{posts: handlers{made}}, false, false, 1},
		"exists":               {&creating{posts: handlers{sayJSON(409, `{"error":"GROUP_ALREADY_EXISTS"}`)}, from: 1, there: there}, true, false, 1},
		"lost, there":          {&creating{posts: handlers{cut}, from: 1, there: there}, false, false, 1},
		"lost, not there":      {&creating{posts: handlers{cut, made}, from: 2, there: there, missing: gone}, false, false, 2},
		"lost, list too short": {&creating{posts: handlers{cut}, missing: short}, true, true, 1},
		"lost twice":           {&creating{posts: handlers{cut}, missing: gone}, true, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, routes(map[string]http.HandlerFunc{
					"POST /admin/groups": tc.server.post, "GET /admin/groups": tc.server.get, "GET /admin/clients": sayJSON(500, ""),
				}))
				g, err := s.api(t).CreateGroup(t.Context(), "g", teamSettings())
				if n := s.count(http.MethodPost); n != tc.posts || (err != nil) != tc.fails || imkit.OutcomeUnknown(err) != tc.unknown || (g == nil) != tc.fails {
					t.Errorf("%d creates, unknown %t: %v, %v", n, imkit.OutcomeUnknown(err), g, err)
				}
				if name == "exists" && !imkit.IsConflict(err) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}
