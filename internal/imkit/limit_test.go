package imkit

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// However the requests come, no minute sees more of them than the limit, and
// the limit is nearly used up.
func TestLimitsHoldInEveryMinute(t *testing.T) {
	for _, perMinute := range []int{1, 2, 3, 9, 10, 11, 59, 60, 100, 999, 1000, 1001, 6000} {
		burst, perSecond := limits(perMinute)
		if burst < 1 || burst > 100 || perSecond <= 0 {
			t.Fatalf("limits(%d) = %d, %g", perMinute, burst, perSecond)
		}
		if perMinute > 1 && float64(burst)+60*perSecond > float64(perMinute)+1e-9 {
			t.Errorf("limits(%d) = %d, %g: more than that in a minute", perMinute, burst, perSecond)
		}

		// A caller that always wants more, by a clock of the test's own.
		limiter := rate.NewLimiter(rate.Limit(perSecond), burst)
		start := time.Unix(1_700_000_000, 0)
		var passed []time.Time
		for now := start; now.Before(start.Add(3 * time.Minute)); now = now.Add(5 * time.Millisecond) {
			for limiter.AllowN(now, 1) {
				passed = append(passed, now)
			}
		}
		first := 0
		for last := range passed {
			for passed[last].Sub(passed[first]) >= time.Minute {
				first++
			}
			if n := last - first + 1; n > perMinute {
				t.Fatalf("limit %d: %d requests within a minute", perMinute, n)
			}
		}
		if want := 3*perMinute*8/10 - 1; len(passed) < want {
			t.Errorf("limit %d: only %d requests in three minutes, want %d", perMinute, len(passed), want)
		}
	}
}

func TestNoLimit(t *testing.T) {
	if newLimiter(0) != nil {
		t.Error("0 must mean no limit")
	}
	if err := waitForTurn(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A turn that would come after the context's deadline is the deadline's error,
// at once.
func TestWaitForTurnEndsWithTheContext(t *testing.T) {
	limiter := newLimiter(1)
	if err := waitForTurn(t.Context(), limiter); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	start := time.Now()
	if err := waitForTurn(ctx, limiter); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	cancel()
	if err := waitForTurn(ctx, limiter); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %s", took)
	}
}

// Every attempt waits for its turn, retries too.
func TestRetriesAreLimited(t *testing.T) {
	s := serve(t, sayJSON(503, ""))
	a := s.api(t, func(c *Config) { c.RequestsPerMinute = 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := a.UpsertClient(ctx, "a", Profile{})
	if !errors.Is(err, context.DeadlineExceeded) || len(s.seen()) != 1 {
		t.Errorf("got %v after %d requests", err, len(s.seen()))
	}
	if e := failure(t, err); e.Attempts != 1 || !OutcomeUnknown(err) {
		t.Errorf("attempts %d, unknown %t", e.Attempts, OutcomeUnknown(err))
	}
}
