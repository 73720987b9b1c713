package config

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// configModel is imkit_config in configuration, plan and state.
type configModel struct {
	Key           types.String  `tfsdk:"key"`
	Value         types.Dynamic `tfsdk:"value"`
	AdoptExisting types.Bool    `tfsdk:"adopt_existing"`
}

// configIdentity is the identity of imkit_config.
type configIdentity struct {
	Key types.String `tfsdk:"key"`
}

// named names a key in messages.
func named(key string) string { return fmt.Sprintf("configuration key %q", key) }

// content is what a key has.
type content struct {
	There bool `json:"there"`
	Value any  `json:"value"`
}

// contentOf is what a key has of all that there is.
func contentOf(all map[string]any, key string) content {
	v, there := all[key]
	return content{there, v}
}

func (c content) equals(other content) bool {
	return c.There == other.There && tfvalue.SameJSON(c.Value, other.Value)
}
