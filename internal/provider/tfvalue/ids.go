package tfvalue

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// JoinIDs makes one id of two, which may hold anything, a slash too.
func JoinIDs(first, second string) string {
	return url.PathEscape(first) + "/" + url.PathEscape(second)
}

// SplitIDs takes apart what JoinIDs made. More may be encoded in it than has to be,
// or less as long as it is clear what is meant.
func SplitIDs(joined string) (first, second string, err error) {
	parts := strings.Split(joined, "/")
	switch {
	case len(parts) < 2:
		return "", "", errors.New("there is no slash in it")
	case len(parts) > 2:
		return "", "", errors.New("there is more than one slash in it, and a slash within one of the ids is written %2F")
	}
	for i, part := range parts {
		if parts[i], err = url.PathUnescape(part); err != nil {
			return "", "", fmt.Errorf("%q is not percent-encoded: a percent sign within one of the ids is written %%25", part)
		}
	}
	return parts[0], parts[1], nil
}
