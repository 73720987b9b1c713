package provider

// none prepares nothing.
func none(*cell) {}

// applied prepares by an apply.
func applied(config map[string]any) func(*cell) {
	return func(c *cell) {
		if told := c.converge(config); told.failed() {
			c.t.Fatal(told)
		}
	}
}

// planning is a plan; it finds nothing to do.
func planning(config map[string]any) func(*cell, func()) said {
	return func(c *cell, strike func()) said {
		before := c.state
		strike()
		planned, told := c.plan(config)
		switch {
		case c.state == nil:
			c.t.Error("the object was taken to be gone")
		case !told.failed() && planned.action != noChange:
			c.t.Errorf("the plan is to %s", planned.action)
		case told.failed() && c.state != before:
			c.t.Error("a refresh that failed changed the state")
		}
		return told
	}
}

// applying is an apply. Faults begin between its plan and its work. After
// success, a plan finds nothing to do.
func applying(config map[string]any) func(*cell, func()) said {
	return func(c *cell, strike func()) said {
		planned, told := c.plan(config)
		if told.failed() {
			c.t.Fatal(told)
		}
		strike()
		told = append(told, c.apply(planned)...)
		if told.failed() || c.t.Failed() {
			return told
		}
		c.noFault()
		again, more := c.plan(config)
		if more.failed() || again.action != noChange {
			c.t.Errorf("the plan after it is to %s\n%s", again.action, more)
		}
		return told
	}
}
