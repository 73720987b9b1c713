package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// controlPrefix is where the control endpoints are; the chat server has everything else.
const controlPrefix = "/_sandbox/"

// control serves the control endpoints of a sandbox.
type control struct{ *sandbox.Server }

// withControl serves the control endpoints for a sandbox and passes other requests on.
func withControl(server *sandbox.Server, next http.Handler) http.Handler {
	endpoints := control{server}.endpoints()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.EscapedPath(), controlPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !isLoopback(host) {
			answer(w, http.StatusForbidden, problem("the control endpoints are for callers on the same machine"))
			return
		}
		endpoints.ServeHTTP(w, r)
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
