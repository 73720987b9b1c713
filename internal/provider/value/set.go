package value

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// StringsOf is the elements of a set, sorted; nil where it is null or unknown.
func StringsOf(set types.Set) []string {
	var elements []string
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok {
			elements = append(elements, text.ValueString())
		}
	}
	slices.Sort(elements)
	return elements
}

// StringSet is a set of these strings, each once.
func StringSet(elements []string) types.Set {
	once := slices.Compact(slices.Sorted(slices.Values(elements)))
	values := make([]attr.Value, len(once))
	for i, element := range once {
		values[i] = types.StringValue(element)
	}
	return types.SetValueMust(types.StringType, values)
}

// RefreshSet takes the reported list as a set; null in place of one is an empty
// one.
func RefreshSet(known types.Set, field imkit.Field[[]string]) types.Set {
	switch {
	case !field.Reported:
		return known
	case field.Value == nil:
		return StringSet(nil)
	}
	return StringSet(*field.Value)
}

// IsKnownSet tells whether a set and all of its elements are known.
func IsKnownSet(set types.Set) bool {
	return !set.IsUnknown() && !slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
}
