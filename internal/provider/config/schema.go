package config

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

func (r *configResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages one key of the application's run-time configuration.",
		Attributes: map[string]schema.Attribute{
			"key": session.RequiredID("Key: any string in Unicode NFC, except `\"\"`, `.`, `..` and what begins with `$`; at most 7 KiB when URL-encoded. Changing it replaces the resource.", configKey),
			"value": schema.DynamicAttribute{
				MarkdownDescription: "Value of the key: anything that JSON can hold, with its types, such as `{ text = \"Back at noon.\", pin = true }`. " +
					"The whole value is replaced. It must not be null, but may contain nulls." + tfvalue.NumbersNote,
				Required:   true,
				Validators: []validator.Dynamic{tfvalue.AnyJSON},
			},
			"adopt_existing": session.AdoptExisting(session.NounConfig, "replacing its value"),
		},
	}
}

// configKey accepts what can be a key of the run-time configuration.
var configKey = tfvalue.CheckString("value must be a key: not empty, not \".\" or \"..\", without a leading \"$\", and short enough for a URL", func(key string) (summary, detail string) {
	if err := imkit.CheckConfigKey(key); err != nil {
		return "Invalid key", fmt.Sprintf("This cannot be a key of the configuration: %s.", err)
	}
	return "", ""
})
