package imkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// Field is a field of a reply. One that the reply did not mention, or that has another
// type than the API's pages say, is not reported, which says nothing about its value;
// one that is null is reported and has no value.
type Field[T any] struct {
	Reported bool
	Value    *T
}

// reported is a field with a value.
func reported[T any](value T) Field[T] { return Field[T]{Reported: true, Value: &value} }

// fieldOf takes a field from a decoded JSON object.
func fieldOf[T any](o map[string]any, name string) Field[T] {
	raw, there := o[name]
	if raw == nil {
		return Field[T]{Reported: there}
	}
	if value, ok := raw.(T); ok {
		return reported(value)
	}
	return Field[T]{}
}

// listOf takes a field that is a list. Items that cannot be taken are left out.
func listOf[T any](o map[string]any, name string, take func(any) (T, bool)) Field[[]T] {
	raw := fieldOf[[]any](o, name)
	if raw.Value == nil {
		return Field[[]T]{Reported: raw.Reported}
	}
	list := make([]T, 0, len(*raw.Value))
	for _, item := range *raw.Value {
		if taken, ok := take(item); ok {
			list = append(list, taken)
		}
	}
	return reported(list)
}

// switchOf takes a field that is 0 or 1, and reports whether it is the one given.
func switchOf(o map[string]any, name string, on int64) Field[bool] {
	raw, there := o[name]
	if raw == nil {
		return Field[bool]{Reported: there}
	}
	if n, err := integer(raw); err == nil && (n == 0 || n == 1) {
		return reported(n == on)
	}
	return Field[bool]{}
}

// textOf takes a string.
func textOf(v any) (string, bool) {
	s, ok := v.(string)
	return s, ok
}

// idOf takes the id of a client or a room from itself or from an object with an "_id".
func idOf(v any) (string, bool) {
	if o, ok := v.(map[string]any); ok {
		v = o[fieldID]
	}
	s, ok := v.(string)
	return s, ok && s != ""
}

// checkAbout checks that an object is about what has this id; noun says what it is.
func checkAbout(o map[string]any, noun, id string) error {
	switch has, ok := idOf(o); {
	case !ok:
		return errors.New("it has no _id")
	case isOtherForm(has, id):
		return &OtherIDError{Sent: id, Kept: has}
	case has != id:
		return fmt.Errorf("it is about another %s, %q", noun, has)
	}
	return nil
}

// OtherIDError is the error of what was made, and has another id than was sent, which
// differs in upper and lower case only: the server keeps ids in a form of its own.
type OtherIDError struct {
	// Sent is what was asked for, and Kept what there is.
	Sent, Kept string
}

// Error names both.
func (e *OtherIDError) Error() string {
	return fmt.Sprintf("the server keeps %q as %q", e.Sent, e.Kept)
}

// IsOtherID reports whether the server keeps an id in another form: [*OtherIDError].
func IsOtherID(err error) bool {
	_, ok := errors.AsType[*OtherIDError](err)
	return ok
}

// decodeAbout decodes a reply that must be about what has this id; noun says what it is.
func decodeAbout[T any](noun, id string, decode func(map[string]any) (*T, error)) func(answer) (*T, error) {
	return func(reply answer) (*T, error) {
		o, err := reply.object()
		if err != nil {
			return nil, err
		}
		if err := checkAbout(o, noun, id); err != nil {
			return nil, err
		}
		return decode(o)
	}
}

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

// setField puts a field into a request, unless it is nil.
func setField[T any](fields map[string]any, name string, value *T) {
	if value != nil {
		fields[name] = *value
	}
}

// setList is setField for a list. An empty one is sent as [], not as null.
func setList(fields map[string]any, name string, list *[]string) {
	if list != nil {
		fields[name] = append([]string{}, *list...)
	}
}

// Differs reports whether a field is shown with another value than was sent, nil for
// nothing. What is not reported does not differ. A server may keep an empty value as
// null.
func Differs[T comparable](field Field[T], sent *T) bool {
	var empty T
	switch {
	case sent == nil || !field.Reported:
		return false
	case field.Value == nil:
		return *sent != empty
	}
	return *field.Value != *sent
}

// DiffersAsSet is [Differs] for a list whose order means nothing.
func DiffersAsSet(field Field[[]string], sent *[]string) bool {
	switch {
	case sent == nil || !field.Reported:
		return false
	case field.Value == nil:
		return len(*sent) > 0
	}
	return !slices.Equal(asSet(*field.Value), asSet(*sent))
}

// holds reports whether a field is shown with what was sent, nil for nothing.
func holds[T comparable](field Field[T], sent *T) bool {
	return sent == nil || field.Reported && !Differs(field, sent)
}

// holdsSet is holds for a list whose order means nothing.
func holdsSet(field Field[[]string], sent *[]string) bool {
	return sent == nil || field.Reported && !DiffersAsSet(field, sent)
}

// asSet is ids in order, each once.
func asSet(ids []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// SameJSON compares JSON decoded with UseNumber by what it means: objects without regard
// to order, and numbers as doubles, which is what most servers keep, as JavaScript does.
func SameJSON(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		return ok && sameNumber(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, SameJSON)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, SameJSON)
	default:
		return a == b
	}
}

// MaxDigits is the length of the longest number that is read: reading one of millions of
// digits takes a minute.
const MaxDigits = 1000

// sameNumber compares exactly where one of the two is beyond the range of doubles, and as
// they are written where one is longer than [MaxDigits].
func sameNumber(a, b json.Number) bool {
	if a == b || len(a) > MaxDigits || len(b) > MaxDigits {
		return a == b
	}
	doubleA, errA := a.Float64()
	doubleB, errB := b.Float64()
	if errA == nil && errB == nil {
		return doubleA == doubleB
	}
	const bits = 512 // as many as Terraform's numbers have
	x, _, errX := big.ParseFloat(a.String(), 10, bits, big.ToNearestEven)
	y, _, errY := big.ParseFloat(b.String(), 10, bits, big.ToNearestEven)
	if errX != nil || errY != nil || x.IsInf() || y.IsInf() { // beyond any range
		return a == b
	}
	return x.Cmp(y) == 0
}

// normalJSON is a value as a reply would have it.
func normalJSON(value any) (any, error) {
	encoded, err := json.Marshal(map[string]any{"value": value})
	if err != nil {
		return nil, fmt.Errorf("the value cannot be encoded as JSON: %w", err)
	}
	decoded, err := decodeObject(encoded)
	return decoded["value"], err
}

// maxEpochMS is the end of the year 9999, the last that RFC 3339 can write.
const maxEpochMS = 253402300799999

// expiry reads when a token ends from an object's "expirationDate" (RFC 3339) or else
// "expirationDateMS" (epoch milliseconds). It is the zero time where neither can be
// read.
func expiry(o map[string]any) time.Time {
	date, _ := o["expirationDate"].(string)
	if t, err := time.Parse(time.RFC3339, date); err == nil && writable(t) {
		return t.UTC()
	}
	if ms, err := integer(o["expirationDateMS"]); err == nil && ms > 0 && ms <= maxEpochMS {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

// writable reports whether RFC 3339 can write t in UTC, and t is not the zero time,
// which stands for "unknown".
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999 && !t.IsZero()
}
