package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// fieldCheck tells what is wrong with the value of a field, or "".
type fieldCheck func(value any) string

// fieldChecks are the fields that a request may have.
type fieldChecks map[string]fieldCheck

// check wants every field of a request to be one of those, and of its type.
func (fc fieldChecks) check(object map[string]any) *apiError {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		check, ok := fc[name]
		if !ok {
			return invalidRequest("Unknown field: " + name)
		}
		if wrong := check(object[name]); wrong != "" {
			return invalidRequest(name + " " + wrong)
		}
	}
	return nil
}

// decode reads a request's body, which must have the required fields and none but those that are checked.
func (fc fieldChecks) decode(c *call, required ...string) (map[string]any, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return nil, err
	}
	for _, name := range required {
		if _, ok := body[name]; !ok {
			return nil, &apiError{status: http.StatusBadRequest, code: "MISSING_PARAMETER", message: name + " is required"}
		}
	}
	return body, fc.check(body)
}

func isText(value any) string {
	if _, ok := value.(string); !ok {
		return "must be a string"
	}
	return ""
}

func isFilled(value any) string {
	if text, ok := value.(string); !ok || text == "" {
		return "must be a non-empty string"
	}
	return ""
}

func isFlag(value any) string {
	if _, ok := value.(bool); !ok {
		return "must be a boolean"
	}
	return ""
}

// isBit wants 0 or 1.
func isBit(value any) string {
	if !equal(value, json.Number("0")) && !equal(value, json.Number("1")) {
		return "must be 0 or 1"
	}
	return ""
}

func isTextList(value any) string {
	list, ok := value.([]any)
	if !ok || slices.ContainsFunc(list, func(v any) bool { return isText(v) != "" }) {
		return "must be an array of strings"
	}
	return ""
}

func isIDList(value any) string {
	list, ok := value.([]any)
	if !ok || slices.ContainsFunc(list, func(v any) bool { return isFilled(v) != "" }) {
		return "must be an array of non-empty strings"
	}
	return ""
}

// isSomeIDs wants at least one.
func isSomeIDs(value any) string {
	if list, ok := value.([]any); ok && len(list) == 0 {
		return "must not be empty"
	}
	return isIDList(value)
}

func isObject(value any) string {
	if _, ok := value.(map[string]any); !ok {
		return "must be an object"
	}
	return ""
}

func isAnything(any) string { return "" }

// texts is a checked list of strings, each once, in the order of their first appearance.
func texts(value any) []string {
	values, _ := value.([]any)
	found := make([]string, 0, len(values))
	seen := map[string]bool{}
	for _, v := range values {
		if text, ok := v.(string); ok && !seen[text] {
			seen[text] = true
			found = append(found, text)
		}
	}
	return found
}

// asList is strings as decoded JSON has them.
func asList(texts []string) []any {
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return values
}
