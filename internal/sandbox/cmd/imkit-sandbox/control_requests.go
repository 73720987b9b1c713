package main

import (
	"net/http"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

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
	Messages   []map[string]any `json:"messages"`
	Broadcasts []broadcastView  `json:"broadcasts"`
	Pushes     []sandbox.Push   `json:"pushes"`
}

// broadcastView is a batch of messages as shown.
type broadcastView struct {
	ID    string   `json:"id"`
	Texts []string `json:"texts"`
}

func (c control) showSent(w http.ResponseWriter, _ *http.Request) {
	view := sentView{Messages: []map[string]any{}, Broadcasts: []broadcastView{}, Pushes: c.Pushes()}
	for _, m := range c.Messages() {
		view.Messages = append(view.Messages, m.Sent)
	}
	for _, b := range c.Broadcasts() {
		view.Broadcasts = append(view.Broadcasts, broadcastView{b.ID, b.Texts})
	}
	answer(w, http.StatusOK, view)
}
