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
		if got, tooLarge := tfvalue.RefreshFields(known, fields); tooLarge != nil || !got.Equal(want.fields) {
			t.Errorf("%s: fields refreshed to %s, want %s (%v)", reported, got, want.fields, tooLarge)
		}
		if got, tooLarge := tfvalue.RefreshFields(typedNull, fields); tooLarge != nil || !got.Equal(typedNull) {
			t.Errorf("%s: a null became %s (%v)", reported, got, tooLarge)
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

// What is beyond the limits of JSON is refused, and what is just within them is not.
func TestCheckJSON(t *testing.T) {
	t.Parallel()
	nested := func(levels int) string { return strings.Repeat(`[`, levels) + strings.Repeat(`]`, levels) }
	list := func(count int, of string) string { return "[" + strings.Repeat(of+",", count-1) + of + "]" }
	for _, c := range []struct{ value, refused string }{
		{nested(64), ""},
		{nested(65), "more than 64 levels"},
		{nested(9000), "more than 64 levels"},
		{list(99_999, `{}`), ""},
		{list(100_000, `""`), "more than 100,000 values"},
		{list(200, nested(60)), ""},
		{list(250, strings.Repeat(`{"a":`, 60)+"1"+strings.Repeat("}", 60)), "too many values on deep levels"},
		{strings.Repeat("7", 1000), ""},
		{list(2, strings.Repeat("7", 1001)), "more than 1000 digits"},
		{"1e999999999", "too large or too small"},
		{"1e-20000", "too large or too small"},
	} {
		err := tfvalue.CheckJSON(decodeJSON(t, c.value))
		if c.refused == "" && err != nil || c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%.50s...: %v, want %q", c.value, err, c.refused)
		}
	}
}
