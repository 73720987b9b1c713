package provider

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Nothing that holds a key shows it, however it is printed or logged.
func TestSettingsShowNoKeys(t *testing.T) {
	t.Parallel()
	const hidden = "quiet-key-5c1f"
	key := types.StringValue(hidden)
	settings := providerModel{BaseURL: types.StringValue("https://chat.example.com"), APIKey: key, ClientKey: key}
	config, diags := settings.settings()
	if diags.HasError() {
		t.Fatal(diags)
	}
	api, err := imkit.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"settings": settings, "API settings": config, "API": api} {
		var shown strings.Builder
		fmt.Fprintf(&shown, "%v|%+v|%#v|%s|%q|%x|%d|%v", v, v, v, v, v, v, v, []any{v})
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "v", v)
		if strings.Contains(shown.String(), hidden) || strings.Contains(shown.String(), fmt.Sprintf("%x", hidden)) {
			t.Errorf("%s: %s", name, &shown)
		}
	}
}
