package tfvalue

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// described is embedded by validators and plan modifiers: what they do, in words.
type described string

func (d described) Description(context.Context) string { return string(d) }

func (d described) MarkdownDescription(context.Context) string { return string(d) }

// ClientID, RoomID and GroupID accept what can be a client's id, a room's, and a
// group's.
var (
	ClientID validator.String = id{"value must be the ID of a client: not empty, and short enough for a URL", "client", imkit.CheckID}
	RoomID   validator.String = id{"value must be the ID of a room: not empty, and short enough for a URL", "room", imkit.CheckRoomID}
	GroupID  validator.String = id{"value must be the ID of a group: not empty, and short enough for a URL", "group", imkit.CheckGroupID}
)

type id struct {
	described
	noun  string
	check func(string) error
}

func (v id) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	given := req.ConfigValue.ValueString()
	if err := v.check(given); err != nil {
		const shown = 50 // characters of an id that may be very long
		if len([]rune(given)) > shown {
			given = string([]rune(given)[:shown]) + "…"
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.noun+" ID", fmt.Sprintf("%q cannot be the ID of a %s: %s.", given, v.noun, err))
	}
}

// WebURLOrEmpty accepts absolute http and https URLs, and "" which clears.
var WebURLOrEmpty validator.String = webURLOrEmpty{`value must be an http or https URL, or ""`}

type webURLOrEmpty struct{ described }

func (webURLOrEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if raw := req.ConfigValue.ValueString(); !IsWebURL(raw) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid URL",
			fmt.Sprintf("%q is not an http or https URL with a host. To clear the value on the server, set it to \"\".", raw))
	}
}

// IsWebURL reports whether a URL may be sent. "" clears, and stands for null and
// unknown as well.
func IsWebURL(raw string) bool {
	u, err := url.Parse(raw)
	return raw == "" || err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
}

// OneOf is the sentence that names the allowed values of an attribute.
func OneOf(values []string) string {
	return "One of `" + strings.Join(values, "`, `") + "`."
}
