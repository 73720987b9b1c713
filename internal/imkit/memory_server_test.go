package imkit

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// memoryServer listens for connections that are pipes: all is real but the
// network, so that a testing/synctest bubble can let time pass.
type memoryServer struct {
	conns  chan net.Conn
	closed chan struct{}
	// dialling is how long it takes to get a connection.
	dialling time.Duration
}

var errClosed = errors.New("the server in memory is closed")

// inMemory serves until the test ends, and returns an API for the server.
func inMemory(t *testing.T, handler http.HandlerFunc, change ...func(*Config)) (*memoryServer, *API) {
	t.Helper()
	s := &memoryServer{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{ErrorLog: discardLog(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // nobody is slow on purpose
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice when the caller goes away
		handler(w, r)
	})}
	go func() { _ = server.Serve(s) }()
	cfg := testConfig(t, "http://chat.example.com")
	cfg.RequestTimeout = time.Minute
	for _, c := range change {
		c(&cfg)
	}
	a := newAPI(t, cfg)
	transport := &http.Transport{DialContext: s.dial, DisableKeepAlives: true}
	a.transport = transport
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return s, a
}

func (s *memoryServer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	select {
	case <-time.After(s.dialling):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	here, there := net.Pipe()
	select {
	case s.conns <- there:
		return here, nil
	case <-s.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (s *memoryServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.closed:
		return nil, errClosed
	}
}

// Close ends listening.
func (s *memoryServer) Close() error {
	close(s.closed)
	return nil
}

// Addr is where the server listens.
func (s *memoryServer) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

// answerAfter answers once that much time has passed, if anybody still waits.
func answerAfter(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(w, r)
		case <-r.Context().Done():
		}
	}
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
