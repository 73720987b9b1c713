package imkit_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// start serves a sandbox and returns an API for it.
func start(t *testing.T, opts sandbox.Options, change ...func(*imkit.Config)) (*sandbox.Server, *imkit.API) {
	t.Helper()
	s := sandbox.New(opts)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	base, err := imkit.ParseBaseURL(server.URL+opts.BasePath, false)
	if err != nil {
		t.Fatal(err)
	}
	cfg := imkit.Config{
		BaseURL: base, APIKey: sandbox.DefaultAPIKey, MaxRetries: 2, RequestTimeout: 5 * time.Second,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	a, err := imkit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

func newToken(t *testing.T, s string) imkit.Token {
	t.Helper()
	token, err := imkit.NewToken(s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Every call against every kind of server that the sandbox knows.
func TestEveryCall(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{
		"as documented":     {},
		"below a prefix":    {BasePath: "/chat/a"},
		"flat":              {FlatReplies: true, ErrorShape: sandbox.ErrorFlat},
		"codes only":        {ErrorShape: sandbox.ErrorCodeOnly},
		"errors under 200":  {ErrorsUnder200: true},
		"flat, under 200":   {ErrorsUnder200: true, ErrorShape: sandbox.ErrorFlat},
		"codes, under 200":  {ErrorsUnder200: true, ErrorShape: sandbox.ErrorCodeOnly},
		"opaque tokens":     {OpaqueTokens: true, OmitExpiration: true},
		"keeps old tokens":  {KeepTokensOnReissue: true, EchoBoundTokens: true},
		"few fields":        {LookupFields: []string{"nickname"}},
		"known only":        {RequireKnownClientForTokens: true},
		"strict about rate": {RequestsPerMinute: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := start(t, opts)
			for _, id := range []string{"user-1", "a b/c%2F?#\"$日本語", "..", strings.Repeat("é", 200)} {
				t.Run(id[:2], func(t *testing.T) {
					t.Parallel()
					everyCall(t, s, a, opts, id)
				})
			}
		})
	}
}

func everyCall(t *testing.T, s *sandbox.Server, a *imkit.API, opts sandbox.Options, id string) {
	t.Helper()
	ctx := t.Context()
	if _, err := a.LookUpClient(ctx, id); !imkit.IsNotFound(err) {
		t.Fatalf("a client that does not exist: %v", err)
	}

	name, robot := "Robot", true
	created, err := a.UpsertClient(ctx, id, imkit.Profile{
		Nickname: &name, IsRobot: &robot, Custom: map[string]any{"level": json.Number("9007199254740993")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if created.ID != id || *created.Nickname.Value != name || !*created.IsRobot.Value ||
		created.Custom["level"] != json.Number("9007199254740993") {
		t.Errorf("created %+v", created)
	}
	found, err := a.LookUpClient(ctx, id)
	if err != nil || *found.Nickname.Value != name || found.IsRobot.Reported != (opts.LookupFields == nil) {
		t.Errorf("found %+v: %v", found, err)
	}

	grant, err := a.IssueToken(ctx, id)
	if err != nil || !slices.Contains(s.LiveTokens(id), grant.Token.Reveal()) {
		t.Fatalf("issued %v: %v", grant, err)
	}
	if grant.ExpiresAt.IsZero() != opts.OmitExpiration || grant.IssuedAt.IsZero() != opts.OpaqueTokens {
		t.Errorf("issued %v", grant)
	}

	own := newToken(t, "own-"+id)
	expires := s.Now().Add(time.Hour).Truncate(time.Millisecond)
	bound, err := a.BindToken(ctx, id, own, expires)
	if err != nil || !bound.Token.Equal(own) || !bound.ExpiresAt.Equal(expires) {
		t.Fatalf("bound %v: %v", bound, err)
	}
	if live := s.LiveTokens(id); !slices.Contains(live, own.Reveal()) || (len(live) == 2) != opts.KeepTokensOnReissue {
		t.Errorf("%d live tokens", len(live))
	}

	s.AddToken(id, "other-"+id, time.Time{})
	for range 2 { // the second time it is gone already
		if err := a.RevokeToken(ctx, id, own); err != nil {
			t.Fatal(err)
		}
	}
	if live := s.LiveTokens(id); slices.Contains(live, own.Reveal()) || !slices.Contains(live, "other-"+id) {
		t.Errorf("live after revoking one: %q", live)
	}
	for range 2 {
		if err := revokeAll(ctx, a, id); err != nil {
			t.Fatal(err)
		}
	}
	if live := s.LiveTokens(id); len(live) != 0 {
		t.Errorf("live after revoking all: %q", live)
	}
	if err := errors.Join(a.RevokeToken(ctx, "no-"+id, own), revokeAll(ctx, a, "no-"+id)); err != nil {
		t.Errorf("tokens of a client that does not exist: %v", err)
	}
}

// An upsert never ends a token, and changes what it is given only.
func TestUpsertLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	s, a := start(t, sandbox.Options{})
	s.PutClient("a", map[string]any{"nickname": "A", "description": "d", "tier": "gold"})
	s.AddToken("a", "token", time.Time{})
	empty := ""
	if _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Description: &empty, Custom: map[string]any{"tier": nil}}); err != nil {
		t.Fatal(err)
	}
	fields, _ := s.Client("a")
	if fields["nickname"] != "A" || fields["description"] != "" || fields["tier"] != nil || len(s.LiveTokens("a")) != 1 {
		t.Errorf("%v, %q", fields, s.LiveTokens("a"))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, wrongKey := start(t, sandbox.Options{}, func(c *imkit.Config) { c.APIKey = "wrong" })
	if _, err := wrongKey.LookUpClient(t.Context(), "a"); !imkit.IsUnauthorized(err) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong key: %v", err)
	}

	_, old := start(t, sandbox.Options{NoLookupRoute: true, NoRevokeRoute: true})
	if err := upsert(t.Context(), old); err != nil { // which shows what kind of server it is
		t.Error(err)
	}
	if _, err := old.LookUpClient(t.Context(), "a"); !imkit.IsUnsupported(err) || imkit.IsNotFound(err) {
		t.Errorf("no look-up route: %v", err)
	}
	if err := revokeAll(t.Context(), old, "a"); !imkit.IsUnsupported(err) {
		t.Errorf("no revoke route: %v", err)
	}

	s, strict := start(t, sandbox.Options{RejectExistingOnUpsert: true, RequireKnownClientForTokens: true})
	s.PutClient("a", nil)
	if _, err := strict.UpsertClient(t.Context(), "a", imkit.Profile{}); !imkit.IsConflict(err) || imkit.OutcomeUnknown(err) {
		t.Errorf("an existing client: %v", err)
	}
	if _, err := strict.IssueToken(t.Context(), "b"); !imkit.IsNotFound(err) {
		t.Errorf("a token of no client: %v", err)
	}

	s, a := start(t, sandbox.Options{})
	s.PutClient("a", nil)
	s.PutClient("b", nil)
	s.AddToken("b", "token", time.Time{})
	if _, err := a.BindToken(t.Context(), "a", newToken(t, "token"), time.Time{}); !imkit.IsConflict(err) {
		t.Errorf("another client's token: %v", err)
	}
}

// A fault that passes is not noticed; one that lasts is one clear error, and
// whether the work may have been done is known.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault   sandbox.Fault
		unknown bool
	}{
		"500 before": {sandbox.Fault{Status: 500}, true},
		"500 after":  {sandbox.Fault{Status: 500, After: true}, true},
		"502 HTML":   {sandbox.Fault{Status: 502, Body: "<h1>", ContentType: "text/html"}, true},
		"429":        {sandbox.Fault{Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0.001}`}, false},
		"cut before": {sandbox.Fault{Cut: true}, true},
		"cut after":  {sandbox.Fault{Cut: true, After: true}, true},
		"cut body":   {sandbox.Fault{CutBody: true}, true},
		"not JSON":   {sandbox.Fault{Body: "<h1>", ContentType: "text/html"}, true},
		"empty":      {sandbox.Fault{Rewrite: func([]byte) []byte { return nil }}, true},
		"half":       {sandbox.Fault{Rewrite: func(b []byte) []byte { return b[:len(b)/2] }}, true},
		"RC 500":     {sandbox.Fault{Body: `{"RC":500,"RM":"oops"}`}, true},
		"time-out":   {sandbox.Fault{Delay: time.Minute}, true},
		"trickle":    {sandbox.Fault{Trickle: time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *imkit.API) {
				s.PutClient("a", nil)
				token := newToken(t, "bound-token")
				for call, do := range map[string]func() error{
					"upsert":     func() error { return upsert(t.Context(), a) },
					"look up":    func() error { _, err := a.LookUpClient(t.Context(), "a"); return err },
					"issue":      func() error { _, err := a.IssueToken(t.Context(), "a"); return err },
					"bind":       func() error { _, err := a.BindToken(t.Context(), "a", token, time.Time{}); return err },
					"revoke":     func() error { return a.RevokeToken(t.Context(), "a", token) },
					"revoke all": func() error { return revokeAll(t.Context(), a, "a") },
				} {
					s.AddToken("a", token.Reveal(), time.Time{}) // one to revoke
					once := tc.fault
					once.Times = 1
					s.Inject(once)
					if err := do(); err != nil {
						t.Errorf("%s, once: %v", call, err)
					}
					s.ClearFaults()
					s.ResetRequests()
					s.AddToken("a", token.Reveal(), time.Time{})
					s.Inject(tc.fault)
					err := do()
					if err == nil || imkit.IsNotFound(err) || imkit.OutcomeUnknown(err) != tc.unknown {
						t.Errorf("%s, lasting: unknown %t: %v", call, imkit.OutcomeUnknown(err), err)
					}
					if n := s.Count("", ""); n != 4 {
						t.Errorf("%s, lasting: %d attempts, want 4", call, n)
					}
					s.ClearFaults()
					if _, err := a.LookUpClient(t.Context(), "a"); err != nil { // an answer, so that the next call is tried as often
						t.Errorf("after %s: %v", call, err)
					}
				}
			})
		})
	}
}
