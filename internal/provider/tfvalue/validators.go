package tfvalue

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Described is embedded by validators and plan modifiers: what they do, in words.
type Described string

// Description returns the words.
func (d Described) Description(context.Context) string { return string(d) }

// MarkdownDescription returns the words.
func (d Described) MarkdownDescription(context.Context) string { return string(d) }

// CheckString makes a validator of known strings. No summary says that nothing is wrong.
func CheckString(description string, problem func(value string) (summary, detail string)) validator.String {
	return checkString{Described(description), problem}
}

type checkString struct {
	Described
	problem func(value string) (summary, detail string)
}

func (v checkString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if summary, detail := v.problem(req.ConfigValue.ValueString()); summary != "" {
		resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
	}
}

// ClientID, RoomID and GroupID accept what can be a client's id, a room's, and a
// group's.
var (
	ClientID = checkID("client", imkit.CheckID)
	RoomID   = checkID("room", imkit.CheckRoomID)
	GroupID  = checkID("group", imkit.CheckGroupID)
)

func checkID(noun string, check func(string) error) validator.String {
	return CheckString("value must be the ID of a "+noun+": not empty, not \".\" or \"..\", and short enough for a URL", func(id string) (summary, detail string) {
		err := check(id)
		if err == nil {
			return "", ""
		}
		const shown = 50 // characters of an id that may be very long
		if len([]rune(id)) > shown {
			id = string([]rune(id)[:shown]) + "…"
		}
		return "Invalid " + noun + " ID", fmt.Sprintf("%q cannot be the ID of a %s: %s.", id, noun, err)
	})
}

// WebURLOrEmpty accepts absolute http and https URLs, and "" which clears.
var WebURLOrEmpty = CheckString(`value must be an http or https URL, or ""`, func(raw string) (summary, detail string) {
	if IsWebURL(raw) {
		return "", ""
	}
	return "Invalid URL", fmt.Sprintf("%q is not an http or https URL with a host. To clear the value on the server, set it to \"\".", raw)
})

// IsWebURL reports whether a URL may be sent, as "" may.
func IsWebURL(raw string) bool {
	u, err := url.Parse(raw)
	return raw == "" || err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
}

// FitsHeader reports whether an HTTP header can hold a key or a token.
func FitsHeader(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r > unicode.MaxASCII
	})
}

// OneOf is the sentence that names the allowed values of an attribute.
func OneOf(values []string) string {
	return "One of `" + strings.Join(values, "`, `") + "`."
}
