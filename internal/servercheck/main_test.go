package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// everyRequest runs a test for each request of a whole run.
func everyRequest(t *testing.T, test func(t *testing.T, n int)) {
	t.Helper()
	whole := runCheck(t, options(), nil)
	total := whole.server.Count("", "")
	if total < 50 {
		t.Fatalf("only %d requests", total)
	}
	for n := range total {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			test(t, n)
		})
	}
}

// otherKind is a server that is as different as it can be and still work.
func otherKind() sandbox.Options {
	return sandbox.Options{LowerCaseIDs: true, KeepTokensOnReissue: true, Config: sandbox.ConfigOptions{Replace: true}}
}

// A request that fails, whether the server has done it or not, leaves nothing behind that could be removed, and makes
// no answer another one: at most, it is unknown.
func TestErrors(t *testing.T) {
	t.Parallel()
	plain := runCheck(t, options(), nil)
	everyRequest(t, func(t *testing.T, n int) {
		for _, f := range []sandbox.Fault{
			{Status: 500, Body: `{"RC":500,"RM":"Broken"}`},
			{Cut: true, After: true},
			{Status: 200, Body: `[]`, After: true},
			{Status: 403, Body: page, ContentType: "text/html"},
			{Delay: time.Minute, After: true},
		} {
			f.Skip, f.Times = n, 1
			got := runCheck(t, options(), func(_ context.Context, _ func(), s *sandbox.Server) { s.Inject(f) })
			got.checkNothingStays(t)
			if strings.Contains(got.stderr, "NOT CLEANED UP") {
				t.Errorf("%+v:\n%s", f, got.stderr)
			}
			for name, value := range got.answers {
				nonsense := name == "provider-works" && f.Body != "" && f.Status != 500 // it does not work there
				if value != "unknown" && value != plain.answers[name] && name != "latency" && !nonsense {
					t.Errorf("%+v: %s is answered with %v, and without a fault with %v", f, name, value, plain.answers[name])
				}
			}
		}
		lost := sandbox.Fault{Cut: true, After: true, Skip: n, Times: 1}
		runCheck(t, otherKind(), func(_ context.Context, _ func(), s *sandbox.Server) { s.Inject(lost) }).checkNothingStays(t)
	})
}

// Nor does a server that is silent for so long that imkit leaves it alone for a while.
func TestSilence(t *testing.T) {
	t.Parallel()
	got := runCheck(t, options(), func(_ context.Context, _ func(), s *sandbox.Server) {
		s.Inject(sandbox.Fault{Cut: true, Skip: 25, Times: 9})
	})
	got.checkNothingStays(t)
	if got.answers["owner-is-member"] != "unknown" || strings.Contains(got.stderr, "NOT CLEANED UP") {
		t.Errorf("%s\n%s", got.stdout, got.stderr)
	}
}

// So does Ctrl-C, at any moment.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	everyRequest(t, func(t *testing.T, n int) {
		got := runCheck(t, options(), func(_ context.Context, cancel func(), s *sandbox.Server) {
			var count atomic.Int32
			s.SetHook(func(*http.Request) {
				if int(count.Add(1)) == n+1 {
					cancel()
					<-time.After(2 * time.Second) // and then the server does it
				}
			})
		})
		got.checkNothingStays(t)
		if got.answers["provider-works"] == false || got.status != notKnown {
			t.Errorf("an interrupt ends with %d: %v\n%s", got.status, got.err, got.stdout)
		}
	})
}

// What other people have in the configuration is written back as it was, on a server of either kind.
func TestOtherKeysOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for _, replace := range []bool{false, true} {
		o := options()
		o.Config.Replace = replace
		got := runCheck(t, o, func(_ context.Context, _ func(), s *sandbox.Server) {
			s.PutConfig("theme", map[string]any{"colour": "<red> & \u2028", "size": json.Number("123456789012345678901234567890.10")})
			s.PutConfig("off", nil)
		})
		text, err := json.Marshal(got.server.Config())
		if want := `{"off":null,"theme":{"colour":"\u003cred\u003e \u0026 \u2028","size":123456789012345678901234567890.10}}`; err != nil || string(text) != want {
			t.Errorf("replace %t: the configuration is %s", replace, text)
		}
		if got.answers["replace-config"] != replace {
			t.Errorf("replace %t: answered %v", replace, got.answers["replace-config"])
		}
	}
}

