package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const wrongKey = "d3JvbmcgYnV0IHN0aWxsIHNlY3JldA=="

func TestProviderSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	secret := "hunter2-in-the-url"
	for name, c := range map[string]struct {
		settings string
		want     []string
	}{
		"no base URL":     {`api_key = "k"`, []string{"Missing base URL", "base_url", "IMKIT_BASE_URL"}},
		"empty base URL":  {`base_url = ""` + "\n" + `api_key = "k"`, []string{"Missing base URL", "is empty", "IMKIT_BASE_URL"}},
		"no key":          {`base_url = "https://example.com"`, []string{"Missing API key", "api_key", "IMKIT_API_KEY or IM_API_KEY"}},
		"key with a line": {`base_url = "https://example.com"` + "\n" + `api_key = "${var.secret}\n"`, []string{"Invalid key", "trimspace()", "in provider \"imkit\""}},
		"other scheme":    {`base_url = "ftp://example.com"` + "\n" + `api_key = "k"`, []string{"Invalid base URL", "base_url = "}},
		"no host":         {`base_url = "https:///path"` + "\n" + `api_key = "k"`, []string{"Invalid base URL", "host"}},
		"no scheme":       {`base_url = "example.com"` + "\n" + `api_key = "k"`, []string{"Invalid base URL"}},
		"userinfo":        {`base_url = "https://admin:${var.secret}@example.com"` + "\n" + `api_key = "k"`, []string{"Invalid base URL"}},
		"query":           {`base_url = "https://example.com/?key=${var.secret}"` + "\n" + `api_key = "k"`, []string{"Invalid base URL"}},
		"fragment":        {`base_url = "https://example.com/#${var.secret}"` + "\n" + `api_key = "k"`, []string{"Invalid base URL"}},
		"plain http":      {`base_url = "http://chat.example.com"` + "\n" + `api_key = "k"`, []string{"Invalid base URL", "allow_http"}},
		"timeout":         {`base_url = "https://example.com"` + "\n" + `api_key = "k"` + "\n" + `request_timeout = "3 days"`, []string{"Invalid duration", "request_timeout"}},
		"zero timeout":    {`base_url = "https://example.com"` + "\n" + `api_key = "k"` + "\n" + `request_timeout = "0s"`, []string{"Invalid duration", "request_timeout"}},
		"retries":         {`base_url = "https://example.com"` + "\n" + `api_key = "k"` + "\n" + `max_retries = -1`, []string{"max_retries"}},
		"rate":            {`base_url = "https://example.com"` + "\n" + `api_key = "k"` + "\n" + `requests_per_minute = -1`, []string{"requests_per_minute"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := w.cli(t, "")
			cli.write("variable \"secret\" {\n  default = \"" + secret + "\"\n}\nprovider \"imkit\" {\n" + c.settings + "\n}\n" + client("robot"))
			output := cli.fails("plan")
			says(t, output, c.want...)
			if strings.Contains(output, secret) {
				t.Errorf("the error shows a secret:\n%s", output)
			}
		})
	}
}

func TestProviderWrongKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	cli := w.cli(t, "")
	cli.write(fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key = %q\n}\n%s", w.url, wrongKey, client("robot")))
	output := cli.fails("apply", "-auto-approve")
	says(t, output, "Unable to look up client", `client "robot"`, "401", "INVALID_API_KEY", "IMKIT_API_KEY")
	if strings.Contains(output, wrongKey) {
		t.Errorf("the error shows the key:\n%s", output)
	}
}

// Environment variables belong to the process, so this test runs alone.
func TestProviderSettingsFromTheEnvironment(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	t.Setenv("IMKIT_BASE_URL", w.url)
	t.Setenv("IM_API_KEY", sandbox.DefaultAPIKey)
	config := "provider \"imkit\" {}\n" + client("robot")
	w.test(t, resource.TestStep{Config: config})

	t.Setenv("IMKIT_API_KEY", wrongKey)
	w.test(t, resource.TestStep{Config: config, ExpectError: regexp.MustCompile("INVALID_API_KEY")})

	// What is configured comes first, and empty is a mistake, not a reason to look elsewhere.
	w.test(t, resource.TestStep{
		Config:      "provider \"imkit\" {\n  api_key = \"\"\n}\n" + client("robot"),
		ExpectError: regexp.MustCompile("(?s)Missing API key.*is empty"),
	})
}

func TestProviderSettingsUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	config := func(key string) string {
		return fmt.Sprintf(`
resource "terraform_data" "key" {
  input = %q
}
provider "imkit" {
  base_url = %q
  api_key  = terraform_data.key.output
}
`, key, w.url) + client("robot", `nickname = "Robot"`) + "resource \"imkit_client_token\" \"test\" {\n  client_id = imkit_client.test.id\n}\n"
	}
	cli := w.cli(t, "")
	cli.write(config(sandbox.DefaultAPIKey))
	cli.must("plan")
	if n := len(w.Requests()); n != 0 {
		t.Errorf("the plan called the server %d times with a key that was not known", n)
	}
	cli.apply()
	cli.empty()

	other := "b3RoZXI="
	w.Configure(func(o *sandbox.Options) { o.APIKey = other })
	cli.write(config(other))
	w.ResetRequests()
	says(t, cli.must("plan"), "0 to add, 1 to change, 0 to destroy")
	if n := len(w.Requests()); n != 0 {
		t.Errorf("the plan called the server %d times with a key that was not known", n)
	}
	cli.apply()
	cli.empty()
}

func TestProviderUserAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.test(t, resource.TestStep{Config: w.config(client("robot"))})
	for _, r := range w.Requests() {
		if agent := r.Header.Get("User-Agent"); !regexp.MustCompile(`^terraform-provider-imkit/test Terraform/\d+\.\d+\.\d+`).MatchString(agent) {
			t.Errorf("%s %s has the user agent %q", r.Method, r.Route, agent)
		}
	}
}

func TestProviderSchemasAreValid(t *testing.T) {
	t.Parallel()
	p := New("test")()
	var resp provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
}

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
	if config.BaseURL.String() != "http://chat.example.com/path" || config.APIKey != "key" || config.ClientKey != "from-the-environment" ||
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
