package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// controlPrefix is where the control endpoints are; the chat server has everything else.
const controlPrefix = "/_sandbox/"

// withControl serves the control endpoints for a sandbox and passes other requests on.
func withControl(server *sandbox.Server, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, mine := strings.CutPrefix(r.URL.EscapedPath(), controlPrefix)
		if !mine {
			next.ServeHTTP(w, r)
			return
		}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !isLoopback(host) {
			answer(w, http.StatusForbidden, problem("the control endpoints are for callers on the same machine"))
			return
		}
		id, isClient := strings.CutPrefix(path, "clients/")
		switch {
		case r.Method == http.MethodGet && path == "clock":
			answer(w, http.StatusOK, clockView{Now: server.Now()})
		case r.Method == http.MethodPost && path == "clock":
			moveClock(w, r, server)
		case r.Method == http.MethodGet && path == "requests":
			answer(w, http.StatusOK, requests(server))
		case r.Method == http.MethodGet && path == "clients":
			answer(w, http.StatusOK, clients(server))
		case r.Method == http.MethodDelete && isClient:
			removeClient(w, server, id)
		default:
			answer(w, http.StatusNotFound, problem("no such control endpoint; see imkit-sandbox -h"))
		}
	})
}

// clockView is the clock as shown.
type clockView struct {
	Now time.Time `json:"now"`
}

// moveClock serves POST /_sandbox/clock.
func moveClock(w http.ResponseWriter, r *http.Request, server *sandbox.Server) {
	var move struct {
		Advance string    `json:"advance"`
		Set     time.Time `json:"set"`
	}
	dec := json.NewDecoder(io.LimitReader(r.Body, 1<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&move); err != nil {
		answer(w, http.StatusBadRequest, problem("the body cannot be read: "+err.Error()))
		return
	}
	var by time.Duration
	switch {
	case (move.Advance == "") == move.Set.IsZero():
		answer(w, http.StatusBadRequest, problem(`the body must be {"advance":"120h"} or {"set":"2026-01-02T15:04:05Z"}`))
		return
	case move.Advance == "":
		by = move.Set.Sub(server.Now())
	default:
		var err error
		if by, err = time.ParseDuration(move.Advance); err != nil {
			answer(w, http.StatusBadRequest, problem(err.Error()))
			return
		}
	}
	server.Advance(by)
	answer(w, http.StatusOK, clockView{Now: server.Now()})
}

// requestView is a logged request as shown: of its headers who sent it, and nothing of its body. The others
// carry keys and tokens.
type requestView struct {
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	ClientID  string    `json:"clientID,omitempty"`
	UserAgent string    `json:"userAgent,omitempty"`
	Status    int       `json:"status"`
}

func requests(server *sandbox.Server) []requestView {
	views := []requestView{}
	for _, r := range server.Requests() {
		views = append(views, requestView{r.Time, r.Method, r.Path, r.Query.Get("q"), r.ClientID, r.Header.Get("User-Agent"), r.Status})
	}
	return views
}

// clientView is a client as shown.
type clientView struct {
	ID         string         `json:"id"`
	LiveTokens int            `json:"liveTokens"`
	Fields     map[string]any `json:"fields"`
}

func clients(server *sandbox.Server) []clientView {
	views := []clientView{}
	for _, id := range server.ClientIDs() {
		if fields, ok := server.Client(id); ok {
			views = append(views, clientView{id, len(server.LiveTokens(id)), fields})
		}
	}
	return views
}

// removeClient serves DELETE /_sandbox/clients/{id}.
func removeClient(w http.ResponseWriter, server *sandbox.Server, escaped string) {
	id, err := url.PathUnescape(escaped)
	if err != nil {
		answer(w, http.StatusBadRequest, problem(err.Error()))
		return
	}
	if _, ok := server.Client(id); !ok {
		answer(w, http.StatusNotFound, problem(fmt.Sprintf("no client %q", id)))
		return
	}
	server.RemoveClient(id)
	answer(w, http.StatusOK, map[string]string{"removed": id})
}

func problem(message string) map[string]string { return map[string]string{"error": message} }

// answer sends a control endpoint's reply.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that went away is no concern of the server
}
