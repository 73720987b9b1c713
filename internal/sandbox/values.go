package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// number is a whole number as decoded JSON has it.
func number[T int | int64](n T) json.Number { return json.Number(fmt.Sprint(n)) }

// normalize turns Go values into what decoding their JSON gives, which also makes it a deep copy.
func normalize(fields map[string]any) map[string]any {
	data, err := json.Marshal(fields)
	if err != nil {
		panic("sandbox: fields must be what JSON can say: " + err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	normal := map[string]any{}
	if err := dec.Decode(&normal); err != nil {
		panic("sandbox: " + err.Error())
	}
	return normal
}
