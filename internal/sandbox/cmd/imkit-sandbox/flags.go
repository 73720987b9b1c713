package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
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
	flags.DurationVar(&o.TokenLifetime, "token-lifetime", sandbox.DefaultTokenLifetime, "how long issued tokens live")
	flags.DurationVar(&o.ClockSkew, "clock-skew", 0, "how far the server's clock, and with it the header Date, is ahead of real time")
	flags.DurationVar(&o.Latency, "latency", 0, "pause before every reply")
	flags.IntVar(&o.RequestsPerMinute, "requests-per-minute", 0, "rate limit; 0 is none")
	serverFlags(flags, o)
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

// serverFlags are the switches for what servers differ in.
func serverFlags(flags *flag.FlagSet, o *sandbox.Options) {
	flags.BoolVar(&o.KeepTokensOnReissue, "keep-tokens", false, "keep a client's older tokens alive when it gets another")
	flags.BoolVar(&o.EchoBoundTokens, "echo-bound-tokens", false, "show bound tokens in the reply")
	flags.BoolVar(&o.OpaqueTokens, "opaque-tokens", false, "issue random strings instead of JWTs")
	flags.BoolVar(&o.OmitExpiration, "omit-expiration", false, "issue tokens without telling their expirationDate")
	flags.BoolVar(&o.FlatReplies, "flat-replies", false, "answer token calls without the RC envelope")
	flags.BoolVar(&o.DropRevokeBody, "drop-revoke-body", false, "end every token of the client where one is to be revoked")
	flags.BoolVar(&o.NoLookupRoute, "no-lookup-route", false, "do not have GET /admin/clients")
	flags.BoolVar(&o.NoRevokeRoute, "no-revoke-route", false, "do not have DELETE /admin/clients/{id}/token")
	flags.BoolVar(&o.NoMeRoute, "no-me-route", false, "do not have GET /me")
	flags.BoolVar(&o.RequireKnownClientForTokens, "known-clients-only", false, "refuse tokens for clients that do not exist")
	flags.BoolVar(&o.ErrorsUnder200, "errors-under-200", false, "answer errors with HTTP 200 and an RC other than 0")
	flags.BoolVar(&o.ForeignServer, "foreign-server", false, "be a web server that is no chat server: 404 and a page for everything")
	status(flags, &o.RefuseUserLevel, "refuse-user-level", "refuse user-level calls to the API key", 401, 403)
	flags.DurationVar(&o.ClientsShownAfter, "clients-shown-after", 0, "how much later look-ups show a new client")
	flags.BoolVar(&o.HideMute, "hide-mute", false, "look clients up without the rooms they have muted")
	flags.BoolVar(&o.LowerCaseIDs, "lower-case-ids", false, "keep ids in lower case, whatever is sent")
	flags.BoolVar(&o.NoMessageRoutes, "no-message-routes", false, "do not have the calls that send messages and push notifications")
	roomFlags(flags, &o.Rooms)
	groupFlags(flags, &o.Groups)
	configFlags(flags, &o.Config)
}

func roomFlags(flags *flag.FlagSet, o *sandbox.RoomOptions) {
	flags.BoolVar(&o.NoRoutes, "no-room-routes", false, "do not have the calls about rooms")
	flags.BoolVar(&o.NoExistsRoute, "no-exists-route", false, "do not have GET /rooms/{id}/exists")
	flags.BoolFunc("little-rooms", "show no more of a room than the documented example does", func(on string) error {
		little, err := strconv.ParseBool(on)
		if o.Fields = nil; little {
			o.Fields = sandbox.DocumentedRoomFields()
		}
		return err
	})
	flags.BoolVar(&o.HideRoles, "hide-roles", false, "show rooms without the roles of their members")
	flags.BoolVar(&o.OwnerIsMember, "owner-is-member", false, "make the owner of a room a member of it")
	flags.BoolVar(&o.ForgetLeavers, "forget-leavers", false, "end the properties of a member that leaves a room")
	flags.BoolVar(&o.InviteByDefault, "invite-by-default", false, "take an added member for an invited one unless the request says otherwise")
	flags.BoolVar(&o.InviteAlways, "invite-always", false, "take every added member for an invited one")
	status(flags, &o.MissingStatus, "missing-room-status", "refuse calls about rooms that are not there", 403, 404)
	status(flags, &o.FrozenStatus, "frozen-room-status", "refuse to show frozen rooms", 403, 404)
	flags.DurationVar(&o.WriteDelay, "room-write-delay", 0, "pause between reading a room and writing it back; changes that overlap are lost")
}

func groupFlags(flags *flag.FlagSet, o *sandbox.GroupOptions) {
	flags.BoolVar(&o.NoRoutes, "no-group-routes", false, "do not have the calls about user groups")
	o.OnExisting = sandbox.UpdateExisting
	flags.BoolFunc("update-groups", "take a second create of a group for an update; -update-groups=false refuses it (default true)",
		func(on string) error {
			update, err := strconv.ParseBool(on)
			if o.OnExisting = sandbox.RefuseExisting; update {
				o.OnExisting = sandbox.UpdateExisting
			}
			return err
		})
	flags.BoolVar(&o.MergeMembers, "merge-group-members", false, "add the members of an update to those the group has")
}

func configFlags(flags *flag.FlagSet, o *sandbox.ConfigOptions) {
	flags.BoolVar(&o.NoRoutes, "no-config-routes", false, "do not have the calls about the run-time configuration")
	flags.BoolVar(&o.Replace, "replace-config", false, "let a write of the configuration replace everything")
	status(flags, &o.RefuseRead, "refuse-config-read", "refuse GET /config to the API key", 401, 403)
	flags.DurationVar(&o.ShownAfter, "config-shown-after", 0, "how much later reads show what was written to the configuration")
}

// status is a flag for the HTTP status of a refusal, which must be one of two.
func status(flags *flag.FlagSet, value *int, name, what string, one, other int) {
	wrong := fmt.Errorf("must be %d or %d", one, other)
	flags.Func(name, fmt.Sprintf("%s with this `status`, %d or %d", what, one, other), func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n != one && n != other {
			return wrong
		}
		*value = n
		return nil
	})
}
