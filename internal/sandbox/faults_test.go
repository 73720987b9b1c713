package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// An upsert that makes a client.
const (
	clientsPath = "/admin/clients"
	makeU       = `{"_id":"u"}`
)

// made reports whether the upsert of makeU has been done.
func made(h *harness) bool {
	_, ok := h.Client("u")
	return ok
}

func TestFaultReplies(t *testing.T) {
	cases := map[string]struct {
		fault  sandbox.Fault
		status int
		kind   string
		body   string // contained in the reply; "" is an empty reply
		made   bool
	}{
		"status":       {sandbox.Fault{Status: 503}, 503, "application/json", "", false},
		"status after": {sandbox.Fault{Status: 500, Body: `{"RC":500}`, After: true}, 500, "application/json", `{"RC":500}`, true},
		"html":         {sandbox.Fault{Status: 502, Body: "<h1>", ContentType: "text/html"}, 502, "text/html", "<h1>", false},
		"only a body":  {sandbox.Fault{Body: "null"}, 200, "application/json", "null", false},
		"empty":        {sandbox.Fault{Status: 200}, 200, "application/json", "", false},
		"content type": {sandbox.Fault{ContentType: "text/plain"}, 200, "text/plain", `"_id":"u"`, true},
		"rewrite": {sandbox.Fault{Rewrite: func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte(`"_id":"u"`), []byte(`"_id":7`))
		}}, 200, "application/json; charset=utf-8", `"_id":7`, true},
		"rewritten body": {sandbox.Fault{Body: "x", Rewrite: bytes.ToUpper}, 200, "application/json", "X", false},
		"trickle":        {sandbox.Fault{Trickle: time.Nanosecond}, 200, "application/json; charset=utf-8", `"_id":"u"`, true},
		"delay":          {sandbox.Fault{Delay: time.Nanosecond}, 200, "application/json; charset=utf-8", `"_id":"u"`, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := serve(t, sandbox.Options{})
			h.Inject(c.fault)
			r := h.send("POST", clientsPath, makeU)
			if r.err != nil || r.status != c.status || r.header.Get("Content-Type") != c.kind {
				t.Errorf("got %d %s, error %v", r.status, r.header.Get("Content-Type"), r.err)
			}
			if !strings.Contains(r.body, c.body) || (c.body == "") != (r.body == "") {
				t.Errorf("body is %s", r.body)
			}
			if made(h) != c.made {
				t.Errorf("work done: %t", made(h))
			}
			if got := h.Requests()[0].Status; got != c.status {
				t.Errorf("logged status %d", got)
			}
			h.ClearFaults()
			h.ok("POST", clientsPath, makeU)
		})
	}
}

func TestFaultHeader(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.Inject(sandbox.Fault{Status: 307, Header: http.Header{"Location": {"https://example.com/"}, "Retry-After": {"7"}}, Times: 1})
	r := h.send("POST", clientsPath, makeU)
	if r.status != 307 || r.header.Get("Location") != "https://example.com/" || r.header.Get("Retry-After") != "7" {
		t.Errorf("got %d %v", r.status, r.header)
	}
	h.Inject(sandbox.Fault{Header: http.Header{"X-More": {"1"}}, Times: 1})
	if r := h.send("POST", clientsPath, makeU); r.status != 200 || r.header.Get("X-More") != "1" {
		t.Errorf("added to the normal reply: got %d %v", r.status, r.header)
	}
}

func TestCut(t *testing.T) {
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, sandbox.Options{})
			h.Inject(sandbox.Fault{Cut: true, After: after, Times: 1})
			if r := h.send("POST", clientsPath, makeU); !errors.Is(r.err, io.EOF) {
				t.Errorf("got %d, error %v", r.status, r.err)
			}
			if made(h) != after {
				t.Errorf("work done: %t", made(h))
			}
			if got := h.Requests()[0].Status; got != 0 {
				t.Errorf("logged status %d", got)
			}
			h.ok("POST", clientsPath, makeU)
		})
	}
}

