package tfvalue_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// What means the same keeps its Terraform type; what does not is as the server has it.
func TestRefresh(t *testing.T) {
	t.Parallel()
	list := types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a")})
	number := func(n int64) attr.Value { return types.NumberValue(big.NewFloat(float64(n))) }
	object := func(values map[string]attr.Value) types.Dynamic { return types.DynamicValue(tfvalue.ObjectOf(values)) }
	known := object(map[string]attr.Value{"list": list, "n": number(1)})
	typedNull := types.DynamicValue(types.ListNull(types.StringType))
	for reported, want := range map[string]struct{ whole, fields types.Dynamic }{
		`{"n":1.0,"list":["a"]}`: {known, known},
		`{"n":2,"list":["a"]}`:   {object(map[string]attr.Value{"list": list, "n": number(2)}), object(map[string]attr.Value{"list": list, "n": number(2)})},
		`{"list":["a"]}`:         {object(map[string]attr.Value{"list": list}), known},
		`{"n":1,"list":null,"more":true}`: {
			object(map[string]attr.Value{"list": types.DynamicNull(), "n": number(1), "more": types.BoolValue(true)}),
			object(map[string]attr.Value{"list": types.DynamicNull(), "n": number(1)}),
		},
	} {
		decoded := decodeJSON(t, reported)
		if got, err := tfvalue.Refresh(known, decoded); err != nil || !got.Equal(want.whole) {
			t.Errorf("%s: refreshed to %s, want %s (%v)", reported, got, want.whole, err)
		}
		fields, _ := decoded.(map[string]any)
		if got, err := tfvalue.RefreshFields(known, fields); err != nil || !got.Equal(want.fields) {
			t.Errorf("%s: fields refreshed to %s, want %s (%v)", reported, got, want.fields, err)
		}
		if got, err := tfvalue.RefreshFields(typedNull, fields); err != nil || !got.Equal(typedNull) {
			t.Errorf("%s: a null became %s (%v)", reported, got, err)
		}
	}
	for reported, want := range map[string]types.Dynamic{`null`: types.DynamicNull(), `"x"`: types.DynamicValue(types.StringValue("x"))} {
		if got, err := tfvalue.Refresh(known, decodeJSON(t, reported)); err != nil || !got.Equal(want) {
			t.Errorf("%s: refreshed to %s, want %s (%v)", reported, got, want, err)
		}
	}
}

func decodeJSON(t *testing.T, encoded string) any {
	t.Helper()
	var raw struct {
		Value any `json:"value"`
	}
	decoder := json.NewDecoder(strings.NewReader(`{"value":` + encoded + `}`))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		t.Fatalf("%s: %v", encoded, err)
	}
	return raw.Value
}
