package provider

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const durationHint = `Write a duration as a number with a unit, such as "30s", "90m" or "48h"; there is no unit for days.`

// positiveDuration accepts Go durations above zero.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "value must be a duration above zero, such as 30s or 48h"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("%q is not a duration above zero. %s", req.ConfigValue.ValueString(), durationHint))
	}
}

// clientID accepts what can be a client's id.
type clientID struct{}

func (clientID) Description(context.Context) string {
	return "value must be the ID of a client: not empty, and short enough for a URL"
}

func (v clientID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (clientID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	id := req.ConfigValue.ValueString()
	if err := imkit.CheckID(id); err != nil {
		const shown = 50 // characters of an id that may be very long
		if len([]rune(id)) > shown {
			id = string([]rune(id)[:shown]) + "…"
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid client ID", fmt.Sprintf("%q cannot be the ID of a client: %s.", id, err))
	}
}

// webURLOrEmpty accepts absolute http and https URLs, and "" which clears.
type webURLOrEmpty struct{}

func (webURLOrEmpty) Description(context.Context) string {
	return `value must be an http or https URL, or ""`
}

func (v webURLOrEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (webURLOrEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if raw := req.ConfigValue.ValueString(); !isWebURL(raw) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid URL",
			fmt.Sprintf("%q is not an http or https URL with a host. To clear the value on the server, set it to \"\".", raw))
	}
}

// isWebURL tells whether a URL may be sent. "" clears, and stands for null and
// unknown as well.
func isWebURL(raw string) bool {
	u, err := url.Parse(raw)
	return raw == "" || err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
}
