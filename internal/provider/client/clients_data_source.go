package client

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ datasource.DataSourceWithValidateConfig = (*clientsDataSource)(nil)

type clientsDataSource struct{ session.DataSource }

// NewClientsDataSource makes the data source imkit_clients.
func NewClientsDataSource() datasource.DataSource {
	return &clientsDataSource{session.DataSource{Name: "clients"}}
}

// clientsModel is the data source imkit_clients.
type clientsModel struct {
	IDs        tfvalue.LargeSet `tfsdk:"ids"`
	Filter     types.String     `tfsdk:"filter"`
	MaxResults types.Int64      `tfsdk:"max_results"`
	Clients    types.Dynamic    `tfsdk:"clients"`
	TotalCount types.Int64      `tfsdk:"total_count"`
}

func (d *clientsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up clients by their IDs or by a filter. Without either, it returns all clients.",
		Attributes: map[string]schema.Attribute{
			"ids": schema.SetAttribute{
				MarkdownDescription: "IDs of the clients. Those that do not exist are left out. Conflicts with `filter`.",
				CustomType:          tfvalue.NewLargeSetType(),
				Optional:            true,
				Validators:          []validator.Set{setvalidator.ValueStringsAre(tfvalue.ClientID)},
			},
			"filter": schema.StringAttribute{
				MarkdownDescription: "MongoDB query as JSON, such as `jsonencode({ isRobot = true })`, over the fields of the API: `_id`, `nickname`, `avatarUrl`, `description`, `isRobot` and custom ones. " +
					"Operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$regex` with `$options`, `$in`, `$nin`, `$exists`, `$type`. Conflicts with `ids`.",
				Optional: true,
			},
			"max_results": schema.Int64Attribute{
				MarkdownDescription: "The most clients to return, in the server's order. Defaults to all.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"clients": schema.DynamicAttribute{
				MarkdownDescription: "List of the clients, sorted by ID, with the attributes of the data source `imkit_client`.",
				Computed:            true,
			},
			"total_count": schema.Int64Attribute{
				MarkdownDescription: "Number of clients that match, regardless of `max_results`.",
				Computed:            true,
			},
		},
	}
}

// queryOf is the attribute filter as the API takes it.
func queryOf(filter types.String) json.RawMessage {
	if filter.IsNull() || filter.IsUnknown() {
		return nil
	}
	return json.RawMessage(filter.ValueString())
}

func checkFilter(filter types.String, diags *diag.Diagnostics) {
	if err := imkit.CheckFilter(queryOf(filter)); err != nil {
		diags.AddAttributeError(path.Root("filter"), "Invalid filter",
			session.Sentence(err.Error())+" Write it with jsonencode, such as jsonencode({ isRobot = true }).")
	}
}

// ValidateConfig checks the filter, if it is known.
func (d *clientsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config clientsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Filter.IsNull() || config.Filter.IsUnknown() {
		return
	}
	if !config.IDs.IsNull() && !config.IDs.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("filter"), "Both ids and filter are configured",
			"Only one of them can be configured. Remove the other; a filter can select by id as well: { _id = { \"$in\" = [...] } }.")
	}
	checkFilter(config.Filter, &resp.Diagnostics)
}

func (d *clientsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model clientsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.Ready(&resp.Diagnostics) {
		return
	}
	clients, total, err := d.find(ctx, model)
	if err != nil {
		failed := session.APIError("look up", "clients", err)
		if !model.Filter.IsNull() && imkit.KindOf(err) == imkit.KindInvalid {
			failed = diag.WithPath(path.Root("filter"), failed)
		}
		resp.Diagnostics.Append(failed)
		return
	}
	var leftOut []string
	clients = slices.DeleteFunc(clients, func(client *imkit.Client) bool {
		named := tfvalue.NotNFC("client", client.ID)
		leftOut = append(leftOut, named...)
		return named != nil
	})
	objects := make([]attr.Value, len(clients))
	objectTypes := make([]attr.Type, len(clients))
	var tooLarge []string
	for i, client := range clients {
		leftOut = append(leftOut, notNFC(client)...)
		details, names := detailsOf(client)
		if names != nil {
			tooLarge = append(tooLarge, session.NounClient.Named(client.ID)+": "+tfvalue.FirstFew(names))
		}
		for _, attribute := range []string{"custom_attributes", "mute"} {
			if value, ok := details[attribute].(types.Dynamic); ok && !value.IsNull() {
				details[attribute] = value.UnderlyingValue() // no object of a list has a dynamic attribute
			}
		}
		objects[i] = tfvalue.ObjectOf(details)
		objectTypes[i] = tfvalue.TypeOf(objects[i])
	}
	session.WarnNotNFC(&resp.Diagnostics, "the clients", leftOut)
	session.WarnTooLarge(&resp.Diagnostics, "clients", tooLarge)
	model.Clients = types.DynamicValue(types.TupleValueMust(objectTypes, objects))
	model.TotalCount = types.Int64Value(total)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// find returns the clients, and how many there are in all.
func (d *clientsDataSource) find(ctx context.Context, model clientsModel) ([]*imkit.Client, int64, error) {
	most := int(model.MaxResults.ValueInt64())
	if model.IDs.IsNull() {
		return d.Session.API.ListClients(ctx, queryOf(model.Filter), most)
	}
	found, err := d.Session.API.GetClients(ctx, model.IDs.Strings())
	if err != nil {
		return nil, 0, err
	}
	var clients []*imkit.Client
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if most == 0 || len(clients) < most {
			clients = append(clients, found[id])
		}
	}
	return clients, int64(len(found)), nil
}
