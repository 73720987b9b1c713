package tfvalue

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// ChangedString is what has to be sent of an attribute; nil for nothing.
func ChangedString(config, planned, prior types.String) *string {
	if config.IsNull() || planned.Equal(prior) {
		return nil
	}
	return planned.ValueStringPointer()
}

// ChangedBool is [ChangedString] for an attribute that is true or false.
func ChangedBool(config, planned, prior types.Bool) *bool {
	if config.IsNull() || planned.Equal(prior) {
		return nil
	}
	return planned.ValueBoolPointer()
}

// RefreshString takes the reported value. Null is no change of an empty string.
func RefreshString(known types.String, field imkit.Field[string]) types.String {
	if !field.Reported || (field.Value == nil && known.Equal(types.StringValue(""))) {
		return known
	}
	return types.StringPointerValue(field.Value)
}

// FillUnknown gives an attribute that is not known yet a value.
func FillUnknown[T attr.Value](attribute *T, value T) {
	if (*attribute).IsUnknown() {
		*attribute = value
	}
}

// NamesOf is the attributes of which something is true, sorted.
func NamesOf(attributes map[string]bool) []string {
	maps.DeleteFunc(attributes, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(attributes))
}
