package config

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

type configDataSource struct{ session.DataSource }

// NewDataSource makes the data source imkit_config.
func NewDataSource() datasource.DataSource {
	return &configDataSource{session.DataSource{Name: "config"}}
}

func (d *configDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the whole run-time configuration of the application.",
		Attributes: map[string]schema.Attribute{
			"values": schema.DynamicAttribute{
				MarkdownDescription: "Object with an attribute for each key, with the JSON types of the values.",
				Computed:            true,
			},
		},
	}
}

func (d *configDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.Ready(&resp.Diagnostics) {
		return
	}
	all, err := d.Session.API.GetConfig(ctx)
	if err != nil {
		resp.Diagnostics.Append(session.APIError("read", "configuration", err))
		return
	}
	session.WarnNotNFC(&resp.Diagnostics, "the configuration", tfvalue.NotNFCFields("key", all))
	values, tooLarge := tfvalue.FromFields(tfvalue.FieldsInNFC(all))
	session.WarnTooLarge(&resp.Diagnostics, "the configuration", tooLarge)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("values"), values)...)
}
