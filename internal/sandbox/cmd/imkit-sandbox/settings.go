package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// settings are what the flags say.
type settings struct {
	listen      string
	allowRemote bool
	quiet       bool
	options     sandbox.Options
}

// logLimit is how many requests the running command remembers.
const logLimit = 1000

const usage = `Usage: imkit-sandbox [flags]

Serves an in-memory IMKIT chat server and prints what to export. Flags:
`

const controlUsage = `
Control endpoints, for callers on the same machine, no key needed:
  GET    /_sandbox/clock         the server's time
  POST   /_sandbox/clock         move it: {"advance":"120h"}, which may be negative, or {"set":"2026-01-02T15:04:05Z"};
                                 it runs on from there
  GET    /_sandbox/requests      the latest requests, without their headers and bodies
  GET    /_sandbox/clients       the clients, each with the number of its live tokens
  DELETE /_sandbox/clients/{id}  somebody deleted that client and its tokens, for which the API has no call

Example: curl -d '{"advance":"120h"}' http://127.0.0.1:3100/_sandbox/clock
`

// parseSettings reads the command line.
func parseSettings(args []string, stderr io.Writer) (settings, error) {
	s := settings{options: sandbox.Options{LogLimit: logLimit}}
	o := &s.options
	flags := flag.NewFlagSet("imkit-sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, usage)
		flags.PrintDefaults()
		_, _ = io.WriteString(stderr, controlUsage)
	}
	flags.StringVar(&s.listen, "listen", "127.0.0.1:3100", "`address` to listen on; port 0 chooses a free one")
	flags.BoolVar(&s.allowRemote, "allow-remote", false, "allow an address that other machines can reach")
	flags.BoolVar(&s.quiet, "quiet", false, "do not log requests")
	flags.StringVar(&o.APIKey, "api-key", sandbox.DefaultAPIKey, "API `key` that admin calls must carry")
	flags.StringVar(&o.ClientKey, "client-key", sandbox.DefaultClientKey, "client `key` that user calls must carry")
	flags.StringVar(&o.AppID, "app-id", sandbox.DefaultAppID, "application `id` of the clients")
	flags.StringVar(&o.BasePath, "base-path", "", "path `prefix`, as behind a reverse proxy")
	flags.DurationVar(&o.TokenLifetime, "token-lifetime", sandbox.DefaultTokenLifetime, "how long issued tokens live")
	flags.DurationVar(&o.Latency, "latency", 0, "pause before every reply")
	flags.IntVar(&o.RequestsPerMinute, "requests-per-minute", 0, "rate limit; 0 is none")
	flags.BoolVar(&o.KeepTokensOnReissue, "keep-tokens", false, "keep a client's older tokens alive when it gets another")
	flags.BoolVar(&o.EchoBoundTokens, "echo-bound-tokens", false, "show bound tokens in the reply")
	flags.BoolVar(&o.OpaqueTokens, "opaque-tokens", false, "issue random strings instead of JWTs")
	flags.BoolVar(&o.OmitExpiration, "omit-expiration", false, "issue tokens without telling their expirationDate")
	flags.BoolVar(&o.FlatReplies, "flat-replies", false, "answer token calls without the RC envelope")
	flags.BoolVar(&o.NoLookupRoute, "no-lookup-route", false, "do not have GET /admin/clients")
	flags.BoolVar(&o.NoRevokeRoute, "no-revoke-route", false, "do not have DELETE /admin/clients/{id}/token")
	flags.BoolVar(&o.NoMeRoute, "no-me-route", false, "do not have GET /me")
	flags.BoolVar(&o.RequireKnownClientForTokens, "known-clients-only", false, "refuse tokens for clients that do not exist")
	flags.BoolVar(&o.ErrorsUnder200, "errors-under-200", false, "answer errors with HTTP 200 and an RC other than 0")
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
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	if !allowRemote && host != "localhost" && !isLoopback(host) {
		return nil, fmt.Errorf("-listen %s: other machines could reach this address; use 127.0.0.1, or say -allow-remote", address)
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", address)
}

// isLoopback tells whether a host is an address of this machine alone.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
