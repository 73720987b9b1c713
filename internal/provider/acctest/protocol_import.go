package acctest

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
)

// ImportByIdentity imports an object and reads it, as Terraform 1.12 and newer do
// with an import block that has an identity.
func (c *Core) ImportByIdentity(attributes map[string]string) Said {
	c.T.Helper()
	values, types := map[string]tftypes.Value{}, map[string]tftypes.Type{}
	for name, text := range attributes {
		values[name], types[name] = tftypes.NewValue(tftypes.String, text), tftypes.String
	}
	identity := tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
	p, told := c.start()
	resp, err := p.server.ImportResourceState(c.ctx, &tfprotov6.ImportResourceStateRequest{
		TypeName: c.TypeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: c.encode(identity)},
	})
	c.NoError(err)
	if told = append(told, resp.Diagnostics...); told.Failed() {
		return told
	}
	imported := resp.ImportedResources[0]
	c.State = &Object{Value: c.decode(imported.State), Private: imported.Private, identity: imported.Identity}
	return append(told, p.refresh()...)
}

// identitySchemas are the provider's, read once.
var identitySchemas = sync.OnceValue(func() map[string]*tfprotov6.ResourceIdentitySchema {
	resp, err := provider.NewServer(provider.New("test")()).GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		panic(err)
	}
	return resp.IdentitySchemas
})

// Identity is that of the object in state.
func (c *Core) Identity() map[string]string {
	c.T.Helper()
	return c.identityOf(c.State.identity)
}

func (c *Core) identityOf(identity *tfprotov6.ResourceIdentityData) map[string]string {
	c.T.Helper()
	attributes := map[string]string{}
	value := decodeAs(c.T, identitySchemas()[c.TypeName].ValueType(), identity.IdentityData)
	for name := range c.Attributes(value) {
		attributes[name] = c.Text(value, name)
	}
	return attributes
}
