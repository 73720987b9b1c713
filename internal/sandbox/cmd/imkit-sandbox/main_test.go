package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
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
	return sendWith(t, method, target, key, body, http.Header{})
}

// sendWith is send with more headers. A Host among them is the one that the request is said to be for.
func sendWith(t *testing.T, method, target, key, body string, more http.Header) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, more)
	req.Host = more.Get("Host")
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

// A page in a browser sends its origin, or comes under a name that its owner has made to lead to this machine.
func TestPagesInABrowserAreRefused(t *testing.T) {
	const move = `{"advance":"1h"}`
	exports, _, _ := start(t)
	base, key := exports["IMKIT_BASE_URL"], exports["IMKIT_API_KEY"]
	_, port, _ := strings.Cut(strings.TrimPrefix(base, "http://"), ":")
	targets := map[string]string{
		"POST /admin/clients": `{"_id":"made-by-a-page"}`, "GET /admin/clients": "", "GET /me": "", "GET /nowhere": "",
		"POST /_sandbox/clock": move, "GET /_sandbox/clients": "", "GET /_sandbox/nowhere": "",
	}
	for _, c := range []struct {
		header http.Header
		says   string
	}{
		{http.Header{"Origin": {"https://page.example"}}, "Origin"},
		{http.Header{"Origin": {"null"}}, "Origin"},
		{http.Header{"Origin": {""}}, "Origin"},
		{http.Header{"Origin": {base}}, "Origin"},
		{http.Header{"Host": {"page.example"}}, "page.example"},
		{http.Header{"Host": {"localhost.page.example:" + port}}, "page.example"},
		{http.Header{"Host": {"127.0.0.1.page.example:" + port}}, "page.example"},
		{http.Header{"Host": {"0.0.0.0:" + port}}, "0.0.0.0"},
		{http.Header{"Host": {"192.0.2.1"}}, "192.0.2.1"},
	} {
		for target, body := range targets {
			method, path, _ := strings.Cut(target, " ")
			status, reply := sendWith(t, method, base+path, key, body, c.header)
			var problem map[string]string
			if err := json.Unmarshal([]byte(reply), &problem); err != nil || status != http.StatusForbidden || !strings.Contains(problem["error"], c.says) {
				t.Errorf("%s with %v: got %d %s", target, c.header, status, reply)
			}
		}
	}
	if status, _ := sendWith(t, "OPTIONS", base+"/admin/clients", "", "", http.Header{"Origin": {"https://page.example"}}); status != http.StatusForbidden {
		t.Errorf("a browser that asks first: %d", status)
	}
	if _, clients := send(t, "GET", base+"/_sandbox/clients", key, ""); strings.TrimSpace(clients) != "[]" {
		t.Errorf("a page made %s", clients)
	}
	for _, host := range []string{"localhost", "LocalHost:" + port, "127.0.0.1", "127.8.9.10:1", "[::1]", "[::1]:" + port} {
		for _, path := range []string{"/admin/clients", "/_sandbox/clock"} {
			if status, reply := sendWith(t, "GET", base+path, key, "", http.Header{"Host": {host}}); status != http.StatusOK {
				t.Errorf("%s as %s: got %d %s", path, host, status, reply)
			}
		}
	}
}

// A sandbox for other machines has any name, but not to those who control it, and not to pages.
func TestNamesOfASandboxForOtherMachines(t *testing.T) {
	exports, _, _ := start(t, "-allow-remote")
	base, key := exports["IMKIT_BASE_URL"], exports["IMKIT_API_KEY"]
	named := http.Header{"Host": {"chat.example:3100"}}
	for path, want := range map[string]int{"/admin/clients": http.StatusOK, "/_sandbox/clients": http.StatusForbidden} {
		if status, reply := sendWith(t, "GET", base+path, key, "", named); status != want {
			t.Errorf("%s: got %d %s", path, status, reply)
		}
		if status, reply := sendWith(t, "GET", base+path, key, "", http.Header{"Origin": {"https://page.example"}}); status != http.StatusForbidden {
			t.Errorf("%s from a page: got %d %s", path, status, reply)
		}
	}
}

func TestQuiet(t *testing.T) {
	exports, logged, stop := start(t, "-quiet")
	send(t, "GET", exports["IMKIT_BASE_URL"]+"/admin/clients", exports["IMKIT_API_KEY"], "")
	if err := stop(); err != nil || logged.String() != "" {
		t.Errorf("log is %q, error %v", logged.String(), err)
	}
}

func TestQuote(t *testing.T) {
	if got := quote(`a'b $c`); got != `'a'\''b $c'` {
		t.Errorf("got %s", got)
	}
}
