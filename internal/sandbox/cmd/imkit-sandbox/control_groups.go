package main

import (
	"fmt"
	"net/http"
)

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
