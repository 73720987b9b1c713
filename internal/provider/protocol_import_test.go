package provider

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// importByIdentity imports an object and reads it, as Terraform 1.12 and newer do
// with an import block that has an identity.
func (c *core) importByIdentity(attributes map[string]string) said {
	c.t.Helper()
	values, types := map[string]tftypes.Value{}, map[string]tftypes.Type{}
	for name, text := range attributes {
		values[name], types[name] = tftypes.NewValue(tftypes.String, text), tftypes.String
	}
	identity := tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
	p, told := c.start()
	resp, err := p.server.ImportResourceState(c.ctx, &tfprotov6.ImportResourceStateRequest{
		TypeName: c.typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: c.encode(identity)},
	})
	c.noError(err)
	if told = append(told, resp.Diagnostics...); told.failed() {
		return told
	}
	imported := resp.ImportedResources[0]
	c.state = &object{value: c.decode(imported.State), private: imported.Private, identity: imported.Identity}
	return append(told, p.refresh()...)
}

// identity is that of the object in state.
func (c *core) identity() map[string]string {
	c.t.Helper()
	attributes := map[string]string{}
	schemas, err := c.running.server.GetResourceIdentitySchemas(c.ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	c.noError(err)
	value := decodeAs(c.t, schemas.IdentitySchemas[c.typeName].ValueType(), c.state.identity.IdentityData)
	for name := range c.attributes(value) {
		attributes[name] = c.text(value, name)
	}
	return attributes
}
