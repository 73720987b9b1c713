package imkit

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// elsewhere is a server that nobody should call; it counts even connections
// on which nothing is sent.
func elsewhere(t *testing.T) (url string, connections *atomic.Int32) {
	t.Helper()
	connections = &atomic.Int32{}
	s := httptest.NewUnstartedServer(sayJSON(200, okClient))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, connections
}

// A redirect is an error that names the target's host and nothing else, and
// nothing arrives there: no header, no body, not even a connection.
func TestRedirectsAreNotFollowed(t *testing.T) {
	token, err := NewToken("token-0f31")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(*testing.T, *API) error{
		"GET": func(t *testing.T, a *API) error {
			_, err := a.LookUpClients(t.Context(), []string{"a"})
			return err
		},
		"GET with a token": func(t *testing.T, a *API) error {
			_, err := a.TokenIsAlive(t.Context(), "a", token)
			return err
		},
		"POST": upsert,
		"POST of a batch": func(t *testing.T, a *API) error {
			return a.UpsertClients(t.Context(), []ClientRecord{{ID: "a"}}, nil).Errors[0]
		},
		"POST of a token": func(t *testing.T, a *API) error {
			_, err := a.BindToken(t.Context(), "a", token, time.Time{})
			return err
		},
		"DELETE": func(t *testing.T, a *API) error { return a.RevokeToken(t.Context(), "a", token) },
	}
	for name, call := range calls {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, host := range []string{"127.0.0.1", "localhost"} { // the server's own, and another
				t.Run(fmt.Sprint(name, " ", status, " to ", host), func(t *testing.T) {
					target, connections := elsewhere(t)
					target = strings.Replace(target, "127.0.0.1", host, 1)
					s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Location", strings.Replace(target, "://", "://user:pass@", 1)+"/admin/clients?q=secret")
						w.WriteHeader(status)
					})
					err := call(t, s.api(t))
					e := failure(t, err)
					if e.Status != status || !strings.Contains(err.Error(), "redirects to "+target+",") {
						t.Errorf("the error is %v", err)
					}
					if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "pass") {
						t.Errorf("the error shows more than the host: %v", err)
					}
					if len(s.seen()) != 1 || OutcomeUnknown(err) {
						t.Errorf("%d requests, unknown %t", len(s.seen()), OutcomeUnknown(err))
					}
					if n := connections.Load(); n != 0 {
						t.Errorf("%d connections arrived at the target", n)
					}
				})
			}
		}
	}
}

func TestRedirectsToNowhere(t *testing.T) {
	for name, location := range map[string]string{"none": "", "nonsense": "http://%zz", "relative": "/elsewhere"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(302)
		})
		err := upsert(t, s.api(t))
		if e := failure(t, err); e.Status != 302 || len(s.seen()) != 1 || !strings.Contains(err.Error(), "redirects") {
			t.Errorf("%s: %d requests: %v", name, len(s.seen()), err)
		}
	}
}
