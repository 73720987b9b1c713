package provider_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// patience is how long somebody who pressed Ctrl-C waits, beside what a call that
// changes something is given for its answer.
const patience = 2 * time.Second

// cancelledFaults are what an operation may be waiting for when it is
// interrupted.
var cancelledFaults = []fault{
	{name: "slow request", once: true, Fault: sandbox.Fault{Delay: forever}},
	{name: "slow request after the work", once: true, done: true, Fault: sandbox.Fault{Delay: forever, After: true}},
	{name: "back-off", once: true, definite: true, Fault: sandbox.Fault{
		Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, Body: `{"error":"RATE_LIMIT_EXCEEDED"}`,
	}},
	{name: rateLimit, once: true, definite: true},
	{name: "answer in time", once: true, late: true, Fault: sandbox.Fault{Delay: imkit.InterruptGrace - time.Second}},
	{name: "answer in time after the work", once: true, late: true, Fault: sandbox.Fault{Delay: imkit.InterruptGrace - time.Second, After: true}},
}

// rateLimit is a wait for the provider's own limit, which no server knows of.
const rateLimit = "rate limit"

// Every operation of the fault matrix is interrupted, in each of its calls.
func TestCancelling(t *testing.T) {
	t.Parallel()
	acctest.Schemas()
	for _, r := range matrixRows() {
		for _, f := range cancelledFaults {
			if f.name == rateLimit && r.earlier == 0 {
				continue // the first call does not wait
			}
			t.Run(strings.Join([]string{r.operation, r.call, f.name}, "/"), func(t *testing.T) {
				t.Parallel()
				c := &cell{row: r, fault: f, lasting: true, cancelled: true}
				synctest.Test(t, c.runCancelled)
			})
		}
	}
}

// runCancelled is the operation, interrupted as soon as it waits, then again.
func (c *cell) runCancelled(t *testing.T) {
	t.Helper()
	c.prepare(t)
	var interrupted time.Time
	told := c.row.work(c, func() {
		c.W.ResetRequests()
		if c.fault.name == rateLimit {
			c.Settings["requests_per_minute"] = 1
		} else {
			c.strike()
		}
		arrived := make(chan struct{})
		arrive := sync.OnceFunc(func() { close(arrived) })
		c.W.SetHook(func(*http.Request) {
			if c.arrived() {
				arrive()
			}
		})
		go func() {
			<-arrived
			synctest.Wait()
			interrupted = time.Now()
			c.Interrupt()
		}()
	})
	limit := patience
	if c.row.method != http.MethodGet && c.waitsForAnswer() || c.row.insists {
		limit += imkit.InterruptGrace
	}
	if took := time.Since(interrupted); interrupted.IsZero() || took > limit {
		t.Errorf("took %s to end after the interrupt at %s", took, interrupted)
	}
	// A change that was answered in time may be all that was to be done, and so is one
	// that was found out to be, or that was not needed.
	inTime := c.fault.late && c.row.method != http.MethodGet || c.row.mends && c.fault.done
	if !inTime && !told.Failed() && !c.row.onlyWarns && !c.row.unneeded {
		t.Error("the interrupt was not told")
	}
	c.row.check(c, told.Failed())
	delete(c.Settings, "requests_per_minute")
	c.recover()
}

// arrived reports whether the request has arrived that the operation waits for
// or, to wait for the rate limit, the one before.
func (c *cell) arrived() bool {
	return c.fault.name == rateLimit || c.made() > 0
}

// waitsForAnswer reports whether the request was sent when the interrupt came.
func (c *cell) waitsForAnswer() bool { return c.fault.Delay > 0 }

// mayDiffer reports whether the state may be behind the server until the next
// refresh: whoever is interrupted has no time to look what was done, and in an
// outage nobody can.
func (c *cell) mayDiffer() bool { return (c.cancelled || c.row.outage) && c.fault.done }
