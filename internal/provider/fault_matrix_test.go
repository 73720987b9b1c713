package provider_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// matrixRetries is max_retries in the fault matrix.
const matrixRetries = 2

// row is a row of the fault matrix: an operation, and the call of it that the
// faults strike.
type row struct {
	operation, call string
	// method and route are of the call; "" is any.
	method, route string
	// earlier is how many calls precede it once the fault is there.
	earlier int
	// calls is how often the operation makes the call; 0 means once.
	calls int
	// attempts is how many attempts a fault that lasts meets; nil means as many as
	// the settings allow.
	attempts func(fault) int
	// waits is how long the operation waits for something else.
	waits time.Duration
	// sends, if set, is what only this call sends of those with its method and route.
	sends string
	// object is what an error has to name.
	object string

	options  sandbox.Options
	settings map[string]any
	// skips are faults that mean nothing to this call.
	skips []string
	// work runs the operation, and strike when the fault is to begin.
	work func(c *cell, strike func()) acctest.Said
	// prepare makes what is there before.
	prepare func(c *cell)
	// check compares the state with the server, after a run that failed or not.
	check func(c *cell, failed bool)

	// onlyWarns tells that lasting faults end in a warning and no error.
	onlyWarns bool
	// issues tells that the call makes a token, each time.
	issues bool
	// foundOut tells that the provider finds out, by another call, that the work
	// was done; it says so in a warning, unless it is silent about it, as where the call
	// itself, made again, finds that out.
	foundOut, silent bool
	// found and tainted are what it says of that, and of an object that it keeps as tainted.
	found, tainted string
	// mends tells that the provider, interrupted or not, finds out what a call did,
	// and goes on until nothing is lost by it.
	mends bool
	// insists tells that the operation, interrupted, uses the time of grace for whatever
	// it waits for.
	insists bool
	// unneeded tells that the operation does as well without the call.
	unneeded bool
	// outage tells that every call is struck but the earlier ones: the one that finds
	// out as well.
	outage bool
}

func matrixRows() []row {
	return slices.Concat(clientRows(), tokenRows(), batchRows(), sourceRows(), roomRows(), memberRows(), groupRows(), configRows(),
		listRows(), actionRows())
}

// cell is one run of one row under one fault.
type cell struct {
	*acctest.Core
	row     row
	fault   fault
	lasting bool
	// cancelled tells that the operation is interrupted.
	cancelled bool
	// applies tells that the operation is an apply.
	applies bool
	// real tells that a real Terraform does the work, over loopback.
	real   bool
	server *acctest.MemoryServer // nil for a real one
	// struck is how many requests for the call had arrived when the fault was over, 0
	// if it is not.
	struck int
	// outcome is what the table shows.
	outcome string
}

// TestFaultMatrix lets every operation meet every fault, once for a moment and
// once for good, and prints what came of it.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	start := time.Now()
	acctest.Schemas()
	table := newFaultTable(matrixRows())
	t.Run("cell", func(t *testing.T) {
		t.Parallel()
		for i, r := range table.rows {
			for _, f := range faults {
				if slices.Contains(r.skips, f.name) {
					continue
				}
				if f.foreign && r.earlier > 0 {
					continue // the call is never reached
				}
				for duration, lasting := range map[string]bool{"transient": false, "lasting": true} {
					if f.foreign && !lasting {
						continue
					}
					t.Run(strings.Join([]string{r.operation, r.call, f.name, duration}, "/"), func(t *testing.T) {
						t.Parallel()
						c := &cell{row: r, fault: f, lasting: lasting}
						defer func() { table.note(i, f.name, lasting, c.outcome, !t.Failed()) }()
						synctest.Test(t, c.run)
					})
				}
			}
		}
	})
	t.Cleanup(func() {
		t.Logf("\n%s%d cells run, %d passed, in %s", table, table.run, table.passed, time.Since(start).Round(100*time.Millisecond))
	})
}

// run is the course of every cell, in a bubble: the operation under the fault,
// then, once the fault is gone, again.
func (c *cell) run(t *testing.T) {
	t.Helper()
	c.prepare(t)
	var struck time.Time
	told := c.row.work(c, func() {
		c.strike()
		struck = time.Now()
	})
	c.judge(told, time.Since(struck))
	c.row.check(c, told.Failed())
	c.recover()
}

