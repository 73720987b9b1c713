package tfvalue

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// maxSet is the most elements of a set that anybody on the server can add to. After each read
// tftypes.Value.Equal compares each with all others: twenty thousand take half a minute.
const maxSet = 10_000

// IsTooLargeSet reports whether a list has too many elements for a set.
func IsTooLargeSet(list imkit.Field[[]string]) bool {
	return list.Value != nil && len(*list.Value) > maxSet
}

var (
	_ basetypes.SetTypable                    = LargeSetType{}
	_ basetypes.SetValuableWithSemanticEquals = LargeSet{}
)

// LargeSetType is a set of strings whose reading and comparing does not take the square of their
// number, as with the framework's own.
type LargeSetType struct{ basetypes.SetType }

// NewLargeSetType makes the type, for the schema.
func NewLargeSetType() LargeSetType { return LargeSetType{types.SetType{ElemType: types.StringType}} }

// LargeSet is a set of type [LargeSetType]. Make it with [NewLargeSet] or [NullLargeSet].
type LargeSet struct{ basetypes.SetValue }

// NewLargeSet is a set of these strings, each once.
func NewLargeSet(elements []string) LargeSet {
	once := slices.Compact(slices.Sorted(slices.Values(elements)))
	values := make([]attr.Value, len(once))
	for i, element := range once {
		values[i] = types.StringValue(element)
	}
	return LargeSet{types.SetValueMust(types.StringType, values)}
}

// NullLargeSet is no set.
func NullLargeSet() LargeSet { return LargeSet{types.SetNull(types.StringType)} }

// Strings is the elements, sorted; nil where it is null or unknown.
func (m LargeSet) Strings() []string {
	var elements []string
	for _, element := range m.Elements() {
		if text, ok := element.(types.String); ok {
			elements = append(elements, text.ValueString())
		}
	}
	slices.Sort(elements)
	return elements
}

// IsKnown reports whether the set and all of its elements are known.
func (m LargeSet) IsKnown() bool {
	return !m.IsUnknown() && !slices.ContainsFunc(m.Elements(), attr.Value.IsUnknown)
}

// RefreshSet takes the reported list, null as an empty one, without what is not in NFC.
func RefreshSet(known LargeSet, field imkit.Field[[]string]) LargeSet {
	switch {
	case !field.Reported:
		return known
	case field.Value == nil:
		return NewLargeSet(nil)
	}
	return NewLargeSet(InNFC(*field.Value))
}

// Equal reports whether the other is this type.
func (t LargeSetType) Equal(other attr.Type) bool {
	o, ok := other.(LargeSetType)
	return ok && t.SetType.Equal(o.SetType)
}

// String names the type.
func (t LargeSetType) String() string { return "tfvalue.LargeSetType" }

// ValueType is a set of this type.
func (t LargeSetType) ValueType(context.Context) attr.Value { return LargeSet{} }

// Validate has nothing to do: Terraform sends every element once.
func (t LargeSetType) Validate(context.Context, tftypes.Value, path.Path) diag.Diagnostics {
	return nil
}

// ValueFromSet makes a set of this type of a plain one.
func (t LargeSetType) ValueFromSet(_ context.Context, in basetypes.SetValue) (basetypes.SetValuable, diag.Diagnostics) {
	return LargeSet{in}, nil
}

// ValueFromTerraform makes a set of this type of Terraform's.
func (t LargeSetType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	plain, err := t.SetType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	set, ok := plain.(basetypes.SetValue)
	if !ok {
		return nil, fmt.Errorf("a set was read as %T", plain)
	}
	return LargeSet{set}, nil
}

// Type is [LargeSetType].
func (m LargeSet) Type(context.Context) attr.Type { return NewLargeSetType() }

// Equal reports whether both have the same elements.
func (m LargeSet) Equal(other attr.Value) bool {
	o, ok := other.(LargeSet)
	if !ok || m.IsNull() != o.IsNull() || m.IsUnknown() != o.IsUnknown() || len(m.Elements()) != len(o.Elements()) {
		return false
	}
	has := map[attr.Value]int{} // unknown elements count as well
	for _, element := range m.Elements() {
		has[element]++
	}
	for _, element := range o.Elements() {
		if has[element] == 0 {
			return false
		}
		has[element]--
	}
	return true
}

// SetSemanticEquals keeps the framework from comparing each element with all others.
func (m LargeSet) SetSemanticEquals(_ context.Context, other basetypes.SetValuable) (bool, diag.Diagnostics) {
	return m.Equal(other), nil
}
