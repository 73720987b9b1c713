package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Invoke plans and invokes an action, as `terraform apply -invoke` does. Progress is
// what it reported while it worked.
func (c *Core) Invoke(typeName string, config map[string]any) (progress []string, told Said) {
	c.T.Helper()
	if told = c.PlanAction(typeName, config); told.Failed() {
		return nil, told
	}
	progress, more := c.InvokeUnplanned(typeName, config)
	return progress, append(told, more...)
}

// InvokeUnplanned invokes an action of which the plan did not know everything.
func (c *Core) InvokeUnplanned(typeName string, config map[string]any) (progress []string, told Said) {
	c.T.Helper()
	encoded, server, told := c.action(typeName, config)
	if told.Failed() {
		return nil, told
	}
	stream, err := server.InvokeAction(c.ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: encoded})
	c.NoError(err)
	ended := false
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			ended = true
			told = append(told, event.Diagnostics...)
		}
	}
	if !ended {
		c.T.Errorf("%s has not ended", typeName)
	}
	return progress, told
}

// PlanAction validates and plans an action, with a provider of its own. Values that
// are [Unknown] are not known before something else is applied.
func (c *Core) PlanAction(typeName string, config map[string]any) Said {
	c.T.Helper()
	encoded, server, told := c.action(typeName, config)
	valid, err := server.ValidateActionConfig(c.ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: typeName, Config: encoded})
	c.NoError(err)
	if told = append(told, valid.Diagnostics...); told.Failed() {
		return told
	}
	planned, err := server.PlanAction(c.ctx, &tfprotov6.PlanActionRequest{ActionType: typeName, Config: encoded})
	c.NoError(err)
	return append(told, planned.Diagnostics...)
}

// PlanFromVariables is PlanAction where Terraform knows nothing of the configuration
// when it validates.
func (c *Core) PlanFromVariables(typeName string, config map[string]any) Said {
	c.T.Helper()
	unknown := map[string]any{}
	for name := range config {
		unknown[name] = Unknown
	}
	if told := c.PlanAction(typeName, unknown); told.Failed() {
		return told
	}
	encoded, server, told := c.action(typeName, config)
	planned, err := server.PlanAction(c.ctx, &tfprotov6.PlanActionRequest{ActionType: typeName, Config: encoded})
	c.NoError(err)
	return append(told, planned.Diagnostics...)
}

// action starts a provider for an action with this configuration.
func (c *Core) action(typeName string, config map[string]any) (*tfprotov6.DynamicValue, tfprotov6.ProviderServerWithActions, Said) { //nolint:staticcheck // Until the library's interface has it all.
	c.T.Helper()
	schema, ok := Schemas().ActionSchemas[typeName]
	if !ok {
		c.T.Fatalf("no action %s", typeName)
	}
	p, told := c.start()
	server, ok := p.server.(tfprotov6.ProviderServerWithActions) //nolint:staticcheck // as above
	if !ok {
		c.T.Fatal("the provider has no actions")
	}
	return c.encode(ProtocolObject(schema.Schema, config)), server, told
}