// Without a client key, revocations tell which tokens live.
func TestWithoutClientKey(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o := options()
			o.KeepTokensOnReissue = keep
			s := sandbox.New(o)
			var stdout bytes.Buffer
			p := program{args: []string{"-yes"}, stdout: &stdout, stderr: io.Discard, transport: &inMemory{handler: s}, getenv: func(name string) string {
				return map[string]string{"IMKIT_BASE_URL": "http://localhost", "IMKIT_API_KEY": sandbox.DefaultAPIKey}[name]
			}}
			if status, err := p.run(t.Context()); status != works || err != nil {
				t.Errorf("status %d: %v", status, err)
			}
			for name, want := range map[string]string{
				"keep-tokens": map[bool]string{false: "no", true: "yes"}[keep], "revoke-one": "yes", "revoke-all": "yes", "no-me-route": "no", "client-key-accepted": "unknown",
			} {
				if !regexp.MustCompile(`(?m)^` + name + ` .*\? +` + want + ` |^` + name + ` .* ` + want + ` `).MatchString(stdout.String()) {
					t.Errorf("keep %t: %s is not %s:\n%s", keep, name, want, stdout.String())
				}
			}
		})
	}
}

// An answer that says the same of everything tells nothing: another way is taken, or none.
func TestContrast(t *testing.T) {
	t.Parallel()
	yes := sandbox.Fault{Route: "/me", Body: `{"RC":0,"RM":"OK","result":{"_id":"a"}}`}
	ended := sandbox.Fault{Route: "/admin/clients/{id}/token", Body: `{"success":true,"revokedTokens":1}`}
	for _, tc := range []struct {
		faults []sandbox.Fault
		want   any
	}{
		{[]sandbox.Fault{yes}, false},
		{[]sandbox.Fault{ended}, false},
		{[]sandbox.Fault{yes, ended}, "unknown"},
	} {
		got := runCheck(t, options(), func(_ context.Context, _ func(), s *sandbox.Server) {
			for _, f := range tc.faults {
				s.Inject(f)
			}
		})
		if got.answers["keep-tokens"] != tc.want {
			t.Errorf("answered %v, want %v: %s", got.answers["keep-tokens"], tc.want, got.reasons["keep-tokens"])
		}
	}
}

// Standard output has one object and nothing else, in the shape that reports have.
func TestJSON(t *testing.T) {
	t.Parallel()
	got := runCheck(t, options(), nil)
	var report map[string]any
	dec := json.NewDecoder(strings.NewReader(got.stdout))
	if err := dec.Decode(&report); err != nil || dec.More() {
		t.Fatalf("%v:\n%s", err, got.stdout)
	}
	if report["server"] != "http://127.0.0.1:1" || len(report) != 2 {
		t.Errorf("%v", report)
	}
	answers, _ := report["answers"].([]any)
	for _, item := range answers {
		a, _ := item.(map[string]any)
		_, hasReason := a["reason"]
		_, hasMeaning := a["meaning"]
		if known := a["value"] != "unknown"; known == hasReason || known != hasMeaning || a["name"] == "" {
			t.Errorf("%v", a)
		}
		switch a["value"].(type) {
		case bool, string:
		default:
			t.Errorf("%v", a)
		}
	}
}

// Nothing is sent before a yes, nor with settings that are wrong.
func TestNothingIsSentUnasked(t *testing.T) {
	t.Parallel()
	good := map[string]string{"IMKIT_BASE_URL": "http://localhost", "IMKIT_API_KEY": "key"}
	for name, tc := range map[string]struct {
		args  []string
		stdin string
		env   map[string]string
		says  string
	}{
		"no":           {stdin: "no\n", env: good, says: "nothing was asked"},
		"not a word":   {env: good, says: "nothing was asked"},
		"y":            {stdin: "y\n", env: good, says: "nothing was asked"},
		"no address":   {stdin: "yes\n", env: map[string]string{"IMKIT_API_KEY": "key"}, says: "IMKIT_BASE_URL: the base URL is empty"},
		"http":         {stdin: "yes\n", env: map[string]string{"IMKIT_BASE_URL": "http://example.com", "IMKIT_API_KEY": "key"}, says: "unencrypted; -allow-http allows it"},
		"no key":       {stdin: "yes\n", env: map[string]string{"IMKIT_BASE_URL": "http://localhost"}, says: "set IMKIT_API_KEY"},
		"a broken key": {stdin: "yes\n", env: map[string]string{"IMKIT_BASE_URL": "http://localhost", "IMKIT_API_KEY": "k\ney"}, says: "API key contains"},
		"an argument":  {args: []string{"yes"}, stdin: "yes\n", env: good, says: "no arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sandbox.New(options())
			var stdout, stderr bytes.Buffer
			p := program{
				args: tc.args, stdin: strings.NewReader(tc.stdin), stdout: &stdout, stderr: &stderr,
				getenv: func(name string) string { return tc.env[name] }, transport: &inMemory{handler: s},
			}
			status, err := p.run(t.Context())
			if status != notKnown || err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("status %d: %v", status, err)
			}
			if n := s.Count("", ""); n > 0 || stdout.Len() > 0 {
				t.Errorf("%d requests, and %q", n, stdout.String())
			}
		})
	}
}

