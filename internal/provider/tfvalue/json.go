// Package tfvalue converts between Terraform's values and the API's, whatever noun they
// belong to: JSON, sets, times, validators, and texts of messages.
package tfvalue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// numberPrecision is the precision in bits of Terraform's numbers.
const numberPrecision = 512

// maxExponent bounds the binary digits: beyond it, writing a number takes minutes.
const maxExponent = 1 << 14

// Limits of a JSON value. Terraform goes through all that a value contains on every level.
const (
	maxDepth  = 64
	maxValues = 100_000
	maxLevels = 400_000 // of all values together
)

// Limits says what is too large, of a JSON value, of all the fields of an object, or of a list.
const Limits = "more than 64 levels, more than 100,000 values in all (fewer on deep levels), a number of more than 1,000 digits or beyond the range of Terraform, or, of a room or a group, more than 10,000 tags, managers or members (100,000 members of a room)"

// ErrNotKnown is the error of [ToJSON] for a value that is not wholly known yet.
var ErrNotKnown = errors.New("value is not known yet")

// CheckJSON says why a JSON value is too large for Terraform, or returns nil.
func CheckJSON(value any) error { return new(size).add(value, 1) }

// size is the number of values in JSON, and the sum of the levels that they are on.
type size struct{ values, levels int }

// add counts a value, unless it is too large.
func (s *size) add(value any, level int) error {
	s.values++
	s.levels += level
	switch {
	case level > maxDepth:
		return fmt.Errorf("it has more than %d levels", maxDepth)
	case s.values > maxValues:
		return errors.New("it has more than 100,000 values")
	case s.levels > maxLevels:
		return errors.New("it has too many values on deep levels")
	}
	switch v := value.(type) {
	case nil, bool, string:
	case json.Number:
		_, err := parseNumber(v)
		return err
	case []any:
		for _, element := range v {
			if err := s.add(element, level+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, element := range v {
			if err := s.add(element, level+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("%T is not a JSON value", value)
	}
	return nil
}

// withinLimits returns the fields that are not too large, and the names of the others. If they
// are too large together, the largest are.
func withinLimits(fields map[string]any) (within map[string]any, tooLarge []string) {
	sizes := map[string]size{}
	for name, field := range fields {
		var s size
		if s.add(field, 2) == nil {
			sizes[name] = s
		}
	}
	within = map[string]any{}
	total := size{values: 1, levels: 1}
	for _, name := range slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[a].levels, sizes[b].levels), cmp.Compare(a, b))
	}) {
		total.values += sizes[name].values
		total.levels += sizes[name].levels
		if total.values <= maxValues && total.levels <= maxLevels {
			within[name] = fields[name]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, is := within[name]; !is {
			tooLarge = append(tooLarge, Quoted(name))
		}
	}
	return within, tooLarge
}

// ToJSON turns a known value into what encoding/json makes of that JSON with UseNumber. What
// [CheckJSON] refuses is an error.
func ToJSON(value attr.Value) (any, error) {
	converted, err := toJSON(value)
	if err == nil {
		err = CheckJSON(converted)
	}
	return converted, err
}

func toJSON(value attr.Value) (any, error) {
	if value == nil || value.IsNull() {
		return nil, nil //nolint:nilnil // That is null in JSON.
	}
	if value.IsUnknown() {
		return nil, ErrNotKnown
	}
	switch v := value.(type) {
	case types.Dynamic:
		return toJSON(v.UnderlyingValue())
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
		converted, err := toJSON(value)
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
		converted, err := toJSON(value)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		array[i] = converted
	}
	return array, nil
}

// jsonNumber writes a number with all its digits, without an exponent if that is readable.
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

// outOfRange is also true of what became infinite when it was read.
func outOfRange(f *big.Float) bool {
	exponent := f.MantExp(nil)
	return f.IsInf() || exponent > maxExponent || exponent < -maxExponent
}

// fromJSON is the way back, of what [CheckJSON] accepts. Arrays become tuples, as literals do.
// Names that are not in NFC are left out: Terraform could not read the object.
func fromJSON(value any) attr.Value {
	switch v := value.(type) {
	case string:
		return types.StringValue(v)
	case bool:
		return types.BoolValue(v)
	case json.Number:
		f, _ := parseNumber(v)
		return types.NumberValue(f)
	case []any:
		values := make([]attr.Value, len(v))
		valueTypes := make([]attr.Type, len(v))
		for i, element := range v {
			values[i] = fromJSON(element)
			valueTypes[i] = TypeOf(values[i])
		}
		return types.TupleValueMust(valueTypes, values)
	case map[string]any:
		values := make(map[string]attr.Value, len(v))
		for name, element := range v {
			if IsNFC(name) {
				values[name] = fromJSON(element)
			}
		}
		return ObjectOf(values)
	}
	return types.DynamicNull()
}

// FromFields is an object of fields, without those that are too large, which are returned.
func FromFields(fields map[string]any) (object types.Dynamic, tooLarge []string) {
	fields, tooLarge = withinLimits(fields)
	return types.DynamicValue(fromJSON(fields)), tooLarge
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
	if len(n) > imkit.MaxDigits {
		return nil, fmt.Errorf("it has a number of more than %d digits", imkit.MaxDigits)
	}
	f, _, err := big.ParseFloat(n.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil || outOfRange(f) {
		return nil, errors.New("it has a number that is too large or too small for Terraform")
	}
	return f, nil
}

// GeneratesText reports whether the configuration that Terraform generates of a string can be
// read. Of JSON, it generates a call of jsonencode.
func GeneratesText(text string) bool {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var plain any
	if !json.Valid([]byte(text)) || decoder.Decode(&plain) != nil {
		return true
	}
	switch plain.(type) {
	case []any, map[string]any:
		return CheckJSON(plain) == nil && GeneratesJSON(plain)
	}
	return true
}

// GeneratesJSON reports whether the configuration that Terraform generates can be read: it takes
// an object that begins with a field named "for" for an expression.
func GeneratesJSON(v any) bool {
	return everyObject(v, func(object map[string]any) bool {
		return len(object) == 0 || slices.Min(slices.Collect(maps.Keys(object))) != "for"
	})
}

// everyObject reports whether something is true of every object in a JSON value.
func everyObject(v any, is func(map[string]any) bool) bool {
	not := func(element any) bool { return !everyObject(element, is) }
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, not)
	case map[string]any:
		return is(v) && !slices.ContainsFunc(slices.Collect(maps.Values(v)), not)
	}
	return true
}
