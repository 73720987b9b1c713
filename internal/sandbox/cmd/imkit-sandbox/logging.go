package main

import (
	"log"
	"net/http"
	"time"
)

// withLog writes a line per request: nothing of its headers and body, which carry keys and tokens.
func withLog(logger *log.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &statusWriter{ResponseWriter: w}
		begin := time.Now()
		method, uri := r.Method, r.URL.RequestURI()
		defer func() { // also when the connection is cut
			logger.Printf("%s %s %d %s", method, uri, sent.status, time.Since(begin).Round(time.Microsecond))
		}()
		next.ServeHTTP(sent, r)
	})
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
