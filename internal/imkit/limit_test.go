package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// However the requests come, no minute sees more of them than the limit, and the
// limit is nearly used up. Without a limit, nobody waits.
func TestLimitHoldsInEveryMinute(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{1, 2, 3, 9, 10, 11, 59, 60, 100, 1000, 0} {
		t.Run(fmt.Sprint(perMinute), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent []time.Time
				s := &server{URL: "http://imkit.test", Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					sent = append(sent, time.Now())
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okClient))}, nil
				})}
				a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = perMinute })
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				defer cancel()
				for len(sent) < 4000 { // A caller that always wants more.
					if err := upsert(ctx, a); err != nil {
						break
					}
				}
				if perMinute == 0 {
					if took := sent[len(sent)-1].Sub(sent[0]); took != 0 {
						t.Errorf("waited %s without a limit", took)
					}
					return
				}
				first := 0
				for last := range sent {
					for sent[last].Sub(sent[first]) >= time.Minute {
						first++
					}
					if n := last - first + 1; n > perMinute {
						t.Fatalf("%d requests within a minute", n)
					}
				}
				if want := 3*perMinute*8/10 - 1; len(sent) < want {
					t.Errorf("only %d requests in three minutes, want %d", len(sent), want)
				}
			})
		})
	}
}

// Every attempt waits for its turn, retries too. A turn that would come after the
// context's end is the context's error, and nothing more is sent.
func TestWaitForTurnEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer   http.HandlerFunc
		attempts int
		unknown  bool
	}{
		"another call": {sayJSON(200, okClient), 0, false},
		"a retry":      {sayJSON(503, ""), 1, true},
	} {
		for _, end := range []error{context.DeadlineExceeded, context.Canceled} {
			t.Run(name+", "+end.Error(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, tc.answer)
					a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 1 })
					if tc.attempts == 0 {
						if err := upsert(t.Context(), a); err != nil {
							t.Fatal(err)
						}
					}
					start := time.Now()
					err := upsert(interrupted(t, end), a)
					if took := time.Since(start); !errors.Is(err, end) || took > interruptedAfter || s.count("") != 1 {
						t.Errorf("%s, %d requests: %v", took, s.count(""), err)
					}
					if failure(t, err).Attempts != tc.attempts || imkit.OutcomeUnknown(err) != tc.unknown {
						t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
					}
				})
			})
		}
	}
}
