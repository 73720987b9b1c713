package imkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// maxQuery bounds the ids of one look-up request, in bytes as they stand in
// the URL, so that the URL with its base stays below 8 KiB.
const maxQuery = 7 << 10

// CheckID says what is wrong with a client's id, or returns nil: it must not
// be empty, must be valid UTF-8, and short enough to be looked up: 7 KiB as it
// stands in a URL, which is more than 800 bytes of any text and 7000 of
// letters. Calls check their ids themselves, before anything is sent.
func CheckID(id string) error {
	switch {
	case id == "":
		return errors.New("the client id is empty")
	case !utf8.ValidString(id):
		return errors.New("the client id is not valid UTF-8")
	case queryLength(id) > maxQuery:
		return fmt.Errorf("the client id is too long: a look-up has room for %d bytes, URL-encoded", maxQuery)
	}
	return nil
}

// queryLength is the room that an id takes in the URL of a look-up.
func queryLength(id string) int {
	encoded, err := json.Marshal(id)
	if err != nil { // impossible for a string
		return maxQuery + 1
	}
	return len(url.QueryEscape(string(encoded) + ","))
}
