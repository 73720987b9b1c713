package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// A server that never answers holds up nobody for long, however many calls there are
// to make: no longer than a few calls with all of their attempts would, and then
// calls fail at once.
func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	upsertID := func(ctx context.Context, a *imkit.API, id string) error {
		_, err := a.UpsertClient(ctx, id, imkit.Profile{})
		return err
	}
	lookUpID := func(ctx context.Context, a *imkit.API, id string) error {
		_, err := a.LookUpClient(ctx, id)
		return err
	}
	for name, tc := range map[string]struct {
		workers, calls int
		call           func(context.Context, *imkit.API, string) error
	}{
		"look-ups":            {10, 100, lookUpID},
		"changes":             {10, 100, upsertID},
		"changes at once":     {50, 200, upsertID},
		"one after the other": {1, 100, upsertID},
		"batches": {2, 4, func(ctx context.Context, a *imkit.API, id string) error {
			records := make([]imkit.ClientRecord, 1000)
			for i := range records {
				records[i].ID = fmt.Sprint(id, ".", i)
			}
			result := a.UpsertClients(ctx, records, nil)
			for _, r := range result.Records {
				if r.Status == imkit.RecordDone {
					return nil
				}
			}
			return result.Errors[len(result.Errors)-1]
		}},
		"look-ups and changes": {10, 100, func(ctx context.Context, a *imkit.API, id string) error {
			if err := lookUpID(ctx, a, id); err == nil {
				return nil
			}
			return upsertID(ctx, a, id)
		}},
	} {
		for _, retries := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s, %d retries", name, retries), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, hang)
					a := s.api(t, realWaits, func(c *imkit.Config) { c.MaxRetries = retries })
					ids := make(chan string, tc.calls)
					for i := range tc.calls {
						ids <- fmt.Sprint(i)
					}
					close(ids)
					var workers sync.WaitGroup
					var notAsked atomic.Int64
					start := time.Now()
					for range tc.workers {
						workers.Go(func() {
							for id := range ids {
								switch err := tc.call(t.Context(), a, id); {
								case imkit.IsNotAsked(err):
									notAsked.Add(1)
								case !imkit.IsUnreachable(err):
									t.Error(err)
								}
							}
						})
					}
					workers.Wait()
					// A time-out and a wait for each attempt, and four calls.
					most := 4 * time.Duration(retries+1) * (imkit.DefaultRequestTimeout + 4*time.Second)
					if took := time.Since(start); took > most {
						t.Errorf("took %s, want at most %s", took, most)
					}
					if n := s.count(""); tc.calls > 4*tc.workers && n > 4*tc.workers*(retries+1) {
						t.Errorf("%d requests of %d callers", n, tc.workers)
					}
					if notAsked.Load() == 0 {
						t.Error("the server was asked by all")
					}
				})
			})
		}
	}
}

// unreachable answers nothing, and says each time how often that was.
func unreachable(attempts *int) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) {
		*attempts++
		return nil, fmt.Errorf("outage %d", *attempts)
	})
}

// Once the server is taken to be out of reach, calls fail at once: they send nothing,
// do not wait for their turn, and name the first failure.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		a := (&server{URL: "http://imkit.test", Transport: unreachable(&attempts)}).api(t, func(c *imkit.Config) {
			c.MaxRetries, c.RequestsPerMinute = 0, 1
		})
		for range 4 {
			if err := upsert(t.Context(), a); !imkit.IsUnreachable(err) && !imkit.IsNotAsked(err) {
				t.Error(err)
			}
		}
		before, start := attempts, time.Now()
		for _, call := range []func(context.Context, *imkit.API) error{upsert, readClient, upsert} {
			err := call(t.Context(), a)
			if !imkit.IsNotAsked(err) || imkit.OutcomeUnknown(err) || imkit.IsUnreachable(err) || !imkit.IsTemporary(err) ||
				!strings.Contains(err.Error(), "outage 1") {
				t.Errorf("not asked %t, unknown %t, unreachable %t, temporary %t: %v",
					imkit.IsNotAsked(err), imkit.OutcomeUnknown(err), imkit.IsUnreachable(err), imkit.IsTemporary(err), err)
			}
		}
		if took := time.Since(start); took != 0 || attempts != before || before > 4 {
			t.Errorf("%d and %d requests, %s", before, attempts-before, took)
		}
	})
}

// What shows that the server answers, or is no sign that it does not: after that, it
// takes as many failures as ever until nothing is asked.
func TestBreakerIsNotSuspicious(t *testing.T) {
	t.Parallel()
	answered := func(h http.HandlerFunc) func(*testing.T, *switchable, *imkit.API) {
		return func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			for range 2 {
				s.become(cut)
				if err := upsert(t.Context(), a); !imkit.IsUnreachable(err) {
					t.Error(err)
				}
			}
			s.become(h)
			if err := upsert(t.Context(), a); imkit.IsUnreachable(err) || imkit.IsNotAsked(err) {
				t.Error(err)
			}
		}
	}
	for name, happens := range map[string]func(*testing.T, *switchable, *imkit.API){
		"a success":       answered(sayJSON(200, okClient)),
		"a refusal":       answered(sayJSON(400, `{"error":"INVALID_REQUEST"}`)),
		"a page":          answered(htmlPage(500)),
		"a reply cut off": answered(cutBody(200)),
		"an interrupt": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(hang)
			if err := upsert(interrupted(t, context.Canceled), a); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		"an interrupt in the backoff": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(cut)
			if err := upsert(interrupted(t, context.DeadlineExceeded), a); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		},
		"one answer among many attempts": func(t *testing.T, s *switchable, a *imkit.API) {
			t.Helper()
			s.become(inTurn(cut, htmlPage(503), cut))
			if err := upsert(t.Context(), a); !imkit.IsUnreachable(err) {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler := &switchable{}
				s := serveInMemory(t, handler.serve)
				a := s.api(t, realWaits)
				for range 5 {
					happens(t, handler, a)
				}
				handler.become(cut)
				before := s.count("")
				if err := upsert(t.Context(), a); !imkit.IsUnreachable(err) || s.count("") != before+5 {
					t.Errorf("%d attempts: %v", s.count("")-before, err)
				}
			})
		})
	}
}
