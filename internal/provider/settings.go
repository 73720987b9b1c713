package provider

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

const (
	defaultMaxRetries        = 4
	maxMaxRetries            = 20
	defaultRequestsPerMinute = 1000
	maxRequestsPerMinute     = 1_000_000
)

// providerModel is the provider block as configured.
type providerModel struct {
	tfvalue.Redacted
	BaseURL           types.String `tfsdk:"base_url"`
	APIKey            types.String `tfsdk:"api_key"`
	ClientKey         types.String `tfsdk:"client_key"`
	AllowHTTP         types.Bool   `tfsdk:"allow_http"`
	MaxRetries        types.Int64  `tfsdk:"max_retries"`
	RequestTimeout    types.String `tfsdk:"request_timeout"`
	RequestsPerMinute types.Int64  `tfsdk:"requests_per_minute"`
}

// settings is the configuration with the environment behind it. No message repeats a value.
func (m providerModel) settings() (imkit.Config, diag.Diagnostics) {
	var diags diag.Diagnostics
	config := imkit.Config{
		APIKey:            imkit.NewSecret(required(&diags, "api_key", "API key", m.APIKey, "IMKIT_API_KEY", "IM_API_KEY")),
		ClientKey:         imkit.NewSecret(fromEnv(m.ClientKey, "IMKIT_CLIENT_KEY")),
		MaxRetries:        defaultMaxRetries,
		RequestTimeout:    imkit.DefaultRequestTimeout,
		RequestsPerMinute: defaultRequestsPerMinute,
	}
	checkHeaderValue(&diags, "api_key", config.APIKey.Reveal())
	checkHeaderValue(&diags, "client_key", config.ClientKey.Reveal())

	if raw := required(&diags, "base_url", "base URL", m.BaseURL, "IMKIT_BASE_URL"); raw != "" {
		config.BaseURL = parseBaseURL(&diags, raw, m.AllowHTTP.ValueBool())
	}
	if !m.MaxRetries.IsNull() {
		config.MaxRetries = int(m.MaxRetries.ValueInt64())
	}
	if !m.RequestsPerMinute.IsNull() {
		config.RequestsPerMinute = int(m.RequestsPerMinute.ValueInt64())
	}
	if !m.RequestTimeout.IsNull() {
		timeout, err := time.ParseDuration(m.RequestTimeout.ValueString())
		if err != nil {
			diags.AddAttributeError(path.Root("request_timeout"), "Invalid duration", tfvalue.DurationHint)
		}
		config.RequestTimeout = timeout
	}
	return config, diags
}

func parseBaseURL(diags *diag.Diagnostics, raw string, allowHTTP bool) *url.URL {
	baseURL, err := imkit.ParseBaseURL(raw, allowHTTP)
	if err != nil {
		detail := session.Sentence(err.Error())
		if _, errAllowed := imkit.ParseBaseURL(raw, true); errAllowed == nil {
			detail += " To allow it, as in a trusted network, set allow_http = true."
		}
		diags.AddAttributeError(path.Root("base_url"), "Invalid base URL", detail)
	}
	return baseURL
}

// required is the configured value, else the first environment variable that is set, else an
// error.
func required(diags *diag.Diagnostics, attribute, noun string, configured types.String, variables ...string) string {
	value := fromEnv(configured, variables...)
	if value != "" {
		return value
	}
	problem := "is not set"
	if !configured.IsNull() {
		problem = "is empty"
	}
	diags.AddAttributeError(path.Root(attribute), "Missing "+noun,
		fmt.Sprintf("The %s of the chat server %s. Set %s in the provider block, or leave it out and set the environment variable %s.",
			noun, problem, attribute, strings.Join(variables, " or ")))
	return ""
}

func fromEnv(configured types.String, variables ...string) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	for _, variable := range variables {
		if value := os.Getenv(variable); value != "" {
			return value
		}
	}
	return ""
}

// checkHeaderValue refuses what no header can hold, usually a line break of a file.
func checkHeaderValue(diags *diag.Diagnostics, attribute, value string) {
	if !tfvalue.FitsHeader(value) {
		diags.AddAttributeError(path.Root(attribute), "Invalid key",
			fmt.Sprintf("The value of %s contains white space, a line break or another character that a key cannot contain. "+
				"If it was read from a file, remove the line break at its end with trimspace().", attribute))
	}
}
