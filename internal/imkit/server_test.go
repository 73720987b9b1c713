package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Any web server answers an address that it does not know with a page. Of one that
// has shown nothing of this API, that says that the base URL is wrong; of one that
// has, that it does not have the route. Neither is taken for the absence of what the
// call is about.
func TestMissingRoute(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *imkit.API) error{
		"change": bind,
		"read": func(ctx context.Context, a *imkit.API) error {
			_, err := a.GetClient(ctx, "a")
			return err
		},
		"revocation": func(ctx context.Context, a *imkit.API) error { return last(a.RevokeAllTokens(ctx, "a")) },
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
		"a refusal with RC":    {sayJSON(400, `{"RC":400,"RM":"bad"}`), true},
		"RC under 200":         {sayJSON(200, `{"RC":1,"RM":"bad"}`), true},
		"a code":               {sayJSON(409, `{"error":"TOKEN_CONFLICT"}`), true},
		"a code in an object":  {sayJSON(400, `{"error":{"code":"INVALID_REQUEST"}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for page, handler := range pages {
					for kind, call := range calls {
						h := &switchable{}
						a := serveInMemory(t, h.serve).api(t, retries(0))
						if tc.first != nil {
							h.become(func(w http.ResponseWriter, r *http.Request) {
								if r.Method == http.MethodPost {
									tc.first(w, r)
								} else {
									handler(w, r)
								}
							})
							_ = bind(t.Context(), a)
						}
						h.become(handler)
						err := call(t.Context(), a)
						if imkit.IsUnsupported(err) != tc.known || is(err, imkit.KindForeign) == tc.known {
							t.Errorf("%s, %s: unsupported %t, foreign %t: %v", page, kind, imkit.IsUnsupported(err), is(err, imkit.KindForeign), err)
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
		err := bind(t.Context(), serve(t, htmlPage(status)).api(t, retries(0)))
		if !imkit.IsTemporary(err) || is(err, imkit.KindForeign) || imkit.IsUnsupported(err) || imkit.IsNotFound(err) {
			t.Errorf("%d: temporary %t, foreign %t, unsupported %t: %v",
				status, imkit.IsTemporary(err), is(err, imkit.KindForeign), imkit.IsUnsupported(err), err)
		}
	}
}

// nobody is the reply to a look-up of no client.
const nobody = `{"RC":0,"RM":"OK","result":{"totalCount":0,"data":[]}}`

// The first question tells who answers and whether the key is accepted. What a proxy
// says while the server is away tells neither.
func TestProbe(t *testing.T) {
	t.Parallel()
	const other = imkit.KindOther // stands for success
	moved := withHeader("Location", "https://elsewhere.example.com/", htmlPage(301))
	unauthorized, badKey := sayJSON(401, `{"RC":401,"RM":"Unauthorized"}`), sayJSON(401, `{"RC":401,"error":{"code":"INVALID_API_KEY","message":"bad"}}`)
	for name, tc := range map[string]struct {
		list, me http.HandlerFunc // me nil: it must not be asked
		want     imkit.Kind
	}{
		"a chat server":             {sayJSON(200, nobody), nil, other},
		"flat":                      {sayJSON(200, `{"totalCount":0,"data":[]}`), nil, other},
		"an old one":                {htmlPage(404), unauthorized, other},
		"an old one, 405":           {htmlPage(405), sayJSON(200, okClient), other},
		"an old one, refused":       {htmlPage(404), badKey, imkit.KindUnauthorized},
		"the key refused":           {unauthorized, nil, imkit.KindUnauthorized},
		"the key refused, by code":  {badKey, nil, imkit.KindUnauthorized},
		"not allowed":               {sayJSON(403, forbidden), nil, imkit.KindForbidden},
		"another server":            {htmlPage(404), htmlPage(404), imkit.KindForeign},
		"a login page":              {htmlPage(200), htmlPage(200), imkit.KindForeign},
		"a page that asks for more": {htmlPage(401), htmlPage(401), imkit.KindForeign},
		"nothing there":             {say(404, "", ""), say(404, "", ""), imkit.KindForeign},
		"a redirect":                {moved, moved, imkit.KindRedirect},
		"out of order":              {sayJSON(500, ""), nil, imkit.KindServer},
		"a proxy's page":            {htmlPage(502), nil, imkit.KindServer},
		"busy":                      {htmlPage(429), nil, imkit.KindRateLimited},
		"busy, after a page":        {htmlPage(404), htmlPage(503), imkit.KindServer},
		"cut, after a page":         {htmlPage(404), cut, imkit.KindUnreachable},
		"cut off":                   {cutBody(200), nil, imkit.KindIncomplete},
		"no list":                   {sayJSON(200, `{"RC":0,"result":{}}`), nil, imkit.KindUnexpected},
		"another API":               {sayJSON(200, `{"hello":"world"}`), nil, imkit.KindUnexpected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/admin/clients" && r.Method == http.MethodGet && len(idsIn(r.URL)) == 0:
					tc.list(w, r)
				case r.URL.Path == "/me" && tc.me != nil:
					tc.me(w, r)
				case r.Method == http.MethodDelete: // asked afterwards
					htmlPage(404)(w, r)
				default:
					t.Errorf("asked for %s %s", r.Method, r.URL)
				}
			})
			a := s.api(t, retries(1))
			err := a.Probe(t.Context())
			if (err == nil) != (tc.want == other) || imkit.KindOf(err) != tc.want {
				t.Fatalf("kind %d, want %d: %v", imkit.KindOf(err), tc.want, err)
			}
			for _, r := range s.seen() {
				if r.header.Get("IM-API-KEY") != apiKey {
					t.Errorf("asked without the key: %v", r.header)
				}
			}
			// Of a server that is known by then, a page says that it lacks the route.
			if missing := revokeAll(t.Context(), a, "a"); err == nil && !imkit.IsUnsupported(missing) {
				t.Errorf("a route that is missing: %v", missing)
			}
		})
	}
}

// It takes five seconds, or the time of one request, at most, and tries again within
// them. An interrupt ends it at once.
func TestProbeTakesItsTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		timeout time.Duration
		ends    time.Duration // by the caller; 0: not
		want    time.Duration // 0: less than five seconds
		fails   bool
	}{
		"no answer":             {hang, time.Minute, 0, 5 * time.Second, true},
		"no answer, impatient":  {hang, 2 * time.Second, 0, 2 * time.Second, true},
		"out of order":          {sayJSON(503, ""), time.Minute, 0, 0, true},
		"a long wait":           {withHeader("Retry-After", "60", sayJSON(429, "")), time.Minute, 0, 5 * time.Second, true},
		"no answer, then page":  {inTurn(htmlPage(404), hang), time.Minute, 0, 5 * time.Second, true},
		"back the next time":    {inTurn(cut, htmlPage(502), sayJSON(200, nobody)), time.Minute, 0, 0, false},
		"an interrupt":          {hang, time.Minute, time.Second, time.Second, true},
		"an interrupted pause":  {withHeader("Retry-After", "4", sayJSON(503, "")), time.Minute, time.Second, time.Second, true},
		"interrupted, with /me": {inTurn(htmlPage(404), hang), time.Minute, time.Second, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.handler, func(t *testing.T, s *server) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tc.ends > 0 {
					time.AfterFunc(tc.ends, cancel)
				}
				start := time.Now()
				err := s.api(t, realWaits, func(c *imkit.Config) { c.RequestTimeout = tc.timeout }).Probe(ctx)
				if took := time.Since(start); tc.want > 0 && took != tc.want || took > 5*time.Second {
					t.Errorf("took %s: %v", took, err)
				}
				if (err != nil) != tc.fails || is(err, imkit.KindForeign, imkit.KindUnauthorized) || errors.Is(err, context.Canceled) != (tc.ends > 0) {
					t.Errorf("%d requests: %v", len(s.seen()), err)
				}
			})
		})
	}
}

// Once the server has refused the key, nothing more is sent with it. There is one full
// error, and for each call after it one that says so in a line.
func TestRefusedKey(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"401": sayJSON(401, `{"RC":401,"RM":"Unauthorized"}`), "a code": sayJSON(200, `{"error":"INVALID_API_KEY","message":"Unauthorized"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, refusal, func(t *testing.T, s *server) {
				a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 1 })
				// Two wait for the rate limit meanwhile.
				errs := atOnce(make([]string, 3), func(string) error { return bind(t.Context(), a) })
				slices.SortFunc(errs, func(a, b error) int { return int(imkit.KindOf(a)) - int(imkit.KindOf(b)) })
				if !is(errs[0], imkit.KindUnauthorized) || !is(errs[1], imkit.KindNotSent) || !is(errs[2], imkit.KindNotSent) {
					t.Errorf("%v", errs)
				}
				start := time.Now()
				batch := errorsOf(a.UpsertClients(t.Context(), records(1000), nil))
				_, read := a.GetClient(t.Context(), "a")
				_, room := a.GetRoom(t.Context(), "r")
				_, set := a.SetConfig(t.Context(), "key", 1, nil)
				for call, err := range map[string]error{
					"change": bind(t.Context(), a), "read": read, "room": room, "join": joinRoom(t.Context(), a, "r", "a", false),
					"configuration": set, "batch": batch[0], "message": sentOnce["message"](t.Context(), a), "probe": a.Probe(t.Context()),
				} {
					said := fmt.Sprint(err)
					if !is(err, imkit.KindNotSent) || imkit.OutcomeUnknown(err) || imkit.IsTemporary(err) || strings.Contains(said, "\n") ||
						!strings.HasSuffix(said, "not sent, because the server does not accept the API key") {
						t.Errorf("%s: %v", call, err)
					}
				}
				if took := time.Since(start); took > time.Second || len(s.seen()) != 1 || len(batch) != 1 {
					t.Errorf("%d requests, took %s: %v", len(s.seen()), took, batch)
				}
				// A user's token is not the key.
				if _, err := a.TokenIsAlive(t.Context(), "a", imkit.NewSecret("t0ken")); !is(err, imkit.KindUnauthorized) || len(s.seen()) != 2 {
					t.Errorf("%d requests: %v", len(s.seen()), err)
				}
			})
		})
	}
}

// A server may keep the key from some calls. That says nothing about the others.
func TestKeyNotAllowed(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"401": sayJSON(401, `{"RC":401,"RM":"no"}`), "403": sayJSON(403, forbidden), "401, a page": htmlPage(401), "403, a page": htmlPage(403),
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/admin/") {
				lookUps{}.answer(w, r)
			} else {
				refusal(w, r)
			}
		})
		first, a := s.api(t), s.knownServer(t)
		if _, err := first.GetConfig(t.Context()); !is(err, imkit.KindUnauthorized, imkit.KindForbidden) { // who knows
			t.Errorf("%s, at first: %v", name, err)
		}
		for _, a := range []*imkit.API{first, a} {
			if _, err := a.GetClient(t.Context(), "a"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			_, err := a.GetConfig(t.Context())
			if !is(err, imkit.KindKeyNotAllowed) || !strings.Contains(err.Error(), "the server does not let the API key make this call") {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := a.GetClient(t.Context(), "a"); err != nil {
				t.Errorf("%s, afterwards: %v", name, err)
			}
		}
	}
}
