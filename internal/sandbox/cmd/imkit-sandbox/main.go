// Command imkit-sandbox serves an in-memory IMKIT chat server on loopback, for trying things without a real
// one. It prints the base URL and the keys to use as shell commands, and forgets everything when it stops.
//
// Run it with -h for its flags and for the control endpoints that move its clock and edit what it has.
//
// What belongs here is what people need of a server: flags, an address, the control endpoints, a log. How the
// server behaves is in package sandbox.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "imkit-sandbox:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, set.listen, set.allowRemote)
	if err != nil {
		return err
	}
	handler := newHandler(sandbox.New(set.options), set.allowRemote)
	if !set.quiet {
		handler = withLog(log.New(stderr, "", log.LstdFlags), handler)
	}
	base := "http://" + listener.Addr().String()
	if path := strings.Trim(set.options.BasePath, "/"); path != "" {
		base += "/" + path
	}
	if err := announce(stdout, base, set.options); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, listener, handler)
}

// announce prints what to set, so that a shell can read it.
func announce(w io.Writer, base string, opts sandbox.Options) error {
	_, err := fmt.Fprintf(w, `# The IMKIT sandbox is listening. Stop it with Ctrl-C; everything in it is forgotten then.
export IMKIT_BASE_URL=%s
export IMKIT_API_KEY=%s
export IMKIT_CLIENT_KEY=%s
`, quote(base), quote(opts.APIKey), quote(opts.ClientKey))
	return err
}

// quote makes a word for the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// serve answers requests until the context ends, then lets the ones under way finish for a moment.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := web.Shutdown(grace); err != nil {
		return web.Close()
	}
	return nil
}

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
