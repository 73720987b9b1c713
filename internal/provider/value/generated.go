package value

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Holds tells whether Terraform can hold a string as it is. Of several ways to
// write the same letters it knows one only (NFC), and turns the others into that.
func Holds(text string) bool { return cty.NormalizeString(text) == text }

// HoldsNames tells whether Terraform can hold a JSON value by all of the names in it.
func HoldsNames(v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(element any) bool { return !HoldsNames(element) })
	case map[string]any:
		for name, element := range v {
			if !Holds(name) || !HoldsNames(element) {
				return false
			}
		}
	}
	return true
}

// GeneratesText tells whether the configuration that Terraform generates of a
// string means that string. What is a list or an object in JSON becomes a call of
// jsonencode, which spells it in its own way.
func GeneratesText(text string) bool {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var plain any
	if !json.Valid([]byte(text)) || decoder.Decode(&plain) != nil {
		return true
	}
	switch plain.(type) {
	case []any, map[string]any:
	default:
		return true
	}
	if _, err := FromJSON(plain); err != nil || !GeneratesJSON(plain) { // numbers that take minutes to write
		return false
	}
	var v ctyjson.SimpleJSONValue
	if v.UnmarshalJSON([]byte(text)) != nil {
		return false
	}
	spelled, err := ctyjson.Marshal(v.Value, v.Type())
	return err == nil && string(spelled) == text
}

// GeneratesJSON tells whether the configuration that Terraform generates of a JSON
// value can be read: it takes an object that begins with a field named "for" for an
// expression.
func GeneratesJSON(v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(element any) bool { return !GeneratesJSON(element) })
	case map[string]any:
		if names := slices.Sorted(maps.Keys(v)); len(names) > 0 && names[0] == "for" {
			return false
		}
		for _, element := range v {
			if !GeneratesJSON(element) {
				return false
			}
		}
	}
	return true
}
