package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// aSecond is the wait before a second look that users have.
func aSecond(c *imkit.Config) { c.SecondLook = time.Second }

// lookFor looks for one of each kind of thing, and how a server shows that it is there or
// not, in the answer to a GET of the path.
var lookFor = map[string]struct {
	path          string
	there, absent http.HandlerFunc
	look          func(context.Context, *imkit.API) error
}{
	"client":  {"/admin/clients", people("a"), people(), func(ctx context.Context, a *imkit.API) error { return last(a.GetClient(ctx, "a")) }},
	"clients": {"/admin/clients", people("a"), people(), lookUpMany},
	"member": {
		"/rooms/r", withMembers("a"), withMembers("b"),
		func(ctx context.Context, a *imkit.API) error { return last(a.GetMember(ctx, "r", "a")) },
	},
	"room, no second call": {
		"/rooms/r", sayJSON(200, okRoom), sayJSON(404, roomGone),
		func(ctx context.Context, a *imkit.API) error { return last(a.GetRoom(ctx, "r")) },
	},
	"key": {
		"/config", sayJSON(200, `{"RC":0,"result":{"a":1,"b":2}}`), sayJSON(200, `{"RC":0,"result":{"b":2}}`),
		func(ctx context.Context, a *imkit.API) error { return last(a.GetConfigKey(ctx, "a")) },
	},
}

// lookUpMany looks for a client as one of many.
func lookUpMany(ctx context.Context, a *imkit.API) error {
	found, err := a.GetClients(ctx, []string{"a"})
	if err == nil && found["a"] == nil {
		return &imkit.Error{Kind: imkit.KindNotFound}
	}
	return err
}

// What one look does not find is there if a second one, a second later, does.
func TestAbsenceTakesTwoLooks(t *testing.T) {
	t.Parallel()
	for name, tc := range lookFor {
		for looks, answer := range map[string]http.HandlerFunc{
			"late": inTurn(tc.absent, tc.there), "gone": tc.absent, "there": tc.there,
		} {
			t.Run(name+", "+looks, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, routes(map[string]http.HandlerFunc{"GET " + tc.path: answer}))
					a := s.knownServer(t, aSecond)
					start := time.Now()
					err := tc.look(t.Context(), a)
					wait := time.Duration(0)
					if looks != "there" {
						wait = time.Second
					}
					if took := time.Since(start).Truncate(time.Second); imkit.IsNotFound(err) != (looks == "gone") || err != nil && looks != "gone" || took != wait {
						t.Errorf("after %s: %v", took, err)
					}
				})
			})
		}
	}
}

// An interrupt between the looks is no absence.
func TestAbsenceInterrupted(t *testing.T) {
	t.Parallel()
	for name, tc := range lookFor {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, routes(map[string]http.HandlerFunc{"GET " + tc.path: tc.absent}))
				a := s.knownServer(t, aSecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				if err := tc.look(ctx, a); imkit.IsNotFound(err) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// Where nothing depends on absence, one look is enough.
func TestFindClientLooksOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, people())
	if err := last(s.api(t).FindClient(t.Context(), "a")); !imkit.IsNotFound(err) || s.count("") != 1 {
		t.Errorf("%d looks: %v", s.count(""), err)
	}
}

// A thousand clients that are gone do not take a second each, unless a second look found
// one that the first did not.
func TestAbsenceOfMany(t *testing.T) {
	t.Parallel()
	nobody := lookUps{latency: 50 * time.Millisecond, exists: func(string) bool { return false }}.answer
	for late, most := range map[string]time.Duration{"": 15 * time.Second, "late": 2 * time.Minute} {
		handler := nobody
		if late != "" {
			handler = inTurn(people(), people(late), nobody)
		}
		inBubble(t, handler, func(t *testing.T, s *server) {
			a := s.api(t, aSecond)
			if late != "" {
				if err := last(a.GetClient(t.Context(), late)); err != nil {
					t.Error(err)
				}
			}
			start := time.Now()
			workers(10, numbered(1000), func(id string) {
				if err := last(a.GetClient(t.Context(), id)); !imkit.IsNotFound(err) {
					t.Errorf("%s: %v", id, err)
				}
			})
			if took := time.Since(start); took > most || late != "" && took < 100*time.Second {
				t.Errorf("late %q: took %s", late, took)
			}
			if late == "" { // once ten were confirmed, one look is enough
				before := s.count("")
				if err := last(a.GetClient(t.Context(), numbered(1)[0])); !imkit.IsNotFound(err) || s.count("") != before+1 {
					t.Error(fmt.Sprint(s.count("")-before, " looks: "), err)
				}
			}
		})
	}
}
