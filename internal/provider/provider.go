// Package provider is the Terraform side of the IMKIT provider: its settings, and what it
// consists of. What the API looks like on the wire belongs in package imkit; what Terraform
// expects of a plan belongs here.
package provider

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/client"
	"github.com/imkit/terraform-provider-imkit/internal/provider/config"
	"github.com/imkit/terraform-provider-imkit/internal/provider/group"
	"github.com/imkit/terraform-provider-imkit/internal/provider/message"
	"github.com/imkit/terraform-provider-imkit/internal/provider/room"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/provider/token"
)

var (
	_ provider.ProviderWithEphemeralResources = (*imkitProvider)(nil)
	_ provider.ProviderWithFunctions          = (*imkitProvider)(nil)
	_ provider.ProviderWithListResources      = (*imkitProvider)(nil)
	_ provider.ProviderWithActions            = (*imkitProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*imkitProvider)(nil)
)

// imkitProvider is the provider `imkit`.
type imkitProvider struct {
	version string
	options Options
}

// Options are what tests replace: the outside world as the provider sees it.
type Options struct {
	// Now is the clock; it must not be nil.
	Now func() time.Time
	// RetryWaitMin and RetryWaitMax bound the waits between attempts; 0 is the default.
	RetryWaitMin, RetryWaitMax time.Duration
	// SecondLook is how long after a look that found nothing another follows; 0 is the default.
	SecondLook time.Duration
	// SkipProbe leaves out the question of who answers at the base URL.
	SkipProbe bool
}

// New returns a factory of the provider; version goes into its user agent.
func New(version string) func() provider.Provider {
	return NewWithOptions(version, Options{Now: time.Now})
}

// NewWithOptions is [New] with parts of the outside world replaced, for tests.
func NewWithOptions(version string, o Options) func() provider.Provider {
	return func() provider.Provider {
		return &imkitProvider{version: version, options: o}
	}
}

func (p *imkitProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "imkit"
	resp.Version = p.version
}

func (p *imkitProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages an IMKIT chat server through its platform API: accounts, access tokens, rooms, groups and run-time configuration.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "Base URL of the chat server, such as `https://your-app.imkit.io`, with a path prefix if it has one. " +
					"`http` is allowed for loopback hosts only; see `allow_http`. Defaults to the environment variable `IMKIT_BASE_URL`.",
				Optional: true,
			},
			"api_key": schema.StringAttribute{
				MarkdownDescription: "Platform API key. The [dashboard](https://dashboard.imkit.io) shows it once, in your application's \"API Settings\"; on premises, ask whoever runs the server. " +
					"Defaults to the environment variable `IMKIT_API_KEY`, else `IM_API_KEY`.",
				Optional:  true,
				Sensitive: true,
			},
			"client_key": schema.StringAttribute{
				MarkdownDescription: "Public client key, from \"Settings\" in the dashboard. With it, a refresh sees that a token was revoked elsewhere, and a plan replaces an issued one. " +
					"Defaults to the environment variable `IMKIT_CLIENT_KEY`.",
				Optional: true,
			},
			"allow_http": schema.BoolAttribute{
				MarkdownDescription: "Whether `base_url` may be `http` for other hosts. The API key and all tokens are then sent unencrypted. Defaults to `false`.",
				Optional:            true,
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How often a call is retried after a transient failure. `0` turns retries off. Defaults to `%d`.", defaultMaxRetries),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, maxMaxRetries)},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("Timeout of one attempt of a call, as a Go duration. Defaults to `%s`.", imkit.DefaultRequestTimeout),
				Optional:            true,
				Validators:          []validator.String{tfvalue.PositiveDuration},
			},
			"requests_per_minute": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("The most requests to send in a minute. `0` means no limit. Defaults to `%d`, the vendor's limit for one API key.", defaultRequestsPerMinute),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, maxRequestsPerMinute)},
			},
		},
	}
}

// ValidateConfig checks what can be told without the environment.
func (p *imkitProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || model.AllowHTTP.IsUnknown() || model.BaseURL.ValueString() == "" {
		return
	}
	parseBaseURL(&resp.Diagnostics, model.BaseURL.ValueString(), model.AllowHTTP.ValueBool())
}

// Configure checks the settings and makes the session that resources share.
func (p *imkitProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}

	s := session.New(p.options.Now)
	if !req.Config.Raw.IsFullyKnown() {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
	} else {
		config, diags := model.settings()
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
		config.UserAgent = fmt.Sprintf("terraform-provider-imkit/%s Terraform/%s", p.version, req.TerraformVersion)
		config.RetryWaitMin = p.options.RetryWaitMin
		config.RetryWaitMax = p.options.RetryWaitMax
		config.SecondLook = p.options.SecondLook
		config.OnAttempt = logAttempt
		config.Now = p.options.Now
		api, err := imkit.New(config)
		if err != nil {
			resp.Diagnostics.AddError("Unable to set up the API client", session.Sentence(err.Error()))
			return
		}
		s.API = api
		if !p.options.SkipProbe {
			probe(ctx, api, &resp.Diagnostics)
		}
	}

	resp.ResourceData = s
	resp.DataSourceData = s
	resp.EphemeralResourceData = s
	resp.ListResourceData = s
	resp.ActionData = s
}

// probe asks who answers at the base URL. Only another web server is an error: a plan can be
// reviewed without a key, and a server may be back for the calls that follow.
func probe(ctx context.Context, api *imkit.API, diags *diag.Diagnostics) {
	err := api.Probe(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	said, advice := session.Sentence(err.Error()), session.Advice(err)
	switch imkit.KindOf(err) {
	case imkit.KindForeign, imkit.KindRedirect:
		diags.AddAttributeError(path.Root("base_url"), "No IMKIT chat server at the base URL", said+advice)
	case imkit.KindUnauthorized, imkit.KindForbidden:
		diags.AddWarning("Server does not accept the API key", said+advice)
	default:
		const whatNext = "\n\nThe run goes on. If it fails, check the provider's base_url, and whether this machine can reach the server."
		diags.AddWarning("Unable to check the chat server", said+cmp.Or(advice, whatNext))
	}
}

// logAttempt logs an attempt, which holds no secret and no body.
func logAttempt(ctx context.Context, a imkit.Attempt) {
	fields := map[string]any{
		"method": a.Method, "path": a.Path, "attempt": a.Number, "duration_ms": a.Duration.Milliseconds(),
	}
	if a.Status != 0 {
		fields["status"] = a.Status
	}
	if a.Err != nil {
		fields["error"] = a.Err.Error()
	}
	tflog.Debug(ctx, "Called the IMKIT API", fields)
}

func (p *imkitProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		client.NewResource,
		client.NewBatchResource,
		config.NewResource,
		group.NewResource,
		room.NewResource,
		room.NewMemberResource,
		token.NewResource,
	}
}

func (p *imkitProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		client.NewDataSource,
		client.NewClientsDataSource,
		config.NewDataSource,
		group.NewGroupsDataSource,
		room.NewDataSource,
	}
}

func (p *imkitProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{token.NewEphemeral}
}

func (p *imkitProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{token.NewDecodeFunction}
}

func (p *imkitProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{client.NewList, config.NewList, group.NewList}
}

func (p *imkitProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		message.NewBroadcastAction,
		message.NewPushAction,
		message.NewSendAction,
		token.NewRevokeAction,
	}
}
