package imkit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Any web server answers an address that it does not know with a page. Of one that
// has shown nothing of this API, that says that the base URL is wrong; of one that
// has, that it does not have the route. Neither is taken for the absence of what the
// call is about.
func TestMissingRoute(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *imkit.API) error{
		"change": upsert,
		"read": func(ctx context.Context, a *imkit.API) error {
			_, err := a.LookUpClient(ctx, "a")
			return err
		},
		"revocation": func(ctx context.Context, a *imkit.API) error { return a.RevokeAllTokens(ctx, "a") },
	}
	pages := map[string]http.HandlerFunc{
		"404": htmlPage(404), "405": htmlPage(405), "501": htmlPage(501), "text": say(404, "text/plain", "404 page not found\n"), "nothing": say(404, "", ""),
	}
	for name, tc := range map[string]struct {
		first http.HandlerFunc // answers a call before; nil: there is none
		known bool
	}{
		"no call before":       {nil, false},
		"another page":         {htmlPage(403), false},
		"a page of success":    {htmlPage(200), false},
		"a reply cut off":      {cutBody(200), false},
		"JSON of another API":  {sayJSON(404, `{"statusCode":404,"error":"Not Found","message":"Cannot GET"}`), false},
		"a code of that API":   {sayJSON(403, `{"error":"ACCESS_DENIED"}`), false},
		"an object of its own": {sayJSON(200, `{"hello":"world"}`), false},
		"success":              {sayJSON(200, okClient), true},
		"a flat client":        {sayJSON(200, `{"_id":"a"}`), true},
		"a refusal with RC":    {sayJSON(400, `{"RC":400,"RM":"bad"}`), true},
		"RC under 200":         {sayJSON(200, `{"RC":1,"RM":"bad"}`), true},
		"a code":               {sayJSON(401, `{"error":"INVALID_API_KEY"}`), true},
		"a code in an object":  {sayJSON(400, `{"error":{"code":"INVALID_REQUEST"}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for page, handler := range pages {
					for kind, call := range calls {
						h := &switchable{}
						a := serveInMemory(t, h.serve).api(t, func(c *imkit.Config) { c.MaxRetries = 0 })
						if tc.first != nil {
							h.become(func(w http.ResponseWriter, r *http.Request) {
								if r.Method == http.MethodPost {
									tc.first(w, r)
								} else {
									handler(w, r)
								}
							})
							_ = upsert(t.Context(), a)
						}
						h.become(handler)
						err := call(t.Context(), a)
						if imkit.IsUnsupported(err) != tc.known || imkit.IsForeign(err) == tc.known {
							t.Errorf("%s, %s: unsupported %t, foreign %t: %v", page, kind, imkit.IsUnsupported(err), imkit.IsForeign(err), err)
						}
						if imkit.IsNotFound(err) || imkit.IsTemporary(err) || imkit.OutcomeUnknown(err) {
							t.Errorf("%s, %s: not found %t, temporary %t, unknown %t: %v",
								page, kind, imkit.IsNotFound(err), imkit.IsTemporary(err), imkit.OutcomeUnknown(err), err)
						}
						if !tc.known && !strings.Contains(err.Error(), "base URL") {
							t.Errorf("%s, %s: the error does not say what to check: %v", page, kind, err)
						}
					}
				}
			})
		})
	}
}

// What a proxy says while the server is out of order or busy is no sign of a wrong
// base URL, nor of a missing route.
func TestPagesOfProxies(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 502, 503, 504} {
		err := upsert(t.Context(), serve(t, htmlPage(status)).api(t, func(c *imkit.Config) { c.MaxRetries = 0 }))
		if !imkit.IsTemporary(err) || imkit.IsForeign(err) || imkit.IsUnsupported(err) || imkit.IsNotFound(err) {
			t.Errorf("%d: temporary %t, foreign %t, unsupported %t: %v",
				status, imkit.IsTemporary(err), imkit.IsForeign(err), imkit.IsUnsupported(err), err)
		}
	}
}
