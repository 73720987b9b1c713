package sandbox

import "strings"

// query is a parsed MongoDB query: a client must meet every condition.
type query []condition

// condition is what one operator asks of one field.
type condition struct {
	path     string // of the field, with dots into objects
	operator string
	operand  any
	test     func(value any, there bool) bool
}

// matches reports whether the client whose fields the function tells meets every condition.
func (q query) matches(field func(name string) (any, bool)) bool {
	for _, c := range q {
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

// ids lists the ids that a query may match, if it names them.
func (q query) ids() (ids []string, ok bool) {
	for _, c := range q {
		if c.path != "_id" {
			continue
		}
		switch operand := c.operand.(type) {
		case string:
			if c.operator == "$eq" {
				return []string{operand}, true
			}
		case []any:
			if c.operator != "$in" {
				continue
			}
			for _, value := range operand {
				if id, ok := value.(string); ok {
					ids = append(ids, id)
				}
			}
			return ids, true
		}
	}
	return nil, false
}

// parseQuery reads a query: an object of fields, each with a value to equal or an object of operators.
func parseQuery(text string) (query, *apiError) {
	object, err := decodeObject([]byte(text))
	if err != nil {
		return nil, invalidQuery("q must be one JSON object")
	}
	var q query
	for path, value := range object {
		if strings.HasPrefix(path, "$") {
			return nil, invalidQuery("Unknown operator: " + path)
		}
		conditions, err := parseConditions(path, value)
		if err != nil {
			return nil, err
		}
		q = append(q, conditions...)
	}
	return q, nil
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
		conditions = append(conditions, condition{path: path, operator: name, operand: operand, test: test})
	}
	return conditions, nil
}
