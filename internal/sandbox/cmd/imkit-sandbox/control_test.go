package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// controlled is a sandbox with control endpoints, its clock standing at noon.
func controlled(t *testing.T) (*sandbox.Server, http.Handler) {
	t.Helper()
	server := sandbox.New(sandbox.Options{})
	server.SetTime(noon)
	return server, withControl(server, server)
}

// ask makes a request from an address.
func ask(t *testing.T, h http.Handler, from, method, target, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.RemoteAddr = from
	r.Header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "test/1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const local = "127.0.0.1:40000"

func TestClock(t *testing.T) {
	cases := []struct {
		body   string
		status int
		want   time.Time
	}{
		{`{"advance":"120h"}`, 200, noon.Add(120 * time.Hour)},
		{`{"advance":"-30m"}`, 200, noon.Add(-30 * time.Minute)},
		{`{"set":"2030-05-06T07:08:09+02:00"}`, 200, time.Date(2030, 5, 6, 5, 8, 9, 0, time.UTC)},
		{`{}`, 400, noon},
		{`{"advance":"1h","set":"2030-05-06T07:08:09Z"}`, 400, noon},
		{`{"advance":"soon"}`, 400, noon},
		{`{"set":"soon"}`, 400, noon},
		{`{"forward":"1h"}`, 400, noon},
		{``, 400, noon},
	}
	for _, c := range cases {
		t.Run(c.body, func(t *testing.T) {
			server, h := controlled(t)
			status, body := ask(t, h, local, "POST", "/_sandbox/clock", c.body)
			if status != c.status || !server.Now().Equal(c.want) {
				t.Errorf("got %d %s, clock at %s", status, body, server.Now())
			}
			if _, body := ask(t, h, local, "GET", "/_sandbox/clock", ""); !strings.Contains(body, c.want.Format(time.RFC3339)) {
				t.Errorf("clock shows %s, want %s", body, c.want)
			}
		})
	}
}

func TestClientsAndRequests(t *testing.T) {
	server, h := controlled(t)
	_, empty := ask(t, h, local, "GET", "/_sandbox/requests", "")
	if strings.TrimSpace(empty) != "[]" {
		t.Errorf("no requests shown as %s", empty)
	}
	ask(t, h, local, "POST", "/admin/clients", `{"_id":"a/b","nickname":"Al","token":"my-token"}`)
	ask(t, h, local, "GET", "/admin/clients?q={}", "")

	_, body := ask(t, h, local, "GET", "/_sandbox/clients", "")
	for _, want := range []string{`"id":"a/b"`, `"liveTokens":1`, `"nickname":"Al"`} {
		if !strings.Contains(body, want) {
			t.Errorf("clients lack %s: %s", want, body)
		}
	}
	_, log := ask(t, h, local, "GET", "/_sandbox/requests", "")
	for _, want := range []string{`"method":"POST","path":"/admin/clients","clientID":"a/b","userAgent":"test/1","status":200`, `"query":"{}"`} {
		if !strings.Contains(log, want) {
			t.Errorf("requests lack %s: %s", want, log)
		}
	}
	for _, secret := range []string{"my-token", sandbox.DefaultAPIKey} {
		if strings.Contains(body+log, secret) {
			t.Errorf("%s is shown", secret)
		}
	}
	if status, body := ask(t, h, local, "DELETE", "/_sandbox/clients/a%2Fb", ""); status != http.StatusOK {
		t.Errorf("delete: %d %s", status, body)
	}
	if ids := server.ClientIDs(); len(ids) != 0 {
		t.Errorf("still there: %v", ids)
	}
	if status, _ := ask(t, h, local, "DELETE", "/_sandbox/clients/a%2Fb", ""); status != http.StatusNotFound {
		t.Errorf("deleting nobody: %d", status)
	}
	if got := len(server.Requests()); got != 2 {
		t.Errorf("control calls are in the log of the server: %d", got)
	}
}

func TestControlIsForTheSameMachine(t *testing.T) {
	server, h := controlled(t)
	if status, _ := ask(t, h, "192.0.2.1:40000", "POST", "/_sandbox/clock", `{"advance":"1h"}`); status != http.StatusForbidden {
		t.Errorf("got %d", status)
	}
	if !server.Now().Equal(noon) {
		t.Error("the clock moved")
	}
	if status, _ := ask(t, h, "192.0.2.1:40000", "GET", "/admin/clients", ""); status != http.StatusOK {
		t.Errorf("the chat server itself answers %d", status)
	}
	if status, _ := ask(t, h, "[::1]:40000", "GET", "/_sandbox/clock", ""); status != http.StatusOK {
		t.Errorf("over IPv6: %d", status)
	}
}

func TestUnknownControlEndpoint(t *testing.T) {
	_, h := controlled(t)
	for _, target := range []string{"POST /_sandbox/clients", "GET /_sandbox/", "DELETE /_sandbox/clock", "GET /_sandbox/rooms/r", "PUT /_sandbox/rooms"} {
		method, path, _ := strings.Cut(target, " ")
		if status, _ := ask(t, h, local, method, path, ""); status != http.StatusNotFound {
			t.Errorf("%s: got %d", target, status)
		}
	}
}
