package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// APIError reports a failed call. One that was not sent, because an error before has told why,
// gets a line.
func APIError(operation, object string, err error) diag.Diagnostic {
	kind, _, _ := strings.Cut(object, ` "`) // client "x" → client
	summary := "Unable to " + operation + " " + kind
	if e, ok := errors.AsType[*imkit.Error](err); ok && e.Kind == imkit.KindNotSent {
		return diag.NewErrorDiagnostic(summary, Sentence(fmt.Sprintf("Tried to %s %s: %s", operation, object, e.Message)))
	}
	return diag.NewErrorDiagnostic(summary,
		fmt.Sprintf("Tried to %s %s. %s%s", operation, object, Sentence(err.Error()), Advice(err)))
}

// Advice is what to do about a failed call, as a paragraph, or empty.
func Advice(err error) string {
	kind := imkit.KindOf(err)
	switch {
	case kind == imkit.KindNotSent, errors.Is(err, imkit.ErrRoomHidden): // they say why
		return ""
	case errors.Is(err, context.Canceled) && imkit.OutcomeUnknown(err):
		return "\n\nThe server may still have done it: the next plan shows whether it did."
	case errors.Is(err, context.Canceled):
		return "\n\nNothing was changed by this call."
	case kind == imkit.KindForeign:
		return "\n\nThe path of base_url may be wrong, or a proxy between this machine and the chat server may have answered. " +
			"As long as another web server answers, nothing is changed, and nothing is removed from the state."
	case errors.Is(err, imkit.ErrRoomUnclear):
		return "\n\nCheck the ID of the room, upper and lower case included. If the room exists, ask whoever runs the server to give the API key access to it. " +
			"If it is gone, remove it from the state with `terraform state rm`."
	case kind == imkit.KindKeyNotAllowed:
		return "\n\nThe API key is valid: the server accepts it for other calls. Ask whoever runs the server to allow this one. " +
			"A server on premises may also accept the key only from certain addresses."
	case kind == imkit.KindUnauthorized, kind == imkit.KindForbidden:
		return "\n\nCheck the provider's api_key, or the environment variables IMKIT_API_KEY and IM_API_KEY: " +
			"the server does not accept the key, or does not allow it to make this call."
	case kind == imkit.KindUntrusted:
		return "\n\nThis machine does not trust the server's certificate, so nothing was sent. If a private CA issued it, " +
			"add the CA to the machine's trust store; on Linux, the environment variable SSL_CERT_FILE can name a file with its certificate. " +
			"Verification cannot be turned off."
	case imkit.IsUnsupported(err):
		return "\n\nThe server does not know this call: an old version of the chat server may lack it. Ask whoever runs the server about an upgrade."
	case kind == imkit.KindUnreachable:
		return "\n\nCheck the provider's base_url, and whether this machine can reach the server: DNS, proxy variables, firewalls."
	case kind == imkit.KindUnexpected && !imkit.IsOtherID(err):
		return "\n\nThe chat server, or a proxy in front of it, gave a reply that the provider does not know. Check what answers at base_url. " +
			"If it is the chat server, please report this to the provider's developers, with the output of `make check-server`."
	case imkit.IsTemporary(err):
		advice := "\n\nThis may be temporary. Run Terraform again later: what was done so far is in the state."
		if kind == imkit.KindRateLimited {
			advice += " A lower requests_per_minute in the provider block keeps the provider below the server's limit."
		}
		return advice
	}
	return ""
}

// WarnRecovered warns of a call that failed, but did its work. kind and did: "Client", "created".
func WarnRecovered(diags *diag.Diagnostics, kind, did, object string, recovered error) {
	if recovered != nil {
		diags.AddWarning(fmt.Sprintf("%s was %s although the call failed", kind, did),
			fmt.Sprintf("The call failed, but a look-up shows that %s was %s, so there is nothing to do. %s", object, did, Sentence(recovered.Error())))
	}
}

