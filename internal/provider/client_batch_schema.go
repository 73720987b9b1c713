package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Schema describes imkit_client_batch.
func (r *clientBatchResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("Synchronises the profiles of many clients, for migration and for periodic updates from another system. "+
			"At most %d clients go into one call.\n\n"+
			"Unlike `imkit_client`, which owns an account, a batch updates a client that exists without asking. "+
			"A client that does not exist is created. Only changed records are sent.", imkit.MaxBatch),
		Attributes: map[string]schema.Attribute{
			"clients": schema.MapNestedAttribute{
				MarkdownDescription: "Clients of the batch by their IDs.",
				Required:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"nickname": schema.StringAttribute{
						MarkdownDescription: "Display name of the client. Not configured, it is not sent and not managed. Set it to `\"\"` to clear it.",
						Optional:            true,
					},
					"avatar_url": schema.StringAttribute{
						MarkdownDescription: "URL of the client's picture, `http` or `https`. Not configured, it is not sent and not managed. Set it to `\"\"` to clear it.",
						Optional:            true,
						Validators:          []validator.String{webURLOrEmpty{}},
					},
				}},
				Validators: []validator.Map{mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1))},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What happens to the tokens of clients that leave the map, and of all of them on destroy: " +
					"`keep` leaves them alive, `revoke_tokens` revokes every one. The records remain on the server either way. " +
					oneOf(clientOnDestroyValues) + " Defaults to `" + onDestroyKeep + "`.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(onDestroyKeep),
				Validators: []validator.String{stringvalidator.OneOf(clientOnDestroyValues...)},
			},
			"client_count": schema.Int64Attribute{
				MarkdownDescription: "Number of clients in the batch.",
				Computed:            true,
			},
		},
	}
}
