package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// reply is how the server answered a call.
type reply struct {
	imkit.Reply

	call string // method and template of the path
	err  error  // nil: the server did what it was asked
}

// ask makes a call. The method and the template of the path stand in one.
func ask(ctx context.Context, api *imkit.API, call string, r imkit.Request) reply {
	r.Method, r.Path, _ = strings.Cut(call, " ")
	got, err := api.Do(ctx, r)
	return reply{Reply: got, call: call, err: err}
}

// did reports whether the server did what it was asked.
func (r reply) did() bool { return r.err == nil }

// means is the status, or the one that an error under 200 amounts to.
func (r reply) means() int {
	if e, ok := errors.AsType[*imkit.Error](r.err); ok && e.Status < 300 && e.RC >= 400 {
		return e.RC
	}
	return r.Status
}

// refusals are the kinds of a definite no.
var refusals = []imkit.Kind{
	imkit.KindInvalid, imkit.KindUnauthorized, imkit.KindForbidden, imkit.KindKeyNotAllowed, imkit.KindConflict, imkit.KindRefused,
}

// refuses reports whether it is a definite no, in JSON.
func (r reply) refuses() bool {
	return r.Object != nil && slices.Contains(refusals, imkit.KindOf(r.err))
}

// denies reports whether it is a no to whoever asks.
func (r reply) denies() bool {
	return r.refuses() && (r.means() == http.StatusUnauthorized || r.means() == http.StatusForbidden)
}

// noRoute reports whether the server does not have the call: a page in place of JSON.
func (r reply) noRoute() bool {
	return r.Object == nil && (r.Status == http.StatusNotFound || r.Status == http.StatusMethodNotAllowed || r.Status == http.StatusNotImplemented)
}

// fields are the result, without the envelope if there is one.
func (r reply) fields() map[string]any {
	if _, enveloped := r.Object["RC"]; !enveloped {
		return r.Object
	}
	fields, _ := r.Object["result"].(map[string]any)
	return fields
}
