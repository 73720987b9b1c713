package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// inMemory hands requests to a server without a network, so that testing/synctest can tell when everybody waits.
type inMemory struct {
	handler http.Handler

	mu     sync.Mutex
	tokens []string // that replies showed
}

var shownToken = regexp.MustCompile(`"token": ?"([^"]+)"`)

func (m *inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	served := req.Clone(context.WithoutCancel(ctx)) // a server may do what it was asked when nobody waits any longer
	served.Body = io.NopCloser(bytes.NewReader(body))
	served.RequestURI = req.URL.RequestURI()
	replies := make(chan *http.Response, 1)
	go func() {
		defer close(replies)
		defer func() { _ = recover() }() // the connection is cut
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat)) // as every server sets it
		m.handler.ServeHTTP(recorder, served)
		replies <- recorder.Result()
	}()
	select {
	case reply := <-replies:
		if reply == nil {
			return nil, errors.New("connection reset")
		}
		m.keepTokens(reply)
		return reply, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *inMemory) keepTokens(reply *http.Response) {
	data, _ := io.ReadAll(reply.Body)
	reply.Body = io.NopCloser(bytes.NewReader(data))
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, match := range shownToken.FindAllSubmatch(data, -1) {
		m.tokens = append(m.tokens, string(match[1]))
	}
}

// options are those of a server that can do everything, which the cases change.
func options() sandbox.Options {
	return sandbox.Options{Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting}}
}

// outcome is what a run of the program came to.
type outcome struct {
	status         int
	err            error
	stdout, stderr string
	server         *sandbox.Server
	left           []string
	answers        map[string]any
	meanings       map[string]string
	reasons        map[string]string
}

// runCheck runs the program against a server, on a clock of its own.
func runCheck(t *testing.T, opts sandbox.Options, prepare func(ctx context.Context, cancel func(), s *sandbox.Server)) outcome {
	t.Helper()
	var got outcome
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got.server = sandbox.New(opts)
		if prepare != nil {
			prepare(ctx, cancel, got.server)
		}
		memory := &inMemory{handler: got.server}
		var stdout, stderr bytes.Buffer
		p := program{
			args: []string{"-yes", "-json"}, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
			getenv: environment, transport: memory,
		}
		got.status, got.err = p.run(ctx)
		got.stdout, got.stderr = stdout.String(), stderr.String()
		checkSecrets(t, got.stdout+got.stderr, memory.tokens)
		<-time.After(5 * time.Minute)
		got.left = leftovers(got.server) // by this clock, on which no token has expired
	})
	got.answers, got.meanings, got.reasons = map[string]any{}, map[string]string{}, map[string]string{}
	var report struct {
		Answers []struct {
			Name    string `json:"name"`
			Value   any    `json:"value"`
			Meaning string `json:"meaning"`
			Reason  string `json:"reason"`
		} `json:"answers"`
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		return got
	}
	for _, a := range report.Answers {
		got.answers[a.Name], got.meanings[a.Name], got.reasons[a.Name] = a.Value, a.Meaning, a.Reason
	}
	return got
}

func environment(name string) string {
	return map[string]string{
		"IMKIT_BASE_URL": "http://127.0.0.1:1", "IM_API_KEY": sandbox.DefaultAPIKey, "IMKIT_CLIENT_KEY": sandbox.DefaultClientKey,
	}[name]
}

func checkSecrets(t *testing.T, output string, tokens []string) {
	t.Helper()
	for _, secret := range append(tokens, sandbox.DefaultAPIKey, sandbox.DefaultClientKey) {
		if strings.Contains(output, secret) {
			t.Errorf("the output has a secret, %q:\n%s", secret, output)
		}
	}
}

// leftovers are what could have been removed and is there.
func leftovers(s *sandbox.Server) []string {
	var left []string
	for _, id := range s.ClientIDs() {
		if live := len(s.LiveTokens(id)); live > 0 {
			left = append(left, fmt.Sprintf("%d live tokens of %q", live, id))
		}
	}
	for _, id := range s.RoomIDs() {
		left = append(left, fmt.Sprintf("the room %q", id))
	}
	for key := range s.Config() {
		if strings.HasPrefix(key, prefix) {
			left = append(left, fmt.Sprintf("the key %q of the configuration", key))
		}
	}
	return left
}

// checkNothingStays checks that all is gone that can be.
func (o outcome) checkNothingStays(t *testing.T) {
	t.Helper()
	if len(o.left) > 0 {
		t.Errorf("left behind: %s\n%s\n%v", o.left, o.stderr, o.err)
	}
}
