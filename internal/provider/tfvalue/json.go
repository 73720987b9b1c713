package tfvalue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// numberPrecision is the precision in bits of Terraform's numbers.
const numberPrecision = 512

// maxExponent is how many binary digits a number may have before or after the
// point. Far beyond what servers can keep, writing one out takes minutes.
const maxExponent = 1 << 14

// ErrNotKnown is the error of [ToJSON] for a value that is not wholly known yet.
var ErrNotKnown = errors.New("value is not known yet")

// ToJSON turns a wholly known Terraform value into what encoding/json
// makes of the same JSON with UseNumber: nil, bool, string, json.Number, []any
// or map[string]any.
func ToJSON(value attr.Value) (any, error) {
	if value == nil || value.IsNull() {
		return nil, nil //nolint:nilnil // That is null in JSON.
	}
	if value.IsUnknown() {
		return nil, ErrNotKnown
	}
	switch v := value.(type) {
	case types.Dynamic:
		return ToJSON(v.UnderlyingValue())
	case types.String:
		return v.ValueString(), nil
	case types.Bool:
		return v.ValueBool(), nil
	case types.Number:
		return jsonNumber(v.ValueBigFloat())
	case types.Object:
		return jsonObject(v.Attributes())
	case types.Map:
		return jsonObject(v.Elements())
	case types.Tuple:
		return jsonArray(v.Elements())
	case types.List:
		return jsonArray(v.Elements())
	case types.Set:
		return jsonArray(v.Elements())
	default:
		return nil, fmt.Errorf("a value of type %T has no JSON form", value)
	}
}

func jsonObject(values map[string]attr.Value) (any, error) {
	object := make(map[string]any, len(values))
	for name, value := range values {
		converted, err := ToJSON(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object[name] = converted
	}
	return object, nil
}

func jsonArray(values []attr.Value) (any, error) {
	array := make([]any, len(values))
	for i, value := range values {
		converted, err := ToJSON(value)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		array[i] = converted
	}
	return array, nil
}

// jsonNumber writes a number with all its digits: whole numbers without an
// exponent up to the length where that is still readable.
func jsonNumber(f *big.Float) (json.Number, error) {
	const longest = 400 // binary digits
	switch {
	case outOfRange(f):
		return "", errors.New("the number is too large or too small to be sent")
	case f.IsInt() && f.MantExp(nil) <= longest:
		return json.Number(f.Text('f', 0)), nil
	default:
		return json.Number(f.Text('g', -1)), nil
	}
}

// outOfRange reports whether a number takes too long to write, or became infinite
// when it was read.
func outOfRange(f *big.Float) bool {
	exponent := f.MantExp(nil)
	return f.IsInf() || exponent > maxExponent || exponent < -maxExponent
}

// FromJSON is the way back: arrays become tuples and objects become
// objects, as literals of the Terraform language do. A name that is not in NFC is left out:
// Terraform could not read the object, or would take the name for another.
func FromJSON(value any) (attr.Value, error) {
	switch v := value.(type) {
	case nil:
		return types.DynamicNull(), nil
	case string:
		return types.StringValue(v), nil
	case bool:
		return types.BoolValue(v), nil
	case json.Number:
		f, err := parseNumber(v)
		if err != nil {
			return nil, err
		}
		return types.NumberValue(f), nil
	case []any:
		return tupleFromJSON(v)
	case map[string]any:
		values := make(map[string]attr.Value, len(v))
		for name, element := range v {
			if !IsNFC(name) {
				continue
			}
			converted, err := FromJSON(element)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			values[name] = converted
		}
		return ObjectOf(values), nil
	default:
		return nil, fmt.Errorf("%T is not a JSON value", value)
	}
}

func tupleFromJSON(elements []any) (attr.Value, error) {
	values := make([]attr.Value, len(elements))
	valueTypes := make([]attr.Type, len(elements))
	for i, element := range elements {
		converted, err := FromJSON(element)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		values[i], valueTypes[i] = converted, TypeOf(converted)
	}
	return types.TupleValueMust(valueTypes, values), nil
}

// ObjectOf makes an object of exactly these attributes.
func ObjectOf(values map[string]attr.Value) types.Object {
	attributeTypes := make(map[string]attr.Type, len(values))
	for name, value := range values {
		attributeTypes[name] = TypeOf(value)
	}
	return types.ObjectValueMust(attributeTypes, values)
}

// TypeOf is the type of a value.
func TypeOf(value attr.Value) attr.Type { return value.Type(context.Background()) }

func parseNumber(n json.Number) (*big.Float, error) {
	f, _, err := big.ParseFloat(n.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil {
		return nil, fmt.Errorf("%s is not a number that Terraform can hold: %w", n, err)
	}
	if outOfRange(f) {
		return nil, fmt.Errorf("%s is too large or too small a number", n)
	}
	return f, nil
}
