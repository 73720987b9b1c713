package tfvalue

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// ChangedString is what has to be sent of an attribute: nil where it is not
// configured, or does not change.
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

// RefreshString takes the reported value. An empty string that the server gives
// back as null is no difference.
func RefreshString(known types.String, field imkit.Field[string]) types.String {
	if !field.Reported || (field.Value == nil && known.Equal(types.StringValue(""))) {
		return known
	}
	return types.StringPointerValue(field.Value)
}

// SameField compares what is sent of a field with what is reported; unreported is
// whether one that is not mentioned is the same. Null is the same as nothing: as ""
// or false.
func SameField[T comparable](sent *T, got imkit.Field[T], unreported bool) bool {
	var none T
	switch {
	case sent == nil:
		return true
	case !got.Reported:
		return unreported
	case got.Value == nil:
		return *sent == none
	}
	return *got.Value == *sent
}
