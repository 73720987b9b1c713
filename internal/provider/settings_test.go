package provider

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Environment variables belong to the process, so this test runs alone.
func TestProviderSettingsReachTheClient(t *testing.T) {
	t.Setenv("IMKIT_CLIENT_KEY", "from-the-environment")
	model := providerModel{
		BaseURL: types.StringValue("http://chat.example.com/path"), APIKey: types.StringValue("key"), AllowHTTP: types.BoolValue(true),
		MaxRetries: types.Int64Value(0), RequestTimeout: types.StringValue("3s"), RequestsPerMinute: types.Int64Value(7),
	}
	config, diags := model.settings()
	if diags.HasError() {
		t.Fatal(diags)
	}
	if config.BaseURL.String() != "http://chat.example.com/path" || config.APIKey.Reveal() != "key" || config.ClientKey.Reveal() != "from-the-environment" ||
		config.MaxRetries != 0 || config.RequestTimeout != 3*time.Second || config.RequestsPerMinute != 7 {
		t.Errorf("settings are lost: %s, retries %d, time-out %s, rate %d", config.BaseURL, config.MaxRetries, config.RequestTimeout, config.RequestsPerMinute)
	}

	defaults, diags := providerModel{BaseURL: types.StringValue("https://chat.example.com"), APIKey: types.StringValue("key")}.settings()
	if diags.HasError() {
		t.Fatal(diags)
	}
	if defaults.MaxRetries != 4 || defaults.RequestTimeout != 30*time.Second || defaults.RequestsPerMinute != 1000 {
		t.Errorf("defaults: retries %d, time-out %s, rate %d", defaults.MaxRetries, defaults.RequestTimeout, defaults.RequestsPerMinute)
	}
}
