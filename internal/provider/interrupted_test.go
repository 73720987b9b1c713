package provider_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// What Terraform asks for after an interrupt, because it had begun with it by then,
// sends nothing, whatever the operation, and says so at once. Then it is done again.
func TestInterruptedBefore(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	tried := map[string]bool{"close ephemeral token": true, "close ephemeral token*": true} // done all the same
	for _, r := range matrixRows() {
		if tried[r.operation] {
			continue
		}
		tried[r.operation] = true
		t.Run(r.operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &cell{row: r, fault: fault{definite: true}, lasting: true}
				c.interruptedBefore(t, func(core *acctest.Core) *func() { return &core.AtStart })
				if c.applies {
					c.interruptedBefore(t, func(core *acctest.Core) *func() { return &core.AtChange })
				}
			})
		})
	}
}

// interruptedBefore is the operation, interrupted at the moment that the hook of the
// core names, then again.
func (c *cell) interruptedBefore(t *testing.T, hook func(*acctest.Core) *func()) {
	t.Helper()
	c.prepare(t)
	var interrupted time.Time
	first := sync.OnceFunc(func() {
		c.W.ResetRequests()
		interrupted = time.Now()
	})
	told := c.row.work(c, func() {
		*hook(c.Core) = func() {
			first()
			c.Interrupt()
		}
	})
	if took, n := time.Since(interrupted), len(c.W.Requests()); took > 0 || n > 0 {
		c.T.Errorf("%d requests, in %s", n, took)
	}
	if told.Count(tfprotov6.DiagnosticSeverityError) != 1 || !strings.Contains(told.String(), "interrupted before it was sent") {
		c.T.Errorf("want one error that says that it was interrupted before:\n%s", told)
	}
	c.row.check(c, true)
	*hook(c.Core) = nil
	c.recover()
}

// An ephemeral token that is open at an interrupt is revoked, as far as the time of
// grace goes: closing begins after the interrupt, or waits for something at the time.
func TestInterruptedClosing(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	busy := sandbox.Fault{
		Times: 1, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3"}}, Body: `{"error":"RATE_LIMIT_EXCEEDED"}`,
	}
	for name, tc := range map[string]struct {
		fault     *sandbox.Fault
		meanwhile bool
		want      time.Duration
		alive     int
	}{
		"a good server":             {},
		"a busy one":                {fault: &busy, want: 3 * time.Second},
		"a busy one, while waiting": {fault: &busy, meanwhile: true, want: 3 * time.Second},
		"one that hangs":            {fault: &sandbox.Fault{Delay: forever}, want: imkit.InterruptGrace, alive: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := acctest.NewWorldInMemory(t, sandbox.Options{})
				w.PutClient("robot", nil)
				c := w.Core(t, "")
				opened, told := c.Open("imkit_client_token", map[string]any{"client_id": "robot", "allow_token_invalidation": true})
				if told.Failed() {
					t.Fatal(told)
				}
				if tc.fault != nil {
					f := *tc.fault
					f.Method = http.MethodDelete
					w.Inject(f)
				}
				if tc.meanwhile {
					go func() {
						synctest.Wait()
						c.Interrupt()
					}()
				} else {
					c.Interrupt()
				}
				start := time.Now()
				told = opened.Close()
				if took := time.Since(start); took != tc.want || len(w.LiveTokens("robot")) != tc.alive {
					t.Errorf("after %s, %d tokens are alive", took, len(w.LiveTokens("robot")))
				}
				if len(told) != tc.alive || tc.alive > 0 && !strings.Contains(told.String(), "Ephemeral token was not revoked") {
					t.Errorf("said: %s", told)
				}
			})
		})
	}
}
