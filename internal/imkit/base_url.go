package imkit

import (
	"errors"
	"net/url"
)

// ParseBaseURL checks a server's base URL and returns it without trailing
// slashes. It must be absolute and https, or http to a loopback host
// (localhost, 127.0.0.0/8, ::1); allowHTTP admits http to any host. User
// information, query and fragment are refused; a path prefix is kept.
//
// An error never repeats user information or a query: they may hold secrets.
func ParseBaseURL(raw string, allowHTTP bool) (*url.URL, error) {
	return nil, errors.New("not implemented")
}
