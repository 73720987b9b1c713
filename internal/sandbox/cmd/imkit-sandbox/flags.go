package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// settings are what the flags say.
type settings struct {
	listen      string
	allowRemote bool
	quiet       bool
	options     sandbox.Options
}

const usage = `Usage: imkit-sandbox [flags]

Serves an in-memory IMKIT chat server and prints what to export. Flags:
`

const controlUsage = `
Control endpoints, for callers on the same machine, no key needed. In a path, ids are percent-encoded:
  GET    /_sandbox/clock         the server's time
  POST   /_sandbox/clock         move it: {"advance":"120h"}, which may be negative, or {"set":"2026-01-02T15:04:05Z"};
                                 it runs on from there, and the header Date stays as it is
  GET    /_sandbox/requests      the latest requests, without their headers and bodies
  GET    /_sandbox/sent          the messages, broadcasts and push notifications that were sent

What somebody else did, without a trace among the requests:
  GET    /_sandbox/clients                     the clients, each with the number of its live tokens
  DELETE /_sandbox/clients/{id}                delete that client and its tokens, for which the API has no call
  GET    /_sandbox/rooms                       the rooms, with members, their properties and announcements
  PUT    /_sandbox/rooms/{id}                  make or change a room: {"name":"N","status":1,"members":["a","b"]}
  DELETE /_sandbox/rooms/{id}                  delete that room and its messages
  POST   /_sandbox/rooms/{id}/freeze           freeze that room
  PUT    /_sandbox/rooms/{id}/members/{client} add a member, DELETE removes one
  GET    /_sandbox/groups                      the user groups
  PUT    /_sandbox/groups/{id}                 make or change a group: {"nickname":"N","members":["a"]}
  DELETE /_sandbox/groups/{id}                 delete that group, for which the API has no call
  GET    /_sandbox/config                      the run-time configuration
  PUT    /_sandbox/config/{key}                set that key to the JSON value of the body, DELETE removes it

To see the renewal of a token, age it: the provider goes by the clock of this machine, so what must be old is the token.
The clock goes back five days and an hour, a token is issued, and the clock goes forward again; then a plan renews it:
  curl -d '{"advance":"-121h"}' http://127.0.0.1:3100/_sandbox/clock
  terraform apply -replace=imkit_client_token.robot
  curl -d '{"advance":"121h"}' http://127.0.0.1:3100/_sandbox/clock
`

// parseSettings reads the command line.
func parseSettings(args []string, stderr io.Writer) (settings, error) {
	s := settings{options: sandbox.Options{LogLimit: 1000}}
	o := &s.options
	flags := flag.NewFlagSet("imkit-sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, usage)
		flags.PrintDefaults()
		_, _ = io.WriteString(stderr, controlUsage)
	}
	flags.StringVar(&s.listen, "listen", "127.0.0.1:3100", "`address` to listen on; port 0 chooses a free one")
	flags.BoolVar(&s.allowRemote, "allow-remote", false, "allow an address that other machines can reach, and any name for it")
	flags.BoolVar(&s.quiet, "quiet", false, "do not log requests")
	flags.StringVar(&o.APIKey, "api-key", sandbox.DefaultAPIKey, "API `key` that admin calls must carry")
	flags.StringVar(&o.ClientKey, "client-key", sandbox.DefaultClientKey, "client `key` that user calls must carry")
	flags.StringVar(&o.AppID, "app-id", sandbox.DefaultAppID, "application `id` of the clients")
	flags.StringVar(&o.BasePath, "base-path", "", "path `prefix`, as behind a reverse proxy")
	sandbox.Flags(flags, o)
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q; see -h", flags.Arg(0))
	}
	if o.APIKey == "" || o.ClientKey == "" {
		return s, errors.New("-api-key and -client-key must not be empty")
	}
	if o.TokenLifetime <= 0 {
		return s, errors.New("-token-lifetime must be more than 0")
	}
	return s, nil
}

// listen opens the address, which must be a loopback one unless remote callers are allowed.
func listen(ctx context.Context, address string, allowRemote bool) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	if !allowRemote && !isLoopback(address) {
		return nil, fmt.Errorf("-listen %s: other machines could reach this address; use 127.0.0.1, or say -allow-remote", address)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; if the port is taken, make sandbox ARGS='-listen 127.0.0.1:0' chooses a free one", err)
	}
	return listener, nil
}

// isLoopback reports whether a host, with or without a port, is this machine alone.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
