package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// controlPrefix is where the control endpoints are; the chat server has everything else.
const controlPrefix = "/_sandbox/"

// control serves the control endpoints of a sandbox.
type control struct{ *sandbox.Server }

// newHandler serves a sandbox and its control endpoints to programs, and not to pages in a browser: these send an
// Origin, or come under a name of their own that was made to lead to this machine. The check is not in package sandbox,
// because tests serve it under names of other hosts.
func newHandler(server *sandbox.Server, allowRemote bool) http.Handler {
	endpoints := control{server}.endpoints()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isControl := strings.HasPrefix(r.URL.EscapedPath(), controlPrefix)
		_, fromPage := r.Header["Origin"]
		switch {
		case fromPage:
			answer(w, http.StatusForbidden, problem("the sandbox does not answer pages in a browser: the request has an Origin"))
		case !isLoopback(r.Host) && (isControl || !allowRemote):
			answer(w, http.StatusForbidden, problem(fmt.Sprintf("the host must be localhost, 127.0.0.1 or [::1], not %q", r.Host)))
		case !isControl:
			server.ServeHTTP(w, r)
		case !isLoopback(r.RemoteAddr):
			answer(w, http.StatusForbidden, problem("the control endpoints are for callers on the same machine"))
		default:
			endpoints.ServeHTTP(w, r)
		}
	})
}

// endpoints are all there is to control.
func (c control) endpoints() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/clock", c.showClock)
	mux.HandleFunc("POST /_sandbox/clock", c.moveClock)
	mux.HandleFunc("GET /_sandbox/requests", c.showRequests)
	mux.HandleFunc("GET /_sandbox/sent", c.showSent)
	mux.HandleFunc("GET /_sandbox/clients", c.showClients)
	mux.HandleFunc("DELETE /_sandbox/clients/{id}", c.removeClient)

	mux.HandleFunc("GET /_sandbox/rooms", c.showRooms)
	mux.HandleFunc("PUT /_sandbox/rooms/{id}", c.putRoom)
	mux.HandleFunc("DELETE /_sandbox/rooms/{id}", c.deleteRoom)
	mux.HandleFunc("POST /_sandbox/rooms/{id}/freeze", c.freezeRoom)
	mux.HandleFunc("PUT /_sandbox/rooms/{id}/members/{client}", c.addMember)
	mux.HandleFunc("DELETE /_sandbox/rooms/{id}/members/{client}", c.removeMember)

	mux.HandleFunc("GET /_sandbox/groups", c.showGroups)
	mux.HandleFunc("PUT /_sandbox/groups/{id}", c.putGroup)
	mux.HandleFunc("DELETE /_sandbox/groups/{id}", c.removeGroup)

	mux.HandleFunc("GET /_sandbox/config", c.showConfig)
	mux.HandleFunc("PUT /_sandbox/config/{key}", c.putConfig)
	mux.HandleFunc("DELETE /_sandbox/config/{key}", c.removeConfig)

	mux.HandleFunc(controlPrefix, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, problem("no such control endpoint; see imkit-sandbox -h"))
	})
	return mux
}

// read reads the JSON body of a control request. If it cannot, it answers that and returns false.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		answer(w, http.StatusBadRequest, problem("the body cannot be read: "+err.Error()))
		return false
	}
	return true
}

// done answers that something has been done to somebody or something.
func done(w http.ResponseWriter, what, id string) {
	answer(w, http.StatusOK, map[string]string{what: id})
}

// missing answers that there is no such thing.
func missing(w http.ResponseWriter, noun, id string) {
	answer(w, http.StatusNotFound, problem(fmt.Sprintf("no %s %q", noun, id)))
}

func problem(message string) map[string]string { return map[string]string{"error": message} }

// answer sends a control endpoint's reply.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that went away is no concern of the server
}

func (c control) showClock(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]time.Time{"now": c.Now()})
}

func (c control) moveClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		Advance string    `json:"advance"`
		Set     time.Time `json:"set"`
	}
	if !read(w, r, &move) {
		return
	}
	var by time.Duration
	switch {
	case (move.Advance == "") == move.Set.IsZero():
		answer(w, http.StatusBadRequest, problem(`the body must be {"advance":"120h"} or {"set":"2026-01-02T15:04:05Z"}`))
		return
	case move.Advance == "":
		by = move.Set.Sub(c.Now())
	default:
		var err error
		if by, err = time.ParseDuration(move.Advance); err != nil {
			answer(w, http.StatusBadRequest, problem(err.Error()))
			return
		}
	}
	c.Advance(by)
	c.showClock(w, r)
}

// requestView is a logged request as shown: of its headers who sent it, and nothing of its body. The others
// carry keys and tokens.
type requestView struct {
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	ClientID  string    `json:"clientID,omitempty"`
	RoomID    string    `json:"roomID,omitempty"`
	UserAgent string    `json:"userAgent,omitempty"`
	Status    int       `json:"status"`
}

