package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
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
	object, err := decodeObject(c.body)
	if err != nil {
		return nil, invalidRequest("Request body must be one JSON object")
	}
	return object, nil
}

var errNotObject = errors.New("not one JSON object")

// decodeObject reads one JSON object with nothing behind it, keeping numbers as they are written.
func decodeObject(data []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); object == nil || !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return object, nil
}

// requiredString wants a field that is a string and not empty.
func requiredString(object map[string]any, name string) (string, *apiError) {
	value, ok := object[name]
	if !ok {
		return "", invalidRequest("Missing required field: " + name)
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return "", invalidRequest(name + " must be a non-empty string")
	}
	return text, nil
}

// optionalTime reads an ISO 8601 time, to the millisecond. A field that is not there is the zero time.
func optionalTime(object map[string]any, name string) (time.Time, *apiError) {
	value, ok := object[name]
	if !ok {
		return time.Time{}, nil
	}
	text, ok := value.(string)
	if !ok {
		return time.Time{}, invalidRequest(name + " must be a string")
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, invalidRequest("Invalid " + name + " format")
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// profileTexts are the fields of a client's profile that are text; isRobot is a boolean.
var profileTexts = []string{"nickname", "avatarUrl", "description"}

// checkProfile wants the profile's fields to be of their types, or null.
func checkProfile(object map[string]any) *apiError {
	for _, name := range profileTexts {
		switch object[name].(type) {
		case nil, string:
		default:
			return invalidRequest(name + " must be a string")
		}
	}
	switch object["isRobot"].(type) {
	case nil, bool:
		return nil
	default:
		return invalidRequest("isRobot must be a boolean")
	}
}
