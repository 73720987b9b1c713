package sandbox

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// decodeBody reads a request's body, which must be one JSON object and say that it is JSON.
func decodeBody(c *call) (map[string]any, *apiError) {
	if c.tooLarge {
		return nil, invalidRequest("Request body is too large")
	}
	mediaType, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	charset, hasCharset := params["charset"]
	if err != nil || mediaType != "application/json" || hasCharset && !strings.EqualFold(charset, "utf-8") {
		return nil, invalidRequest("Content-Type must be application/json; charset=utf-8")
	}
	if !utf8.Valid(c.body) {
		return nil, invalidRequest("Request body is not UTF-8")
	}
	object, ok := decodeObject(c.body)
	if !ok {
		return nil, invalidRequest("Request body must be one JSON object")
	}
	return object, nil
}

// fieldCheck says what is wrong with the value of a field, or "".
type fieldCheck func(value any) string

// fieldChecks are fields of a request.
type fieldChecks map[string]fieldCheck

// decode reads a request's body, which must have the required fields and none but those that are checked.
func (fc fieldChecks) decode(c *call, required ...string) (map[string]any, *apiError) {
	body, err := decodeBody(c)
	if err != nil {
		return nil, err
	}
	for _, name := range required {
		if _, ok := body[name]; !ok {
			return nil, refuse(http.StatusBadRequest, "MISSING_PARAMETER", name+" is required")
		}
	}
	return body, fc.check(body)
}

// check wants every field to be one of those, and of its type.
func (fc fieldChecks) check(object map[string]any, required ...string) *apiError {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if fc[name] == nil {
			return invalidRequest("Unknown field: " + name)
		}
	}
	return fc.checkTypes(object, required...)
}

// checkTypes lets other fields pass. The calls about clients word what is missing in their own way.
func (fc fieldChecks) checkTypes(object map[string]any, required ...string) *apiError {
	for _, name := range required {
		if _, ok := object[name]; !ok {
			return invalidRequest("Missing required field: " + name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if check := fc[name]; check != nil {
			if wrong := check(object[name]); wrong != "" {
				return invalidRequest(name + " " + wrong)
			}
		}
	}
	return nil
}

var (
	isText     = is[string]("a string")
	isFlag     = is[bool]("a boolean")
	isNumber   = is[json.Number]("a number")
	isObject   = is[map[string]any]("an object")
	isTextList = isListOf(isText, "an array of strings")
	isIDList   = isListOf(isFilled, "an array of non-empty strings")
)

// is wants a value of a type.
func is[T any](what string) fieldCheck {
	return func(value any) string {
		if _, ok := value.(T); !ok {
			return "must be " + what
		}
		return ""
	}
}

func isListOf(one fieldCheck, what string) fieldCheck {
	return func(value any) string {
		list, ok := value.([]any)
		if !ok || slices.ContainsFunc(list, func(v any) bool { return one(v) != "" }) {
			return "must be " + what
		}
		return ""
	}
}

func isFilled(value any) string {
	if text, ok := value.(string); !ok || text == "" {
		return "must be a non-empty string"
	}
	return ""
}

// isTime wants an ISO 8601 time.
func isTime(value any) string {
	text, _ := value.(string)
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return "must be an ISO 8601 time"
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

// isSomeIDs wants at least one.
func isSomeIDs(value any) string {
	if list, ok := value.([]any); ok && len(list) == 0 {
		return "must not be empty"
	}
	return isIDList(value)
}

func isAnything(any) string { return "" }

// orNull is the check of a field that may be null.
func orNull(check fieldCheck) fieldCheck {
	return func(value any) string {
		if value == nil {
			return ""
		}
		return check(value)
	}
}