func (c control) showRequests(w http.ResponseWriter, _ *http.Request) {
	views := []requestView{}
	for _, r := range c.Requests() {
		views = append(views, requestView{
			r.Time, r.Method, r.Path, r.Query.Get("q"), r.ClientID, r.RoomID, r.Header.Get("User-Agent"), r.Status,
		})
	}
	answer(w, http.StatusOK, views)
}

// sentView is what was sent to people, each kind in the order of arrival.
type sentView struct {
	Messages   []map[string]any    `json:"messages"`
	Broadcasts []sandbox.Broadcast `json:"broadcasts"`
	Pushes     []sandbox.Push      `json:"pushes"`
}

func (c control) showSent(w http.ResponseWriter, _ *http.Request) {
	view := sentView{[]map[string]any{}, c.Broadcasts(), c.Pushes()}
	for _, m := range c.Messages() {
		view.Messages = append(view.Messages, m.Sent)
	}
	answer(w, http.StatusOK, view)
}

// clientView is a client as shown.
type clientView struct {
	ID         string         `json:"id"`
	LiveTokens int            `json:"liveTokens"`
	Fields     map[string]any `json:"fields"`
}

func (c control) showClients(w http.ResponseWriter, _ *http.Request) {
	views := []clientView{}
	for _, id := range c.ClientIDs() {
		if fields, ok := c.Client(id); ok {
			views = append(views, clientView{id, len(c.LiveTokens(id)), fields})
		}
	}
	answer(w, http.StatusOK, views)
}

func (c control) removeClient(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, ok := c.Client(id); !ok {
		missing(w, "client", id)
		return
	}
	c.RemoveClient(id)
	done(w, "removed", id)
}

// roomView is a room as shown. Its webhook, which may hold a secret, is not.
type roomView struct {
	ID            string                    `json:"id"`
	Members       []string                  `json:"members"`
	Invited       []string                  `json:"invited,omitempty"`
	Properties    map[string]map[string]any `json:"properties"`
	Announcements []sandbox.Announcement    `json:"announcements,omitempty"`
	Fields        map[string]any            `json:"fields"`
}

func (c control) showRooms(w http.ResponseWriter, _ *http.Request) {
	views := []roomView{}
	for _, id := range c.RoomIDs() {
		room, ok := c.Room(id)
		if !ok {
			continue
		}
		if _, set := room.Fields["webhook"]; set {
			room.Fields["webhook"] = "(not shown)"
		}
		views = append(views, roomView{id, room.Members, room.Invited, room.Properties, c.Announcements(id), room.Fields})
	}
	answer(w, http.StatusOK, views)
}

func (c control) putRoom(w http.ResponseWriter, r *http.Request) {
	var fields map[string]any
	if read(w, r, &fields) {
		c.PutRoom(r.PathValue("id"), fields)
		done(w, "put", r.PathValue("id"))
	}
}

func (c control) deleteRoom(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.DeleteRoom(id)
		done(w, "removed", id)
	}
}

func (c control) freezeRoom(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.FreezeRoom(id)
		done(w, "frozen", id)
	}
}

func (c control) addMember(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.AddMembers(id, r.PathValue("client"))
		done(w, "added", r.PathValue("client"))
	}
}

func (c control) removeMember(w http.ResponseWriter, r *http.Request) {
	if id, ok := c.roomOf(w, r); ok {
		c.RemoveMembers(id, r.PathValue("client"))
		done(w, "removed", r.PathValue("client"))
	}
}

// roomOf is the room that a request is about, which must exist.
func (c control) roomOf(w http.ResponseWriter, r *http.Request) (string, bool) {
	id := r.PathValue("id")
	_, ok := c.Room(id)
	if !ok {
		missing(w, "room", id)
	}
	return id, ok
}

func (c control) showGroups(w http.ResponseWriter, _ *http.Request) {
	views := []map[string]any{}
	for _, id := range c.GroupIDs() {
		if fields, ok := c.Group(id); ok {
			views = append(views, fields)
		}
	}
	answer(w, http.StatusOK, views)
}

func (c control) putGroup(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, taken := c.Client(id); taken {
		answer(w, http.StatusConflict, problem(fmt.Sprintf("%q is a client", id)))
		return
	}
	var fields map[string]any
	if read(w, r, &fields) {
		c.PutGroup(id, fields)
		done(w, "put", id)
	}
}

func (c control) removeGroup(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, ok := c.Group(id); !ok {
		missing(w, "group", id)
		return
	}
	c.RemoveGroup(id)
	done(w, "removed", id)
}

func (c control) showConfig(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, c.Config())
}

func (c control) putConfig(w http.ResponseWriter, r *http.Request) {
	var value any
	if read(w, r, &value) {
		c.PutConfig(r.PathValue("key"), value)
		done(w, "put", r.PathValue("key"))
	}
}

func (c control) removeConfig(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if _, ok := c.Config()[key]; !ok {
		missing(w, "key", key)
		return
	}
	c.RemoveConfig(key)
	done(w, "removed", key)
}
