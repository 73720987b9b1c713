package client

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ list.ListResourceWithValidateConfig = (*clientList)(nil)

type clientList struct{ session.ListResource }

// NewList makes the list resource imkit_client.
func NewList() list.ListResource {
	return &clientList{session.ListResource{Resource: session.Resource{Name: "client"}}}
}

func (l *clientList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists clients for `terraform query` (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"filter": schema.StringAttribute{MarkdownDescription: "MongoDB query as JSON, as for the data source `imkit_clients`. Defaults to all clients. User groups are never included.", Optional: true},
		},
	}
}

// ValidateListResourceConfig checks the filter, if it is known.
func (l *clientList) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse) {
	var filter types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("filter"), &filter)...)
	checkFilter(filter, &resp.Diagnostics)
}

// List yields the clients that match, page by page.
func (l *clientList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var filter types.String
	if diags := req.Config.GetAttribute(ctx, path.Root("filter"), &filter); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = l.Results(ctx, req, session.NounClient, func(yield func(session.Listed, error) bool) {
		for client, err := range l.Session.API.StreamClients(ctx, queryOf(filter), int(req.Limit)) {
			var object session.Listed
			if err == nil {
				object = listed(client)
			}
			if !yield(object, err) {
				return
			}
		}
	})
}

// listed is a client as an import would have it. What Terraform cannot write is left out, and
// then not managed.
func listed(client *imkit.Client) session.Listed {
	model := clientModel{ID: types.StringValue(client.ID)}
	object := session.Listed{ID: client.ID}
	if client.Nickname.Value != nil {
		object.Name = *client.Nickname.Value
	}
	for _, name := range model.refresh(client, true) {
		object.LeftOut = append(object.LeftOut, "custom_attributes."+name)
	}
	text := func(name string, attribute *types.String, fits bool) {
		if !fits || !tfvalue.GeneratesText(attribute.ValueString()) {
			object.LeftOut = append(object.LeftOut, name)
			*attribute = types.StringNull()
		}
	}
	text("nickname", &model.Nickname, true)
	text("avatar_url", &model.AvatarURL, tfvalue.IsWebURL(model.AvatarURL.ValueString()))
	text("description", &model.Description, true)
	if fields, err := tfvalue.Fields(model.CustomAttributes); err != nil || !tfvalue.GeneratesJSON(fields) {
		object.LeftOut = append(object.LeftOut, "custom_attributes")
		model.CustomAttributes = types.DynamicNull()
	}
	object.Resource = model
	return object
}
