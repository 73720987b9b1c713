package imkit

import "slices"

// Fields of a client in requests and replies. https://docs.imkit.io:
// POST /admin/clients.
const (
	fieldID          = "_id"
	fieldAppID       = "appID"
	fieldNickname    = "nickname"
	fieldAvatarURL   = "avatarUrl"
	fieldDescription = "description"
	fieldIsRobot     = "isRobot"
	fieldClientType  = "clientType"
)

// clientTypeGroup is the type of a user group.
const clientTypeGroup = "group"

// serverFields are those that the server keeps by itself; sorted.
var serverFields = []string{
	"__v", "address", "createdAt", "lastJoinOrCreateRoomTime", "lastLoginTimeMS", "mute", "updatedAt", "userAgent",
}

// reservedFields is every field with a meaning of its own; sorted.
var reservedFields = slices.Sorted(slices.Values(slices.Concat(
	[]string{fieldID, "id", fieldAppID},
	[]string{fieldNickname, fieldAvatarURL, fieldDescription, fieldIsRobot},
	[]string{"issueAccessToken", "token", "tokens", "expirationDate", "expirationDateMS"},
	serverFields,
)))

// ReservedField reports whether a field of a client belongs to this package
// or to the server, so that [Profile.Custom] cannot hold it.
func ReservedField(name string) bool {
	_, found := slices.BinarySearch(reservedFields, name)
	return found
}

// ReservedFields lists the names for which [ReservedField] is true, sorted.
func ReservedFields() []string { return slices.Clone(reservedFields) }

func isServerField(name string) bool {
	_, found := slices.BinarySearch(serverFields, name)
	return found
}
