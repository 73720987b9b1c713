package imkit_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// A redirect is an error that names the target's host and nothing else, and
// nothing arrives there: no header, no body, not even a connection. Go would send
// the API key along.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	token := newToken(t, "token-0f31")
	var connections atomic.Int32
	target := httptest.NewUnstartedServer(sayJSON(200, okClient))
	target.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	target.Start()
	t.Cleanup(target.Close)

	for name, call := range map[string]func(context.Context, *imkit.API) error{
		"GET": readClient,
		"GET with a token": func(ctx context.Context, a *imkit.API) error {
			_, err := a.TokenIsAlive(ctx, "a", token)
			return err
		},
		"POST": upsert,
		"POST of a batch": func(ctx context.Context, a *imkit.API) error {
			return a.UpsertClients(ctx, []imkit.ClientRecord{{ID: "a"}}, nil).Errors[0]
		},
		"POST of a token": func(ctx context.Context, a *imkit.API) error {
			_, err := a.BindToken(ctx, "a", token, time.Time{})
			return err
		},
		"DELETE": func(ctx context.Context, a *imkit.API) error { return a.RevokeToken(ctx, "a", token) },
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, host := range []string{"127.0.0.1", "localhost"} { // The server's own, and another.
				url := strings.Replace(target.URL, "127.0.0.1", host, 1)
				location := strings.Replace(url, "://", "://user:pass@", 1) + "/admin/clients?q=secret"
				s := serve(t, withHeader("Location", location, say(status, "", "")))
				err := call(t.Context(), s.api(t))
				what := fmt.Sprint(name, " ", status, " to ", host)
				if failure(t, err).Status != status || !strings.Contains(err.Error(), "redirects to "+url) ||
					strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "pass") {
					t.Errorf("%s: the error is %v", what, err)
				}
				if s.count("") != 1 || imkit.OutcomeUnknown(err) || connections.Load() != 0 {
					t.Errorf("%s: %d requests, unknown %t, %d connections to the target",
						what, s.count(""), imkit.OutcomeUnknown(err), connections.Load())
				}
			}
		}
	}
}

func TestRedirectsToNowhere(t *testing.T) {
	t.Parallel()
	for name, location := range map[string]string{"none": "", "nonsense": "http://%zz", "relative": "/elsewhere"} {
		s := serve(t, withHeader("Location", location, say(302, "", "")))
		err := upsert(t.Context(), s.api(t))
		if failure(t, err).Status != 302 || s.count("") != 1 || !strings.Contains(err.Error(), "redirects") {
			t.Errorf("%s: %d requests: %v", name, s.count(""), err)
		}
	}
}
