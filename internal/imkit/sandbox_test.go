package imkit_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// withSandbox runs a test against a sandbox, without a network and on a clock of
// its own.
func withSandbox(t *testing.T, opts sandbox.Options, test func(t *testing.T, s *sandbox.Server, a *imkit.API)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.APIKey = apiKey
		s := sandbox.New(opts)
		test(t, s, serveInMemory(t, s.ServeHTTP).api(t))
	})
}

// start serves a sandbox and returns an API for it.
func start(t *testing.T, opts sandbox.Options, change ...func(*imkit.Config)) (*sandbox.Server, *imkit.API) {
	t.Helper()
	opts.APIKey = apiKey
	s := sandbox.New(opts)
	front := serve(t, s.ServeHTTP)
	front.URL += opts.BasePath
	return s, front.api(t, change...)
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
			for _, id := range append([]string{"user-1"}, oddIDs...) {
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
	if _, err := a.GetClient(ctx, id); !imkit.IsNotFound(err) {
		t.Fatalf("a client that does not exist: %v", err)
	}

	name, robot := "Robot", true
	created, _, err := a.UpsertClient(ctx, id, imkit.Profile{
		Nickname: &name, IsRobot: &robot, Custom: map[string]any{"level": json.Number("9007199254740993")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if created.ID != id || *created.Nickname.Value != name || !*created.IsRobot.Value ||
		created.Custom["level"] != json.Number("9007199254740993") {
		t.Errorf("created %+v", created)
	}
	found, err := a.GetClient(ctx, id)
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

	own := imkit.NewSecret("own-" + id)
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
	if _, _, err := a.UpsertClient(t.Context(), "a", imkit.Profile{Description: &empty, Custom: map[string]any{"tier": nil}}); err != nil {
		t.Fatal(err)
	}
	fields, _ := s.Client("a")
	if fields["nickname"] != "A" || fields["description"] != "" || fields["tier"] != nil || len(s.LiveTokens("a")) != 1 {
		t.Errorf("%v, %q", fields, s.LiveTokens("a"))
	}
}
