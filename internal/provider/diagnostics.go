package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/zclconf/go-cty/cty"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// apiError reports a failed call: what was tried, on what, what the server
// said, and what to do about it where that is known.
func apiError(operation, object string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to "+operation+" "+noun(object),
		fmt.Sprintf("Tried to %s %s. %s%s", operation, object, sentence(err.Error()), advice(err)))
}

// advice is what to do about a failed call, as a paragraph of its own; empty
// where nobody can tell.
func advice(err error) string {
	switch {
	case imkit.IsUnauthorized(err):
		return "\n\nCheck the provider's api_key, or the environment variables IMKIT_API_KEY and IM_API_KEY: " +
			"the server does not accept the key, or the key may not do this."
	case imkit.IsUntrusted(err):
		return "\n\nThe certificate that the server showed is not trusted on this machine, so nothing was sent. If an authority of your own issued it, " +
			"add that authority to the machine's trusted ones; on Linux, the environment variable SSL_CERT_FILE can name a file with its certificate. " +
			"Verification cannot be turned off."
	case imkit.IsUnsupported(err):
		return "\n\nThe server does not know this call. Check the provider's base_url, its path included; " +
			"an old version of the chat server may lack the call."
	case imkit.IsUnreachable(err):
		return "\n\nCheck the provider's base_url, and whether this machine reaches the server: its name, proxy variables, firewalls, certificates."
	case imkit.IsTemporary(err):
		return "\n\nThis may pass. Run Terraform again later: what was done is in the state."
	}
	return ""
}

// noun is an object's description without its name: `client "x"` → `client`.
func noun(object string) string {
	kind, _, _ := strings.Cut(object, ` "`)
	return kind
}

func clientNamed(id string) string { return fmt.Sprintf("client %q", id) }

// sentence makes a Go error read as prose.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// importBlock is the configuration that imports a client, ready to paste.
func importBlock(id string) string {
	return fmt.Sprintf("  import {\n    to = imkit_client.NAME\n    id = %s\n  }", hclString(id))
}

// hclString is s as a string of the Terraform language: ids may hold quotes
// and template markers.
func hclString(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

// warnNoLookup says, once in a run, that drift cannot be seen.
func (s *session) warnNoLookup(diags *diag.Diagnostics) {
	if s.first("no look-up") {
		diags.AddWarning("Server cannot look up clients",
			"This chat server has no call to look up clients (GET /admin/clients). The state is kept as it is: "+
				"changes made elsewhere, and clients that are gone, cannot be seen.")
	}
}

// logAttempt writes one line for each attempt of a call; an attempt holds no
// secret and no body.
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
