package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestFlagsReachTheServer(t *testing.T) {
	set, err := parseSettings([]string{
		"-token-lifetime", "1h", "-clock-skew", "-2h", "-latency", "1ms", "-requests-per-minute", "5", "-app-id", "App", "-keep-tokens",
		"-echo-bound-tokens", "-opaque-tokens", "-omit-expiration", "-flat-replies", "-no-lookup-route",
		"-no-revoke-route", "-no-me-route", "-known-clients-only", "-errors-under-200",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := set.options
	if o.TokenLifetime.Hours() != 1 || o.ClockSkew.Hours() != -2 || o.Latency.Milliseconds() != 1 || o.RequestsPerMinute != 5 || o.AppID != "App" {
		t.Errorf("values: %+v", o)
	}
	for name, on := range map[string]bool{
		"keep": o.KeepTokensOnReissue, "echo": o.EchoBoundTokens, "opaque": o.OpaqueTokens, "omit": o.OmitExpiration,
		"flat": o.FlatReplies, "lookup": o.NoLookupRoute, "revoke": o.NoRevokeRoute, "me": o.NoMeRoute,
		"known": o.RequireKnownClientForTokens, "200": o.ErrorsUnder200,
	} {
		if !on {
			t.Errorf("%s is off", name)
		}
	}
	set, err = parseSettings(nil, io.Discard)
	if err != nil || set.listen != "127.0.0.1:3100" || set.options.APIKey != sandbox.DefaultAPIKey ||
		set.options.Groups.OnExisting != sandbox.UpdateExisting {
		t.Errorf("defaults: %+v, %v", set, err)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-refuse-user-level", "404"}, {"-missing-room-status", "401"}, {"-frozen-room-status", "no"}, {"-little-rooms=perhaps"}, {"-api-key", ""}, {"-token-lifetime", "-1h"}, {"extra"}, {"-nonsense"},
	} {
		if _, err := parseSettings(args, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
	var help strings.Builder
	_, err := parseSettings([]string{"-h"}, &help)
	for _, says := range []string{"/_sandbox/clock", "(default true)", `{"advance":"-121h"}`} {
		if !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), says) {
			t.Errorf("-h does not say %s: %v\n%s", says, err, help.String())
		}
	}
}

func TestListenRefusesOtherMachines(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		if l, err := listen(t.Context(), address, false); err == nil {
			t.Errorf("%s is accepted", address)
			_ = l.Close()
		}
	}
	for address, remote := range map[string]bool{"127.0.0.1:0": false, "localhost:0": false, ":0": true} {
		l, err := listen(t.Context(), address, remote)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		_ = l.Close()
	}
}

func TestPortIsTaken(t *testing.T) {
	taken, err := listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	l, err := listen(t.Context(), taken.Addr().String(), false)
	if err == nil {
		_ = l.Close()
		t.Fatal("two listen at one address")
	}
	for _, says := range []string{taken.Addr().String(), "make sandbox ARGS='-listen 127.0.0.1:0'"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %s: %v", says, err)
		}
	}
}

func TestFlagsForServers(t *testing.T) {
	o := parse(t, "-foreign-server", "-refuse-user-level", "403", "-hide-mute", "-clients-shown-after", "1s", "-no-message-routes",
		"-no-room-routes", "-no-exists-route", "-little-rooms", "-hide-roles", "-owner-is-member", "-forget-leavers", "-invite-by-default",
		"-invite-always", "-missing-room-status", "403", "-frozen-room-status", "404", "-room-write-delay", "1ms",
		"-no-group-routes", "-merge-group-members",
		"-no-config-routes", "-replace-config", "-refuse-config-read", "401", "-config-shown-after", "1s")
	want := sandbox.RoomOptions{
		NoRoutes: true, NoExistsRoute: true, Fields: sandbox.DocumentedRoomFields(), HideRoles: true, OwnerIsMember: true, ForgetLeavers: true,
		InviteByDefault: true, InviteAlways: true, MissingStatus: 403, FrozenStatus: 404, WriteDelay: 1e6,
	}
	if diff := cmp.Diff(want, o.Rooms); diff != "" {
		t.Errorf("rooms (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sandbox.GroupOptions{NoRoutes: true, OnExisting: sandbox.UpdateExisting, MergeMembers: true}, o.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sandbox.ConfigOptions{NoRoutes: true, Replace: true, RefuseRead: 401, ShownAfter: 1e9}, o.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if !o.ForeignServer || o.RefuseUserLevel != 403 || !o.HideMute || o.ClientsShownAfter != 1e9 || !o.NoMessageRoutes {
		t.Errorf("others: %+v", o)
	}
	o = parse(t, "-little-rooms=false", "-update-groups=false")
	if len(o.Rooms.Fields) != 0 || o.Groups.OnExisting != sandbox.RefuseExisting {
		t.Errorf("switched off: %+v", o)
	}
}

// parse reads flags that must be good.
func parse(t *testing.T, args ...string) sandbox.Options {
	t.Helper()
	set, err := parseSettings(args, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return set.options
}
