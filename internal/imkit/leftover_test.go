package imkit

// What tests use that still stand in this package, until they stand outside of it too.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// documentedJWT is the example of the API's documentation.
const documentedJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6InNzcyIsIm5pY2tuYW1lIjoiU1NTIiwiZXhwIjoxNTkyNDYwOTM2LCJpYXQiOjE1OTE4NTYxMzZ9.UXNfwcyOTJQT1ebElVBOPwNnkMByUZnzxZrlKIZ8LT8"

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &t
}

func withHeader(name, value string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		h(w, r)
	}
}

// htmlPage is how any web server says that it has nothing there.
func htmlPage(status int) http.HandlerFunc {
	return say(status, "text/html; charset=utf-8", "<h1>No</h1>")
}

// interruptedAfter is when the callers of these tests cease to wait.
const interruptedAfter = 50 * time.Millisecond

// interrupted is a context that ends that way after a moment.
func interrupted(t *testing.T, end error) context.Context {
	t.Helper()
	if errors.Is(end, context.DeadlineExceeded) {
		ctx, cancel := context.WithTimeout(t.Context(), interruptedAfter)
		t.Cleanup(cancel)
		return ctx
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(interruptedAfter, cancel)
	return ctx
}

// elsewhere is a server that nobody should call; it counts even connections
// on which nothing is sent.
func elsewhere(t *testing.T) (url string, connections *atomic.Int32) {
	t.Helper()
	connections = &atomic.Int32{}
	s := httptest.NewUnstartedServer(sayJSON(200, okClient))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, connections
}
