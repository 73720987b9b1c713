package config

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ datasource.DataSourceWithConfigure = (*configDataSource)(nil)

// configDataSource is the data source imkit_config.
type configDataSource struct{ session.DataSource }

// valuesModel is the data source imkit_config.
type valuesModel struct {
	Values types.Dynamic `tfsdk:"values"`
}

// NewDataSource makes the data source imkit_config.
func NewDataSource() datasource.DataSource { return &configDataSource{} }

// Metadata names the data source.
func (d *configDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_config"
}

// Schema describes the data source imkit_config.
func (d *configDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the whole run-time configuration of the application.",
		Attributes: map[string]schema.Attribute{
			"values": schema.DynamicAttribute{
				MarkdownDescription: "An object with an attribute for each key, with the JSON types of the values.",
				Computed:            true,
			},
		},
	}
}

// Read reads the configuration.
func (d *configDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.Ready(&resp.Diagnostics) {
		return
	}
	all, err := d.Session.API.GetConfig(ctx)
	if err != nil {
		resp.Diagnostics.Append(session.APIError("read", "configuration", err))
		return
	}
	values, err := tfvalue.Refresh(types.DynamicNull(), all)
	if err != nil {
		resp.Diagnostics.AddError("Unable to read configuration", fmt.Sprintf("The configuration cannot be shown: %s.", err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, valuesModel{Values: values})...)
}
