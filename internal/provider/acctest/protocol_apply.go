package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Apply does what a plan says, as `terraform apply` of a saved plan does, with a
// provider of its own that plans once more.
func (c *Core) Apply(planned Change) Said {
	c.T.Helper()
	if c.CLI != nil {
		return c.applyForReal()
	}
	if planned.Action == NoChange {
		return nil
	}
	p, told := c.start()
	if told.Failed() {
		return told
	}
	if planned.Action == ToDestroy || planned.Action == ToReplace {
		told = append(told, p.destroy(planned.private)...)
		if told.Failed() || planned.Action == ToDestroy {
			return told
		}
	}
	told = append(told, p.validateObject(planned.config)...)
	final, more := p.planConfig(planned.config)
	told = append(told, more...)
	if told.Failed() {
		return told
	}
	if planned.Action == ToUpdate && final.Action == NoChange { // nothing is left to do
		return told
	}
	if final.Action != planned.Action && planned.Action != ToReplace {
		p.T.Errorf("inconsistent final plan: to %s, after it was to %s", final.Action, planned.Action)
	}
	p.checkCompatible("final plan", planned.planned, final.planned)
	return append(told, p.make(final)...)
}

// Converge plans and applies, as `terraform apply` does.
func (c *Core) Converge(config map[string]any) Said {
	c.T.Helper()
	planned, told := c.Plan(config)
	if told.Failed() {
		return told
	}
	return append(told, c.Apply(planned)...)
}

// destroy takes the object out of the state, unless that fails.
func (p *Instance) destroy(private []byte) Said {
	gone := p.encode(p.null())
	call(p.AtChange)
	resp, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.TypeName, PriorState: p.encode(p.State.Value), PlannedState: gone, Config: gone, PlannedPrivate: private,
	})
	p.NoError(err)
	left := p.decode(resp.NewState)
	switch failed := Said(resp.Diagnostics).Failed(); {
	case !failed && !left.IsNull():
		p.T.Error("an object was destroyed without an error, and is left nevertheless")
	case !failed:
		p.State = nil
	case !left.IsNull():
		p.State = &Object{Value: left, Private: resp.Private, identity: p.State.identity, Tainted: p.State.Tainted}
	}
	return resp.Diagnostics
}

// make creates or updates.
func (p *Instance) make(planned Change) Said {
	prior := p.null()
	if p.State != nil {
		prior = p.State.Value
	}
	call(p.AtChange)
	resp, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.TypeName, PriorState: p.encode(prior), PlannedState: p.encode(planned.planned), Config: p.encode(planned.config),
		PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	})
	p.NoError(err)
	failed := Said(resp.Diagnostics).Failed()
	made := p.decode(resp.NewState)
	if made.IsNull() {
		if !failed {
			p.T.Error("an object was made without an error, and is not there")
		}
		return resp.Diagnostics // what was there stays
	}
	if !made.IsFullyKnown() {
		p.T.Errorf("unknown values after apply: %s", made)
	}
	if !failed {
		p.checkCompatible("result after apply", planned.planned, made)
	}
	p.State = &Object{Value: made, Private: resp.Private, identity: resp.NewIdentity, Tainted: failed && prior.IsNull()}
	return resp.Diagnostics
}

// proposed merges a configuration with what was there before: Terraform's guess
// at the new object, for the provider to complete.
func (c *Core) proposed(prior, config tftypes.Value) tftypes.Value {
	before, wanted := c.Attributes(prior), c.Attributes(config)
	for _, a := range c.schema().Block.Attributes {
		switch old, was := before[a.Name]; {
		case a.WriteOnly:
			wanted[a.Name] = tftypes.NewValue(a.Type, nil)
		case a.Computed && wanted[a.Name].IsNull() && was:
			wanted[a.Name] = old
		}
	}
	return tftypes.NewValue(c.schema().ValueType(), wanted)
}

// checkPlan checks that a plan has what is configured, or else what was there.
func (c *Core) checkPlan(prior, config, planned tftypes.Value) {
	c.T.Helper()
	before, wanted, got := c.Attributes(prior), c.Attributes(config), c.Attributes(planned)
	for _, a := range c.schema().Block.Attributes {
		want := wanted[a.Name]
		old, was := before[a.Name]
		switch {
		case a.WriteOnly && !got[a.Name].IsNull():
			c.T.Errorf("invalid plan: the write-only %s is in it", a.Name)
		case a.WriteOnly, want.IsNull() && a.Computed, want.Equal(got[a.Name]), was && old.Equal(got[a.Name]):
		default:
			c.T.Errorf("invalid plan: %s is %s, and %s is configured", a.Name, got[a.Name], want)
		}
	}
}

// replaces reports whether an attribute that forces replacement changes.
func (c *Core) replaces(paths []*tftypes.AttributePath, prior, planned tftypes.Value) bool {
	before, after := c.Attributes(prior), c.Attributes(planned)
	for _, path := range paths {
		name, ok := path.Steps()[0].(tftypes.AttributeName)
		if ok && !before[string(name)].Equal(after[string(name)]) {
			return true
		}
	}
	return false
}

// checkCompatible checks that what was known before is still the same.
func (c *Core) checkCompatible(what string, planned, got tftypes.Value) {
	c.T.Helper()
	after := c.Attributes(got)
	for name, value := range c.Attributes(planned) {
		if value.IsFullyKnown() && !value.Equal(after[name]) {
			c.T.Errorf("inconsistent %s: %s is %s, and was planned to be %s", what, name, after[name], value)
		}
	}
}