// Ctrl-C ends the wait for a yes.
func TestInterruptedQuestion(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never, end := io.Pipe()
	t.Cleanup(func() { _ = end.Close() })
	p := program{stdin: never, stdout: io.Discard, stderr: io.Discard, getenv: environment, transport: &inMemory{handler: sandbox.New(options())}}
	if status, err := p.run(ctx); status != notKnown || err == nil {
		t.Errorf("status %d: %v", status, err)
	}
}

// A redirect is not followed, and a server that is another one gets nothing but the question who it is.
func TestOtherServers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  sandbox.Fault
		opts   func(*sandbox.Options)
		status int
		answer any
	}{
		"redirect": {fault: sandbox.Fault{Status: 302, Body: "see there", Header: http.Header{"Location": {"https://example.com/"}}}, status: notKnown, answer: "unknown"},
		"foreign":  {opts: func(o *sandbox.Options) { o.ForeignServer = true }, status: fails, answer: true},
		"key":      {opts: func(o *sandbox.Options) { o.APIKey = "another" }, status: fails, answer: false},
		"down":     {fault: sandbox.Fault{Cut: true}, status: notKnown, answer: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options()
			if tc.opts != nil {
				tc.opts(&o)
			}
			got := runCheck(t, o, func(_ context.Context, _ func(), s *sandbox.Server) {
				if tc.opts == nil {
					s.Inject(tc.fault)
				}
			})
			if got.status != tc.status || got.err == nil || got.answers["foreign-server"] != tc.answer {
				t.Errorf("status %d: %v, answer %v", got.status, got.err, got.answers["foreign-server"])
			}
			for _, r := range got.server.Requests() {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s was sent", r.Method, r.Path)
				}
			}
		})
	}
}

// The table of a server that is another one is short, and gives the reason once.
func TestShortTable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.ForeignServer = true
		var stdout bytes.Buffer
		p := program{args: []string{"-yes"}, stdout: &stdout, stderr: io.Discard, getenv: environment, transport: &inMemory{handler: sandbox.New(o)}}
		_, _ = p.run(t.Context())
		if n := strings.Count(stdout.String(), "\n"); n > 10 || !strings.Contains(stdout.String(), "Nothing else was asked: GET /admin/clients: HTTP 404") {
			t.Errorf("%d lines:\n%s", n, stdout.String())
		}
	})
}

// Where no room can be asked about, the reason says so for every question about rooms.
func TestReasonsWithoutRooms(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*sandbox.Options){
		"no calls about rooms": func(o *sandbox.Options) { o.Rooms.NoRoutes = true },
		"not for the API key":  func(o *sandbox.Options) { o.RefuseUserLevel = http.StatusForbidden },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options()
			set(&o)
			got := runCheck(t, o, nil)
			if same := got.reasons["delete-answers-zero"]; same == "" || got.reasons["overwrite-rooms"] != same {
				t.Errorf("overwrite-rooms: %q, delete-answers-zero: %q", got.reasons["overwrite-rooms"], same)
			}
		})
	}
}

// The whole takes less than a minute, however late a server is, and no time at all where it answers at once.
func TestTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		set    func(*sandbox.Options)
		atMost time.Duration
	}{
		"late": {func(o *sandbox.Options) {
			o.ClientsShownAfter, o.Groups.ListedAfter, o.Config.ShownAfter, o.Latency = time.Hour, time.Hour, time.Hour, time.Second
		}, time.Minute},
		"tokens cannot be revoked":       {func(o *sandbox.Options) { o.NoRevokeRoute = true }, time.Second},
		"a deleted room looks forbidden": {func(o *sandbox.Options) { o.Rooms.MissingStatus, o.Rooms.NoExistsRoute = 403, true }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := options()
				tc.set(&o)
				began := time.Now()
				p := program{args: []string{"-yes"}, stdout: io.Discard, stderr: io.Discard, getenv: environment, transport: &inMemory{handler: sandbox.New(o)}}
				_, _ = p.run(t.Context())
				if took := time.Since(began); took > tc.atMost {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
