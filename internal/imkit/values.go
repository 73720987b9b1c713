package imkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// kind names the type of a JSON value, for a message; it never shows the value.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "of an unknown type"
}

// typed takes the field of an object. A field that has another type than T is
// an error.
func typed[T string | bool](o map[string]any, name string) (Field[T], error) {
	raw, reported := o[name]
	if !reported || raw == nil {
		return Field[T]{Reported: reported}, nil
	}
	v, ok := raw.(T)
	if !ok {
		var want any = v
		return Field[T]{}, fmt.Errorf("%s is %s, not %s", name, kind(raw), kind(want))
	}
	return Field[T]{Reported: true, Value: &v}, nil
}

// integer reads a JSON number without a fraction.
func integer(v any) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("is %s, not a number", kind(v))
	}
	i, err := n.Int64()
	if err != nil {
		return 0, errors.New("is not a whole number")
	}
	return i, nil
}

// cloneValue copies a JSON value deeply.
func cloneValue(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i])
		}
		return list
	case map[string]any:
		return cloneObject(v)
	}
	return v
}

func cloneObject(o map[string]any) map[string]any {
	clone := make(map[string]any, len(o))
	for name, value := range o {
		clone[name] = cloneValue(value)
	}
	return clone
}

// maxEpochMS is the end of the year 9999, the last that RFC 3339 can write.
const maxEpochMS = 253402300799999

// expiry reads when a token ends from an object's "expirationDate" (RFC 3339)
// or else "expirationDateMS" (epoch milliseconds). It is the zero time when
// neither is there.
func expiry(o map[string]any) (time.Time, error) {
	date, err := typed[string](o, "expirationDate")
	if err != nil {
		return time.Time{}, err
	}
	if date.Value != nil {
		t, err := time.Parse(time.RFC3339, *date.Value)
		if err != nil || !writable(t) {
			return time.Time{}, errors.New("expirationDate is not a date")
		}
		return t.UTC(), nil
	}
	raw := o["expirationDateMS"]
	if raw == nil {
		return time.Time{}, nil
	}
	ms, err := integer(raw)
	if err != nil {
		return time.Time{}, fmt.Errorf("expirationDateMS %w", err)
	}
	if ms < 0 || ms > maxEpochMS {
		return time.Time{}, errors.New("expirationDateMS is not a date")
	}
	return time.UnixMilli(ms).UTC(), nil
}

// writable reports whether RFC 3339 can write t in UTC, and t is not the zero
// time, which stands for "unknown".
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999 && !t.IsZero()
}

// formatDate writes a date as the server does: UTC with exactly milliseconds.
func formatDate(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
