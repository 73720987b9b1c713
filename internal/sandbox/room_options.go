package sandbox

import "time"

// RoomOptions say in which of the known ways a server treats rooms.
type RoomOptions struct {
	// NoRoutes makes every call about rooms and their members unknown to the server, NoExistsRoute only
	// GET /rooms/{id}/exists: 404 with an HTML page.
	NoRoutes, NoExistsRoute bool

	// Overwrite makes a create of a room that is there put a new one in its place without a word; otherwise it
	// is refused with 409 ROOM_ALREADY_EXISTS.
	Overwrite bool
	// DeleteAnswersZero answers the deletion of a room that is not there with success and "n":0; otherwise it
	// is refused as every call about such a room.
	DeleteAnswersZero bool
	// MissingStatus is the status with which user-level calls about a room that is not there are refused: 403
	// on servers that tell nobody which rooms there are; 0 means 404.
	MissingStatus int
	// FrozenStatus, when set, is the status, 403 or 404, with which GET /rooms/{id} of a frozen room is refused.
	FrozenStatus int

	// Fields, when set, are the only fields, besides _id, that replies show of a room, but for the reply to its
	// creation, which always shows the few of the documented example. See [DocumentedRoomFields] and
	// [ListedRoomFields].
	Fields []string
	// PopulateReplies shows members and owner as client objects in the replies to changes too, as GET does;
	// otherwise as ids.
	PopulateReplies bool
	// HideRoles leaves the role out of memberProperties.
	HideRoles bool
	// ShowPlainRole shows the role of a member that is no admin as "member"; otherwise it has none.
	ShowPlainRole bool

	// OwnerIsMember makes whoever becomes the owner of a room a member of it.
	OwnerIsMember bool
	// ForgetLeavers ends the properties of a member together with the membership; otherwise they stay.
	ForgetLeavers bool
	// InviteByDefault takes adding a member for an invitation unless the request says invitationRequired false.
	// InviteAlways does so whatever the request says.
	InviteByDefault, InviteAlways bool
	// IgnoreAbsentMembers takes the removal of an id that is not in the room for done; otherwise nobody is
	// removed, and it is refused with the status of unknown members.
	IgnoreAbsentMembers bool

	// WriteDelay is a pause between the reading of a room and its writing by a change, in real time or that of
	// a testing/synctest bubble. The room is written whole: of two changes that overlap one is lost.
	WriteDelay time.Duration
}

// DocumentedRoomFields are what the example of the page on one room shows.
func DocumentedRoomFields() []string {
	return []string{
		"id", "appID", "description", "owner", "members", "memberProperties", "lastMessage", "unread", "isSuperuser",
	}
}

// ListedRoomFields are those and what the example of the page on lists of rooms has in addition.
func ListedRoomFields() []string {
	return append(DocumentedRoomFields(),
		"name", "cover", "roomType", "webhook", "botState", "botMode", "encrypted", "serviceStatus", "roomTags", "status",
		"createdTimeMS")
}
