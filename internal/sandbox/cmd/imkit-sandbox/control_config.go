package main

import "net/http"

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
