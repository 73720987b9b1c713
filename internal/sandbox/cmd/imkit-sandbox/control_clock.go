package main

import (
	"net/http"
	"time"
)

// clockView is the clock as shown.
type clockView struct {
	Now time.Time `json:"now"`
}

func (c control) showClock(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, clockView{Now: c.Now()})
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
	answer(w, http.StatusOK, clockView{Now: c.Now()})
}
