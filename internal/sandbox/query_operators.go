package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// test is what an operator asks of a field's value; a field that is not there has none.
type test = func(value any, there bool) bool

// parseOperator makes the test of one operator. siblings are the operators on the same field.
func parseOperator(name string, operand any, siblings map[string]any) (test, *apiError) {
	switch name {
	case "$eq":
		return equals(operand), nil
	case "$ne":
		return not(equals(operand)), nil
	case "$gt":
		return ordered(operand, func(c int) bool { return c > 0 }), nil
	case "$gte":
		return ordered(operand, func(c int) bool { return c >= 0 }), nil
	case "$lt":
		return ordered(operand, func(c int) bool { return c < 0 }), nil
	case "$lte":
		return ordered(operand, func(c int) bool { return c <= 0 }), nil
	case "$in":
		return oneOf(name, operand)
	case "$nin":
		in, err := oneOf(name, operand)
		return not(in), err
	case "$exists":
		return exists(operand)
	case "$type":
		return ofType(operand)
	case "$regex":
		return matching(operand, siblings["$options"])
	}
	return nil, invalidQuery("Unknown operator: " + name)
}

func not(t test) test {
	return func(value any, there bool) bool { return !t(value, there) }
}

// self reports whether the value or, of a list, any element passes, as MongoDB has it.
func self(value any, pass func(any) bool) bool {
	list, _ := value.([]any)
	return pass(value) || slices.ContainsFunc(list, pass)
}

func equals(operand any) test {
	return func(value any, there bool) bool {
		if !there {
			return operand == nil // null also means "not there"
		}
		return self(value, func(v any) bool { return equal(v, operand) })
	}
}

func ordered(operand any, pass func(int) bool) test {
	return func(value any, there bool) bool {
		return there && self(value, func(v any) bool {
			c, ok := compare(v, operand)
			return ok && pass(c)
		})
	}
}

func oneOf(name string, operand any) (test, *apiError) {
	list, ok := operand.([]any)
	if !ok {
		return nil, invalidQuery(name + " needs an array")
	}
	if len(list) > maxBatch {
		return nil, &apiError{
			status: http.StatusRequestEntityTooLarge, code: "RESULT_TOO_LARGE",
			message: "Please use more specific query or smaller limit",
		}
	}
	return func(value any, there bool) bool {
		return slices.ContainsFunc(list, func(o any) bool { return equals(o)(value, there) })
	}, nil
}

func exists(operand any) (test, *apiError) {
	want, ok := operand.(bool)
	if !ok {
		return nil, invalidQuery("$exists needs a boolean")
	}
	return func(_ any, there bool) bool { return there == want }, nil
}

func ofType(operand any) (test, *apiError) {
	name, ok := operand.(string)
	if !ok || !slices.Contains(typeNames, name) {
		return nil, invalidQuery("$type needs one of " + strings.Join(typeNames, ", "))
	}
	return func(value any, there bool) bool {
		return there && self(value, func(v any) bool { return slices.Contains(typesOf(v), name) })
	}, nil
}

func matching(operand, options any) (test, *apiError) {
	pattern, ok := operand.(string)
	if !ok {
		return nil, invalidQuery("$regex needs a string")
	}
	if options != nil {
		flags, ok := options.(string)
		if !ok || strings.Trim(flags, "ims") != "" {
			return nil, invalidQuery("$options may have i, m and s")
		}
		if flags != "" {
			pattern = "(?" + flags + ")" + pattern
		}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, invalidQuery("$regex cannot be read")
	}
	return func(value any, there bool) bool {
		return there && self(value, func(v any) bool {
			text, ok := v.(string)
			return ok && re.MatchString(text)
		})
	}, nil
}
