package provider_test

import (
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// none prepares nothing.
func none(*cell) {}

// madeOnceMore is the attempts of a call that creates, which is not safe to repeat:
// after an answer that was lost, it is made once more at most, and only if a look
// finds nothing.
func madeOnceMore(f fault) int {
	switch {
	case f.done, f.definite && f.once:
		return 1
	case f.definite:
		return 1 + matrixRetries
	}
	return 2
}

// madeAndLookedFor is the same where the looks after it meet the fault as well.
func madeAndLookedFor(f fault) int {
	switch {
	case f.once:
		return 1
	case f.definite:
		return 1 + matrixRetries
	}
	return 2
}

// applied prepares by an apply.
func applied(config map[string]any) func(*cell) {
	return func(c *cell) {
		if told := c.Converge(config); told.Failed() {
			c.T.Fatal(told)
		}
	}
}

// planning is a plan; it finds nothing to do.
func planning(config map[string]any) func(*cell, func()) acctest.Said {
	return func(c *cell, strike func()) acctest.Said {
		before := c.State
		strike()
		planned, told := c.Plan(config)
		switch {
		case c.State == nil:
			c.T.Error("the object was taken to be gone")
		case !told.Failed() && planned.Action != acctest.NoChange:
			c.T.Errorf("the plan is to %s", planned.Action)
		case told.Failed() && c.State != before:
			c.T.Error("a refresh that failed changed the state")
		}
		return told
	}
}

// applying is an apply. Faults begin between its plan and its work. After
// success, a plan finds nothing to do.
func applying(config map[string]any) func(*cell, func()) acctest.Said {
	return func(c *cell, strike func()) acctest.Said {
		c.applies = true
		planned, told := c.Plan(config)
		if told.Failed() {
			c.T.Fatal(told)
		}
		strike()
		told = append(told, c.Apply(planned)...)
		if told.Failed() || c.T.Failed() {
			return told
		}
		c.noFault()
		again, more := c.Plan(config)
		if more.Failed() || again.Action != acctest.NoChange {
			c.T.Errorf("the plan after it is to %s\n%s", again.Action, more)
		}
		return told
	}
}
