package main

import "net/http"

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
