package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Data reads a data source; the result is null after an error.
func (c *Core) Data(typeName string, config map[string]any) (tftypes.Value, Said) {
	c.T.Helper()
	schema := Schemas().DataSourceSchemas[typeName]
	none := tftypes.NewValue(schema.ValueType(), nil)
	p, told := c.start()
	encoded := c.encode(ProtocolObject(schema, config))
	valid, err := p.server.ValidateDataResourceConfig(c.ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: encoded})
	c.NoError(err)
	if told = append(told, valid.Diagnostics...); told.Failed() {
		return none, told
	}
	resp, err := p.server.ReadDataSource(c.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: encoded})
	c.NoError(err)
	if told = append(told, resp.Diagnostics...); told.Failed() {
		return none, told
	}
	return decodeAs(c.T, schema.ValueType(), resp.State), told
}

// Opened is an ephemeral resource that was opened.
type Opened struct {
	*Instance
	typeName string
	result   tftypes.Value
	private  []byte
}

// Open opens an ephemeral resource; there is none after an error.
func (c *Core) Open(typeName string, config map[string]any) (*Opened, Said) {
	c.T.Helper()
	schema := Schemas().EphemeralResourceSchemas[typeName]
	p, told := c.start()
	encoded := c.encode(ProtocolObject(schema, config))
	valid, err := p.server.ValidateEphemeralResourceConfig(c.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: encoded})
	c.NoError(err)
	if told = append(told, valid.Diagnostics...); told.Failed() {
		return nil, told
	}
	resp, err := p.server.OpenEphemeralResource(c.ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: encoded})
	c.NoError(err)
	if told = append(told, resp.Diagnostics...); told.Failed() {
		return nil, told
	}
	return &Opened{p, typeName, decodeAs(c.T, schema.ValueType(), resp.Result), resp.Private}, told
}

// Close closes it, as Terraform does at the end of a run.
func (o *Opened) Close() Said {
	resp, err := o.server.CloseEphemeralResource(o.ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: o.typeName, Private: o.private})
	o.NoError(err)
	return resp.Diagnostics
}