// Sentence makes a Go error read as prose.
func Sentence(s string) string {
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

// WarnUnseen says, once in a run, that drift cannot be seen without a call.
func (s *Session) WarnUnseen(diags *diag.Diagnostics, summary, call, objects string) {
	if s.First(summary) {
		diags.AddWarning(summary, fmt.Sprintf("This chat server has no call to %s. The state is kept as it is: "+
			"changes made elsewhere, and %s that are gone, cannot be seen.", call, objects))
	}
}

// WarnNoLookup is [Session.WarnUnseen] for clients.
func (s *Session) WarnNoLookup(diags *diag.Diagnostics) {
	s.WarnUnseen(diags, "Server cannot look up clients", "look up clients (GET /admin/clients)", "clients")
}

// WarnAltered warns of attributes that the server stored otherwise than they were sent.
func WarnAltered(diags *diag.Diagnostics, object string, attributes []string) {
	if len(attributes) > 0 {
		diags.AddWarning("Server stored another value",
			fmt.Sprintf("The server did not keep these attributes of %s as they were sent: %s. "+
				"The next plan will show them as changed; configure the values that the server keeps.", object, strings.Join(attributes, ", ")))
	}
}

// NotNFC says of an id, or a name, why Terraform cannot hold it.
const NotNFC = "not in Unicode NFC, the only form of text that Terraform keeps"

// WarnNotNFC warns of what was left out, which Terraform would take for something else.
func WarnNotNFC(diags *diag.Diagnostics, object string, leftOut []string) {
	if len(leftOut) > 0 {
		diags.AddWarning("Some IDs or names of "+object+" are not in Unicode NFC",
			fmt.Sprintf("Left out, because an ID or a name in it is %s: %s. Terraform does not manage what is left out.", NotNFC, tfvalue.FirstFew(leftOut)))
	}
}

// WarnTooLarge warns of fields of an object that are too large for Terraform.
func WarnTooLarge(diags *diag.Diagnostics, object string, fields []string) {
	if len(fields) > 0 {
		diags.AddWarning("Some fields of "+object+" are too large",
			fmt.Sprintf("Left out, because it would take Terraform too long to read them: %s. Too large means %s. "+
				"A data source does not show these fields, and a resource keeps their values in the state.", tfvalue.FirstFew(fields), tfvalue.Limits))
	}
}

// ReportRevocation reports what could not be revoked: a warning, if there is no such call.
func (s *Session) ReportRevocation(diags *diag.Diagnostics, object string, err error) {
	switch {
	case imkit.IsUnsupported(err):
		if s.First("no revocation") {
			diags.AddWarning("Server cannot revoke tokens",
				"This chat server has no call to revoke tokens (DELETE /admin/clients/{id}/token). "+
					"Tokens that are destroyed, replaced or closed stay valid until they expire.")
		}
	case imkit.IsRevokedOthers(err):
		diags.AddError(OthersRevoked(object, err))
	case imkit.KindOf(err) == imkit.KindNotSent:
		diags.Append(APIError("revoke", object, err))
	case err != nil:
		failure := APIError("revoke", object, err)
		diags.AddError(failure.Summary(), failure.Detail()+"\n\nWhat was not revoked is still valid. It stays in the state, and the next apply tries again.")
	}
}

// OthersRevoked is the summary and the detail of an [imkit.RevokedOthersError].
func OthersRevoked(object string, err error) (summary, detail string) {
	return "Other tokens were revoked as well", fmt.Sprintf("Tried to revoke %s. %s\n\n"+
		"The server, or a proxy in front of it, ignores the token named in a DELETE request. The token was revoked; assume that all others of the client were revoked too, "+
		"including those that this run issued. Replace the ones that Terraform manages with `terraform apply -replace`; with the provider's client_key, the next plan replaces issued ones by itself. "+
		"Until the server is fixed, set on_destroy = \"keep\" or revoke_on_close = false, so that nothing is revoked.", object, Sentence(err.Error()))
}

// FailedIDs are clients that something went wrong for, by what went wrong.
type FailedIDs struct {
	byCause map[string][]string
	advice  map[string]bool
	all     map[string]bool
}

// Add notes what went wrong for a client.
func (f *FailedIDs) Add(err error, id string) {
	if f.all == nil {
		f.byCause, f.advice, f.all = map[string][]string{}, map[string]bool{}, map[string]bool{}
	}
	f.byCause[err.Error()] = append(f.byCause[err.Error()], id)
	f.advice[Advice(err)] = true
	f.all[id] = true
}

// Has reports whether something went wrong for a client.
func (f FailedIDs) Has(id string) bool { return f.all[id] }

// Len is the number of clients.
func (f FailedIDs) Len() int { return len(f.all) }

// IDs lists the clients, sorted.
func (f FailedIDs) IDs() []string { return slices.Sorted(maps.Keys(f.all)) }

// Report says which clients were not done, and what became of the others.
func (f FailedIDs) Report(diags *diag.Diagnostics, operation, outcome string, total int) {
	if len(f.all) == 0 {
		return
	}
	var causes []string
	for cause, ids := range f.byCause {
		slices.Sort(ids)
		causes = append(causes, fmt.Sprintf("- %s: %s", tfvalue.ListIDs(ids), Sentence(cause)))
	}
	slices.Sort(causes)
	diags.AddError(fmt.Sprintf("Unable to %s %d of %d clients", operation, len(f.all), total),
		fmt.Sprintf("%s\n\n%s%s", outcome, strings.Join(causes, "\n"), strings.Join(slices.Sorted(maps.Keys(f.advice)), "")))
}
