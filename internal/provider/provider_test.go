package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const wrongKey = "d3JvbmcgYnV0IHN0aWxsIHNlY3JldA=="

func TestProviderSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
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
		"no scheme":       {`base_url = "example.com"` + "\n" + `api_key = "k"`, []string{"Invalid base URL", "put https:// in front"}},
		"line break":      {`base_url = "https://${var.secret}.com\n"` + "\n" + `api_key = "k"`, []string{"Invalid base URL", "a line break"}},
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
			cli := w.CLI(t, "")
			cli.Write("variable \"secret\" {\n  default = \"" + secret + "\"\n}\nprovider \"imkit\" {\n" + c.settings + "\n}\n" + acctest.Client("robot"))
			output := cli.Fails("plan")
			acctest.Says(t, output, c.want...)
			if strings.Contains(output, secret) {
				t.Errorf("the error shows a secret:\n%s", output)
			}
		})
	}
}

// Environment variables belong to the process, so this test runs alone.
func TestProviderSettingsFromTheEnvironment(t *testing.T) {
	w := acctest.NewWorld(t, sandbox.Options{})
	t.Setenv("IMKIT_BASE_URL", w.URL)
	t.Setenv("IM_API_KEY", sandbox.DefaultAPIKey)
	config := "provider \"imkit\" {}\n" + acctest.Client("robot")
	w.Test(t, resource.TestStep{Config: config})

	t.Setenv("IMKIT_API_KEY", wrongKey)
	w.Test(t, resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`does\s+not\s+accept\s+the\s+API\s+key`)})

	// What is configured comes first, and empty is a mistake, not a reason to look elsewhere.
	w.Test(t, resource.TestStep{
		Config:      "provider \"imkit\" {\n  api_key = \"\"\n}\n" + acctest.Client("robot"),
		ExpectError: regexp.MustCompile("(?s)Missing API key.*is empty"),
	})
}

func TestProviderSettingsUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	config := func(key string) string {
		return fmt.Sprintf(`
resource "terraform_data" "key" {
  input = %q
}
provider "imkit" {
  base_url = %q
  api_key  = terraform_data.key.output
}
`, key, w.URL) + acctest.Client("robot", `nickname = "Robot"`) + "resource \"imkit_client_token\" \"test\" {\n  client_id = imkit_client.test.id\n}\n"
	}
	cli := w.CLI(t, "")
	cli.Write(config(sandbox.DefaultAPIKey))
	cli.Must("plan")
	if n := len(w.Requests()); n != 0 {
		t.Errorf("the plan called the server %d times with a key that was not known", n)
	}
	cli.Apply()
	cli.Empty()

	other := "b3RoZXI="
	w.Configure(func(o *sandbox.Options) { o.APIKey = other })
	cli.Write(config(other))
	w.ResetRequests()
	acctest.Says(t, cli.Must("plan"), "0 to add, 1 to change, 0 to destroy")
	if n := len(w.Requests()); n != 0 {
		t.Errorf("the plan called the server %d times with a key that was not known", n)
	}
	cli.Apply()
	cli.Empty()
}

// A plan of what is only created asks the server one question, as the provider is
// configured, whatever there is to create and whether it exists.
func TestPlanOfNewObjectsCallsNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.SetUnobserved(nil)
	w.PutClient("robot", nil)
	w.PutRoom("lobby", nil)
	cli := w.CLI(t, acctest.Client("robot", `nickname = "Robot"`, `custom_attributes = { tier = "gold" }`)+acctest.ClientToken()+
		acctest.BatchWith(`{ one = { nickname = "One" }, robot = {} }`)+acctest.ConfigKey("announcement", `{ text = "Hi" }`)+
		acctest.Group("team", `nickname = "Team"`, `member_ids = ["robot"]`)+
		acctest.Room("lobby", `member_ids = ["robot", "team"]`, `owner_id = "robot"`, `manager_ids = ["robot"]`, `open = false`)+
		acctest.Member("other", "robot", `role = "admin"`, `properties = { shift = "day" }`, `notifications_muted = true`))
	output := cli.Must("plan")
	for name := range acctest.Schemas().ResourceSchemas {
		acctest.Says(t, output, name+".test will be created")
	}
	if all := w.Requests(); len(all) != 1 || all[0].Query.Get("q") != `{"_id":{"$in":[]}}` {
		t.Errorf("the plan made %d requests, want the provider's question only", len(all))
	}
}

func TestProviderUserAgent(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.Test(t, resource.TestStep{Config: w.Config(acctest.Client("robot"))})
	for _, r := range w.Requests() {
		if agent := r.Header.Get("User-Agent"); !regexp.MustCompile(`^terraform-provider-imkit/test Terraform/\d+\.\d+\.\d+`).MatchString(agent) {
			t.Errorf("%s %s has the user agent %q", r.Method, r.Route, agent)
		}
	}
}

func TestProviderSchemasAreValid(t *testing.T) {
	t.Parallel()
	p := provider.New("test")()
	var resp fwprovider.SchemaResponse
	p.Schema(t.Context(), fwprovider.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
}
