package tfvalue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

func TestLargeSetThroughTerraform(t *testing.T) {
	t.Parallel()
	kind := NewLargeSetType()
	for name, m := range map[string]LargeSet{"two": NewLargeSet([]string{"b", "a", "b"}), "none": NewLargeSet(nil), "null": NullLargeSet()} {
		raw, err := m.ToTerraformValue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		back, err := kind.ValueFromTerraform(t.Context(), raw)
		if err != nil || !back.Equal(m) || !back.Type(t.Context()).Equal(kind) {
			t.Errorf("%s: back comes %s of %T, %v", name, back, back, err)
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, NewLargeSet([]string{"b", "a", "b"}).Strings()); diff != "" {
		t.Error(diff)
	}
	if _, err := kind.ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.String, "a")); err == nil {
		t.Error("a string is read as a set")
	}
}
