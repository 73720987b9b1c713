package room

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Nothing that holds a webhook shows it, however it is printed or logged.
func TestValuesShowNoWebhook(t *testing.T) {
	t.Parallel()
	const secret = "quiet-webhook-2d7e" //nolint:gosec // opens nothing
	webhook := imkit.NewSecret(secret)
	m := nothingKnown()
	m.Webhook = types.StringValue(secret)
	settings := m.changes(m, nothingKnown())
	if settings.Webhook.Reveal() != secret {
		t.Fatal("the settings do not hold it")
	}
	details, _ := detailsOf(&imkit.Room{ID: "r", Webhook: imkit.Field[imkit.Secret]{Reported: true, Value: &webhook}})
	for name, v := range map[string]any{
		"model": m, "model pointer": &m, "models": []roomModel{m}, "progress": progress{known: m}, "settings": settings, "details": details,
	} {
		var shown strings.Builder
		fmt.Fprintf(&shown, "%v|%+v|%#v|%s|%q|%x|%d|%v", v, v, v, v, v, v, v, []any{v})
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "v", v)
		if strings.Contains(shown.String(), secret) || strings.Contains(shown.String(), fmt.Sprintf("%x", secret)) {
			t.Errorf("%s: %s", name, &shown)
		}
	}
}

// Members by the hundred thousand are left out, and named.
func TestDetailsOfManyMembers(t *testing.T) {
	t.Parallel()
	members := make([]imkit.Member, maxMembers+1)
	for i := range members {
		members[i].ID = "m"
	}
	for n, want := range map[int][]string{maxMembers: nil, maxMembers + 1: {`"members"`}} {
		shown := members[:n]
		details, leftOut := detailsOf(&imkit.Room{ID: "r", Members: imkit.Field[[]imkit.Member]{Reported: true, Value: &shown}})
		if !slices.Equal(leftOut, want) || (details.Members == nil) != (want != nil) {
			t.Errorf("of %d members, %d are shown, and left out is %q", n, len(details.Members), leftOut)
		}
	}
}
