package imkit

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxQuery bounds the ids of one look-up, in bytes as they stand in the URL, so that the
// URL with its base stays below 8 KiB.
const maxQuery = 7 << 10

// CheckID says what is wrong with a client's id, or returns nil: it must not be empty, must
// be valid UTF-8, must not be "." or "..", and must be short enough to be looked up: 7 KiB
// as it stands in a URL. Calls check their ids themselves, before anything is sent.
func CheckID(id string) error { return checkID("client id", id) }

// CheckRoomID is [CheckID] for the id of a room.
func CheckRoomID(id string) error { return checkID("room id", id) }

// CheckGroupID is [CheckID] for the id of a group.
func CheckGroupID(id string) error { return checkID("group id", id) }

func checkID(what, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("the %s is empty", what)
	case !utf8.ValidString(id):
		return fmt.Errorf("the %s is not valid UTF-8", what)
	case isDots(id):
		return fmt.Errorf("the %s is %q, which proxies remove from the path of a URL, however it is encoded", what, id)
	case queryLength(id) > maxQuery:
		return fmt.Errorf("the %s is too long: the limit is %d bytes, URL-encoded", what, maxQuery)
	}
	return nil
}

func isDots(id string) bool { return id == "." || id == ".." }

func checkIDs(what string, ids []string) error {
	for _, id := range ids {
		if err := checkID(what, id); err != nil {
			return err
		}
	}
	return nil
}

// queryLength is the room that an id takes in the URL of a look-up.
func queryLength(id string) int {
	encoded, _ := json.Marshal(id) // which cannot fail for a string
	return len(url.QueryEscape(string(encoded) + ","))
}

// SplitField is what the server's database may make of the name of a field: it takes the
// part before a dot for a field of its own, and a leading "$" for an operator.
func SplitField(name string) (field string, isOperator bool) {
	field, _, _ = strings.Cut(name, ".")
	return field, strings.HasPrefix(name, "$")
}

// isReserved reports whether a field cannot have this name.
func isReserved(name string, reserved []string) bool {
	field, isOperator := SplitField(name)
	return isOperator || slices.Contains(reserved, field)
}
