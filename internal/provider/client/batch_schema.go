package client

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

func (r *batchResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Synchronises the profiles of many clients from another system.",
		Attributes: map[string]schema.Attribute{
			// Not nested attributes, which take the square of the number of clients.
			"clients": schema.MapAttribute{
				MarkdownDescription: "Clients by their IDs: `{ ada = { nickname = \"Ada\", avatar_url = \"https://example.com/ada.png\" } }`. " +
					"`nickname` is the display name, `avatar_url` the URL of the picture, `http` or `https`. Either may be unset, and is then not managed; set it to `\"\"` to clear it.",
				ElementType: types.MapType{ElemType: types.StringType},
				Required:    true,
				Validators:  []validator.Map{mapvalidator.KeysAre(tfvalue.ClientID), batchRecords{"each client may have nickname and avatar_url"}},
			},
			"on_destroy": session.OnDestroy("What happens to the access tokens of clients that leave the map, and of all clients on destroy: "+
				"`keep` leaves them valid, `revoke_tokens` revokes them.",
				onDestroyValues, onDestroyKeep),
			"client_count": schema.Int64Attribute{
				MarkdownDescription: "Number of clients in the batch.",
				Computed:            true,
			},
		},
	}
}

// batchRecords accepts the fields that a batch knows. A list of thousands is often wrong in one
// way throughout, so each mistake is said once, of the whole map.
type batchRecords struct{ tfvalue.Described }

func (batchRecords) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var badURLs []string
	unknown := map[string][]string{}
	elements := req.ConfigValue.Elements()
	for _, id := range slices.Sorted(maps.Keys(elements)) {
		record, ok := elements[id].(types.Map)
		if !ok {
			continue
		}
		for name, field := range record.Elements() {
			if !slices.Contains(batchFields, name) {
				unknown[name] = append(unknown[name], id)
			}
			if text, ok := field.(types.String); ok && name == batchAvatarURL && !tfvalue.IsWebURL(text.ValueString()) {
				badURLs = append(badURLs, fmt.Sprintf("%q of client %q", text.ValueString(), id))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		resp.Diagnostics.AddAttributeError(req.Path, "Unsupported field in a batch",
			fmt.Sprintf("imkit_client_batch does not have the field %q, only %s: see client %s. For other fields, use imkit_client.",
				name, strings.Join(batchFields, " and "), tfvalue.ListIDs(unknown[name])))
	}
	if len(badURLs) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid URL",
			fmt.Sprintf("%s must be an http or https URL with a host, or \"\" to clear the value on the server. It is %s.",
				batchAvatarURL, tfvalue.FirstFew(badURLs)))
	}
}
