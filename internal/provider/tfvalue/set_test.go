package tfvalue

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestLargeSetsAreEqualAsSetsAre(t *testing.T) {
	t.Parallel()
	some := func(elements ...attr.Value) LargeSet { return LargeSet{types.SetValueMust(types.StringType, elements)} }
	a, b, unknown := types.StringValue("a"), types.StringValue("b"), types.StringUnknown()
	sets := map[string]LargeSet{
		"a b": some(a, b), "a": some(a), "b": some(b), "none": some(), "null": NullLargeSet(), "unknown": {types.SetUnknown(types.StringType)},
		"one of them unknown": some(a, unknown),
	}
	for one, m := range sets {
		for other, o := range sets {
			same, _ := m.SetSemanticEquals(t.Context(), o)
			if want := one == other; m.Equal(o) != want || same != want || m.SetValue.Equal(o.SetValue) != want {
				t.Errorf("%s and %s: %t and %t", one, other, m.Equal(o), same)
			}
		}
	}
	if !some(a, b).Equal(some(b, a)) {
		t.Error("the order makes a difference")
	}
	if some(a).Equal(some(a).SetValue) {
		t.Error("a set of another type is the same")
	}
}