func TestCutBody(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.Inject(sandbox.Fault{CutBody: true, Times: 1})
	r := h.send("POST", clientsPath, makeU)
	if r.status != 200 || !errors.Is(r.err, io.ErrUnexpectedEOF) || !strings.HasPrefix(r.body, `{"RC":0`) || json.Valid([]byte(r.body)) {
		t.Errorf("got %d %s, error %v", r.status, r.body, r.err)
	}
	if !made(h) {
		t.Error("the work was not done")
	}
}

func TestOversize(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.Inject(sandbox.Fault{Oversize: true})
	r := h.send("POST", clientsPath, makeU)
	if r.err != nil || len(r.body) <= 16<<20 || !strings.HasPrefix(strings.TrimSpace(r.body), `{"RC":0`) {
		t.Errorf("got %d bytes, error %v", len(r.body), r.err)
	}
}

// A caller that does not wait for a delay finds the work done only where the fault says so.
func TestDelayEndsWithTheCaller(t *testing.T) {
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			s.Inject(sandbox.Fault{Delay: time.Hour, After: after, Match: func(*http.Request, []byte) bool {
				cancel()
				return true
			}})
			recorder := call(ctx, s, "POST", clientsPath, makeU)
			if _, ok := s.Client("u"); ok != after {
				t.Errorf("work done: %t", ok)
			}
			if recorder.Body.Len() != 0 {
				t.Errorf("answered %s", recorder.Body)
			}
		})
	}
}

func TestTrickleEndsWithTheCaller(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s.Inject(sandbox.Fault{Trickle: time.Hour, Rewrite: func(b []byte) []byte {
		cancel()
		return b
	}})
	if got := call(ctx, s, "POST", clientsPath, makeU).Body.Len(); got != 1 {
		t.Errorf("%d bytes sent, want 1", got)
	}
}

func TestWhichRequestsFail(t *testing.T) {
	h := serve(t, sandbox.Options{})
	h.PutClient("u", nil)
	h.Inject(sandbox.Fault{Method: "DELETE", Route: "/admin/clients/{id}/token", Skip: 2, Times: 2, Status: 500})
	var got []int
	for range 5 {
		got = append(got, h.send("GET", clientsPath, "").status, h.send("DELETE", "/admin/clients/u/token", "").status)
	}
	if want := []int{200, 200, 200, 200, 200, 500, 200, 500, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.Inject(sandbox.Fault{Status: 500, Match: func(r *http.Request, body []byte) bool {
		return r.Header.Get("IM-API-KEY") != "" && bytes.Contains(body, []byte(`"v"`))
	}})
	if got := h.send("POST", clientsPath, `{"_id":"v"}`).status; got != 500 {
		t.Errorf("a matching body got %d", got)
	}
	if got := h.send("POST", clientsPath, makeU).status; got != 200 {
		t.Errorf("another body got %d", got)
	}
}

// Delays add up and do not use up the turn of another fault; of the others the first happens.
func TestFaultsTogether(t *testing.T) {
	h := serve(t, sandbox.Options{Latency: time.Nanosecond})
	h.Inject(sandbox.Fault{Delay: time.Nanosecond})
	h.Inject(sandbox.Fault{Status: 501, Times: 1})
	h.Inject(sandbox.Fault{Status: 502, Times: 1})
	var got []int
	for range 3 {
		got = append(got, h.send("GET", clientsPath, "").status)
	}
	if want := []int{501, 502, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A delay holds whatever else happens to the request, wherever it stands among the faults.
func TestDelayOfAnotherFault(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s.Inject(sandbox.Fault{Status: 501})
	s.Inject(sandbox.Fault{Delay: time.Hour, Match: func(*http.Request, []byte) bool {
		cancel()
		return true
	}})
	call(ctx, s, "GET", clientsPath, "")
	if got := s.Requests()[0].Status; got != 0 {
		t.Errorf("answered %d without the delay", got)
	}
}
