package acctest

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Core plays the part of Terraform's core for one resource, over the plugin
// protocol and in this process: it asks what a plan and an apply ask, checks
// what Terraform checks, and keeps what Terraform keeps. It is for tests in
// numbers that would take a real one too long.
type Core struct {
	// T, W and TypeName are of whom, where and what it plays.
	T        *testing.T
	W        *World
	TypeName string
	// Settings are those of the provider block beside the server's address and key.
	Settings map[string]any
	// ctx is the context of every call.
	ctx context.Context //nolint:containedctx // the test's own, for all its calls
	// State is the object in state, nil when there is none.
	State *Object
	// CLI, if set, is a real Terraform that does everything in place of this.
	CLI *CLI
	// Old plays a core that does not know write-only attributes.
	Old bool
	// AtStart and AtChange, if set, are called once a provider is configured, and each
	// time before it is asked for a change.
	AtStart, AtChange func()
	// running is the provider that was started last.
	running *Instance
	// shared, if set, is a provider that runs already.
	shared tfprotov6.ProviderServer
}

// Core plays the core for a resource of this type.
func (w *World) Core(t *testing.T, typeName string) *Core {
	t.Helper()
	return &Core{T: t, W: w, TypeName: typeName, ctx: t.Context(), Settings: map[string]any{}}
}

// Object is what a state has of a resource.
type Object struct {
	Value    tftypes.Value
	Private  []byte
	identity *tfprotov6.ResourceIdentityData
	Tainted  bool
}

// Instance is a provider that runs for one command of Terraform's.
type Instance struct {
	*Core
	server tfprotov6.ProviderServer
}

// start starts and configures a provider.
func (c *Core) start() (*Instance, Said) {
	c.T.Helper()
	settings := map[string]any{"base_url": c.W.URL, "api_key": sandboxKey}
	maps.Copy(settings, c.Settings)
	if c.shared != nil {
		c.running = &Instance{Core: c, server: c.shared}
		return c.running, nil
	}
	p := &Instance{Core: c, server: c.W.newServer()}
	c.running = p
	resp, err := p.server.ConfigureProvider(c.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4",
		Config:           c.encode(ProtocolObject(Schemas().Provider, settings)),
	})
	c.NoError(err)
	call(c.AtStart)
	return p, resp.Diagnostics
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// Interrupt does what Terraform does when somebody presses Ctrl-C.
func (c *Core) Interrupt() {
	_, err := c.running.server.StopProvider(c.ctx, &tfprotov6.StopProviderRequest{})
	c.NoError(err)
}

// Action is what a plan is about to do.
type Action string

// What a plan may be about to do.
const (
	NoChange  Action = "nothing"
	ToCreate  Action = "create"
	ToUpdate  Action = "update"
	ToReplace Action = "replace"
	ToDestroy Action = "destroy"
)

// Change is a plan.
type Change struct {
	Action   Action
	config   tftypes.Value
	planned  tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// refresh reads what is in state. An object that is gone leaves it.
func (p *Instance) refresh() Said {
	if p.State == nil {
		return nil
	}
	resp, err := p.server.ReadResource(p.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: p.TypeName, CurrentState: p.encode(p.State.Value), Private: p.State.Private, CurrentIdentity: p.State.identity,
	})
	p.NoError(err)
	if Said(resp.Diagnostics).Failed() {
		return resp.Diagnostics
	}
	value := p.decode(resp.NewState)
	if value.IsNull() {
		p.State = nil
		return resp.Diagnostics
	}
	p.State = &Object{Value: value, Private: resp.Private, identity: resp.NewIdentity, Tainted: p.State.Tainted}
	return resp.Diagnostics
}

// Plan validates, refreshes and plans, as `terraform plan` does. A nil
// configuration is one without the resource.
func (c *Core) Plan(config map[string]any) (Change, Said) {
	c.T.Helper()
	if c.CLI != nil {
		return c.planForReal(config)
	}
	p, told := c.start()
	if config != nil {
		told = append(told, p.validateObject(c.object(config))...)
	}
	if !told.Failed() {
		told = append(told, p.refresh()...)
	}
	if told.Failed() {
		return Change{}, told
	}
	if config == nil {
		planned, more := p.planDestroy()
		return planned, append(told, more...)
	}
	planned, more := p.planConfig(c.object(config))
	return planned, append(told, more...)
}

// Validate checks a configuration, as `terraform validate` does.
func (c *Core) Validate(config map[string]any) Said {
	c.T.Helper()
	p, told := c.start()
	return append(told, p.validateObject(c.object(config))...)
}

func (p *Instance) validateObject(config tftypes.Value) Said {
	resp, err := p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: p.TypeName, Config: p.encode(config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: !p.Old},
	})
	p.NoError(err)
	return resp.Diagnostics
}

func (p *Instance) planDestroy() (Change, Said) {
	if p.State == nil {
		return Change{Action: NoChange}, nil
	}
	gone := p.null()
	resp, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.TypeName, PriorState: p.encode(p.State.Value), ProposedNewState: p.encode(gone), Config: p.encode(gone),
		PriorPrivate: p.State.Private, PriorIdentity: p.State.identity,
	})
	p.NoError(err)
	return Change{Action: ToDestroy, config: gone, planned: gone, private: resp.PlannedPrivate}, resp.Diagnostics
}

// planConfig plans for what is in state. What is tainted is planned like a new
// object, without anything of the old one.
func (p *Instance) planConfig(config tftypes.Value) (Change, Said) {
	if p.State == nil {
		return p.planFrom(Object{Value: p.null()}, config)
	}
	if p.State.Tainted {
		planned, told := p.planFrom(Object{Value: p.null()}, config)
		planned.Action = ToReplace
		return planned, told
	}
	return p.planFrom(*p.State, config)
}

func (p *Instance) planFrom(prior Object, config tftypes.Value) (Change, Said) {
	resp, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.TypeName, PriorState: p.encode(prior.Value), ProposedNewState: p.encode(p.proposed(prior.Value, config)), Config: p.encode(config),
		PriorPrivate: prior.Private, PriorIdentity: prior.identity,
	})
	p.NoError(err)
	if Said(resp.Diagnostics).Failed() {
		return Change{}, resp.Diagnostics
	}
	planned := Change{
		Action: ToUpdate, config: config, planned: p.decode(resp.PlannedState),
		private: resp.PlannedPrivate, identity: resp.PlannedIdentity,
	}
	p.checkPlan(prior.Value, config, planned.planned)
	switch {
	case prior.Value.IsNull():
		planned.Action = ToCreate
	case p.replaces(resp.RequiresReplace, prior.Value, planned.planned):
		// Terraform plans it again as a new object.
		again, told := p.planFrom(Object{Value: p.null(), Private: resp.PlannedPrivate}, config)
		again.Action = ToReplace
		return again, append(resp.Diagnostics, told...)
	case planned.planned.Equal(prior.Value):
		planned.Action = NoChange
	}
	return planned, resp.Diagnostics
}

// Share starts a provider that these cores, of one world, have in common from now
// on, as the resources of one configuration have. They may use it at the same time.
func Share(cores ...*Core) {
	cores[0].T.Helper()
	cores[0].shared = nil
	p, told := cores[0].start()
	if told.Failed() {
		p.T.Fatal(told)
	}
	for _, c := range cores {
		c.shared = p.server
	}
}
