package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decodeObject reads one JSON object with nothing behind it, keeping numbers as they are written.
func decodeObject(data []byte) (map[string]any, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil || object == nil {
		return nil, false
	}
	_, err := dec.Token()
	return object, errors.Is(err, io.EOF)
}

// normalize turns Go values into what decoding their JSON gives, which also makes it a deep copy.
func normalize(fields map[string]any) map[string]any {
	if fields == nil {
		return map[string]any{}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		panic("sandbox: fields must be what JSON can say: " + err.Error())
	}
	normal, _ := decodeObject(data)
	return normal
}

// pick copies those of the fields that are there.
func pick(fields map[string]any, names ...string) map[string]any {
	picked := map[string]any{}
	for _, name := range names {
		if value, ok := fields[name]; ok {
			picked[name] = value
		}
	}
	return picked
}

// number is a whole number as decoded JSON has it.
func number[T int | int64](n T) json.Number { return json.Number(fmt.Sprint(n)) }

// formatTime writes a time as the API does: UTC, ISO 8601, milliseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// readTime reads a checked time, to the millisecond. Without one it is the zero time.
func readTime(value any) time.Time {
	text, _ := value.(string)
	t, _ := time.Parse(time.RFC3339, text)
	return t.UTC().Truncate(time.Millisecond)
}

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

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func without(ids, gone []string) []string {
	set := setOf(gone)
	return slices.DeleteFunc(ids, func(id string) bool { return set[id] })
}

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
		if b, ok := b.(bool); ok { // "false" comes before "true", in words as well
			return strings.Compare(strconv.FormatBool(a), strconv.FormatBool(b)), true
		}
	}
	return 0, false
}

// parseNumber reads a JSON number precisely enough for any that people write.
func parseNumber(n json.Number) *big.Float {
	f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
	if err != nil {
		return new(big.Float)
	}
	return f
}
