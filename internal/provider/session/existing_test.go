package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// Two resources of one object may be planned before either of them is created, and
// the second plan may come to know of nothing after the first has looked.
func TestWhatAPlanFoundIsForgottenOnceTheObjectIsMade(t *testing.T) {
	t.Parallel()
	baseURL, err := imkit.ParseBaseURL("https://chat.example.com", false)
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(time.Now)
	if s.API, err = imkit.New(imkit.Config{BaseURL: baseURL, APIKey: imkit.NewSecret("key")}); err != nil {
		t.Fatal(err)
	}
	looks := 0
	look := func(context.Context, string) (*imkit.Room, error) { looks++; return &imkit.Room{}, nil }
	for id, c := range map[string]struct {
		made bool
		want int
	}{"planned": {false, 1}, "made meanwhile": {true, 2}} {
		looks = 0
		var diags diag.Diagnostics
		session.LookAhead(t.Context(), s, session.NounRoom, id, look, &diags)
		if diags.HasError() {
			t.Error(diags)
		}
		if c.made {
			s.RememberCreated(session.NounRoom, id)
		}
		if _, err := session.Look(t.Context(), s, session.NounRoom, id, look); err != nil || looks != c.want {
			t.Errorf("%s: looked %d times, want %d: %v", id, looks, c.want, err)
		}
	}
}
