package room

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// memberID is the id of a member. Ids of rooms and clients may hold anything, a
// slash too.
func memberID(room, client string) string {
	return url.PathEscape(room) + "/" + url.PathEscape(client)
}

// parseMemberID takes the id of a member apart, in which more may be encoded than
// has to be, or less as long as it is clear what is meant.
func parseMemberID(id string) (room, client string, err error) {
	parts := strings.Split(id, "/")
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
	if err := imkit.CheckRoomID(parts[0]); err != nil {
		return "", "", err
	}
	return parts[0], parts[1], imkit.CheckID(parts[1])
}
