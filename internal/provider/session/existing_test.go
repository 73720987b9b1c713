package session_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// What a plan found out serves the create after it, once, and not the create of
// another resource of the same id.
func TestLookAfterLookingAhead(t *testing.T) {
	t.Parallel()
	api, err := imkit.New(imkit.Config{BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, APIKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(time.Now)
	s.API = api
	absent, there, looks := errors.New("absent"), false, 0
	look := func(context.Context, string) (*int, error) {
		looks++
		if there {
			return new(int), nil
		}
		return nil, absent
	}
	ahead := func() bool {
		_, exists := session.LookAhead(t.Context(), s, session.NounGroup, "team", look)
		return exists
	}
	now := func() error {
		_, err := session.Look(t.Context(), s, session.NounGroup, "team", look)
		return err
	}
	if ahead() || !errors.Is(now(), absent) || looks != 1 {
		t.Errorf("%d looks before the first is created, want 1", looks)
	}
	if ahead() {
		t.Error("it exists")
	}
	there = true
	s.RememberCreated(session.NounGroup, "team")
	if err := now(); err != nil || looks != 3 {
		t.Errorf("the second one is created: %v, after %d looks", err, looks)
	}
}
