package tfvalue

import (
	"fmt"
	"maps"
	"slices"

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

// InNFC are those strings that Terraform can hold.
func InNFC(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !IsNFC(text) })
}
