package config

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"
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
