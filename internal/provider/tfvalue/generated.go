package tfvalue

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// IsNFC reports whether Terraform can hold a string: it turns every string into Unicode NFC.
func IsNFC(text string) bool { return cty.NormalizeString(text) == text }

// NotNFC names the ids that Terraform cannot hold, with code points: member "e\u0301".
func NotNFC(what string, ids ...string) []string {
	var named []string
	for _, id := range ids {
		if !IsNFC(id) {
			named = append(named, fmt.Sprintf("%s %+q", what, id))
		}
	}
	return named
}

// NotNFCFields is [NotNFC] for the fields that [FieldsInNFC] leaves out.
func NotNFCFields(what string, fields map[string]any) []string {
	inNFC := FieldsInNFC(fields)
	var named []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, is := inNFC[name]; !is {
			named = append(named, fmt.Sprintf("%s %+q", what, name))
		}
	}
	return named
}

// FieldsInNFC returns the fields with names that Terraform can hold, in their values as well.
func FieldsInNFC(fields map[string]any) map[string]any {
	inNFC := maps.Clone(fields)
	maps.DeleteFunc(inNFC, func(name string, field any) bool { return !IsNFC(name) || !HasNFCNames(field) })
	return inNFC
}

// HasNFCNames reports whether Terraform can hold a JSON value by all of the names in it.
func HasNFCNames(v any) bool {
	return everyObject(v, func(object map[string]any) bool {
		for name := range object {
			if !IsNFC(name) {
				return false
			}
		}
		return true
	})
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