// retried reports whether the fault is one that a retry rides out.
func (c *cell) retried() bool {
	return !c.lasting && c.attempts() > 1
}

// attempts is how many attempts the fault meets if it lasts.
func (c *cell) attempts() int {
	switch {
	case c.row.attempts != nil:
		return c.row.attempts(c.fault)
	case c.fault.once:
		return 1
	}
	return 1 + matrixRetries
}

// judge checks what was told, and how long it took.
func (c *cell) judge(told acctest.Said, took time.Duration) {
	c.T.Helper()
	errors, warnings := told.Count(tfprotov6.DiagnosticSeverityError), told.Count(tfprotov6.DiagnosticSeverityWarning)
	foundOut := c.row.foundOut && c.fault.done && (!c.row.outage || !c.lasting)
	says := ""
	switch {
	case c.retried() && c.row.issues && !c.fault.definite:
		c.outcome = "warned"
		if errors > 0 || !strings.Contains(told.String(), "Another token may have been issued") {
			c.T.Errorf("want a warning that there may be another token:\n%s", told)
		}
	case c.retried(), c.row.unneeded, foundOut && c.row.silent:
		c.outcome = "ok"
		if errors > 0 {
			c.T.Errorf("want no error:\n%s", told)
		}
		if strings.Contains(told.String(), "Another token") {
			c.T.Errorf("want no warning of another token:\n%s", told)
		}
	case c.row.onlyWarns, foundOut:
		c.outcome, says = "warned", c.row.found
		if errors > 0 || warnings == 0 || !strings.Contains(told.String(), c.row.object) {
			c.T.Errorf("%d errors and %d warnings, want just a warning about %s:\n%s", errors, warnings, c.row.object, told)
		}
	case c.fault.foreign:
		c.outcome = "error"
		if errors != 1 || !strings.Contains(told.String(), "No IMKIT chat server at the base URL") {
			c.T.Errorf("%d errors, want one about the base URL:\n%s", errors, told)
		}
	default:
		c.outcome = "error"
		if c.State != nil && c.State.Tainted {
			c.outcome, says = "tainted", c.row.tainted
		}
		if errors != 1 || !strings.Contains(told.String(), c.row.object) {
			c.T.Errorf("%d errors, want one about %s:\n%s", errors, c.row.object, told)
		}
	}
	if !strings.Contains(told.String(), says) {
		c.T.Errorf("it does not say %q:\n%s", says, told)
	}
	if c.fault.foreign {
		if !strings.Contains(told.String(), "base_url") {
			c.T.Errorf("nothing is said about base_url:\n%s", told)
		}
		return // some calls are there to find out who answers
	}
	if foundOut && c.outcome == "warned" && strings.Count(told.String(), "although the call failed") != 1 {
		c.T.Errorf("it does not say once that the call failed and was done:\n%s", told)
	}
	c.judgeAttempts(took)
}

// judgeAttempts checks that as many attempts were made as the settings allow,
// neither sooner nor later than the server wished.
func (c *cell) judgeAttempts(took time.Duration) {
	c.T.Helper()
	calls, attempts := max(c.row.calls, 1), c.attempts()
	if c.row.outage && !c.fault.definite {
		calls++ // to find out
	}
	made := c.struck
	if made == 0 {
		made = c.made()
	}
	if c.fault.refused {
		made = c.server.Refusals()
	}
	fewest := calls * attempts
	if c.fault.mute { // whichever call ends first, the others try once more at most
		fewest = attempts + calls - 1
	}
	if c.lasting && (made < fewest || made > calls*attempts) {
		c.T.Errorf("%d attempts of %d calls, want %d of each", made, calls, attempts)
	}
	if c.real {
		return // that waits for much else
	}
	shortest := c.fault.wait
	switch {
	case c.fault.date: // it is the same for every attempt, and has no fractions of a second
		shortest -= time.Second
	case c.lasting:
		shortest *= matrixRetries
	}
	if took < shortest {
		c.T.Errorf("waited for %s, want %s", took, shortest)
	}
	longest := c.fault.wait
	if c.fault.slow {
		longest = imkit.DefaultRequestTimeout
	}
	if limit := time.Duration(calls*attempts)*longest + c.row.waits + time.Second; took > limit {
		c.T.Errorf("took %s, want at most %s", took, limit)
	}
}
