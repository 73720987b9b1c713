package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
)

// equal reports whether two decoded JSON values are the same; numbers by value, whatever way they are written.
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equal)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case nil:
		return b == nil
	default:
		c, ok := compare(a, b)
		return ok && c == 0
	}
}

// compare orders two numbers, two strings or two booleans. Values of different types have no order.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case json.Number:
		if b, ok := b.(json.Number); ok {
			return parseNumber(a).Cmp(parseNumber(b)), true
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b), true
		}
	case bool:
		if b, ok := b.(bool); ok {
			return cmp.Compare(boolRank(a), boolRank(b)), true
		}
	}
	return 0, false
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parseNumber reads a JSON number precisely enough for any that people write.
func parseNumber(n json.Number) *big.Float {
	f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
	if err != nil {
		return new(big.Float)
	}
	return f
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
