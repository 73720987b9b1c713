package acctest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// memoryServers are the servers that are reached without any network, by their
// address. In a testing/synctest bubble, nothing else lets time pass at once.
var memoryServers sync.Map

// reachMemoryServers has every client of this process that is made from now on
// look for its servers there first.
func reachMemoryServers(transport *http.Transport) {
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		found, _ := memoryServers.Load(address)
		server, ok := found.(*MemoryServer)
		switch {
		case !ok:
			return dial(ctx, network, address)
		case server.refuses():
			return dial(ctx, network, unserved)
		}
		return server.dial(ctx)
	}
}

// unserved is an address that refuses connections: the port of a service that
// nobody runs any more.
const unserved = "127.0.0.1:1"

// MemoryServer listens for connections that are pipes.
type MemoryServer struct {
	// Address is the host and port to reach it by.
	Address string
	conns   chan net.Conn
	closed  chan struct{}

	mu sync.Mutex
	// refusing is set while connections are refused: the first accept of them
	// are not, then times of them, or all if that is 0, are.
	refusing      bool
	accept, times int
	refused       int
}

var memoryPorts atomic.Int32

// ServeInMemory serves until the test ends. Each request has a connection of
// its own, so that to refuse one is to refuse the other.
func ServeInMemory(t *testing.T, handler http.Handler) *MemoryServer {
	t.Helper()
	// Of a loopback network, that no other server of the tests uses.
	s := &MemoryServer{
		Address: fmt.Sprintf("127.77.0.1:%d", memoryPorts.Add(1)),
		conns:   make(chan net.Conn), closed: make(chan struct{}),
	}
	memoryServers.Store(s.Address, s)
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)} //nolint:gosec // nobody is slow on purpose
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.Serve(s) }()
	t.Cleanup(func() {
		memoryServers.Delete(s.Address)
		_ = server.Close()
	})
	return s
}

// Refuse refuses connections from now on: the first accept of them are not, then
// times of them, or all if that is 0, are.
func (s *MemoryServer) Refuse(accept, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing, s.accept, s.times, s.refused = true, accept, times, 0
}

// RefuseNone ends what Refuse began.
func (s *MemoryServer) RefuseNone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = false
}

// refuses counts a connection, and reports whether it is refused.
func (s *MemoryServer) refuses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.refusing, s.times > 0 && s.refused == s.times:
		return false
	case s.accept > 0:
		s.accept--
		return false
	}
	s.refused++
	return true
}

// Refusals is how many connections were refused since Refuse.
func (s *MemoryServer) Refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

var errServerClosed = errors.New("the server in memory is closed")

func (s *MemoryServer) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case s.conns <- there:
		return here, nil
	case <-s.closed:
		return nil, errServerClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (s *MemoryServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.closed:
		return nil, errServerClosed
	}
}

// Close ends listening.
func (s *MemoryServer) Close() error {
	close(s.closed)
	return nil
}

// Addr is where the server listens.
func (s *MemoryServer) Addr() net.Addr { return &net.UnixAddr{Name: s.Address, Net: "memory"} }
