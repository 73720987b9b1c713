package sandbox

import (
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// query is a parsed MongoDB query: a client must meet every condition.
type query struct {
	conditions []condition
	ids        map[string]bool // those that it names; nil: any
}

// condition is what one operator asks of the field at a path, with dots into objects.
type condition struct {
	path string
	test test
}

// test is what an operator asks of a field's value; a field that is not there has none.
type test = func(value any, there bool) bool

// matches reports whether fields, which the function finds by name, meet every condition.
func (q query) matches(field func(name string) (any, bool)) bool {
	for _, c := range q.conditions {
		if !c.test(follow(c.path, field)) {
			return false
		}
	}
	return true
}

// follow finds the value at a dotted path.
func follow(path string, field func(name string) (any, bool)) (any, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	value, ok := field(name)
	if !ok || !deeper {
		return value, ok
	}
	object, _ := value.(map[string]any)
	return follow(rest, func(name string) (any, bool) {
		value, ok := object[name]
		return value, ok
	})
}

// parseQuery reads a query: an object of fields, each with a value to equal or an object of operators.
func parseQuery(text string) (query, *apiError) {
	object, ok := decodeObject([]byte(text))
	if !ok {
		return query{}, invalidQuery("q must be one JSON object")
	}
	q := query{ids: namedIDs(object["_id"])}
	for path, value := range object {
		if strings.HasPrefix(path, "$") {
			return query{}, invalidQuery("Unknown operator: " + path)
		}
		conditions, err := parseConditions(path, value)
		if err != nil {
			return query{}, err
		}
		q.conditions = append(q.conditions, conditions...)
	}
	return q, nil
}

// namedIDs are the ids that a query lists, or nil. They save the look at every other client.
func namedIDs(value any) map[string]bool {
	switch value := value.(type) {
	case string:
		return setOf([]string{value})
	case map[string]any:
		if _, listed := value["$in"]; listed {
			return setOf(texts(value["$in"]))
		}
	}
	return nil
}

// parseConditions reads what a query asks of one field.
func parseConditions(path string, value any) ([]condition, *apiError) {
	operators, _ := value.(map[string]any)
	count := 0
	for name := range operators {
		if strings.HasPrefix(name, "$") {
			count++
		}
	}
	if count == 0 { // a value to equal
		operators = map[string]any{"$eq": value}
	} else if count < len(operators) {
		return nil, invalidQuery("Operators and plain fields cannot be mixed")
	}
	var conditions []condition
	for name, operand := range operators {
		if _, ok := operators["$regex"]; name == "$options" && ok {
			continue // read with $regex
		}
		test, err := parseOperator(name, operand, operators)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, condition{path, test})
	}
	return conditions, nil
}

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
		return nil, refuse(http.StatusRequestEntityTooLarge, "RESULT_TOO_LARGE", "Please use more specific query or smaller limit")
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

// typeNames are the types that a query can ask for.
var typeNames = []string{"string", "bool", "null", "object", "array", "number", "int", "long", "double"}

// typesOf lists the names of a value's type.
func typesOf(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{"string"}
	case bool:
		return []string{"bool"}
	case nil:
		return []string{"null"}
	case map[string]any:
		return []string{"object"}
	case []any:
		return []string{"array"}
	case json.Number:
		n, err := value.Int64()
		switch {
		case err != nil:
			return []string{"number", "double"}
		case n >= math.MinInt32 && n <= math.MaxInt32:
			return []string{"number", "int"}
		}
		return []string{"number", "long"}
	}
	return nil
}
