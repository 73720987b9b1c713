package provider

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// core plays the part of Terraform's core for one resource, over the plugin
// protocol and in this process: it asks what a plan and an apply ask, checks
// what Terraform checks, and keeps what Terraform keeps. It is for tests in
// numbers that would take a real one too long.
type core struct {
	t        *testing.T
	w        *world
	typeName string
	// settings are those of the provider block beside the server's address and key.
	settings map[string]any
	// ctx is the context of every call.
	ctx context.Context //nolint:containedctx // the test's own, for all its calls
	// state is the object in state, nil when there is none.
	state *object
	// cli, if set, is a real Terraform that does everything in place of this.
	cli *cli
	// old plays a core that does not know write-only attributes.
	old bool
	// running is the provider that was started last.
	running *instance
}

func (w *world) core(t *testing.T, typeName string) *core {
	t.Helper()
	return &core{t: t, w: w, typeName: typeName, ctx: t.Context(), settings: map[string]any{}}
}

// object is what a state has of a resource.
type object struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

// instance is a provider that runs for one command of Terraform's.
type instance struct {
	*core
	server tfprotov6.ProviderServer
}

// start starts and configures a provider.
func (c *core) start() (*instance, said) {
	c.t.Helper()
	settings := map[string]any{"base_url": c.w.url, "api_key": sandboxKey}
	maps.Copy(settings, c.settings)
	p := &instance{core: c, server: providerserver.NewProtocol6(newWithOptions("test", c.w.options())())()}
	c.running = p
	resp, err := p.server.ConfigureProvider(c.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4",
		Config:           c.encode(protocolObject(schemas().Provider, settings)),
	})
	c.noError(err)
	return p, resp.Diagnostics
}

// interrupt does what Terraform does when somebody presses Ctrl-C.
func (c *core) interrupt() {
	_, err := c.running.server.StopProvider(c.ctx, &tfprotov6.StopProviderRequest{})
	c.noError(err)
}

// action is what a plan is about to do.
type action string

const (
	noChange  action = "nothing"
	toCreate  action = "create"
	toUpdate  action = "update"
	toReplace action = "replace"
	toDestroy action = "destroy"
)

// change is a plan.
type change struct {
	action   action
	config   tftypes.Value
	planned  tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// refresh reads what is in state. An object that is gone leaves it.
func (p *instance) refresh() said {
	if p.state == nil {
		return nil
	}
	resp, err := p.server.ReadResource(p.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: p.typeName, CurrentState: p.encode(p.state.value), Private: p.state.private, CurrentIdentity: p.state.identity,
	})
	p.noError(err)
	if said(resp.Diagnostics).failed() {
		return resp.Diagnostics
	}
	value := p.decode(resp.NewState)
	if value.IsNull() {
		p.state = nil
		return resp.Diagnostics
	}
	p.state = &object{value: value, private: resp.Private, identity: resp.NewIdentity, tainted: p.state.tainted}
	return resp.Diagnostics
}

// plan validates, refreshes and plans, as `terraform plan` does. A nil
// configuration is one without the resource.
func (c *core) plan(config map[string]any) (change, said) {
	c.t.Helper()
	if c.cli != nil {
		return c.planForReal(config)
	}
	p, told := c.start()
	if config != nil {
		told = append(told, p.validateObject(c.object(config))...)
	}
	if !told.failed() {
		told = append(told, p.refresh()...)
	}
	if told.failed() {
		return change{}, told
	}
	if config == nil {
		planned, more := p.planDestroy()
		return planned, append(told, more...)
	}
	planned, more := p.planConfig(c.object(config))
	return planned, append(told, more...)
}

// validate checks a configuration, as `terraform validate` does.
func (c *core) validate(config map[string]any) said {
	c.t.Helper()
	p, told := c.start()
	return append(told, p.validateObject(c.object(config))...)
}

func (p *instance) validateObject(config tftypes.Value) said {
	resp, err := p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: p.typeName, Config: p.encode(config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: !p.old},
	})
	p.noError(err)
	return resp.Diagnostics
}

func (p *instance) planDestroy() (change, said) {
	if p.state == nil {
		return change{action: noChange}, nil
	}
	gone := p.null()
	resp, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.encode(p.state.value), ProposedNewState: p.encode(gone), Config: p.encode(gone),
		PriorPrivate: p.state.private, PriorIdentity: p.state.identity,
	})
	p.noError(err)
	return change{action: toDestroy, config: gone, planned: gone, private: resp.PlannedPrivate}, resp.Diagnostics
}

// planConfig plans for what is in state. What is tainted is planned like a new
// object, without anything of the old one.
func (p *instance) planConfig(config tftypes.Value) (change, said) {
	if p.state == nil {
		return p.planFrom(object{value: p.null()}, config)
	}
	if p.state.tainted {
		planned, told := p.planFrom(object{value: p.null()}, config)
		planned.action = toReplace
		return planned, told
	}
	return p.planFrom(*p.state, config)
}

func (p *instance) planFrom(prior object, config tftypes.Value) (change, said) {
	resp, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.encode(prior.value), ProposedNewState: p.encode(p.proposed(prior.value, config)), Config: p.encode(config),
		PriorPrivate: prior.private, PriorIdentity: prior.identity,
	})
	p.noError(err)
	if said(resp.Diagnostics).failed() {
		return change{}, resp.Diagnostics
	}
	planned := change{
		action: toUpdate, config: config, planned: p.decode(resp.PlannedState),
		private: resp.PlannedPrivate, identity: resp.PlannedIdentity,
	}
	p.checkPlan(prior.value, config, planned.planned)
	switch {
	case prior.value.IsNull():
		planned.action = toCreate
	case p.replaces(resp.RequiresReplace, prior.value, planned.planned):
		// Terraform plans it again as a new object.
		again, told := p.planFrom(object{value: p.null(), private: resp.PlannedPrivate}, config)
		again.action = toReplace
		return again, append(resp.Diagnostics, told...)
	case planned.planned.Equal(prior.value):
		planned.action = noChange
	}
	return planned, resp.Diagnostics
}
