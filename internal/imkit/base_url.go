package imkit

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// maxBaseURL bounds a base URL's length, in bytes, so that every URL built on
// it stays below the 8 KiB that servers and proxies commonly accept.
const maxBaseURL = 512

// ParseBaseURL checks a server's base URL and returns it without trailing slashes, with its
// host in lower case. It must be https, or http to a loopback host; allowHTTP admits http
// to any host. No error repeats the value: it may hold secrets.
func ParseBaseURL(raw string, allowHTTP bool) (*url.URL, error) {
	odd := pastedCharacter(raw)
	switch {
	case raw == "":
		return nil, errors.New("the base URL is empty")
	case odd != "":
		return nil, fmt.Errorf("the base URL contains %s, which may have been pasted with it", odd)
	case strings.Contains(raw, "?"):
		return nil, errors.New("the base URL must not contain a query")
	case strings.Contains(raw, "#"):
		return nil, errors.New("the base URL must not contain a fragment")
	case !strings.Contains(raw, "://"):
		return nil, errors.New("the base URL has no scheme: put https:// in front of the host")
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		// The parser's error quotes its input.
		return nil, errors.New("the base URL is not a valid URL; write it like https://example.imkit.io")
	}
	u.Host = strings.ToLower(u.Host)
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the base URL must be absolute and start with https://")
	case u.User != nil:
		return nil, errors.New("the base URL must not contain a user name or password")
	case u.Hostname() == "":
		return nil, errors.New("the base URL has no host")
	case err != nil || port == 0:
		return nil, errors.New("the base URL's port is not between 1 and 65535")
	case len(u.String()) > maxBaseURL:
		return nil, fmt.Errorf("the base URL is longer than %d bytes", maxBaseURL)
	case u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the base URL must use https: http would send the API key to %s unencrypted", u.Host)
	}
	return u, nil
}

// pastedCharacter names a character that no base URL has, but what is copied from a file
// or a page may have; "" if there is none.
func pastedCharacter(raw string) string {
	for _, r := range raw {
		switch {
		case strings.ContainsRune("\n\r\u0085\u2028\u2029", r):
			return "a line break"
		case unicode.IsSpace(r):
			return "a space or a tab"
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return "a control character"
		}
	}
	const quotes = "\"'`“”„‘’«»"
	if strings.Trim(raw, quotes) != raw {
		return "a quotation mark at its start or end"
	}
	return ""
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
