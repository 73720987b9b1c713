package provider

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// apply does what a plan says, as `terraform apply` of a saved plan does, with a
// provider of its own that plans once more.
func (c *core) apply(planned change) said {
	c.t.Helper()
	if c.cli != nil {
		return c.applyForReal()
	}
	if planned.action == noChange {
		return nil
	}
	p, told := c.start()
	if told.failed() {
		return told
	}
	if planned.action == toDestroy || planned.action == toReplace {
		told = append(told, p.destroy(planned.private)...)
		if told.failed() || planned.action == toDestroy {
			return told
		}
	}
	final, more := p.planConfig(planned.config)
	told = append(told, more...)
	if told.failed() {
		return told
	}
	if final.action != planned.action && planned.action != toReplace {
		p.t.Errorf("inconsistent final plan: to %s, after it was to %s", final.action, planned.action)
	}
	p.checkCompatible("final plan", planned.planned, final.planned)
	return append(told, p.make(final)...)
}

// converge plans and applies, as `terraform apply` does.
func (c *core) converge(config map[string]any) said {
	c.t.Helper()
	planned, told := c.plan(config)
	if told.failed() {
		return told
	}
	return append(told, c.apply(planned)...)
}

// destroy takes the object out of the state, unless that fails.
func (p *instance) destroy(private []byte) said {
	gone := p.encode(p.null())
	resp, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.encode(p.state.value), PlannedState: gone, Config: gone, PlannedPrivate: private,
	})
	p.noError(err)
	left := p.decode(resp.NewState)
	switch failed := said(resp.Diagnostics).failed(); {
	case !failed && !left.IsNull():
		p.t.Error("an object was destroyed without an error, and is left nevertheless")
	case !failed:
		p.state = nil
	case !left.IsNull():
		p.state = &object{value: left, private: resp.Private, identity: p.state.identity, tainted: p.state.tainted}
	}
	return resp.Diagnostics
}

// make creates or updates.
func (p *instance) make(planned change) said {
	prior := p.null()
	if p.state != nil {
		prior = p.state.value
	}
	resp, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.encode(prior), PlannedState: p.encode(planned.planned), Config: p.encode(planned.config),
		PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	})
	p.noError(err)
	failed := said(resp.Diagnostics).failed()
	made := p.decode(resp.NewState)
	if made.IsNull() {
		if !failed {
			p.t.Error("an object was made without an error, and is not there")
		}
		return resp.Diagnostics // what was there stays
	}
	if !made.IsFullyKnown() {
		p.t.Errorf("unknown values after apply: %s", made)
	}
	if !failed {
		p.checkCompatible("result after apply", planned.planned, made)
	}
	p.state = &object{value: made, private: resp.Private, identity: resp.NewIdentity, tainted: failed && prior.IsNull()}
	return resp.Diagnostics
}

// proposed merges a configuration with what was there before: Terraform's guess
// at the new object, for the provider to complete.
func (c *core) proposed(prior, config tftypes.Value) tftypes.Value {
	before, wanted := c.attributes(prior), c.attributes(config)
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
func (c *core) checkPlan(prior, config, planned tftypes.Value) {
	c.t.Helper()
	before, wanted, got := c.attributes(prior), c.attributes(config), c.attributes(planned)
	for _, a := range c.schema().Block.Attributes {
		want := wanted[a.Name]
		old, was := before[a.Name]
		switch {
		case a.WriteOnly && !got[a.Name].IsNull():
			c.t.Errorf("invalid plan: the write-only %s is in it", a.Name)
		case a.WriteOnly, want.IsNull() && a.Computed, want.Equal(got[a.Name]), was && old.Equal(got[a.Name]):
		default:
			c.t.Errorf("invalid plan: %s is %s, and %s is configured", a.Name, got[a.Name], want)
		}
	}
}

// replaces tells whether an attribute that forces replacement changes.
func (c *core) replaces(paths []*tftypes.AttributePath, prior, planned tftypes.Value) bool {
	before, after := c.attributes(prior), c.attributes(planned)
	for _, path := range paths {
		name, ok := path.Steps()[0].(tftypes.AttributeName)
		if ok && !before[string(name)].Equal(after[string(name)]) {
			return true
		}
	}
	return false
}

// checkCompatible checks that what was known before is still the same.
func (c *core) checkCompatible(what string, planned, got tftypes.Value) {
	c.t.Helper()
	after := c.attributes(got)
	for name, value := range c.attributes(planned) {
		if value.IsFullyKnown() && !value.Equal(after[name]) {
			c.t.Errorf("inconsistent %s: %s is %s, and was planned to be %s", what, name, after[name], value)
		}
	}
}
