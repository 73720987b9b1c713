package imkit

import "errors"

// API calls one server with one API key. It is safe for concurrent use, and
// shows no key however it is printed.
type API struct {
	cfg Config
}

// New returns an [API] for the given settings, or an error that says which
// setting is wrong. It calls nothing.
func New(cfg Config) (*API, error) {
	return nil, errors.New("not implemented")
}
