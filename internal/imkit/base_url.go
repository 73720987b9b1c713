package imkit

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// maxBaseURL bounds a base URL's length, in bytes, so that every URL built on
// it stays below the 8 KiB that servers and proxies commonly accept.
const maxBaseURL = 512

// ParseBaseURL checks a server's base URL and returns it without trailing
// slashes. It must be absolute and https, or http to a loopback host
// (localhost, 127.0.0.0/8, ::1); allowHTTP admits http to any host. User
// information, query and fragment are refused; a path prefix is kept.
//
// An error never repeats user information or a query: they may hold secrets.
func ParseBaseURL(raw string, allowHTTP bool) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("the base URL is empty")
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error quotes its input.
		return nil, errors.New("the base URL is not a valid URL; it looks like https://example.imkit.io")
	}
	if err := checkBaseURL(u); err != nil {
		return nil, err
	}
	if u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("the base URL must use https: http would send the API key to %s unencrypted", u.Host)
	}
	return trimBaseURL(u), nil
}

// checkBaseURL is the part of [ParseBaseURL] that [New] repeats.
func checkBaseURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the base URL must be absolute and start with https://")
	case u.User != nil:
		return errors.New("the base URL must not contain a user name or password")
	case u.Hostname() == "":
		return errors.New("the base URL has no host")
	case u.RawQuery != "" || u.ForceQuery:
		return errors.New("the base URL must not contain a query")
	case u.Fragment != "":
		return errors.New("the base URL must not contain a fragment")
	case len(u.String()) > maxBaseURL:
		return fmt.Errorf("the base URL is longer than %d bytes", maxBaseURL)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("the base URL's port is not between 1 and 65535")
		}
	}
	return nil
}

// trimBaseURL returns a copy without trailing slashes and without parts that
// [checkBaseURL] finds empty.
func trimBaseURL(u *url.URL) *url.URL {
	escaped := strings.TrimRight(u.EscapedPath(), "/")
	if escaped != "" && escaped[0] != '/' { // as [url.URL.JoinPath] leaves it
		escaped = "/" + escaped
	}
	path, err := url.PathUnescape(escaped) // not of u.Path: a trailing %2F is no slash
	if err != nil {
		path = u.Path // impossible: it was escaped above
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawPath: escaped}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
