package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// safeBuffer collects what a running command writes.
type safeBuffer struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs the command on a free port and returns what it exports, what it logs, and how to stop it.
func start(t *testing.T, args ...string) (exports map[string]string, logged *safeBuffer, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	logged = &safeBuffer{}
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), in, logged)
		_ = in.CloseWithError(io.EOF)
		done <- err
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	exports = map[string]string{}
	lines := bufio.NewScanner(out)
	for len(exports) < 3 && lines.Scan() {
		if name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "="); ok {
			exports[name] = strings.Trim(value, "'")
		}
	}
	if len(exports) < 3 {
		t.Fatalf("the command ended early: %v", stop())
	}
	return exports, logged, stop
}

// send makes a request and returns the status and the body.
func send(t *testing.T, method, target, key, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("IM-API-KEY", key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestCommandServesWhatItPrints(t *testing.T) {
	exports, logged, stop := start(t, "-base-path", "/chat/", "-api-key", "my-key", "-client-key", "my-client-key")
	base := exports["IMKIT_BASE_URL"]
	if u, err := url.Parse(base); err != nil || u.Port() == "0" || u.Path != "/chat" {
		t.Fatalf("base URL is %q", base)
	}
	if exports["IMKIT_API_KEY"] != "my-key" || exports["IMKIT_CLIENT_KEY"] != "my-client-key" {
		t.Errorf("exports are %v", exports)
	}
	if status, body := send(t, "POST", base+"/admin/clients", "my-key", `{"_id":"u","token":"my-token"}`); status != http.StatusOK {
		t.Errorf("upsert: %d %s", status, body)
	}
	if status, _ := send(t, "GET", base+"/admin/clients", "other", ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong key got %d", status)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	log := logged.String()
	if !strings.Contains(log, "POST /chat/admin/clients 200 ") || !strings.Contains(log, "GET /chat/admin/clients 401 ") {
		t.Errorf("log is:\n%s", log)
	}
	if strings.Contains(log, "my-") {
		t.Errorf("a key or a token is in the log:\n%s", log)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/chat")
	if l, err := listen(t.Context(), address, false); err != nil {
		t.Errorf("it still listens: %v", err)
	} else if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestQuiet(t *testing.T) {
	exports, logged, stop := start(t, "-quiet")
	send(t, "GET", exports["IMKIT_BASE_URL"]+"/admin/clients", exports["IMKIT_API_KEY"], "")
	if err := stop(); err != nil || logged.String() != "" {
		t.Errorf("log is %q, error %v", logged.String(), err)
	}
}

func TestFlagsReachTheServer(t *testing.T) {
	set, err := parseSettings([]string{
		"-token-lifetime", "1h", "-latency", "1ms", "-requests-per-minute", "5", "-app-id", "App", "-keep-tokens",
		"-echo-bound-tokens", "-opaque-tokens", "-omit-expiration", "-flat-replies", "-no-lookup-route",
		"-no-revoke-route", "-no-me-route", "-known-clients-only", "-errors-under-200",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := set.options
	if o.TokenLifetime.Hours() != 1 || o.Latency.Milliseconds() != 1 || o.RequestsPerMinute != 5 || o.AppID != "App" {
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
	if err != nil || set.listen != "127.0.0.1:3100" || set.options.APIKey != sandbox.DefaultAPIKey {
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
	if _, err := parseSettings([]string{"-h"}, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "/_sandbox/clock") {
		t.Errorf("-h: %v\n%s", err, help.String())
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

func TestQuote(t *testing.T) {
	if got := quote(`a'b $c`); got != `'a'\''b $c'` {
		t.Errorf("got %s", got)
	}
}
