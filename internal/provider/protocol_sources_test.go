package provider

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// data reads a data source; the result is null after an error.
func (c *core) data(typeName string, config map[string]any) (tftypes.Value, said) {
	c.t.Helper()
	schema := schemas().DataSourceSchemas[typeName]
	none := tftypes.NewValue(schema.ValueType(), nil)
	p, told := c.start()
	encoded := c.encode(protocolObject(schema, config))
	valid, err := p.server.ValidateDataResourceConfig(c.ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: encoded})
	c.noError(err)
	if told = append(told, valid.Diagnostics...); told.failed() {
		return none, told
	}
	resp, err := p.server.ReadDataSource(c.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: encoded})
	c.noError(err)
	if told = append(told, resp.Diagnostics...); told.failed() {
		return none, told
	}
	return decodeAs(c.t, schema.ValueType(), resp.State), told
}

// opened is an ephemeral resource.
type opened struct {
	*instance
	typeName string
	result   tftypes.Value
	private  []byte
}

// open opens an ephemeral resource; there is none after an error.
func (c *core) open(typeName string, config map[string]any) (*opened, said) {
	c.t.Helper()
	schema := schemas().EphemeralResourceSchemas[typeName]
	p, told := c.start()
	encoded := c.encode(protocolObject(schema, config))
	valid, err := p.server.ValidateEphemeralResourceConfig(c.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: encoded})
	c.noError(err)
	if told = append(told, valid.Diagnostics...); told.failed() {
		return nil, told
	}
	resp, err := p.server.OpenEphemeralResource(c.ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: encoded})
	c.noError(err)
	if told = append(told, resp.Diagnostics...); told.failed() {
		return nil, told
	}
	return &opened{p, typeName, decodeAs(c.t, schema.ValueType(), resp.Result), resp.Private}, told
}

func (o *opened) close() said {
	resp, err := o.server.CloseEphemeralResource(o.ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: o.typeName, Private: o.private})
	o.noError(err)
	return resp.Diagnostics
}
